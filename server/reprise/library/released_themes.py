"""The 29 themes that the theme study released, one for each of its test songs.

They are measured with, never learnt from. Their folder, `theme_transformer`, holds
`theme_files/874_theme.mid` and so on: https://github.com/atosystem/ThemeTransformer (MIT).
"""

from pathlib import Path
from typing import Final

from reprise.errors import MissingDataError
from reprise.library.midi_score import read_score
from reprise.music.score import Score

DATASET: Final = "theme_transformer"
ORIGIN: Final = "https://github.com/atosystem/ThemeTransformer"
_ENDING: Final = "_theme"


def released_themes(data_directory: Path | None) -> dict[str, Score]:
    """Return the released themes by the number of their song in POP909.

    Raises:
        MissingDataError: They are not there.
    """
    folder = (data_directory or Path()) / DATASET / "theme_files"
    files = sorted(folder.glob(f"*{_ENDING}.mid")) if data_directory else []
    if not files:
        raise MissingDataError(
            f"the released themes are not in {folder}; get {ORIGIN} (MIT), unpack it as a folder "
            f"called {DATASET!r}, and name the folder that holds it with --data DIR or REPRISE_DATA"
        )
    return {path.stem.removesuffix(_ENDING): read_score(path) for path in files}

"""Where the theme stands in every song of POP909, found by the melody embedding.

The labels lie in a JSON file, so that they are made once for a model:

    {"format": 1,
     "model": hash of the embedding,
     "songs": {"001": {"split": "train",     "train" or "test" (the 29 songs of the theme study)
                       "bars": [8, 16, 40],  first bars of all occurrences, rising, two bars each
                       "theme": 16,          first bar of the theme itself, one of "bars"
                       "eps": 0.12,          how near occurrences are
                       "mean_distance": 0.04,  of the occurrences to the theme
                       "segments": 34,       pairs of bars that were compared
                       "is_fallback": false}}}  true: nothing came back three times

Bars are counted from 0 by the meters of the score that `library.pop909` reads, so
`list(score.meter_map.bars(score.length))[bar]` is where a bar lies. Songs that cannot be read, or
have no two bars with three notes, are left out.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from reprise.engines.checkpoint import Checkpoint
from reprise.engines.theme.retrieval import MelodyEncoder, ThemeFinding, find_theme
from reprise.errors import InvalidRequestError
from reprise.library import pop909, readers
from reprise.library.pieces import Reject, SourceFile, SourcePiece

FORMAT: Final = 1

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SongTheme:
    """The theme of a song; see the module for what each means."""

    split: str
    bars: tuple[int, ...]
    theme: int
    eps: float
    mean_distance: float
    segments: int
    is_fallback: bool


def theme_labels(
    data: Path | None, model: Checkpoint, file: Path, progress: Progress = lambda _share: None
) -> dict[str, SongTheme]:
    """Return the themes of POP909's songs by their number; read them where they were kept.

    Args:
        data: The folder of data sets.
        model: A model with a melody embedding.
        file: Where the labels are kept; made anew where they are another model's.
        progress: Called with the share of songs that are done, 0.0-1.0.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
    """
    kept = _kept(file, model.model_hash)
    if kept is not None:
        return kept
    encoder = MelodyEncoder.of(model)
    sources = readers.source_files(data, [pop909.DATASET])
    found: dict[str, SongTheme] = {}
    for count, source in enumerate(sources, 1):
        found |= _labelled(source, encoder)
        progress(count / len(sources))
    table = {number: asdict(theme) for number, theme in found.items()}
    content = {"format": FORMAT, "model": model.model_hash, "songs": table}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content) + "\n", encoding="ascii")
    return found


def song_theme(finding: ThemeFinding, split: str) -> SongTheme:
    """Return what is kept of a finding."""
    return SongTheme(
        split,
        finding.bars,
        finding.theme.bar,
        round(finding.eps, 4),
        round(finding.mean_distance, 4),
        len(finding.segments),
        finding.is_fallback,
    )


def _labelled(source: SourceFile, encoder: MelodyEncoder) -> Iterator[tuple[str, SongTheme]]:
    piece = readers.read_source(source)
    if isinstance(piece, Reject):
        return
    theme = _theme(piece, encoder)
    if theme is not None:
        yield source.path.stem, theme


def _theme(piece: SourcePiece, encoder: MelodyEncoder) -> SongTheme | None:
    score = piece.score
    try:
        finding = find_theme(pop909.melody_of(score), score.meter_map, score.length, encoder)
    except InvalidRequestError:
        return None
    return song_theme(finding, "test" if piece.split == "test" else "train")


def _kept(file: Path, model_hash: str) -> dict[str, SongTheme] | None:
    if not file.is_file():
        return None
    content: dict[str, Any] = json.loads(file.read_text(encoding="ascii"))
    if content.get("format") != FORMAT or content.get("model") != model_hash:
        return None
    return {
        number: SongTheme(**{**theme, "bars": tuple(theme["bars"])})
        for number, theme in content["songs"].items()
    }

"""The corpora that a user has, and the passages of each for answers in its style."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reprise.errors import FileError, InvalidRequestError
from reprise.library import own_style
from reprise.library.ingest.store import Corpus
from reprise.library.ingest.walk import shown
from reprise.library.own_style import StyleIndex

_SOURCE: Final = "*/source.json"
"""What is written anew in a corpus whenever a folder is read into it."""

LEARNT: Final = "learnt"
"""The folder of clips that were added from DAWs, below the data folder."""

LEARNT_STYLE: Final = "learnt-style.npz"
"""Passages of these clips, which the corpus' own file of passages leaves out."""


def learnt_folder(corpus: Corpus) -> Path:
    """Return where the clips are that were added to a corpus from DAWs."""
    return corpus.folder.parents[1] / LEARNT / corpus.name


def names_in(directory: Path) -> list[str]:
    """Return the names of the corpora in a folder, sorted."""
    return sorted({path.parents[1].name for path in directory.glob(f"*/{_SOURCE}")})


def existing(directory: Path, name: str) -> Corpus:
    """Return a corpus that is there.

    Raises:
        InvalidRequestError: There is none of that name; the message says which there are.
    """
    names = names_in(directory)
    if name not in names:
        raise InvalidRequestError(
            f"there is no corpus {name[:40]!r}; there are: {', '.join(names) or 'none yet'}. "
            "Read a folder of your music first: reprise corpus add ~/Music --name mine"
        )
    return Corpus(directory, name)


def learnt_names(corpus: Corpus) -> list[str]:
    """Return the names of these clips as the corpus calls their files, sorted."""
    return sorted(shown(path.name) for path in learnt_folder(corpus).glob("*.mid"))


def style_state(corpus: Corpus) -> tuple[int, int]:
    """Return what changes whenever the passages of a corpus do; 0 where a file is not there."""
    own = _written(corpus.folder / own_style.FILE_NAME)
    return own if _is_fresh(corpus) else 0, _written(corpus.folder / LEARNT_STYLE)


def style_of(corpus: Corpus) -> StyleIndex:
    """Return the passages of a corpus, taken anew where a folder was read into it since.

    Raises:
        FileError: What was read is damaged, or the passages cannot be written.
    """
    own = _read(corpus.folder / own_style.FILE_NAME) if _is_fresh(corpus) else None
    learnt = _read(corpus.folder / LEARNT_STYLE)
    whole = write_style(corpus) if own is None else own
    return whole if learnt is None else whole.joined(learnt)


def write_style(corpus: Corpus) -> StyleIndex:
    """Take the passages of all clips but those from DAWs, keep them in a file and return them.

    Raises:
        FileError: What was read is damaged, or the passages cannot be written.
    """
    learnt = set(learnt_names(corpus))
    index = own_style.build(clip.packed for clip in corpus.packed() if clip.file not in learnt)
    own_style.write(corpus.folder / own_style.FILE_NAME, index)
    return index


def _read(path: Path) -> StyleIndex | None:
    """Return the passages in a file, None where they have to be taken anew."""
    try:
        return own_style.read(path) if path.is_file() else None
    except FileError:
        return None


def _is_fresh(corpus: Corpus) -> bool:
    written = _written(corpus.folder / own_style.FILE_NAME)
    return bool(written) and all(read <= written for read in _read_at(corpus))


def _read_at(corpus: Corpus) -> Iterator[int]:
    """Yield when each folder was last read, but for that of clips from DAWs."""
    learnt = str(learnt_folder(corpus).resolve())
    for path in corpus.folder.glob(_SOURCE):
        if json.loads(path.read_text(encoding="utf-8"))["source"] != learnt:
            yield _written(path)


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0

"""Clips that were added to a corpus from a DAW: one MIDI file each, in a folder of ours.

The folder is read into the corpus like any other, so training, the report and the guard know the
clips as they know all others. What they play is indexed beside the corpus' own indexes, so that
adding one takes no longer the larger the corpus is.
"""

import hashlib
import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from reprise.errors import FileError, InvalidRequestError, TooLargeError
from reprise.library import own_index, own_style
from reprise.library.corpus_file import Piece
from reprise.library.ingest.clips import Origin, SourceClip
from reprise.library.ingest.shards import whole_file
from reprise.library.ingest.store import CORPORA, Corpus
from reprise.library.own_clips import own_clip, source_piece
from reprise.library.own_corpora import (
    LEARNT,
    LEARNT_STYLE,
    learnt_folder,
    learnt_names,
    names_in,
)
from reprise.library.own_index import Owned, OwnIndex
from reprise.library.own_style import Packable, StyleIndex
from reprise.library.packing import Packed
from reprise.library.pieces import Reject
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.tempo import TempoMap

MOST_CLIPS: Final = 1000
"""Of one corpus."""
MOST_BYTES: Final = 50_000_000
"""Of all such clips of one corpus on the disk."""
MOST_CORPORA: Final = 32
INDEX_FILE: Final = "learnt-index.npz"
_DIGITS: Final = 10
_NAME_LENGTH: Final = 40
_ENDING: Final = ".mid"


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of adding clips.

    Attributes:
        added: How many are new.
        count: How many the corpus now has that were added so.
    """

    added: int
    count: int


@dataclass(frozen=True, slots=True)
class _New:
    name: str
    data: bytes
    packed: Packed


class LearntClips:
    """Adds clips to a user's corpora, and takes them out again; safe to use from any thread."""

    def __init__(self, data_directory: Path) -> None:
        """Take the user's data folder."""
        self._corpora = data_directory / CORPORA
        self._lock = threading.Lock()

    def add(self, corpus: str, clips: Sequence[tuple[str, Score]]) -> Learnt:
        """Add clips, each a name and its music; those that are there already are not added again.

        Raises:
            InvalidRequestError: The corpus' name is none, or a clip has hardly any notes.
            TooLargeError: There are too many such clips, or corpora.
            FileError: They cannot be kept.
        """
        with self._lock:
            found = Corpus(self._corpora, corpus)
            known = {_digest_in(name) for name in learnt_names(found)}
            new = {clip.name: clip for clip in map(_new, clips)}
            fresh = [clip for clip in new.values() if _digest_in(clip.name) not in known]
            if fresh:
                self._check_room(found, fresh)
                self._keep(found, fresh)
            return Learnt(len(fresh), len(known) + len(fresh))

    def names(self, corpus: str) -> list[str]:
        """Return the names of the clips that a corpus has so, sorted.

        Raises:
            InvalidRequestError: The corpus' name is none.
        """
        return learnt_names(Corpus(self._corpora, corpus))

    def forget(self, corpus: str, item: str) -> str:
        """Take a clip out of a corpus again, and return its name.

        Args:
            corpus: The corpus.
            item: The clip's name, or the beginning of it that no other has.

        Raises:
            InvalidRequestError: No clip of the corpus, or more than one, has such a name.
            FileError: It cannot be taken out.
        """
        with self._lock:
            found = Corpus(self._corpora, corpus)
            name = _chosen(learnt_names(found), item, corpus)
            folder = learnt_folder(found)
            try:
                (folder / name).unlink()
            except OSError as error:
                raise FileError(f"{name} cannot be taken out ({error.strerror})") from error
            found.add(folder)
            self._index_again(found, name)
            return name

    def _check_room(self, corpus: Corpus, clips: Sequence[_New]) -> None:
        names = names_in(self._corpora)
        if corpus.name not in names and len(names) >= MOST_CORPORA:
            raise TooLargeError(
                f"there are {len(names)} corpora already; add to one of them: {', '.join(names)}"
            )
        sizes = [path.stat().st_size for path in learnt_folder(corpus).glob(f"*{_ENDING}")]
        size = sum(sizes) + sum(len(clip.data) for clip in clips)
        if len(sizes) + len(clips) > MOST_CLIPS or size > MOST_BYTES:
            raise TooLargeError(
                f"the corpus {corpus.name} has {len(sizes)} clips from DAWs and takes at most "
                f"{MOST_CLIPS}, and {MOST_BYTES // 1_000_000} MB of them; export what you like as "
                f"MIDI files into a folder and give reprise corpus add FOLDER --name {corpus.name}"
            )

    def _keep(self, corpus: Corpus, clips: Sequence[_New]) -> None:
        folder = learnt_folder(corpus)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for clip in clips:
                with whole_file(folder / clip.name) as out:
                    out.write(clip.data)
        except OSError as error:
            raise FileError(
                f"what is to be learnt cannot be kept in {folder} ({error.strerror}); make room "
                "there"
            ) from error
        corpus.add(folder)
        packed = [clip.packed for clip in clips]
        _write_style(corpus, _style(corpus).joined(own_style.build(packed)))
        _write_index(corpus, _both(_index(corpus), _index_of(packed)))

    def _index_again(self, corpus: Corpus, gone: str) -> None:
        names = set(learnt_names(corpus))
        left = [clip.packed for clip in corpus.packed() if clip.file in names]
        _write_style(corpus, own_style.build(left))
        _write_index(corpus, _index_of(left))
        whole = corpus.folder / own_index.FILE_NAME
        if whole.is_file():
            own_index.write(whole, _without(own_index.read(whole), gone))


def _new(clip: tuple[str, Score]) -> _New:
    """Return a clip as it is kept: one turn of its loop, its pads as General MIDI's.

    Raises:
        InvalidRequestError: Nothing can be learnt from it.
    """
    name, score = clip
    told = own_clip(SourceClip(Origin(name), "", score))
    if isinstance(told, Reject):
        raise InvalidRequestError(
            f"nothing can be learnt from {name or 'this clip'}: {told.reason} ({told.details})"
        )
    heard = source_piece(SourceClip(Origin(name), "", score)).score
    full = f"{_safe(name)} {_digest(heard)}{_ENDING}"
    return _New(full, write_score(heard), replace(told.packed, name=full))


def _digest(score: Score) -> str:
    """Return what tells music from other music, whatever its voices are called and its tempo is."""
    voices = tuple(replace(voice, name="", program=0) for voice in score.voices)
    bare = replace(score, voices=voices, tempo_map=TempoMap(), key=None, markers=())
    return hashlib.sha256(write_score(bare)).hexdigest()[:_DIGITS]


def _digest_in(name: str) -> str:
    return name.removesuffix(_ENDING)[-_DIGITS:]


def _safe(name: str) -> str:
    """Return a name that every system's files may have."""
    plain = re.sub(r"[^\w' -]+", " ", unicodedata.normalize("NFC", name))
    return re.sub(r" +", " ", plain).strip(" '_-")[:_NAME_LENGTH].rstrip() or "clip"


def _chosen(names: Sequence[str], item: str, corpus: str) -> str:
    found = [name for name in names if name == item] or [
        name for name in names if item and name.startswith(item)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidRequestError(
            f"{len(found)} clips of {corpus} begin with {item!r}: {', '.join(found[:8])}; give "
            "more of the name"
        )
    raise InvalidRequestError(
        f"no clip of {corpus} that was added from a DAW is called {item[:80]!r}; "
        f"see them all: reprise corpus clips {corpus}"
    )


# ---------------------------------------------------------------- indexes


def _style(corpus: Corpus) -> StyleIndex:
    path = corpus.folder / LEARNT_STYLE
    return own_style.read(path) if path.is_file() else own_style.build(())


def _write_style(corpus: Corpus, index: StyleIndex) -> None:
    own_style.write(corpus.folder / LEARNT_STYLE, index)


def _index(corpus: Corpus) -> OwnIndex:
    path = corpus.folder / INDEX_FILE
    return own_index.read(path) if path.is_file() else own_index.build(())


def _write_index(corpus: Corpus, index: OwnIndex) -> None:
    own_index.write(corpus.folder / INDEX_FILE, index)


def _index_of(clips: Iterable[Packable]) -> OwnIndex:
    return own_index.build(
        Piece(
            clip.name,
            LEARNT,
            LEARNT,
            clip.name,
            "train",
            0.0,
            clip.grid_bars,
            clip.tracks,
            clip.notes,
        )
        for clip in clips
    )


def _both(one: OwnIndex, other: OwnIndex) -> OwnIndex:
    """Return what either index has; the first owner of a code keeps it."""

    def joined(mine: Owned, theirs: Owned) -> Owned:
        codes = np.concatenate([mine.codes, theirs.codes])
        owners = np.concatenate([mine.owners, theirs.owners + len(one.names)])
        known, first = np.unique(codes, return_index=True)
        return Owned(known, owners[first])

    return OwnIndex(
        joined(one.runs, other.runs), joined(one.bars, other.bars), one.names + other.names
    )


def _without(index: OwnIndex, name: str) -> OwnIndex:
    gone = [number for number, own in enumerate(index.names) if own == name]

    def left(owned: Owned) -> Owned:
        stays = ~np.isin(owned.owners, gone)
        return Owned(owned.codes[stays], owned.owners[stays])

    return OwnIndex(left(index.runs), left(index.bars), index.names)

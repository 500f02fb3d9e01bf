"""Small packed songs for tests of what was learnt."""

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.library.corpus_file import Corpus, Piece, PieceTrack, write_corpus
from reprise.library.pieces import Split
from reprise.music.roles import Role

Rows = NDArray[np.int16]

BARS = 8
BAR_TICKS = 96


def melody(seed: int) -> Rows:
    """Rows of a packed melody that no other seed has."""
    randomness = random.Random(seed)
    rows = []
    for bar in range(BARS):
        onsets = sorted({0, *randomness.sample(range(12, BAR_TICKS, 12), 4)})
        rows += [(bar, 0, onset, randomness.randrange(55, 80), 12, 90) for onset in onsets]
    return np.array(rows, np.int16)


def beat(seed: int) -> Rows:
    """Rows of packed drums; every bar is another one."""
    randomness = random.Random(seed)
    rows = []
    for bar in range(BARS):
        rows += [(bar, 0, 24 * beat, 36 if beat % 2 == 0 else 38, 6, 100) for beat in range(4)]
        rows += [(bar, 0, onset, 42, 6, 80) for onset in randomness.sample(range(0, 96, 6), 9)]
    return np.array(sorted(rows, key=lambda row: (row[0], row[2], -row[3])), np.int16)


def song(
    name: str, rows: Rows, *, split: Split = "train", is_drums: bool = False, kind: str = "pop"
) -> Piece:
    """Return rows as a song of one track."""
    role = Role.DRUMS if is_drums else Role.MELODY
    return Piece(
        name=f"set/{name}",
        dataset="set",
        kind=kind,
        song=name,
        split=split,
        tempo_bpm=120.0,
        grid_bars=np.array([(BAR_TICKS * bar, BAR_TICKS, 2) for bar in range(BARS)], np.int32),
        tracks=(PieceTrack(int(role), is_drums, "Kit" if is_drums else "Lead"),),
        notes=rows,
    )


def write(path: Path) -> Path:
    """Write a corpus of a melody and drums to learn, and a melody that is held out."""
    pieces = (
        song("one", melody(1)),
        song("two", melody(2), split="test"),
        song("beat", beat(3), is_drums=True),
    )
    write_corpus(path, Corpus(pieces, {}))
    return path

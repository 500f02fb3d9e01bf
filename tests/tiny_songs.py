"""Small made-up pieces as a corpus packs them, for tests of everything around the flagship."""

from collections.abc import Iterable, Sequence

import numpy as np

from reprise.library.corpus_file import Corpus, Piece, PieceTrack
from reprise.library.pieces import Split
from reprise.music.roles import Role

BAR_TICKS = 96
FOUR_FOUR = 2
MELODY = PieceTrack(Role.MELODY, is_drums=False, name="Melody")
BASS = PieceTrack(Role.BASS, is_drums=False, name="Bass")
BEAT = PieceTrack(Role.DRUMS, is_drums=True, name="Beat")
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)

Row = tuple[int, int, int, int, int, int]
"""Grid bar, track, onset, pitch, duration, velocity."""


def piece(
    rows: Iterable[Row],
    bars: int,
    tracks: Sequence[PieceTrack] = (MELODY,),
    *,
    name: str = "tiny/piece",
    kind: str = "pop",
    split: Split = "train",
) -> Piece:
    """A piece in 4/4 of the rows given."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[2], -row[3]))
    grid_bars = [(BAR_TICKS * bar, BAR_TICKS, FOUR_FOUR) for bar in range(bars)]
    return Piece(
        name,
        "tiny",
        kind,
        name,
        split,
        120.0,
        np.array(grid_bars, np.int32),
        tuple(tracks),
        np.array(ordered, np.int16).reshape(-1, 6),
    )


def song(bars: int = 16, seed: int = 0, *, kind: str = "pop", split: Split = "train") -> Piece:
    """A tune in C major drawn from a seed, with a bass and a beat; the tune comes again."""
    random = np.random.default_rng(seed)
    phrase = random.integers(0, len(SCALE), (4, 8))
    rows: list[Row] = []
    for bar in range(bars):
        changed = random.integers(0, 8)
        for step in range(8):
            degree = phrase[bar % 4, step] if step != changed else random.integers(len(SCALE))
            rows.append((bar, 0, 12 * step, SCALE[degree], 12, 90 + int(step == 0) * 10))
        rows += [(bar, 1, 48 * half, SCALE[phrase[bar % 4, 0]] - 24, 48, 100) for half in range(2)]
        rows += [(bar, 2, 24 * beat, (36, 38)[beat % 2], 6, 110) for beat in range(4)]
        rows += [(bar, 2, 12 * step, 42, 6, 80) for step in range(8)]
    return piece(rows, bars, (MELODY, BASS, BEAT), name=f"tiny/song-{seed}", kind=kind, split=split)


def corpus(*pieces: Piece) -> Corpus:
    """A corpus of the pieces given, else of six songs."""
    return Corpus(pieces or tuple(song(seed=seed) for seed in range(6)), {})

"""A few songs on the grid, packed as training and evaluation read them."""

import random
from collections.abc import Sequence

import numpy as np

from reprise.library.corpus_file import Corpus, Piece, PieceTrack
from reprise.library.pieces import Split
from reprise.music.roles import Role

BAR_TICKS = 96
FOUR_FOUR, SEVEN_EIGHT = 2, 7
SCALE = (0, 2, 4, 5, 7, 9, 11)
TRACKS = (
    PieceTrack(int(Role.MELODY), is_drums=False, name="Lead vocals"),
    PieceTrack(int(Role.BASS), is_drums=False, name=""),
    PieceTrack(int(Role.DRUMS), is_drums=True, name="Kit"),
)


def piece(
    name: str = "tiny/song",
    *,
    kind: str = "pop",
    split: Split = "test",
    bars: int = 16,
    seed: int = 0,
) -> Piece:
    """A song of melody, bass and drums in 4/4; the seed gives its tune and its key."""
    randomness = random.Random(seed)
    tonic = randomness.randrange(12)
    phrase = [randomness.randrange(7) for _ in range(16)]
    rows = [row for bar in range(bars) for row in _bar(bar, tonic, phrase, randomness)]
    grid = [(bar * BAR_TICKS, BAR_TICKS, FOUR_FOUR) for bar in range(bars)]
    return packed(name, rows, grid, kind=kind, split=split)


def packed(
    name: str,
    rows: Sequence[tuple[int, ...]],
    grid: Sequence[tuple[int, int, int]],
    *,
    kind: str = "pop",
    split: Split = "test",
    tracks: tuple[PieceTrack, ...] = TRACKS,
) -> Piece:
    """A song of the notes and grid bars given."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[2], -row[3]))
    return Piece(
        name,
        "tiny",
        kind,
        name,
        split,
        120.0,
        np.array(grid, np.int32),
        tracks,
        np.array(ordered, np.int16).reshape(-1, 6),
    )


def corpus(kinds: Sequence[str] = ("pop", "multitrack"), songs: int = 4) -> Corpus:
    """Test and training songs of some kinds."""
    splits: tuple[Split, ...] = ("train", "test")
    return Corpus(
        tuple(
            piece(
                f"{kind}/{split}-{number}",
                kind=kind,
                split=split,
                seed=hash_of(kind, split, number),
            )
            for kind in kinds
            for split in splits
            for number in range(songs)
        ),
        {},
    )


def hash_of(*words: object) -> int:
    """A seed of words, the same in every process."""
    return random.Random(" ".join(map(str, words))).randrange(2**20)


def _bar(
    bar: int, tonic: int, phrase: Sequence[int], randomness: random.Random
) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for index, (onset, duration) in enumerate(((0, 24), (24, 12), (36, 12), (48, 24), (72, 24))):
        degree = phrase[(5 * (bar % 4) + index) % len(phrase)]
        rows.append((bar, 0, onset, 60 + tonic + SCALE[degree], duration, 80 + 8 * (index % 2)))
    if randomness.random() < 0.3:
        rows.append((bar, 0, 84, 67 + tonic, 12, 70))
    root = 36 + tonic + SCALE[(0, 4, 5, 3)[bar % 4]]
    rows += [(bar, 1, onset, root, 24, 96) for onset in (0, 48)]
    rows += [(bar, 2, onset, 42, 6, 72) for onset in range(0, 96, 12)]
    rows += [(bar, 2, onset, 36, 6, 110) for onset in (0, 60)]
    rows += [(bar, 2, onset, 38, 6, 104) for onset in (24, 72)]
    return rows

"""From somebody's own clips to pieces to learn from, and to hold out.

Clips that are versions of one idea, parts of one recording, or from one file lie on the same side
of the cut between what is learnt and what is held out, so that what is held out is new.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reprise.library.corpus_file import Piece
from reprise.library.own_clips import DATASET, KIND, OwnClip
from reprise.library.own_ideas import Groups, ideas_of
from reprise.library.packing import Packed
from reprise.library.pieces import Split

HELD_OUT_SHARE: Final = 0.2
FEWEST_FILES: Final = 10
"""From so many files on, whole files are held out; with fewer, groups of clips."""

FEWEST_GROUPS: Final = 5
"""With fewer groups versions of one idea have to stand on both sides, or nothing is held out."""


@dataclass(frozen=True)
class Cut:
    """Where clips lie, in their order.

    Attributes:
        songs: The same for clips that stay together.
        splits: The side of each.
        ideas: How many groups of versions there are.
    """

    songs: tuple[str, ...]
    splits: tuple[Split, ...]
    ideas: int


@dataclass(frozen=True)
class OwnPieces:
    """What somebody's clips give.

    Attributes:
        pieces: To learn from and to hold out, in the order of the clips.
        ideas: How many groups of versions there are.
    """

    pieces: tuple[Piece, ...]
    ideas: int

    def of(self, split: Split) -> list[Piece]:
        """Return the pieces on one side of the cut."""
        return [piece for piece in self.pieces if piece.split == split]


def own_pieces(clips: Iterable[OwnClip], seed: int = 0) -> OwnPieces:
    """Return clips as pieces, all in memory: twelve bytes a note, and about 2 KB each.

    Args:
        clips: On the grid.
        seed: As in `cut_of`.
    """
    held = list(clips)
    cut = cut_of(held, seed)
    return OwnPieces(tuple(pieces_of(held, cut)), cut.ideas)


def cut_of(clips: Iterable[OwnClip], seed: int = 0) -> Cut:
    """Return which clips are learnt, which decide when to stop, and which are the test.

    About 80, 10 and 10 % of the groups; each side has at least one where there are three groups.
    Clips are looked at once and not held.

    Args:
        clips: On the grid.
        seed: Draws the cut; the same groups are cut alike on every machine.
    """
    files: list[str] = []
    takes: list[str] = []
    ideas = ideas_of(_noted(clips, files, takes))
    groups = _joined(ideas, takes, files if len(set(files)) >= FEWEST_FILES else ())
    if len(set(groups)) < FEWEST_GROUPS:
        groups = _joined(range(len(files)), takes)
    split_of = _cut(groups, seed)
    return Cut(
        tuple(f"{DATASET}/{group}" for group in groups),
        tuple(split_of[group] for group in groups),
        len(set(ideas)),
    )


def pieces_of(clips: Iterable[OwnClip], cut: Cut) -> Iterator[Piece]:
    """Yield clips as pieces, in the order that the cut was made in."""
    for clip, song, split in zip(clips, cut.songs, cut.splits, strict=True):
        one = clip.packed
        yield Piece(
            one.name,
            DATASET,
            KIND,
            song,
            split,
            one.tempo_bpm,
            one.grid_bars,
            one.tracks,
            one.notes,
        )


def _noted(clips: Iterable[OwnClip], files: list[str], takes: list[str]) -> Iterator[Packed]:
    """Yield what clips play, and note where each is from."""
    for clip in clips:
        files.append(clip.file)
        takes.append(clip.take)
        yield clip.packed


def _joined(ideas: Sequence[int], *labels: Sequence[str]) -> list[str]:
    """Return the group of each clip: one idea, and what shares a label that is not "", together."""
    groups = Groups(len(ideas))
    for place, idea in enumerate(ideas):
        groups.join(place, idea)
    for told in labels:
        first: dict[str, int] = {}
        for place, label in enumerate(told):
            if label:
                groups.join(first.setdefault(label, place), place)
    return [str(root) for root in groups.roots()]


def _cut(groups: Sequence[str], seed: int) -> Mapping[str, Split]:
    """Return the side of each group, by its place among all in an order that the seed draws."""
    names = sorted(set(groups), key=lambda group: _drawn(group, seed))
    held_out = max(1, round(HELD_OUT_SHARE / 2 * len(names)))
    if len(names) < 3:
        held_out = min(held_out, (len(names) - 1) // 2)
    sides: dict[str, Split] = dict.fromkeys(names, "train")
    sides.update(dict.fromkeys(names[:held_out], "test"))
    sides.update(dict.fromkeys(names[held_out : 2 * held_out], "valid"))
    return sides


def _drawn(group: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {group}".encode()).digest()

"""From somebody's own clips to pieces to learn from: loops, versions and private pads included.

A loop is one turn of what repeats; whoever draws examples plays it on. Clips that are versions of
one idea, or come from one file, lie on the same side of the cut between what is learnt and what is
held out, so that what is held out is new.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reprise.library import duplicates
from reprise.library.corpus_file import Piece
from reprise.library.ingest.clips import SourceClip
from reprise.library.packing import OF_ONES_OWN, Packed, pack, signed
from reprise.library.pieces import Reject, SourcePiece, Split
from reprise.music.clip import Clip
from reprise.music.drums import is_drums
from reprise.music.edges import unrolled
from reprise.music.pads import map_pads
from reprise.music.roles import Role, role_of
from reprise.music.score import Score
from reprise.music.voice import Voice

DATASET: Final = "mine"
KIND: Final = "mine"
HELD_OUT_SHARE: Final = 0.2
FEWEST_FILES: Final = 10
"""From so many files on, whole files are held out; with fewer, groups of clips."""

FEWEST_GROUPS: Final = 5
"""With fewer groups versions of one idea have to stand on both sides, or nothing is held out."""

ALIKE: Final = 0.5


@dataclass(frozen=True)
class OwnPieces:
    """What somebody's clips give.

    Attributes:
        pieces: To learn from and to hold out, in the order of the clips.
        rejects: Clips that are left out.
        ideas: How many groups of versions there are.
    """

    pieces: tuple[Piece, ...]
    rejects: tuple[Reject, ...]
    ideas: int

    def of(self, split: Split) -> list[Piece]:
        """Return the pieces on one side of the cut."""
        return [piece for piece in self.pieces if piece.split == split]


def own_pieces(clips: Iterable[SourceClip], seed: int = 0) -> OwnPieces:
    """Return clips as pieces, cut into what is learnt, what decides when to stop, and the test.

    About 80, 10 and 10 % of the groups; each side has at least one where there are three groups.

    Args:
        clips: As they were read.
        seed: Draws the cut; the same groups are cut alike on every machine.
    """
    packed: list[tuple[str, Packed]] = []
    rejects: list[Reject] = []
    for clip in clips:
        found = pack(source_piece(clip), OF_ONES_OWN)
        if isinstance(found, Reject):
            rejects.append(found)
        else:
            packed.append((clip.origin.file, found))
    ideas = _groups([one for _, one in packed])
    groups = _joined_by_file(packed, ideas)
    if len(set(groups)) < FEWEST_GROUPS:
        groups = [str(place) for place in range(len(packed))]
    split_of = _cut(groups, seed)
    pieces = tuple(
        Piece(
            one.name,
            DATASET,
            KIND,
            f"{DATASET}/{group}",
            split_of[group],
            one.tempo_bpm,
            one.grid_bars,
            one.tracks,
            one.notes,
        )
        for (_, one), group in zip(packed, groups, strict=True)
    )
    return OwnPieces(pieces, tuple(rejects), len(set(ideas)))


def source_piece(clip: SourceClip) -> SourcePiece:
    """Return a clip as packing takes it: one turn of its loop, its pads as General MIDI's."""
    score = _heard(clip)
    voices = tuple(_general_midi(voice, score) for voice in score.voices)
    score = replace(score, voices=voices)
    roles = tuple(int(Role.DRUMS if is_drums(voice) else role_of(voice)) for voice in voices)
    return SourcePiece(_name(clip), DATASET, KIND, clip.origin.file, None, score, roles)


def _name(clip: SourceClip) -> str:
    return f"{clip.origin} {clip.name}".rstrip() if clip.name else str(clip.origin)


def _heard(clip: SourceClip) -> Score:
    """Return what is learnt of a clip: what stands before its loop and one turn of it."""
    score, loop = clip.score, clip.score.loop
    if loop is None:
        return score
    voices = []
    for voice in score.voices:
        one = unrolled(Clip(voice.notes, score.length, score.meter_map, loop), loop.end)
        voices.append(replace(voice, notes=one.notes))
    return replace(score, voices=tuple(voices), length=loop.end, loop=None)


def _general_midi(voice: Voice, score: Score) -> Voice:
    if not is_drums(voice):
        return replace(voice, is_drums=False)
    drum_of = map_pads(voice, score.meter_map).drum_of_pad
    notes = tuple(replace(note, pitch=drum_of.get(note.pitch, note.pitch)) for note in voice.notes)
    return replace(voice, notes=notes, pads=(), is_drums=True)


# ------------------------------------------------------------ versions of one idea


def _features(packed: Packed, *, is_moved: bool) -> frozenset[int]:
    """Return what a piece is made of: where something is struck, and which note.

    Args:
        packed: The piece.
        is_moved: Whether notes are told by their distance from the usual one of their track: then
            a piece that was moved to another key is made of the same.
    """
    notes = packed.notes.astype(np.int64)
    onsets = packed.grid_bars[notes[:, 0], 0] + notes[:, 2]
    found: set[int] = set()
    for index, track in enumerate(packed.tracks):
        mine = notes[:, 1] == index
        pitches = notes[mine, 3]
        is_told_so = is_moved and len(pitches) and not track.is_drums
        usual = int(np.bincount(pitches).argmax()) if is_told_so else 0
        pairs = zip(onsets[mine].tolist(), (pitches - usual).tolist(), strict=True)
        found.update(hash(pair) for pair in pairs)
    return frozenset(found)


def _groups(packed: Sequence[Packed]) -> list[int]:
    """Return a number for each piece, the same for versions of one idea.

    Short ones are versions where they share half of what either is made of, long ones also where
    they are nearly the same from another beginning (`duplicates`).
    """
    parents = list(range(len(packed)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parents[second] = first

    for is_moved in (False, True):
        features = [_features(one, is_moved=is_moved) for one in packed]
        for one, other in _pairs(features):
            either = len(features[one] | features[other])
            if len(features[one] & features[other]) >= ALIKE * either:
                join(one, other)
    signatures = [(str(place), mine) for place, one in enumerate(packed) for mine in signed(one)]
    nearly = duplicates.groups(map(str, range(len(packed))), signatures)
    for place, other_place in nearly.items():
        join(int(place), int(other_place))
    return [root(place) for place in range(len(packed))]


def _pairs(features: Sequence[frozenset[int]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of pieces that share something, those next to each other in each list of it."""
    holders: dict[int, list[int]] = defaultdict(list)
    for place, found in enumerate(features):
        for feature in found:
            holders[feature].append(place)
    seen: set[tuple[int, int]] = set()
    for places in holders.values():
        for pair in zip(places, places[1:]):
            if pair not in seen:
                seen.add(pair)
                yield pair


def _joined_by_file(packed: Sequence[tuple[str, Packed]], ideas: Sequence[int]) -> list[str]:
    """Return the group of each piece; whole files stay together where there are enough of them."""
    files = [file for file, _ in packed]
    if len(set(files)) < FEWEST_FILES:
        return [str(idea) for idea in ideas]
    first_of: dict[str, int] = {}
    parents: dict[int, int] = {idea: idea for idea in ideas}

    def root(idea: int) -> int:
        while parents[idea] != idea:
            idea = parents[idea]
        return idea

    for file, idea in zip(files, ideas, strict=True):
        one, other = sorted((root(first_of.setdefault(file, idea)), root(idea)))
        parents[other] = one
    return [str(root(idea)) for idea in ideas]


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

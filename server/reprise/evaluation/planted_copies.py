"""Whether the guard finds what was pasted from a folder, and leaves alone what people played anew.

A folder is cut as for a fine-tuning. Windows of what is held out, but for versions of what is
learnt, are people's: none of them is a copy. One output in a hundred is pasted from the learnt
pieces, in another key; each says much that nobody plays by chance.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.originality import CopyFinder, parts_of
from reprise.engines.passages import passages_of
from reprise.evaluation.own_copies import QUESTION_BARS, finder_of
from reprise.evaluation.slices import Slice, slice_at
from reprise.library.corpus_file import Piece
from reprise.library.originality_index import runs_of
from reprise.library.own_clips import OwnClip
from reprise.library.own_pieces import OwnPieces, own_pieces
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span

PLANTED_SHARE = 0.01
LEAST_PLANTED = 20
CUTS = 5
VARIANT_SHARE = 0.2
"""A held-out piece with so many of its runs in one learnt song is another version of that song."""

MUCH = 1.5
"""A passage is planted where it says so many times what a copy must say at least."""

MOST_MOVED = 6
"""Semitones."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the guard said, over all cuts.

    Attributes:
        planted: Outputs that were pasted from the learnt pieces.
        found: How many of them were flagged.
        people: Windows that people played anew.
        flagged: How many of those were flagged all the same.
        variants: Held-out pieces that are versions of learnt ones and were left out.
        missed: Names of the pieces whose passages were not found.
    """

    planted: int = 0
    found: int = 0
    people: int = 0
    flagged: int = 0
    variants: int = 0
    missed: tuple[str, ...] = ()

    def __add__(self, other: "Found") -> "Found":
        return Found(
            self.planted + other.planted,
            self.found + other.found,
            self.people + other.people,
            self.flagged + other.flagged,
            self.variants + other.variants,
            self.missed + other.missed,
        )


def measure(clips: Sequence[OwnClip], cuts: int = CUTS) -> Found:
    """Cut a folder several times, plant passages each time, and return what the guard said."""
    return sum((measure_cut(own_pieces(clips, seed), seed) for seed in range(cuts)), Found())


def measure_cut(own: OwnPieces, seed: int) -> Found:
    """Plant passages of the learnt pieces among what people played, and return what is said."""
    finder = finder_of(own)
    songs = _songs_of_runs(own.of("train"))
    held_out = own.of("test") + own.of("valid")
    new = [piece for piece in held_out if not _is_variant(piece, songs)]
    flags = [finder.find(*_output(one)).is_copy for piece in new for one in _windows(piece)]
    count = max(LEAST_PLANTED, round(PLANTED_SHARE / (1.0 - PLANTED_SHARE) * len(flags)))
    pasted = list(_pasted(own.of("train"), count, random.Random(seed)))
    missed = tuple(one.name for one in pasted if not _is_found(finder, one))
    return Found(
        len(pasted),
        len(pasted) - len(missed),
        len(flags),
        sum(flags),
        len(held_out) - len(new),
        missed,
    )


def _is_found(finder: CopyFinder, pasted: Slice) -> bool:
    return finder.find(*_output(pasted)).is_copy


def _output(one: Slice) -> tuple[Task, Candidate]:
    """Return a window as an answer to a question that has nothing in it."""
    score = one.score
    empty = replace(score, voices=tuple(replace(voice, notes=()) for voice in score.voices))
    holes = tuple(Hole(voice, Span(0.0, score.length)) for voice in range(len(score.voices)))
    task = Task(Verb.REFILL, empty, Score((), score.length), holes, score.length)
    return task, Candidate((), tuple(tuple(sorted(voice.notes)) for voice in score.voices))


def _windows(piece: Piece) -> Iterator[Slice]:
    bars = len(piece.grid_bars)
    for first in range(0, max(1, bars - QUESTION_BARS + 1), QUESTION_BARS):
        window = slice_at(piece, first, min(QUESTION_BARS, bars - first))
        if window is not None:
            yield window


def _pasted(learnt: Sequence[Piece], count: int, chance: random.Random) -> Iterator[Slice]:
    """Yield up to so many passages that say much, in other keys."""
    windows = [window for piece in learnt for window in _windows(piece)]
    chance.shuffle(windows)
    telling = (window for window in windows if _says_much(window))
    for _, window in zip(range(count), telling):
        yield _in_another_key(window, chance.randint(-MOST_MOVED, MOST_MOVED))


def _says_much(window: Slice) -> bool:
    parts = [part for part in parts_of(*_output(window)) if part.new]
    return any(passages.says_enough(MUCH) for passages in passages_of(parts))


def _in_another_key(window: Slice, moved: int) -> Slice:
    voices = tuple(
        voice if voice.is_drums else replace(voice, notes=_moved(voice.notes, moved))
        for voice in window.score.voices
    )
    return replace(window, score=replace(window.score, voices=voices))


def _moved(notes: Sequence[Note], moved: int) -> tuple[Note, ...]:
    fits = all(0 <= note.pitch + moved <= 127 for note in notes)
    return tuple(replace(note, pitch=note.pitch + moved * fits) for note in notes)


def _songs_of_runs(learnt: Iterable[Piece]) -> Mapping[int, Collection[str]]:
    songs: dict[int, set[str]] = defaultdict(set)
    for piece in learnt:
        for code in _runs_of(piece):
            songs[code].add(piece.song)
    return songs


def _is_variant(piece: Piece, songs: Mapping[int, Collection[str]]) -> bool:
    runs = _runs_of(piece)
    shared = Counter(song for code in runs for song in songs.get(code, ()))
    return max(shared.values(), default=0) > VARIANT_SHARE * len(runs)


def _runs_of(piece: Piece) -> set[int]:
    """Return the codes of all telling runs of a piece."""
    return {
        code
        for track, told in enumerate(piece.tracks)
        if not told.is_drums
        for code in runs_of(piece, piece.notes[piece.notes[:, 1] == track]).tolist()
    }

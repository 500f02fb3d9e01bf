"""Answers that need no learning: copies of bars that are there, and rules applied to them.

Each is a function from an example to new notes. Only `best_context_bar` looks at the truth: it
tells how far copying could get if one knew which bar to copy.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from reprise.evaluation.cell_grid import CellGrid, Place, grid_of, notes_of
from reprise.evaluation.examples import Example
from reprise.evaluation.infill_metrics import shape
from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order

Answer = tuple[tuple[Note, ...], ...]
"""New notes, one tuple a voice, by onset and then pitch."""

Baseline = Callable[[Example], Answer]
Choose = Callable[["Known", Place], Cell]

DEGREES: Final = (-3, -2, -1, 1, 2, 3)


class Known:
    """What an example lets everybody hear, as cells."""

    def __init__(self, example: Example) -> None:
        """Cut the task's source into cells."""
        self.example = example
        self.grid: CellGrid = grid_of(example.task.source)
        self.hidden = frozenset(example.hidden)

    def bars(self, voice: int, length: int) -> list[int]:
        """Return the bars of one length in ticks in which a voice may be heard."""
        return [
            index
            for index, bar in enumerate(self.grid.bars)
            if (voice, index) not in self.hidden and bar.length == length
        ]

    def bars_like(self, place: Place) -> list[int]:
        """Return the bars that could be copied to a place: of its voice and length."""
        return self.bars(place[0], self.grid.bars[place[1]].length)

    def around(self, bar: int, without: int) -> dict[int, Cell]:
        """Return what the other voices are heard with in a bar, by voice."""
        return {
            voice: self.grid.cell((voice, bar))
            for voice in range(len(self.grid.cells))
            if voice != without and (voice, bar) not in self.hidden
        }


def answered(known: Known, choose: Choose) -> Answer:
    """Return the answer that fills every hidden cell by itself."""
    voices: list[list[Note]] = [[] for _ in known.grid.cells]
    for voice, bar in known.example.hidden:
        grid_bar = known.grid.bars[bar]
        hole = known.example.task.hole_at(voice, grid_bar.start / 24.0)
        if hole is not None:
            voices[voice] += notes_of(choose(known, (voice, bar)), grid_bar, hole.span.end)
    return tuple(tuple(sorted(notes)) for notes in voices)


def previous_bar(example: Example) -> Answer:
    """Copy the last bar before that is heard, or else the first one after."""
    return answered(Known(example), _previous)


def nearest_bar(example: Example) -> Answer:
    """Copy the bar in which the other voices are most alike, of equal ones the nearest."""
    return answered(Known(example), _nearest)


def random_bar(example: Example) -> Answer:
    """Copy any bar of the voice that is heard; the example's name is the seed."""
    randomness = random.Random(example.name)

    def choose(known: Known, place: Place) -> Cell:
        bars = known.bars_like(place)
        return known.grid.cell((place[0], randomness.choice(bars))) if bars else ()

    return answered(Known(example), choose)


def best_context_bar(example: Example) -> Answer:
    """Copy the bar of the voice that is most like the hidden one: the oracle's copy."""
    truth = grid_of(example.task.source.with_notes(example.truth))

    def choose(known: Known, place: Place) -> Cell:
        wanted = Counter(shape(truth.cell(place)))
        cells = [known.grid.cell((place[0], bar)) for bar in known.bars_like(place)]
        return max(cells, key=lambda cell: _agreement(wanted, cell), default=())

    return answered(Known(example), choose)


def rules(example: Example) -> Answer:
    """Transform the nearest bar: of several, what agrees best with the other voices there.

    The transformations are none, a shift by one to three degrees of the scale up or down,
    retrograde, and the rhythm of another bar. Drums are copied.
    """
    known = Known(example)
    key = find_key(
        note for voice in known.grid.pitched for note in example.task.source.voices[voice].sounding
    )

    def choose(_: Known, place: Place) -> Cell:
        cell = _nearest(known, place)
        if key is None or known.grid.are_drums[place[0]] or not cell:
            return cell
        chord = _chord(known, place)
        versions = [cell, *_transformed(known, place, cell, key)]
        # The first of equally good ones wins, so nothing changes without a reason.
        return max(versions, key=lambda version: _fit(version, chord))

    return answered(known, choose)


# ---------------------------------------------------------------- choosing a bar


def _previous(known: Known, place: Place) -> Cell:
    voice, bar = place
    bars = known.bars_like(place)
    before = [other for other in bars if other < bar]
    chosen = before[-1:] or bars[:1]
    return known.grid.cell((voice, chosen[0])) if chosen else ()


def _nearest(known: Known, place: Place) -> Cell:
    voice, bar = place
    bars = known.bars_like(place)
    if not bars:
        return ()
    here = known.around(bar, voice)

    def rank(other: int) -> tuple[float, int, bool]:
        alike = _likeness(here, known.around(other, voice))
        return -round(alike, 6), abs(other - bar), other > bar

    return known.grid.cell((voice, min(bars, key=rank)))


def _likeness(left: Mapping[int, Cell], right: Mapping[int, Cell]) -> float:
    """Return how alike two bars are in the voices that both let hear, 0.0-1.0.

    It is the mean F1 of notes and of onsets, weighed by notes.
    """
    total = shared = 0.0
    for voice in left.keys() & right.keys():
        mine, other = shape(left[voice]), shape(right[voice])
        onsets, others = {onset for onset, _ in mine}, {onset for onset, _ in other}
        total += len(mine) + len(other) + len(onsets) + len(others)
        shared += 2.0 * (len(mine & other) + len(onsets & others))
    return shared / total if total else 0.0


def _agreement(wanted: Counter[tuple[int, int]], cell: Cell) -> float:
    both = (wanted & Counter(shape(cell))).total()
    return 2 * both / (wanted.total() + len(cell)) if wanted or cell else 1.0


# ---------------------------------------------------------------- rules


def _transformed(known: Known, place: Place, cell: Cell, key: Key) -> Iterable[Cell]:
    for degrees in DEGREES:
        yield _shifted(cell, key, degrees)
    yield retrograde(cell, known.grid.bars[place[1]].length)
    for other in known.bars_like(place):
        rhythm = known.grid.cell((place[0], other))
        if rhythm and rhythm != cell:
            yield with_rhythm(cell, rhythm)
            return


def _shifted(cell: Cell, key: Key, degrees: int) -> Cell:
    moved = (note._replace(pitch=key.degree_shifted(note.pitch, degrees)) for note in cell)
    return in_order(note for note in moved if 0 <= note.pitch <= 127)


def retrograde(cell: Cell, bar_length: int) -> Cell:
    """Return a cell played backwards; notes that ring on are cut at the bar line first."""
    turned = []
    for note in cell:
        end = min(note.onset + note.duration, bar_length)
        turned.append(note._replace(onset=bar_length - end, duration=end - note.onset))
    return in_order(turned)


def with_rhythm(cell: Cell, rhythm: Cell) -> Cell:
    """Return the chords of one cell on the onsets of another, in turn."""
    chords: dict[int, list[GridNote]] = {}
    for note in cell:
        chords.setdefault(note.onset, []).append(note)
    lines = list(chords.values())
    beats = {note.onset: note for note in rhythm}
    return in_order(
        note._replace(onset=onset, duration=beat.duration)
        for index, (onset, beat) in enumerate(sorted(beats.items()))
        for note in lines[index % len(lines)]
    )


def _chord(known: Known, place: Place) -> np.ndarray:
    """Return how long each pitch class sounds in the other voices of a bar."""
    weights = np.zeros(12)
    for voice, cell in known.around(place[1], place[0]).items():
        if not known.grid.are_drums[voice]:
            for note in cell:
                weights[note.pitch % 12] += note.duration
    return weights


def _fit(cell: Sequence[GridNote], chord: np.ndarray) -> float:
    """Return the share of a cell's time that is spent on pitch classes of the chord."""
    total = sum(note.duration for note in cell)
    inside = sum(note.duration for note in cell if chord[note.pitch % 12] > 0)
    return round(inside / total, 6) if total else 0.0

"""The chords of a clip and when they change, told from any notes: block chords, strums, arpeggios.

Time is cut into half beats. Each is compared with every chord, and the best path through all of
them is taken (dynamic programming), where changing costs little at a bar line and much off the
beat. What sounds in a stretch then gives its chord the exact name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.music.chords import QUALITIES, Chord, chord_of
from reprise.music.meter import MeterMap
from reprise.music.note import Note

SLOT: Final = 0.5
"""Beats between places where chords may change."""

BAR_COST, BEAT_COST, OFF_BEAT_COST = 0.15, 0.3, 0.55
FOREIGN: Final = 1.0
PER_TONE: Final = 0.04
ROOT_IN_BASS: Final = 0.25
SILENCE: Final = 0.2
FEWEST_OF_A_CHORD, MOST_OF_A_CHORD = 3, 6
TELLING_SHARE: Final = 0.08
"""Pitch classes that sound for a smaller share of a stretch's notes pass by."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord in its place.

    Attributes:
        start: In beats from the start of the clip, 0 or more.
        duration: In beats, above 0.
        chord: Which; None where none sounds.
    """

    start: float
    duration: float
    chord: Chord | None

    @property
    def end(self) -> float:
        """Where the next chord begins, in beats."""
        return self.start + self.duration


def find_progression(
    notes: Sequence[Note], meter_map: MeterMap, length: float
) -> tuple[PlacedChord, ...]:
    """Return the chords that notes sound, one after another without gaps, from 0 to `length`.

    Args:
        notes: On the straight grid; muted ones do not count.
        meter_map: Their meters.
        length: In beats, above 0.
    """
    sounding = sorted(note for note in notes if not note.is_muted and note.start < length)
    slots = max(1, math.ceil(length / SLOT - 1e-6))
    weights, basses = _weights(sounding, slots)
    states = _best_path(_scores(weights, basses), _change_costs(meter_map, slots))
    cuts = [0, *(np.flatnonzero(states[1:] != states[:-1]) + 1).tolist(), slots]
    placed = [
        PlacedChord(first * SLOT, min(stop * SLOT, length) - first * SLOT, None)
        if states[first] == 0
        else _named(sounding, weights[first:stop], first, min(stop * SLOT, length))
        for first, stop in zip(cuts, cuts[1:])
    ]
    return merged(placed)


def merged(placed: Sequence[PlacedChord]) -> tuple[PlacedChord, ...]:
    """Return chords with equal neighbours as one."""
    found: list[PlacedChord] = []
    for one in placed:
        if found and found[-1].chord == one.chord:
            found[-1] = PlacedChord(found[-1].start, one.end - found[-1].start, one.chord)
        else:
            found.append(one)
    return tuple(found)


def chord_at(placed: Sequence[PlacedChord], beat: float) -> PlacedChord:
    """Return what sounds at a time in beats; the first or last one outside."""
    return next((one for one in placed if beat < one.end - 1e-6), placed[-1])


def _weights(notes: Sequence[Note], slots: int) -> tuple[Floats, Floats]:
    """Return shares of pitch classes and of the bass's, both (slots, 12); rows sum to 1 or 0."""
    weights, basses = np.zeros((slots, 12)), np.zeros((slots, 12))
    lowest = np.full(slots, 128)
    for note in notes:
        first = int(note.start / SLOT + 1e-6)
        stop = min(slots, max(first + 1, math.ceil(note.end / SLOT - 0.1)))
        for slot in range(first, stop):
            inside = min(note.end, (slot + 1) * SLOT) - max(note.start, slot * SLOT)
            weights[slot, note.pitch % 12] += max(inside, 0.0) / SLOT
            lowest[slot] = min(lowest[slot], note.pitch)
    heard = np.flatnonzero(lowest < 128)
    basses[heard, lowest[heard] % 12] = 1.0
    totals = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0), basses


@cache
def _all_chords() -> tuple[tuple[Chord, ...], Floats, Floats]:
    """Return all chords, which pitch classes are in them (chords, 12), and what each costs."""
    chords = tuple(Chord(root, quality, root) for quality in QUALITIES for root in range(12))
    tones = np.zeros((len(chords), 12))
    for row, chord in zip(tones, chords):
        row[list(chord.pitch_classes)] = 1.0
    ranks = np.repeat(np.arange(len(QUALITIES)), 12)
    costs = PER_TONE * np.maximum(tones.sum(axis=1) - 2, 0) + 0.003 * ranks
    return chords, tones, costs


def _scores(weights: Floats, basses: Floats) -> Floats:
    """Return how well each slot sounds like no chord, and like every chord: (slots, 1 + chords)."""
    chords, tones, costs = _all_chords()
    roots = np.array([chord.root for chord in chords])
    is_heard: NDArray[np.bool_] = weights.sum(axis=1) > 0
    fits = weights @ (tones.T * (1 + FOREIGN) - FOREIGN) + ROOT_IN_BASS * basses[:, roots] - costs
    scores = np.where(is_heard[:, None], fits, 0.0)
    return np.column_stack([np.where(is_heard, 0.0, SILENCE), scores]) * SLOT


def _change_costs(meter_map: MeterMap, slots: int) -> list[float]:
    costs = []
    for slot in range(slots):
        offset = slot * SLOT - meter_map.bar_start(slot * SLOT)
        costs.append(BAR_COST if offset == 0 else OFF_BEAT_COST if offset % 1.0 else BEAT_COST)
    return costs


def _best_path(scores: Floats, costs: Sequence[float]) -> NDArray[np.int64]:
    best = scores[0]
    came_from = np.zeros(scores.shape, np.int64)
    own = np.arange(scores.shape[1])
    for slot in range(1, len(scores)):
        leader = int(best.argmax())
        is_new = best < best[leader] - costs[slot]
        came_from[slot] = np.where(is_new, leader, own)
        best = np.where(is_new, best[leader] - costs[slot], best) + scores[slot]
    path = np.zeros(len(scores), np.int64)
    path[-1] = best.argmax()
    for slot in range(len(scores) - 1, 0, -1):
        path[slot - 1] = came_from[slot, path[slot]]
    return path


def _named(notes: Sequence[Note], weights: Floats, first: int, end: float) -> PlacedChord:
    """Return a stretch with the chord that all of it sounds."""
    start = first * SLOT
    shares = weights.sum(axis=0) / max(float(weights.sum()), 1e-9)
    classes = {int(one) for one in np.flatnonzero(shares >= TELLING_SHARE)}
    inside = [note for note in notes if note.start < end - 1e-6 and note.end > start + 1e-6]
    bass = _bass(inside, start)
    exact = chord_of([bass, *(bass + (one - bass) % 12 for one in classes)])
    is_exact = exact is not None and exact.pitch_classes == classes | {bass % 12}
    if FEWEST_OF_A_CHORD <= len(classes) <= MOST_OF_A_CHORD and is_exact:
        return PlacedChord(start, end - start, exact)
    return PlacedChord(start, end - start, _nearest(weights, bass % 12))


def _bass(inside: Sequence[Note], start: float) -> int:
    """Return the lowest pitch with which a stretch begins."""
    onset = max(start, min(note.start for note in inside))
    return min(note.pitch for note in inside if note.start <= onset + SLOT / 2)


def _nearest(weights: Floats, bass: int) -> Chord:
    basses = np.zeros_like(weights)
    basses[:, bass] = weights.any(axis=1)
    chords = _all_chords()[0]
    found = chords[int(_scores(weights, basses)[:, 1:].sum(axis=0).argmax())]
    return Chord(found.root, found.quality, bass if bass in found.pitch_classes else found.root)

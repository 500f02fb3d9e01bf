"""Bar lines from the notes, for files whose bars do not begin where their meters say.

Scores that were turned into MIDI files often lose the length of a pickup, or of the two halves of a
bar that a repeat sign parts: from there on every bar line is late. The lines are put back where the
long and low notes are, by the best path over all places (dynamic programming): a bar of the meter's
length costs nothing, any shorter one costs `BREAK_COST`.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score

STEPS_PER_BEAT: Final = 4
BREAK_COST: Final = 12.0
PICKUP_COST: Final = 4.0
WHOLE_END_GAIN: Final = 4.0
"""What it is worth that the last bar before a new meter is whole."""
BASS_WEIGHT: Final = 2.0
LONGEST_BEATS: Final = 4.0
SMOOTHED_BARS: Final = 4

Weights = NDArray[np.float64]


def with_bar_lines(score: Score) -> Score:
    """Return a score whose bar lines are where its notes put them.

    A pickup becomes the end of a whole bar that begins with silence, so everything may be moved to
    a later time.
    """
    weights = _weights(score)
    found: list[tuple[float, Meter]] = []
    pickup = 0.0
    changes = score.meter_map.changes
    for index, (start, meter) in enumerate(changes):
        stop = changes[index + 1][0] if index + 1 < len(changes) else score.length
        lines = _lines(weights, start, stop, meter)
        if index == 0 and lines[0] > start:
            pickup = meter.bar_length - (lines[0] - start)
            found.append((0.0, meter))
        found += _changes(lines, meter)
    return _moved(score, tuple(found), pickup)


def _weights(score: Score) -> Weights:
    """Return how much begins at each sixteenth, its mean 1 over a few bars."""
    size = int(score.length * STEPS_PER_BEAT) + 2
    weights = np.zeros(size)
    for voice in score.voices:
        if voice.is_drums or not voice.notes:
            continue
        low = float(np.median([note.pitch for note in voice.notes]))
        for note in voice.notes:
            weights[min(size - 1, round(note.start * STEPS_PER_BEAT))] += _weight(note, low)
    width = min(SMOOTHED_BARS * 16, size)
    mean = np.convolve(weights, np.ones(width) / width, mode="same")
    relative: Weights = weights / np.maximum(mean, 1e-6 + 0.1 * weights.mean())
    return relative


def _weight(note: Note, middle: float) -> float:
    length = min(note.duration, LONGEST_BEATS)
    return length * (1.0 + BASS_WEIGHT * (note.pitch < middle - 4))


def _lines(weights: Weights, start: float, stop: float, meter: Meter) -> list[float]:
    """Return the bar lines of one meter from `start` on, in beats."""
    first, last = round(start * STEPS_PER_BEAT), round(stop * STEPS_PER_BEAT)
    bar = round(meter.bar_length * STEPS_PER_BEAT)
    size = last - first
    if size <= bar or abs(bar - meter.bar_length * STEPS_PER_BEAT) > 1e-6:
        return [start]
    scores = np.full(size, -np.inf)
    before = np.full(size, -1)
    gain = np.log1p(weights[first:last])
    scores[0] = gain[0]
    scores[1:bar] = gain[1:bar] - (PICKUP_COST if start == 0.0 else BREAK_COST)
    for place in range(1, size):
        nearest = max(0, place - bar)
        window = scores[nearest:place]
        best = int(window.argmax()) + nearest
        broken = scores[best] - BREAK_COST
        whole = scores[place - bar] if place >= bar else -np.inf
        reached = max(broken, whole)
        if reached + gain[place] > scores[place]:
            scores[place] = reached + gain[place]
            before[place] = place - bar if whole >= broken else best
    scores[size - bar] += WHOLE_END_GAIN
    place = size - bar + int(scores[size - bar :].argmax())
    lines = [place]
    while before[place] >= 0:
        place = int(before[place])
        lines.append(place)
    return [(first + line) / STEPS_PER_BEAT for line in reversed(lines)]


def _changes(lines: list[float], meter: Meter) -> list[tuple[float, Meter]]:
    """Return where the meter has to be said again because a bar before was short."""
    found = [(lines[0], meter)]
    for line, following in zip(lines, lines[1:]):
        if abs(following - line - meter.bar_length) > 1e-6:
            found.append((following, meter))
    return found


def _moved(score: Score, changes: tuple[tuple[float, Meter], ...], by: float) -> Score:
    later = [(start + by if start > 0.0 else 0.0, meter) for start, meter in changes]
    unique = dict(sorted(later))
    voices = tuple(
        replace(voice, notes=tuple(replace(note, start=note.start + by) for note in voice.notes))
        for voice in score.voices
    )
    return replace(
        score, voices=voices, length=score.length + by, meter_map=MeterMap(tuple(unique.items()))
    )

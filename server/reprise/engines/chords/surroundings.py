"""What sounds beside new chords and stays: they should agree with it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import NEW_VERBS, ScaleMode, Task
from reprise.engines.chords.nearness import tones
from reprise.engines.chords.strikes import EDGE
from reprise.music.drums import is_drums
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.tokenizers import chords

AGREEING: Final = 5.0
"""Nats between a chord that holds all that sounds beside it and one that holds none of it."""

OUTSIDE: Final = 0.4
"""Nats that each note outside the key costs a chord, where the scale is a guide."""

KEPT_WEIGHT: Final = 3.0
"""How much more a kept note of the clip itself counts than one beside it."""

Floats = NDArray[np.float64]


class Surroundings:
    """Says how well each chord class fits a stretch of time; classes are in C major or A minor."""

    def __init__(self, task: Task, key: Key, shift: int) -> None:
        """Listen to what stays.

        Args:
            task: What is asked.
            key: The key of the clip.
            shift: Semitones from the clip's key to C major or A minor.
        """
        self._notes = _staying(task)
        self._shift = shift
        self._tones = tones()
        self._scale = self._of_scale(task, key)

    def scores(self, start: float, end: float) -> Floats:
        """Return the nats (classes,) to add to each chord's log-probability in a stretch."""
        weights = np.zeros(12)
        for note, weight in self._notes:
            inside = min(note.end, end) - max(note.start, start)
            if inside > EDGE:
                weights[(note.pitch + self._shift) % 12] += weight * inside
        total = weights.sum()
        if not total:
            return self._scale
        fit: Floats = self._scale + AGREEING * (self._tones @ weights) / total
        return fit

    def _of_scale(self, task: Task, key: Key) -> Floats:
        host = task.source.key or key
        inside = np.zeros(12)
        inside[[(tone + self._shift) % 12 for tone in host.pitch_classes]] = 1.0
        foreign = self._tones @ (1.0 - inside)
        if task.controls.scale == ScaleMode.OFF:
            return np.zeros(chords.CHORD_COUNT)
        if task.controls.scale == ScaleMode.GUIDE:
            return -OUTSIDE * foreign
        fits: Floats = np.where(foreign > 0, -50.0 * foreign, 0.0)
        return fits


def _staying(task: Task) -> Sequence[tuple[Note, float]]:
    found = [
        (note, 1.0)
        for voice in task.context.voices
        if not is_drums(voice)
        for note in voice.sounding
    ]
    if task.verb not in NEW_VERBS:
        for place, voice, note in task.source.places():
            is_kept = place not in task.free_places and not note.is_muted
            if is_kept and not is_drums(task.source.voices[voice]):
                found.append((note, KEPT_WEIGHT))
    return found

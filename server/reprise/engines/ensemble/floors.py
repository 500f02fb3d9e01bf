"""How alike unrelated music of one kind is: what a variation at full strength comes down to."""

from reprise.engines.base import Task
from reprise.music.drums import is_drums
from reprise.music.edges import is_monophonic

DRUM_FLOOR, LINE_FLOOR, CHORD_FLOOR = 0.12, 0.38, 0.44
"""Median similarities of unrelated clips of four bars in the same key, as `reprise evaluate vary`
prints them by kind of music: drums .01-.14, single lines .36-.42, chords .32-.54."""


def clip_floor(task: Task) -> float:
    """Return the floor of what a task may change: of its voices, weighted by their free notes."""
    total = weighed = 0.0
    free = task.free_places
    counts = [0] * len(task.source.voices)
    for place, index, _ in task.source.places():
        counts[index] += place in free
    for voice, count in zip(task.source.voices, counts):
        total += count
        weighed += count * _voice_floor(drums=is_drums(voice), line=is_monophonic(voice.sounding))
    return weighed / total if total else LINE_FLOOR


def _voice_floor(*, drums: bool, line: bool) -> float:
    if drums:
        return DRUM_FLOOR
    return LINE_FLOOR if line else CHORD_FLOOR

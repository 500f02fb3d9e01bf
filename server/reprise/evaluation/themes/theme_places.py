"""Where a given theme sounds in a song, and whether what was found as its theme stands there.

A theme sounds where its pitches follow each other in the song's melody; both may be written on
different bar lines, so times are not compared, and neither is rhythm.
"""

from collections.abc import Sequence
from math import comb
from statistics import fmean
from typing import Final

from reprise.music.note import Note
from reprise.music.span import Span

LEAST_SHARED: Final = 0.5


def places_of(theme: Sequence[Note], melody: Sequence[Note]) -> list[Span]:
    """Return the spans of a melody, by onset, in which the pitches of a theme follow each other."""
    wanted = [note.pitch for note in theme]
    pitches = [note.pitch for note in melody]
    count = len(wanted)
    return [
        Span(melody[start].start, melody[start + count - 1].end)
        for start in range(len(pitches) - count + 1)
        if pitches[start : start + count] == wanted
    ]


def is_met(span: Span, places: Sequence[Span]) -> bool:
    """Tell whether a span shares half of the shorter of both with one of some places."""
    return any(
        min(span.end, place.end) - max(span.start, place.start)
        >= LEAST_SHARED * min(span.length, place.length)
        for place in places
    )


def met_share(occurrences: Sequence[Span], places: Sequence[Span]) -> float:
    """Return the share of a found theme's occurrences that stand where a given theme sounds."""
    return fmean(is_met(span, places) for span in occurrences) if occurrences else 0.0


def chance(drawn: int, pairs: Sequence[Span], places: Sequence[Span]) -> float:
    """Return how likely one of some pairs of bars, drawn at random, stands where a theme sounds."""
    others = sum(not is_met(span, places) for span in pairs)
    return 1.0 - comb(others, drawn) / comb(len(pairs), drawn)

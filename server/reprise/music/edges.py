"""Notes at the edges of time: cut by a span, repeated by a loop, sounding together."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from reprise.errors import TooLargeError
from reprise.music.clip import Clip
from reprise.music.note import Note
from reprise.music.span import Span

SMALLEST_BEATS = 1e-9
"""Ends and onsets nearer than this are the same time: beats are binary fractions of ticks."""

MAX_UNROLLED_NOTES = 100_000


def cut_to(notes: Iterable[Note], span: Span) -> tuple[Note, ...]:
    """Return the notes that sound inside a span, cut to it, in their order; times stay."""
    inside = (note for note in notes if note.start < span.end and note.end > span.start)
    return tuple(_between(note, max(note.start, span.start), span.end) for note in inside)


def heard_from(notes: Iterable[Note], span: Span) -> tuple[Note, ...]:
    """Return what is heard of notes inside a span, cut to it, with the span's start as beat 0."""
    return tuple(replace(note, start=note.start - span.start) for note in cut_to(notes, span))


def restored(cut: Sequence[Note], whole: Sequence[Note], span: Span) -> tuple[Note, ...]:
    """Return notes with the ones that `cut_to` shortened at their full length again.

    A note of `cut` that is just what `cut_to` makes of a note of `whole` becomes that note; all
    others stay. Each whole note is used once.
    """
    waiting: dict[Note, list[Note]] = {}
    for note in whole:
        for short in cut_to((note,), span):
            waiting.setdefault(short, []).append(note)
    return tuple(waiting[note].pop(0) if waiting.get(note) else note for note in cut)


def unrolled(clip: Clip, length: float) -> Clip:
    """Return a looping clip played out: what begins before a length in beats, without a loop.

    What stands before the loop's end plays once, then the loop repeats; notes are cut at the
    loop's end, as hosts do.

    Raises:
        TooLargeError: More than `MAX_UNROLLED_NOTES` notes would come of it.
    """
    if clip.loop is None:
        first = [note for note in clip.notes if note.start < length]
        return replace(clip, notes=tuple(first), length=length)
    end = clip.loop.end
    first = [_between(note, note.start, end) for note in clip.notes if note.start < end]
    looped = [note for note in first if note.start >= clip.loop.start]
    turns = max(0, math.ceil((length - end) / clip.loop.length))
    if turns * len(looped) > MAX_UNROLLED_NOTES:
        raise TooLargeError(
            f"a loop of {clip.loop.length:g} beats with {len(looped)} notes would play {turns:,} "
            f"times in {length:g} beats; choose a longer loop or a shorter length"
        )
    played = [
        replace(note, start=note.start + turn * clip.loop.length)
        for turn in range(turns + 1)
        for note in (looped if turn else first)
    ]
    notes = tuple(note for note in played if note.start < length)
    return replace(clip, notes=notes, length=length, loop=None)


def max_polyphony(notes: Iterable[Note]) -> int:
    """Return how many notes sound together at most; muted notes do not count."""
    edges: list[tuple[float, int]] = []
    for note in notes:
        if not note.is_muted:
            edges += [(note.start, 1), (max(note.end - SMALLEST_BEATS, note.start), -1)]
    sounding = most = 0
    # An end at the onset of another note comes first: notes that touch do not sound together.
    for _, change in sorted(edges):
        sounding += change
        most = max(most, sounding)
    return most


def is_monophonic(notes: Iterable[Note]) -> bool:
    """Tell whether no two notes sound together."""
    return max_polyphony(notes) <= 1


def monophonic(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return a line: the top note of each onset, cut where the next one begins."""
    ordered = sorted(notes, key=lambda note: (note.start, -note.pitch))
    line: list[Note] = []
    for note in ordered:
        if line and note.start - line[-1].start < SMALLEST_BEATS:
            continue
        line.append(note)
    nexts = [*map(attrgetter("start"), line[1:]), float("inf")]
    return tuple(_between(note, note.start, end) for note, end in zip(line, nexts))


def _between(note: Note, start: float, end: float) -> Note:
    """Return the note from `start` on, ending at `end` at the latest; untouched where it fits."""
    if start == note.start and note.end <= end:
        return note
    return replace(note, start=start, duration=min(note.end, end) - start)

"""Notes in the tracks of a Standard MIDI File: finding them, taking them out, putting others in.

A note-off ends the oldest note of its channel and pitch that still sounds (first in, first out),
which is how sequencers read files with overlapping notes of one pitch.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter

from reprise.music.smf_bytes import MAX_TICK, Event, RawTrack

DEFAULT_RELEASE_VELOCITY = 64


@dataclass(frozen=True, slots=True)
class FileNote:
    """A note and the two events that it came from.

    Attributes:
        start_tick: Onset.
        end_tick: Where it stops: its note-off, or the end of the track where there is none.
        channel: 0-15.
        pitch: 0-127.
        velocity: 1-127.
        release_velocity: 0-127; 64 where the file says nothing.
        on_index: Number of its note-on among the track's events, -1 for a new note.
        off_index: Number of its note-off, -1 for a new note and where there is none.
    """

    start_tick: int
    end_tick: int
    channel: int
    pitch: int
    velocity: int
    release_velocity: int = DEFAULT_RELEASE_VELOCITY
    on_index: int = -1
    off_index: int = -1


def notes_of(track: RawTrack) -> tuple[FileNote, ...]:
    """Return the notes of a track in the order of their note-ons."""
    sounding: dict[tuple[int, int], deque[int]] = defaultdict(deque)
    offs: dict[int, int] = {}
    ons: list[int] = []
    for index, (_, data) in enumerate(track.events):
        kind = data[0] & 0xF0
        if kind == 0x90 and data[2]:
            sounding[data[0] & 15, data[1]].append(index)
            ons.append(index)
        elif _is_note_off(data) and (waiting := sounding[data[0] & 15, data[1]]):
            offs[waiting.popleft()] = index
    return tuple(_file_note(track, on, offs.get(on, -1)) for on in ons)


def _file_note(track: RawTrack, on: int, off: int) -> FileNote:
    tick, (status, pitch, velocity) = track.events[on]
    end, release = track.end_tick, DEFAULT_RELEASE_VELOCITY
    if off >= 0:
        end, data = track.events[off]
        release = data[2] if data[0] < 0x90 else release
    return FileNote(tick, end, status & 15, pitch, velocity, release, on, off)


def edited(
    track: RawTrack,
    kept: Sequence[FileNote],
    removed: Sequence[FileNote],
    added: Sequence[FileNote],
    end_tick: int,
) -> RawTrack:
    """Return the track without some of its notes and with others; all else keeps tick and order.

    Args:
        track: The track as it stands.
        kept: Notes of this track that stay.
        removed: Notes of this track to take out.
        added: Notes to put in, free of collisions with those that stay (`without_collisions`).
        end_tick: The track ends there, or later where something of it does.
    """
    gone = {index for note in removed for index in (note.on_index, note.off_index)}
    gone |= _strays_inside(track, (*kept, *removed), added)
    end = max(track.end_tick, end_tick, max((note.end_tick for note in added), default=0))
    # At one tick, note-offs of new notes come before all that was there and note-ons after it, so
    # that a new note never swallows the off or the on of a neighbour.
    keyed = [
        (event.tick, 1, index, event)
        for index, event in enumerate(track.events)
        if index not in gone
    ]
    keyed += [(note.start_tick, 2, number, _on(note)) for number, note in enumerate(added)]
    keyed += [(note.end_tick, 0, number, _off(note)) for number, note in enumerate(added)]
    if end > track.end_tick:
        # A note that was never switched off ended with the track; it must not ring on with it.
        hanging = [note for note in kept if note.off_index < 0]
        keyed += [(track.end_tick, 1, len(track.events), _off(note)) for note in hanging]
    keyed.sort(key=itemgetter(0, 1, 2))
    return RawTrack(tuple(item[3] for item in keyed), end)


def _on(note: FileNote) -> Event:
    return Event(note.start_tick, bytes((0x90 | note.channel, note.pitch, note.velocity)))


def _off(note: FileNote) -> Event:
    return Event(note.end_tick, bytes((0x80 | note.channel, note.pitch, note.release_velocity)))


def _strays_inside(
    track: RawTrack, notes: Sequence[FileNote], added: Sequence[FileNote]
) -> set[int]:
    """Return the note-offs that end no note of the file and would cut a new one short."""
    used = {note.off_index for note in notes}
    spans: dict[tuple[int, int], list[FileNote]] = defaultdict(list)
    for note in added:
        spans[note.channel, note.pitch].append(note)
    return {
        index
        for index, (tick, data) in enumerate(track.events)
        if index not in used and _is_note_off(data)
        for note in spans.get((data[0] & 15, data[1]), ())
        if note.start_tick < tick < note.end_tick
    }


def _is_note_off(data: bytes) -> bool:
    kind = data[0] & 0xF0
    return kind == 0x80 or (kind == 0x90 and data[2] == 0)


def without_collisions(
    kept: Iterable[FileNote], new_notes: Iterable[FileNote]
) -> tuple[FileNote, ...]:
    """Return the new notes cut so that none sounds together with another of its channel and pitch.

    A file cannot say which of two such notes a note-off ends, so an overlap would change the length
    of a note that is to stay. A new note inside a sounding one begins where that one ends, or is
    left out where nothing remains of it; a new note ends at the latest where the next one begins.
    """
    walls: dict[tuple[int, int], list[FileNote]] = defaultdict(list)
    for note in kept:
        walls[note.channel, note.pitch].append(note)
    groups: dict[tuple[int, int], list[FileNote]] = defaultdict(list)
    for note in new_notes:
        groups[note.channel, note.pitch].append(note)
    fitted = [note for key, group in groups.items() for note in _fitted(walls[key], group)]
    return tuple(sorted(fitted, key=attrgetter("start_tick", "pitch", "channel")))


def _fitted(kept: list[FileNote], group: list[FileNote]) -> Iterable[FileNote]:
    """Yield notes of one channel and pitch, cut to lie beside each other and beside the kept."""
    walls = _joined(kept)
    wall_starts = [start for start, _ in walls]
    group = sorted(group, key=lambda note: (note.start_tick, -note.end_tick))
    onsets = sorted({*wall_starts, *(note.start_tick for note in group)})
    free_from = 0
    for note in group:
        before = bisect_right(wall_starts, note.start_tick) - 1
        start = max(note.start_tick, walls[before][1] if before >= 0 else 0)
        following = bisect_right(onsets, start)
        end = min(note.end_tick, onsets[following] if following < len(onsets) else MAX_TICK)
        if free_from <= start < end:
            free_from = end
            yield replace(note, start_tick=start, end_tick=end)


def _joined(notes: list[FileNote]) -> list[tuple[int, int]]:
    """Return where the notes sound as spans of ticks that neither overlap nor touch."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((note.start_tick, note.end_tick) for note in notes):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            continue
        joined.append((start, max(end, start + 1)))
    return joined

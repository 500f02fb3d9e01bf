"""A file as it is played: MIDI messages and the seconds at which they are due.

It knows no ports and no clock: `transports.midi` sends what stands here.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from reprise.music import smf_facts
from reprise.music.smf import MidiDocument
from reprise.music.smf_bytes import RawTrack
from reprise.music.smf_notes import notes_of
from reprise.music.tempo import TempoMap
from reprise.music.units import beats_from_ticks, seconds_from_beats

_EXCLUSIVE, _END_OF_EXCLUSIVE = 0xF0, 0xF7


class Moment(NamedTuple):
    """One message and when it is due.

    Attributes:
        seconds: From the start of the performance.
        message: Status byte and data bytes, as a port takes them.
    """

    seconds: float
    message: bytes


@dataclass(frozen=True, slots=True)
class Performance:
    """All that is sent when a file is played once.

    Attributes:
        moments: In the order in which they are sent.
        length_seconds: To the end of the last bar, where a loop begins anew.
        note_count: How many notes are struck.
    """

    moments: tuple[Moment, ...]
    length_seconds: float
    note_count: int

    @classmethod
    def of(cls, document: MidiDocument) -> "Performance":
        """Return how a file is played: notes, controllers and system-exclusive messages.

        At one tick, notes that sounded before end first, so that none of them cuts a new one of
        its channel and pitch short; all else keeps the order of the file, track by track. What
        stands a little behind the last bar line is played on it.
        """
        raw = document.raw
        seconds_at = _Clock(smf_facts.tempo_map(raw)).seconds_at
        length_seconds = seconds_at(document.length)
        moments = tuple(
            Moment(
                min(seconds_at(beats_from_ticks(tick, raw.ticks_per_beat)), length_seconds), message
            )
            for tick, message in _merged(raw.tracks)
        )
        return cls(moments, length_seconds, document.note_count)


def _merged(tracks: Sequence[RawTrack]) -> Iterator[tuple[int, bytes]]:
    """Yield tick and message of all that a port takes, in the order of sending."""
    keyed = [
        (event.tick, index not in ends, event.data)
        for track in tracks
        for ends in (_ends(track),)
        for index, event in enumerate(track.events)
        if _is_sent(event.data)
    ]
    keyed.sort(key=itemgetter(0, 1))
    for tick, _, data in keyed:
        yield tick, data


def _ends(track: RawTrack) -> frozenset[int]:
    """Return the numbers of the events that end a note of some length."""
    return frozenset(note.off_index for note in notes_of(track) if note.start_tick < note.end_tick)


def _is_sent(data: bytes) -> bool:
    return data[0] < _EXCLUSIVE or (data[0] == _EXCLUSIVE and data[-1] == _END_OF_EXCLUSIVE)


class _Clock:
    """Seconds from beats for many times; `TempoMap.seconds_at` walks all changes for each."""

    def __init__(self, tempo_map: TempoMap) -> None:
        self._starts = [start for start, _ in tempo_map.changes]
        self._tempi_bpm = [tempo_bpm for _, tempo_bpm in tempo_map.changes]
        stretches = (
            seconds_from_beats(stop - start, tempo_bpm)
            for (start, tempo_bpm), (stop, _) in zip(tempo_map.changes, tempo_map.changes[1:])
        )
        self._seconds = list(accumulate(stretches, initial=0.0))

    def seconds_at(self, beat: float) -> float:
        index = bisect_right(self._starts, beat) - 1
        since = seconds_from_beats(beat - self._starts[index], self._tempi_bpm[index])
        return self._seconds[index] + since

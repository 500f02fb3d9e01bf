"""The MIDI events of one source: read line by line, kept as notes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_FILE_NOTES
from reprise.library.ingest.looping import HeldNote
from reprise.music.smf_bytes import MAX_TICK, Event, RawTrack
from reprise.music.smf_notes import notes_of

_ALL_NOTES_OFF: Final = 123
_MUTED: Final = ("Em", "em")
EVENTS: Final = ("E", "e", *_MUTED)
"""What event lines begin with: e is selected in the editor, m is muted."""


@dataclass(slots=True)
class Source:
    """A source of a take, filled while its lines are read.

    Attributes:
        kind: "MIDI", "MIDIPOOL", "WAVE", ...
        ticks_per_beat: Its grid.
        own_tempo_bpm: Where it does not follow the project's tempo, else None.
        pool: What copies of it share, "" where it has none.
        file: Name of the file that holds the events instead, "" where they are here.
        holds_midi: A source of MIDI stands inside it.
    """

    kind: str
    ticks_per_beat: int = 960
    own_tempo_bpm: float | None = None
    pool: str = ""
    file: str = ""
    holds_midi: bool = False
    _tick: int = 0
    _end_tick: int = 0
    _events: dict[bool, list[Event]] = field(default_factory=lambda: {False: [], True: []})

    @property
    def length(self) -> float:
        """In beats, up to the event that ends it."""
        return (self._end_tick or self._tick) / self.ticks_per_beat

    @property
    def event_count(self) -> int:
        """How many note events it holds."""
        return sum(map(len, self._events.values()))

    def add(self, words: Sequence[str]) -> None:
        """Add an event line: what it is, ticks since the one before, bytes in hexadecimal.

        Raises:
            ValueError: It is none.
        """
        self.wait(words[1])
        status, *data = (int(word, 16) for word in words[2:5])
        kind = status & 0xF0
        if not 0x80 <= status <= 0xFF or any(not 0 <= value <= 127 for value in data):
            raise ValueError(f"there is no event {' '.join(words[2:5])!r}")
        if kind == 0xB0 and data[:1] == [_ALL_NOTES_OFF]:
            self._end_tick = self._tick
        if kind in (0x80, 0x90):
            key, strength = data
            is_muted = words[0] in _MUTED
            self._events[is_muted].append(Event(self._tick, bytes((status, key, strength))))
            if self.event_count > 2 * MAX_FILE_NOTES:
                raise RefusedError(
                    Reason.TOO_MANY_NOTES, f"at most {MAX_FILE_NOTES:,} notes of an item are read"
                )

    def wait(self, ticks: str) -> None:
        """Let ticks pass, as every event does, known or not.

        Raises:
            ValueError: They are no number, or more than any music lasts.
        """
        self._tick += int(ticks)
        if not 0 <= self._tick <= MAX_TICK:
            raise ValueError(f"an event at tick {self._tick:,}")

    def notes(self) -> Iterator[HeldNote]:
        """Yield its notes, muted ones as such."""
        grid = self.ticks_per_beat
        for is_muted, events in self._events.items():
            track = RawTrack(tuple(events), self._end_tick or self._tick)
            for note in notes_of(track):
                yield HeldNote(
                    note.start_tick / grid,
                    note.pitch,
                    max(note.end_tick - note.start_tick, 1) / grid,
                    note.velocity,
                    release_velocity=note.release_velocity,
                    is_muted=is_muted,
                    channel=note.channel,
                )

"""Standard MIDI Files as documents: read, look at, answer, write, and change nothing else.

A document keeps every event of the file as it stood. A score is only a view of it, and an answer
takes out the events of the notes that went and puts in those of the notes that came; whatever else
the file says (controllers, bends, names, tempi, unknown events) comes back on its tick.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from reprise.errors import InvalidMidiFileError, InvalidRequestError
from reprise.music import smf_facts
from reprise.music.drums import DRUM_CHANNEL
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_bytes import MAX_TICK, RawFile, RawTrack, decoded, encoded
from reprise.music.smf_notes import FileNote, edited, notes_of, without_collisions
from reprise.music.units import beats_from_ticks, ticks_from_beats
from reprise.music.voice import Voice

MAX_FILE_NOTES = 500_000
RAGGED_END_BEATS = 0.125
"""A file that ends so little behind a bar line was meant to end on it."""


def read(source: Path | str | bytes, name: str = "the file") -> "MidiDocument":
    """Return a file, given by its path or its bytes, as a document.

    Args:
        source: The path of a file, or what it holds.
        name: What messages call it where bytes are given.

    Raises:
        InvalidMidiFileError: It cannot be read, is no MIDI file of type 0 or 1, is damaged, cut
            short, or too large; the message says which.
    """
    if isinstance(source, bytes):
        return MidiDocument.from_raw(decoded(source, name), name)
    path = Path(source)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path of a file"
        raise InvalidMidiFileError(f"{path} cannot be read: {reason}; check the path") from None
    return MidiDocument.from_raw(decoded(data, path.name), path.name)


@dataclass(frozen=True, slots=True)
class Part:
    """The notes of one voice of a document.

    Attributes:
        track: Number of the track that they are in, from 0.
        name: The track's name, or the channel where channels are parts.
        program: General MIDI program, 0-127.
        notes: In the order of the file.
    """

    track: int
    name: str
    program: int
    notes: tuple[FileNote, ...]

    @property
    def channel(self) -> int:
        """The channel 0-15 that most of its notes are on."""
        return Counter(note.channel for note in self.notes).most_common(1)[0][0]

    @property
    def is_drums(self) -> bool:
        """Whether all notes are on channel 10, which General MIDI keeps for drums."""
        return all(note.channel == DRUM_CHANNEL for note in self.notes)


@dataclass(frozen=True)
class MidiDocument:
    """A file with its parts: the tracks that hold notes, or the channels of a single such track.

    Attributes:
        raw: Every event as it stands in the file.
        parts: In file order; those of one track by channel.
    """

    raw: RawFile
    parts: tuple[Part, ...]

    @classmethod
    def from_raw(cls, raw: RawFile, name: str = "the file") -> "MidiDocument":
        """Find the notes of a file; `name` is for messages.

        Raises:
            InvalidMidiFileError: It holds more than `MAX_FILE_NOTES` notes.
        """
        notes = [notes_of(track) for track in raw.tracks]
        if (count := sum(map(len, notes))) > MAX_FILE_NOTES:
            raise InvalidMidiFileError(
                f"{name} holds {count:,} notes and at most {MAX_FILE_NOTES:,} are read; "
                "export fewer tracks or bars"
            )
        with_notes = [track for track, found in enumerate(notes) if found]
        programs = _Programs(raw)
        if len(with_notes) == 1:
            return cls(raw, _channel_parts(raw, with_notes[0], notes[with_notes[0]], programs))
        return cls(
            raw, tuple(_track_part(raw, track, notes[track], programs) for track in with_notes)
        )

    def to_bytes(self) -> bytes:
        """Return the bytes of the file."""
        return encoded(self.raw)

    @property
    def ticks_per_beat(self) -> int:
        """The file's grid."""
        return self.raw.ticks_per_beat

    @property
    def note_count(self) -> int:
        """How many notes all parts hold together."""
        return sum(len(part.notes) for part in self.parts)

    @cached_property
    def length(self) -> float:
        """The length in beats, up to the end of the last bar; one bar where nothing is in it."""
        ticks = max((track.end_tick for track in self.raw.tracks), default=0)
        onsets = (part.notes[-1].start_tick for part in self.parts)
        last_onset = beats_from_ticks(max(onsets, default=0), self.ticks_per_beat)
        end = beats_from_ticks(ticks, self.ticks_per_beat) - RAGGED_END_BEATS
        return smf_facts.meter_map(self.raw).bar_at(max(end, last_onset, 0.0)).end

    def score(self) -> Score:
        """Return the music: a voice for each part, in file order; times in beats.

        Notes of no length are shown one tick long.
        """
        voices = tuple(self._voice(part) for part in self.parts)
        raw = self.raw
        return Score(
            voices,
            self.length,
            smf_facts.meter_map(raw),
            smf_facts.tempo_map(raw),
            smf_facts.key_of(raw),
            None,
            smf_facts.markers_of(raw),
        )

    def with_answer(
        self, kept: Collection[int], new_notes: Sequence[Sequence[Note]], length: float
    ) -> "MidiDocument":
        """Return the document with some notes exchanged and everything else as it was.

        New notes are rounded to the file's ticks, at least one tick long, on the part's channel
        unless they name another one that the part uses, and cut where a note of the same pitch
        that sounds on the channel leaves no room for them (`smf_notes.without_collisions`).

        Args:
            kept: Places of the notes that stay; all others go.
            new_notes: New notes of each part, in beats.
            length: In beats; where it is more than the document's, tracks with new notes end there.

        Raises:
            InvalidRequestError: The answer is longer than a file can be.
        """
        if max([length, *(note.end for mine in new_notes for note in mine)]) > self._longest:
            raise InvalidRequestError(
                f"a file with {self.ticks_per_beat} ticks a beat can last {self._longest:,.0f} "
                "beats; ask for fewer bars"
            )
        places = frozenset(kept)
        tracks = list(self.raw.tracks)
        for number in {part.track for part in self.parts}:
            tracks[number] = self._answered(number, places, new_notes, length)
        return MidiDocument.from_raw(replace(self.raw, tracks=tuple(tracks)))

    @property
    def _longest(self) -> float:
        return beats_from_ticks(MAX_TICK, self.ticks_per_beat)

    def _answered(
        self,
        number: int,
        places: frozenset[int],
        new_notes: Sequence[Sequence[Note]],
        length: float,
    ) -> RawTrack:
        kept: list[FileNote] = []
        removed: list[FileNote] = []
        added: list[FileNote] = []
        place = 0
        for part, mine in zip(self.parts, new_notes, strict=True):
            if part.track == number:
                for offset, note in enumerate(part.notes):
                    (kept if place + offset in places else removed).append(note)
                added += self._file_notes(part, mine)
            place += len(part.notes)
        track = self.raw.tracks[number]
        if not removed and not added:
            return track
        grows = bool(added) and length > self.length
        end_tick = ticks_from_beats(length, self.ticks_per_beat) if grows else 0
        return edited(track, kept, removed, without_collisions(kept, added), end_tick)

    def _file_notes(self, part: Part, notes: Sequence[Note]) -> list[FileNote]:
        channels = {note.channel for note in part.notes}
        made = []
        for note in notes:
            start = ticks_from_beats(note.start, self.ticks_per_beat)
            end = max(start + 1, ticks_from_beats(note.end, self.ticks_per_beat))
            channel = note.channel if note.channel in channels else part.channel
            made.append(
                FileNote(start, end, channel, note.pitch, note.velocity, note.release_velocity)
            )
        return made

    def _voice(self, part: Part) -> Voice:
        grid = self.ticks_per_beat
        notes = tuple(
            Note(
                note.start_tick / grid,
                note.pitch,
                max(note.end_tick - note.start_tick, 1) / grid,
                note.velocity,
                release_velocity=note.release_velocity,
                channel=note.channel,
            )
            for note in part.notes
        )
        return Voice(part.name, notes, part.program, self._is_drums(part))

    def _is_drums(self, part: Part) -> bool | None:
        """Tell whether a part is drums, None where the file does not say.

        A file that gives it an instrument, or has drums on their channel, says that it is not.
        """
        if part.is_drums:
            return True
        keeps_to_channels = part.program > 0 or any(other.is_drums for other in self.parts)
        return False if keeps_to_channels else None


class _Programs:
    """The instruments of a file's channels: what a track says itself, then what any track says."""

    def __init__(self, raw: RawFile) -> None:
        self._own = [smf_facts.first_programs(track) for track in raw.tracks]
        self._any: dict[int, int] = {}
        for found in self._own:
            self._any = found | self._any

    def of(self, track: int, channel: int) -> int:
        """Return the program of a channel in a track, 0 where nobody says."""
        return self._own[track].get(channel, self._any.get(channel, 0))


def _track_part(raw: RawFile, track: int, notes: tuple[FileNote, ...], programs: _Programs) -> Part:
    part = Part(track, smf_facts.track_name(raw.tracks[track]), 0, notes)
    return replace(part, program=programs.of(track, part.channel))


def _channel_parts(
    raw: RawFile, track: int, notes: tuple[FileNote, ...], programs: _Programs
) -> tuple[Part, ...]:
    """Return a part for each channel of a track, or one under the track's name where it has one."""
    channels = sorted({note.channel for note in notes})
    if len(channels) == 1:
        return (_track_part(raw, track, notes, programs),)
    return tuple(
        Part(
            track,
            f"Channel {channel + 1}",
            programs.of(track, channel),
            tuple(note for note in notes if note.channel == channel),
        )
        for channel in channels
    )

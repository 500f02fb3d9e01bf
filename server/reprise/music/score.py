"""A score: voices that sound together."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from reprise.errors import InvalidRequestError
from reprise.music.clip import Clip, Marker
from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice


@dataclass(frozen=True, slots=True)
class Score:
    """Voices on one time line.

    A note's **place** is its number when the notes of all voices are counted through, voice by
    voice, each in its own order: that is how results name the notes that they keep.

    Attributes:
        voices: From the top of the host's track list down.
        length: In beats, above 0.
        meter_map: Meters and where they change.
        tempo_map: Tempi and where they change.
        key: The host's key where it is switched on, else None.
        loop: The part that repeats, or None.
        markers: Named places.
    """

    voices: tuple[Voice, ...]
    length: float
    meter_map: MeterMap = field(default_factory=MeterMap)
    tempo_map: TempoMap = field(default_factory=TempoMap)
    key: Key | None = None
    loop: Span | None = None
    markers: tuple[Marker, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.length < float("inf"):
            raise InvalidRequestError(
                f"a score's length must be above 0 beats, got {self.length}; "
                "select at least one bar"
            )

    @classmethod
    def from_clip(cls, clip: Clip, name: str = "", *, is_drums: bool | None = None) -> "Score":
        """Return a score of one voice that holds a clip's notes."""
        voice = Voice(name, clip.notes, is_drums=is_drums)
        return cls((voice,), clip.length, clip.meter_map, loop=clip.loop, markers=clip.markers)

    @property
    def span(self) -> Span:
        """The whole score as a span."""
        return Span(0.0, self.length)

    @property
    def note_count(self) -> int:
        """How many notes all voices hold together."""
        return sum(len(voice.notes) for voice in self.voices)

    @property
    def sounding(self) -> tuple[Note, ...]:
        """The notes of all voices that are not muted, by onset and then pitch."""
        return tuple(sorted(note for voice in self.voices for note in voice.sounding))

    def clip(self, voice: int) -> Clip:
        """Return one voice, counted from 0, as a clip."""
        notes = self.voices[voice].notes
        return Clip(notes, self.length, self.meter_map, self.loop, self.markers)

    def places(self) -> Iterator[tuple[int, int, Note]]:
        """Yield (place, voice index, note) for every note, in order of place."""
        place = 0
        for index, voice in enumerate(self.voices):
            for note in voice.notes:
                yield place, index, note
                place += 1

    def with_notes(self, notes: tuple[tuple[Note, ...], ...]) -> "Score":
        """Return the score with each voice's notes exchanged, one tuple a voice."""
        voices = tuple(
            replace(voice, notes=mine) for voice, mine in zip(self.voices, notes, strict=True)
        )
        return replace(self, voices=voices)

"""A clip: notes with a length and meter, and no place in a song."""

from dataclasses import dataclass, field

from reprise.errors import InvalidRequestError
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span


@dataclass(frozen=True, slots=True, order=True)
class Marker:
    """A named place in a clip.

    Attributes:
        start: In beats from the start of the clip.
        name: As the host shows it.
    """

    start: float
    name: str


@dataclass(frozen=True, slots=True)
class Clip:
    """Notes as the host holds them.

    Attributes:
        notes: In the host's own order: a note's place here is how a result names it.
        length: In beats, above 0. Notes may begin before and ring beyond it.
        meter_map: Meters and where they change.
        loop: The part that repeats, or None where the clip does not loop.
        markers: Named places.
    """

    notes: tuple[Note, ...]
    length: float
    meter_map: MeterMap = field(default_factory=MeterMap)
    loop: Span | None = None
    markers: tuple[Marker, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.length < float("inf"):
            raise InvalidRequestError(
                f"a clip's length must be above 0 beats, got {self.length}; select at least one bar"
            )

    @property
    def span(self) -> Span:
        """The whole clip as a span."""
        return Span(0.0, self.length)

    @property
    def sounding(self) -> tuple[Note, ...]:
        """The notes that are not muted, by onset and then pitch."""
        return tuple(sorted(note for note in self.notes if not note.is_muted))

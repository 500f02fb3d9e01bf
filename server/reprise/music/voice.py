"""A voice: one musical line or part inside a score."""

from dataclasses import dataclass

from reprise.errors import InvalidRequestError
from reprise.music.note import Note


@dataclass(frozen=True, slots=True)
class Voice:
    """One line or part: soprano, bass, drums.

    Attributes:
        name: As the host shows it; need not be unique.
        notes: In the host's own order.
        program: General MIDI program, 0-127.
        is_drums: True or False where the host knows, None to find out (`drums.is_drums`).
        pads: Pitches of a drum rack's pads with their names, by pitch.
    """

    name: str
    notes: tuple[Note, ...]
    program: int = 0
    is_drums: bool | None = None
    pads: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise InvalidRequestError(f"a program must be 0 to 127, got {self.program}")

    @property
    def sounding(self) -> tuple[Note, ...]:
        """The notes that are not muted, by onset and then pitch."""
        return tuple(sorted(note for note in self.notes if not note.is_muted))

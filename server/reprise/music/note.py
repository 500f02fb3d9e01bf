"""One sounding note, with everything a host attaches to it."""

from dataclasses import dataclass

from reprise.errors import InvalidRequestError


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A sounding note inside a clip.

    Attributes:
        start: Onset in beats (quarter notes) from the start of the clip, 0 or more.
        pitch: MIDI note number, 0-127 (60 is middle C).
        duration: Length in beats, above 0.
        velocity: MIDI velocity, 1-127.
        probability: How likely the host is to play the note, 0.0-1.0 (Live).
        velocity_deviation: How far the host may raise or lower the velocity, -127 to 127 (Live).
        release_velocity: MIDI release velocity, 0-127.
        is_muted: The note is there but silent.
        channel: MIDI channel, 0-15.
    """

    start: float
    pitch: int
    duration: float
    velocity: int = 100
    probability: float = 1.0
    velocity_deviation: int = 0
    release_velocity: int = 64
    is_muted: bool = False
    channel: int = 0

    def __post_init__(self) -> None:
        _check("start", self.start, 0.0, float("inf"), "beats")
        _check("pitch", self.pitch, 0, 127)
        if not 0.0 < self.duration < float("inf"):
            raise InvalidRequestError(
                f"a note's duration must be above 0 beats, got {self.duration}; "
                "make it at least a tick long or leave it out"
            )
        _check("velocity", self.velocity, 1, 127)
        _check("probability", self.probability, 0.0, 1.0)
        _check("velocity_deviation", self.velocity_deviation, -127, 127)
        _check("release_velocity", self.release_velocity, 0, 127)
        _check("channel", self.channel, 0, 15)

    @property
    def end(self) -> float:
        """Where the note stops sounding, in beats."""
        return self.start + self.duration


def _check(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:
        wanted = f"{low:g} or more" if high == float("inf") else f"{low:g} to {high:g}"
        raise InvalidRequestError(
            f"a note's {name} must be {wanted} {unit}".rstrip() + f", got {value}"
        )

"""A half-open stretch of time in beats."""

from dataclasses import dataclass

from reprise.errors import InvalidRequestError


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from `start` up to, not including, `end`.

    Attributes:
        start: In beats, 0 or more.
        end: In beats, after `start`.
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.start < self.end:
            raise InvalidRequestError(
                f"a span needs 0 <= start < end in beats, got {self.start} to {self.end}"
            )

    @property
    def length(self) -> float:
        """How long the span is, in beats."""
        return self.end - self.start

    def contains(self, beat: float) -> bool:
        """Tell whether a time in beats lies inside."""
        return self.start <= beat < self.end

    def overlaps(self, other: "Span") -> bool:
        """Tell whether two spans share any time."""
        return self.start < other.end and other.start < self.end

    def shifted(self, beats: float) -> "Span":
        """Return the span moved later by some beats (earlier where negative)."""
        return Span(self.start + beats, self.end + beats)

"""Tempo maps: where the tempo changes, and seconds from beats across the changes."""

from bisect import bisect_right
from dataclasses import dataclass

from reprise.errors import InvalidRequestError
from reprise.music.units import beats_from_seconds, seconds_from_beats

MIN_TEMPO_BPM = 1.0
MAX_TEMPO_BPM = 1000.0


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Which tempo holds where.

    Attributes:
        changes: Pairs of a start in beats and the tempo from there on in quarter notes per minute
            (1 to 1,000); the first starts at 0.0 and starts rise.
    """

    changes: tuple[tuple[float, float], ...] = ((0.0, 120.0),)

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.changes]
        if not starts or starts[0] != 0.0 or any(b <= a for a, b in zip(starts, starts[1:])):
            raise InvalidRequestError(
                f"a tempo map starts at beat 0 and its changes rise, got starts {starts[:8]}"
            )
        for start, tempo_bpm in self.changes:
            if not MIN_TEMPO_BPM <= tempo_bpm <= MAX_TEMPO_BPM:
                raise InvalidRequestError(
                    f"a tempo must be {MIN_TEMPO_BPM:g} to {MAX_TEMPO_BPM:g} quarter notes per "
                    f"minute, got {tempo_bpm} at beat {start}"
                )

    @classmethod
    def constant(cls, tempo_bpm: float) -> "TempoMap":
        """Return a map with one tempo in quarter notes per minute throughout."""
        return cls(((0.0, tempo_bpm),))

    def at(self, beat: float) -> float:
        """Return the tempo in quarter notes per minute that holds at a time in beats."""
        index = bisect_right(self.changes, beat, key=lambda change: change[0])
        return self.changes[max(0, index - 1)][1]

    def after(self, beat: float) -> "TempoMap":
        """Return the map as seen from a later time in beats, which becomes beat 0."""
        later = tuple((start - beat, bpm) for start, bpm in self.changes if start > beat)
        return TempoMap(((0.0, self.at(beat)), *later))

    def seconds_at(self, beat: float) -> float:
        """Return the seconds from beat 0 to a time in beats."""
        seconds = 0.0
        for index, (start, tempo_bpm) in enumerate(self.changes):
            is_last = index + 1 == len(self.changes)
            stop = beat if is_last else min(beat, self.changes[index + 1][0])
            if stop <= start:
                break
            seconds += seconds_from_beats(stop - start, tempo_bpm)
        return seconds

    def beat_at(self, seconds: float) -> float:
        """Return the time in beats that is reached some seconds after beat 0."""
        here = 0.0
        for (start, tempo_bpm), (stop, _) in zip(self.changes, self.changes[1:]):
            there = here + seconds_from_beats(stop - start, tempo_bpm)
            if seconds < there:
                return start + beats_from_seconds(seconds - here, tempo_bpm)
            here = there
        start, tempo_bpm = self.changes[-1]
        return start + beats_from_seconds(seconds - here, tempo_bpm)

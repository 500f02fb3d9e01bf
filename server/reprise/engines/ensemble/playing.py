"""How a part's player plays: how long notes are held, and how hard they are struck.

Both are told by what the clip itself does at the same place: of the bar, of the beat, or anywhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import TypeVar

from reprise.engines.ensemble.reading import Origin, Reading
from reprise.tokenizers.ensemble.grid import beats
from reprise.tokenizers.ensemble.vocabulary import TICKS_PER_BEAT, velocity_of_bin

SHORTEST_RATIO, LONGEST_RATIO = 0.5, 2.0
DRUM_BEATS = 0.25
LOUDER, MOST_LOUDER = 0.5, 12
"""How far a network's own idea of loudness counts, and by how much it may change a velocity."""

Key = tuple[str | int, ...]
T = TypeVar("T")


class Playing:
    """The way one part is played."""

    def __init__(self, reading: Reading, part: int) -> None:
        """Learn it from the part's notes."""
        self._is_drums = reading.parts[part].is_drums
        self._usual = velocity_of_bin(reading.parts[part].velocity)
        ratios: dict[Key, list[float]] = defaultdict(list)
        self._velocities: dict[Key, list[int]] = defaultdict(list)
        self._held: dict[Key, list[float]] = defaultdict(list)
        for origin, onset in _origins(reading, part):
            meant = beats(origin.cell_note.duration)
            ratio = min(LONGEST_RATIO, max(SHORTEST_RATIO, origin.straight.duration / meant))
            for key in _places(onset):
                ratios[key].append(ratio)
            for key in self._strokes(origin.cell_note.pitch, onset):
                self._held[key].append(origin.straight.duration)
                self._velocities[key].append(origin.played.velocity)
        self._ratios = {key: median(values) for key, values in ratios.items()}

    def duration(self, pitch: int, onset: int, bar: int, meant: float) -> float:
        """Return how long a new note is held, in beats; a drum's as one of its own pad was.

        Args:
            pitch: As cells have it.
            onset: Ticks from the start of the grid bar.
            bar: The grid bar; of several hits at such a place, each takes its turn.
            meant: Its duration on the grid, in beats.
        """
        if self._is_drums:
            held = self._known(self._held, pitch, onset) or [DRUM_BEATS]
            return held[bar % len(held)]
        found = (self._ratios[key] for key in _places(onset) if key in self._ratios)
        return meant * next(found, 1.0)

    def velocity(self, pitch: int, onset: int, bar: int, wanted: int) -> int:
        """Return how hard a new note is struck, 1-127: as a note at such a place was.

        Args:
            pitch: As cells have it.
            onset: Ticks from the start of the grid bar.
            bar: The grid bar; of several notes at such a place, each takes its turn.
            wanted: What the network would strike it with.
        """
        found = self._known(self._velocities, pitch, onset)
        if not found:
            return wanted
        shift = round(LOUDER * (wanted - self._usual))
        shift = max(-MOST_LOUDER, min(MOST_LOUDER, shift))
        return max(1, min(127, found[bar % len(found)] + shift))

    def _known(self, by_stroke: Mapping[Key, list[T]], pitch: int, onset: int) -> list[T]:
        """Return what is known of the strokes that are likest a new one."""
        return next((by_stroke[k] for k in self._strokes(pitch, onset) if k in by_stroke), [])

    def _strokes(self, pitch: int, onset: int) -> tuple[Key, ...]:
        """Return what tells how a note is struck, the most telling first."""
        places = _places(onset)
        if not self._is_drums:
            return places
        return (*(("pad", pitch, *place) for place in places), *places)


def _origins(reading: Reading, part: int) -> Iterable[tuple[Origin, int]]:
    for (_, index), groups in sorted(reading.origins.items()):
        if index == part:
            for (onset, _), group in groups.items():
                for origin in group:
                    yield origin, onset


def _places(onset: int) -> tuple[Key, ...]:
    return ("bar", onset), ("beat", onset % TICKS_PER_BEAT), ("all", 0)

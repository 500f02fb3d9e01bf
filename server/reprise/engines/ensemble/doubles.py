"""Voices that double another in unison or octaves: they are not asked for, they follow.

Asked for apart, two voices in unison would come back as two different lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reprise.engines.base import Verb
from reprise.engines.ensemble.limits import Limits
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

FEWEST_NOTES = 4
"""With fewer, voices are alike by chance."""
ALIKE = 0.95
"""Share of notes that have to be the same."""
OCTAVES = (0, -12, 12, -24, 24)


@dataclass(frozen=True)
class Doubles:
    """Who follows whom.

    Attributes:
        leaders: For each part that follows, the part that leads and the semitones above it.
    """

    leaders: Mapping[int, tuple[int, int]]

    def without(self, reading: Reading) -> Reading:
        """Return a reading in which parts that follow are neither asked for nor heard."""
        if not self.leaders:
            return reading
        return replace(
            reading,
            cells={spot: cell for spot, cell in reading.cells.items() if not self._has(spot)},
            openings={
                spot: found for spot, found in reading.openings.items() if not self._has(spot)
            },
        )

    def _has(self, spot: Spot) -> bool:
        return spot[1] in self.leaders

    def followed(
        self, answers: Mapping[Spot, Cell], limits: Mapping[int, Limits]
    ) -> dict[Spot, Cell]:
        """Return answers with those of the parts that follow, as far as their limits let them."""
        found = dict(answers)
        for part, (leader, step) in self.leaders.items():
            for (bar, own), cell in answers.items():
                if own == leader:
                    moved = (note._replace(pitch=note.pitch + step) for note in cell)
                    allowed = limits[part].pitches
                    found[bar, part] = tuple(note for note in moved if note.pitch in allowed)
        return found


def doubles_of(reading: Reading, limits: Mapping[int, Limits]) -> Doubles:
    """Return which parts that may be written follow another one of them."""
    found: dict[int, tuple[int, int]] = {}
    if reading.task.verb in (Verb.MORPH, Verb.ACCOMPANY):
        return Doubles(found)
    asked = [part for part in sorted(limits) if _is_free(reading, part)]
    for part in asked:
        for leader in asked:
            step = _step(reading, leader, part)
            if leader < part and leader not in found and step is not None:
                found[part] = leader, step
                break
    return Doubles(found)


def _is_free(reading: Reading, part: int) -> bool:
    """Tell whether a part is pitched and no note of it is locked."""
    spots = [spot for spot in reading.openings if spot[1] == part]
    is_locked = any(reading.locked(spot) for spot in spots)
    return bool(spots) and not reading.parts[part].is_drums and not is_locked


def _step(reading: Reading, leader: int, part: int) -> int | None:
    """Return the semitones that a part is above another that it doubles, None where it does not."""
    openings = reading.openings
    if {(bar, o) for (bar, own), o in openings.items() if own == leader} != {
        (bar, o) for (bar, own), o in openings.items() if own == part
    }:
        return None
    mine, other = _attacks(reading, part), _attacks(reading, leader)
    if min(len(mine), len(other)) < FEWEST_NOTES:
        return None
    for step in OCTAVES:
        moved = {(bar, onset, pitch + step) for bar, onset, pitch in other}
        if 2 * len(moved & mine) >= ALIKE * (len(mine) + len(other)):
            return step
    return None


def _attacks(reading: Reading, part: int) -> set[tuple[int, int, int]]:
    return {
        (bar, *attack)
        for (bar, own), cell in reading.cells.items()
        if own == part
        for attack in attacks(cell)
    }

"""How the voices of a score stand to each other: which double which, and which lie side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reprise.engines.fitting import EDGE
from reprise.engines.markov.units import Unit

FEWEST_NOTES = 3
"""Shorter voices double another one by chance."""

MOST_CROSSING = 0.1
"""Voices that are on the wrong side of each other for a larger share of notes have no lanes."""


@dataclass(frozen=True)
class Twin:
    """A voice that doubles another one at a fixed interval, note for note.

    Attributes:
        leader: The voice that it doubles, from 0.
        interval: Semitones from the leader's notes to its own.
        places: Its own places by the leader's.
    """

    leader: int
    interval: int
    places: Mapping[int, int]

    def followed(self, units: Sequence[Unit]) -> list[Unit]:
        """Return what the leader plays as this voice plays it."""
        return [self._followed(unit) for unit in units]

    def _followed(self, unit: Unit) -> Unit:
        notes = tuple(
            replace(note, pitch=_inside(note.pitch + self.interval)) for note in unit.notes
        )
        places = tuple(self.places[place] for place in unit.places)
        timing = tuple(self.places[place] for place in unit.timing)
        return Unit(notes, places, unit.is_free, timing)


def find_twins(voices: Sequence[Sequence[Unit]]) -> dict[int, Twin]:
    """Return the voices that double an earlier one, by index.

    Args:
        voices: The units of each voice; an empty one is never a twin.
    """
    twins: dict[int, Twin] = {}
    for index, units in enumerate(voices):
        for leader in range(index):
            twin = None if leader in twins else _twin(leader, voices[leader], units)
            if twin is not None:
                twins[index] = twin
                break
    return twins


def find_lanes(voices: Sequence[Sequence[Unit]]) -> dict[int, tuple[int | None, int | None]]:
    """Return the voices next above and next below each voice, by index, None where there is none.

    Voices are neighbours where one of them nearly never crosses the other.
    """
    sounding = [index for index, units in enumerate(voices) if units]
    order = sorted(sounding, key=lambda index: (-_mean_pitch(voices[index]), index))
    lanes: dict[int, tuple[int | None, int | None]] = dict.fromkeys(order, (None, None))
    for upper, lower in zip(order, order[1:]):
        if _crossing(voices[upper], voices[lower]) <= MOST_CROSSING:
            lanes[upper] = lanes[upper][0], lower
            lanes[lower] = upper, lanes[lower][1]
    return lanes


def _twin(leader: int, theirs: Sequence[Unit], own: Sequence[Unit]) -> Twin | None:
    if len(own) < FEWEST_NOTES or len(own) != len(theirs):
        return None
    interval = own[0].pitch - theirs[0].pitch
    if not all(_doubles(unit, other, interval) for unit, other in zip(own, theirs)):
        return None
    places = {
        their_place: place
        for unit, other in zip(own, theirs)
        for their_place, place in zip(other.places, unit.places)
    }
    return Twin(leader, interval, places)


def _doubles(unit: Unit, other: Unit, interval: int) -> bool:
    return (
        abs(unit.start - other.start) < EDGE
        and abs(unit.duration - other.duration) < EDGE
        and unit.is_free == other.is_free
        and [note.pitch for note in unit.notes] == [n.pitch + interval for n in other.notes]
    )


def _crossing(upper: Sequence[Unit], lower: Sequence[Unit]) -> float:
    """Return the share of notes that begin together on the wrong sides of each other."""
    lows = {round(unit.start, 3): unit for unit in lower}
    pairs = [(u, lows[round(u.start, 3)]) for u in upper if round(u.start, 3) in lows]
    wrong = sum(u.notes[-1].pitch < other.pitch for u, other in pairs)
    return wrong / len(pairs) if pairs else 0.0


def _mean_pitch(units: Sequence[Unit]) -> float:
    return sum(unit.pitch for unit in units) / len(units)


def _inside(pitch: int) -> int:
    while pitch > 127:
        pitch -= 12
    while pitch < 0:
        pitch += 12
    return pitch

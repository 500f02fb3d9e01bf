"""Notes that move together, and lines made of them: what the Markov engine thinks in.

Everything here is on the straight grid, without the player's feel.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from reprise.engines.fitting import EDGE
from reprise.music.key import SCALES, Key
from reprise.music.note import Note
from reprise.music.pitch import folded

SMALLEST_OVERLAP = 0.25
"""A note that rings into the next by no more than this share is legato, not a second line."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One note, or a chord whose notes begin and end together.

    Attributes:
        notes: From the top down, all with one start.
        places: Of the source notes that it still is, in the order of `notes`; () once changed.
        is_free: Whether it may be changed.
        timing: Of the source notes that it is played in time with, in the order of `notes`; () once
            its rhythm has changed.
    """

    notes: tuple[Note, ...]
    places: tuple[int, ...] = ()
    is_free: bool = True
    timing: tuple[int, ...] = ()

    @property
    def start(self) -> float:
        """Onset in beats."""
        return self.notes[0].start

    @property
    def end(self) -> float:
        """Where the longest note stops, in beats."""
        return max(note.end for note in self.notes)

    @property
    def duration(self) -> float:
        """Of the longest note, in beats."""
        return self.end - self.start

    @property
    def pitch(self) -> int:
        """The top pitch, which leads."""
        return self.notes[0].pitch

    def timed(self, start: float, duration: float, velocity: int | None = None) -> "Unit":
        """Return it as a new unit at another time, with another velocity where one is given."""
        return Unit(
            tuple(
                replace(
                    note,
                    start=start,
                    duration=duration,
                    velocity=note.velocity if velocity is None else velocity,
                )
                for note in self.notes
            )
        )

    def shifted(self, beats: float) -> "Unit":
        """Return it as a new unit, moved later by some beats (earlier where negative)."""
        return Unit(tuple(replace(note, start=note.start + beats) for note in self.notes))

    def led_to(self, pitch: int, key: Key, low: int, high: int) -> "Unit":
        """Return it as a new unit led by another pitch; the notes below follow in the scale.

        None of them lies above the lead or outside `low`-`high`; what has no room joins the lead.
        """
        steps = degrees_between(key, self.pitch, pitch)
        lower = (folded(key.degree_shifted(n.pitch, steps), low, high) for n in self.notes[1:])
        return self.repitched([pitch, *(max(low, min(other, pitch - 1)) for other in lower)])

    def repitched(self, pitches: Sequence[int]) -> "Unit":
        """Return it as a new unit with other pitches, one a note; doubled ones sound once."""
        timing = self.timing or (-1,) * len(self.notes)
        moved = {
            pitch: (replace(note, pitch=pitch), place)
            for note, pitch, place in zip(self.notes, pitches, timing)
            if pitch >= 0
        }
        ordered = [moved[pitch] for pitch in sorted(moved, reverse=True)]
        places = tuple(place for _, place in ordered) if self.timing else ()
        return Unit(tuple(note for note, _ in ordered), timing=places)


def degrees_between(key: Key, low: int, high: int) -> int:
    """Return how many degrees of the scale lie between two pitches, below 0 downwards."""
    return degree(key, high) - degree(key, low)


def degree(key: Key, pitch: int) -> int:
    """Return a pitch as a count of degrees of the scale; a pitch between two is the lower one."""
    steps = SCALES[key.scale]
    octave, above = divmod(pitch - key.tonic, 12)
    return octave * len(steps) + bisect_right(steps, above) - 1


def units_of(notes: Sequence[tuple[Note, int]], free: frozenset[int]) -> list[Unit]:
    """Return units from notes with their places, by onset and then from the top down.

    Args:
        notes: On the straight grid, each with its place; muted ones are left out.
        free: Places of those that may be changed.
    """
    sounding = [(note, place) for note, place in notes if not note.is_muted]
    ordered = sorted(sounding, key=lambda item: (item[0].start, -item[0].pitch, item[1]))
    units: list[Unit] = []
    for _, together in groupby(ordered, key=lambda item: round(item[0].start, 4)):
        units += _chords(list(together), free)
    return units


def _chords(together: list[tuple[Note, int]], free: frozenset[int]) -> list[Unit]:
    """Return the notes of one onset as chords of equally long notes that are equally free."""
    groups: dict[tuple[bool, float], list[tuple[Note, int]]] = {}
    for note, place in together:
        groups.setdefault((place in free, round(note.duration, 2)), []).append((note, place))
    return [
        Unit(
            tuple(note for note, _ in group),
            tuple(place for _, place in group),
            is_free,
            tuple(place for _, place in group),
        )
        for (is_free, _), group in groups.items()
    ]


def lines_of(units: Iterable[Unit]) -> list[list[Unit]]:
    """Return units as lines in which none rings far into the next, nearest pitches together."""
    lines: list[list[Unit]] = []
    for unit in units:
        open_lines = [line for line in lines if _can_follow(line[-1], unit)]
        if open_lines:
            min(open_lines, key=lambda line: abs(line[-1].pitch - unit.pitch)).append(unit)
        else:
            lines.append([unit])
    return lines


def _can_follow(last: Unit, unit: Unit) -> bool:
    overlap = last.end - unit.start
    return last.start < unit.start - EDGE and overlap <= SMALLEST_OVERLAP * last.duration + EDGE

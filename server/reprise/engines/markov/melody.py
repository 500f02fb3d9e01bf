"""Rewriting the bars of a pitched voice: some rhythms first, then some pitches.

A pitch is drawn from what tends to follow in this clip, what sounds beside it, what the bar is made
of, and how far the template is: near it at low strength, free of it at high strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import ScaleMode, Watch
from reprise.engines.fitting import EDGE
from reprise.engines.markov.material import (
    WIDEST_STEP,
    Bars,
    Harmony,
    Material,
    VoiceMaterial,
    step_symbol,
)
from reprise.engines.markov.rhythm import RhythmWriter
from reprise.engines.markov.units import Unit, degree, lines_of
from reprise.engines.sampling import Floats, Mask, Sampling, sample, sampling_from_surprise
from reprise.music.key import Key

CLASS_WEIGHT, STEP_WEIGHT, NEXT_WEIGHT = 0.6, 0.8, 0.5
CONSONANCE, CLASH, BAR_COLOUR = 1.0, 1.4, 0.9
SEMITONE_BELOW, SEMITONE_ABOVE = np.arange(-1, 11), np.arange(1, 13) % 12

CROSSING, DOUBLING = 2.5, 1.0
BREAKS_PATTERN = 0.12
"""How likely a repeated note is changed on its own."""

PATTERNS_A_BAR = 2

FOREIGN_COST, UNUSED_COST = 1.0, 2.5
"""Outside the key: of a note that the clip uses all the same, and of one that it never uses."""


@dataclass(frozen=True, slots=True)
class Dials:
    """How much of a template changes.

    Attributes:
        pitch: Share of the units that get another pitch, 0.0-1.0.
        rhythm: Share of the units whose rhythm changes, 0.0-1.0.
        spread: Degrees of the scale that a new pitch strays from the template's, roughly.
    """

    pitch: float
    rhythm: float
    spread: float


def candidate_pitches(material: Material, voice: VoiceMaterial) -> NDArray[np.int64]:
    """Return the pitches that a new note may have, rising; a strict scale may leave none."""
    inside = range(voice.low, voice.high + 1)
    if material.task.controls.scale != ScaleMode.STRICT:
        return np.array(inside)
    return np.array([pitch for pitch in inside if material.key.contains(pitch)], dtype=np.int64)


class MelodyWriter:
    """Writes one voice, bar after bar."""

    def __init__(
        self, material: Material, voice: VoiceMaterial, harmony: Harmony, watch: Watch
    ) -> None:
        """Take what was learned; `harmony` is what sounds in this proposal and is read only."""
        self._material = material
        self._voice = voice
        self._harmony = harmony
        self._watch = watch
        self._rhythm = RhythmWriter(material, voice)
        self._sampling: Sampling = sampling_from_surprise(material.task.controls.surprise, 0.9)
        self._histories: list[list[int]] = []
        self._above: Sequence[Unit] = ()
        self._below: Sequence[Unit] = ()
        self._candidates = candidate_pitches(material, voice)
        self._degrees = np.array([degree(material.key, int(p)) for p in self._candidates])
        self._scale_cost = self._scale_costs()

    def stay_between(self, above: Sequence[Unit], below: Sequence[Unit]) -> None:
        """Tell what the voices next above and below play in the bar: lines cross unwillingly."""
        self._above, self._below = above, below

    def write(
        self,
        template: Sequence[Unit],
        dials: Dials,
        random: np.random.Generator,
        after: Unit | None = None,
    ) -> list[Unit]:
        """Return one bar of the voice, made from a template of it.

        Args:
            template: Units of one bar, by onset; those that are not free come back as they are.
            dials: How much to change.
            random: Of this bar.
            after: What follows the bar, where it is known.
        """
        task = self._material.task
        keeps_order = task.keep_pitches
        lines = [list(template)] if keeps_order else lines_of(template)
        if not task.keep_rhythm:
            lines = [self._rhythm.rewritten(line, dials.rhythm, random) for line in lines]
        written: list[Unit] = []
        histories: list[list[int]] = []
        colour = self._bar_colour(template)
        for index, line in enumerate(lines):
            busy = [*written, *(unit for other in lines[index + 1 :] for unit in other)]
            history = self._history(line)
            if not keeps_order:
                line = self._repitched(line, dials, random, history, busy, colour, after)
            written += line
            histories.append([*history, *(unit.pitch for unit in line)][-4:])
        self._histories = [pitches for pitches in histories if pitches] or self._histories
        return sorted(written, key=lambda unit: (unit.start, -unit.pitch))

    def ended(self, written: Sequence[Unit], end: float) -> list[Unit]:
        """Return the last bar of a phrase with its last free unit on a stable tone, held.

        Args:
            written: Units of the bar.
            end: Where the phrase ends, in beats.
        """
        free = [unit for unit in written if unit.is_free]
        if not free or self._material.task.keep_rhythm:
            return list(written)
        last = max(free, key=lambda unit: (unit.start, unit.pitch))
        if max(unit.end for unit in written) > last.end + EDGE:
            return list(written)
        return [self._stable(unit, end) if unit is last else unit for unit in written]

    def nearest_pitches(self, pitch: int) -> list[int]:
        """Return the other pitches of the range, the nearest of the scale first."""
        return sorted(
            (int(other) for other in self._candidates if other != pitch),
            key=lambda other: (not self._key.contains(other), abs(other - pitch), other),
        )

    def _stable(self, unit: Unit, end: float) -> Unit:
        key = self._key
        triad = [key.degree_shifted(60 + key.tonic, step) % 12 for step in (0, 2, 4)]
        sounding = self._harmony.at(unit.start) > 0
        agreeing = [pitch for pitch in triad if sounding[pitch]] or triad
        stable = [int(p) for p in self._candidates if int(p) % 12 in agreeing]
        pitch = min(stable, key=lambda p: (abs(p - unit.pitch), p), default=unit.pitch)
        held = unit.timed(unit.start, max(unit.duration, min(end - unit.start, 4.0)))
        return self._led_to(held, pitch)

    def choose(
        self,
        unit: Unit,
        history: Sequence[int],
        spread: float,
        random: np.random.Generator,
        *,
        mask: Mask | None = None,
        following: int | None = None,
        colour: Floats | None = None,
    ) -> int:
        """Return a pitch for a unit's lead.

        Args:
            unit: Its pitch is the template's.
            history: The pitches before it, in order.
            spread: As in `Dials`.
            random: Numbers to draw from.
            mask: Which of the candidates are allowed; None allows all.
            following: The pitch that comes next, where it is known.
            colour: How much each of the twelve pitch classes belongs to the bar, 0.0-1.0.
        """
        key = self._material.key
        distances = (self._degrees - degree(key, unit.pitch)) / spread
        scores = -0.5 * distances**2 - self._scale_cost
        recent = [(pitch - key.tonic) % 12 for pitch in history[-3:]]
        classes = self._voice.classes.logs(recent)
        scores += CLASS_WEIGHT * classes[(self._candidates - key.tonic) % 12]
        if history:
            scores += STEP_WEIGHT * self._steps_from(history)
        if following is not None:
            scores += NEXT_WEIGHT * self._steps_to(following)
        scores += self._harmony_scores(unit, colour)[self._candidates % 12]
        scores -= self._crossing_costs(unit)
        return int(self._candidates[sample(scores, self._sampling, random, mask)])

    def must_change(self, unit: Unit) -> bool:
        """Tell whether a free unit breaks what the producer asked for."""
        allowed = self._candidates
        return unit.is_free and any(
            not allowed[0] <= note.pitch <= allowed[-1]
            or (self._is_strict and not self._material.key.contains(note.pitch))
            for note in unit.notes
        )

    @property
    def _is_strict(self) -> bool:
        return self._material.task.controls.scale == ScaleMode.STRICT

    def _repitched(
        self,
        line: Sequence[Unit],
        dials: Dials,
        random: np.random.Generator,
        history: Sequence[int],
        busy: Sequence[Unit],
        colour: Floats,
        after: Unit | None,
    ) -> list[Unit]:
        result: list[Unit] = []
        heard = list(history)
        pattern = _Pattern(self._material.bars, random)
        for index, unit in enumerate(line):
            self._watch.check()
            drawn, again = pattern.drawn(unit)
            if self.must_change(unit) or (unit.is_free and drawn < self._rate(unit, dials)):
                mask = self._mask(busy, unit)
                follower = line[index + 1] if index + 1 < len(line) else after
                following = None if follower is None else follower.pitch
                if mask.any():
                    pitch = self._again(again, mask)
                    if pitch is None:
                        pitch = self.choose(
                            unit,
                            heard,
                            dials.spread,
                            random,
                            mask=mask,
                            following=following,
                            colour=colour,
                        )
                    pattern.remember(unit, pitch)
                    unit = self._led_to(unit, pitch)
            result.append(unit)
            heard.append(unit.pitch)
        return result

    def _mask(self, busy: Sequence[Unit], unit: Unit) -> Mask:
        """Return the candidates that may stand for a unit's lead; none where it may as well stay.

        A unit that must change takes what sounds already rather than stay where it may not be.
        """
        free = self._free_of(busy, unit)
        other: Mask = free & (self._candidates != unit.pitch)
        if other.any() or not self.must_change(unit):
            return other
        return free if free.any() else np.ones_like(free)

    def _again(self, pitch: int | None, mask: Mask) -> int | None:
        """Return a pitch that stood for this one before, if it may sound here too."""
        is_free = pitch is not None and bool(mask[self._candidates == pitch].any())
        return pitch if is_free else None

    def _led_to(self, unit: Unit, pitch: int) -> Unit:
        """Return a unit led by another pitch, all its notes where notes may be."""
        moved = unit.led_to(pitch, self._key, self._voice.low, self._voice.high)
        if len(moved.notes) == 1 or not self._is_strict:
            return moved
        allowed = [int(other) for other in self._candidates]
        pitches = [min(allowed, key=lambda p: abs(p - note.pitch)) for note in moved.notes]
        return moved.repitched(pitches)

    @property
    def _key(self) -> Key:
        return self._material.key

    def _rate(self, unit: Unit, dials: Dials) -> float:
        """Return how likely a unit changes: heavy places and chords hold a clip together."""
        if dials.pitch >= 1.0:
            return 1.0
        weight = self._material.bars.weight(unit.start)
        lightness = 1.3 - 0.6 * weight - 0.2 * (len(unit.notes) > 1)
        return dials.pitch * (lightness + (1.0 - lightness) * dials.pitch)

    def _history(self, line: Sequence[Unit]) -> list[int]:
        """Return the last pitches of the line of the bar before that this line carries on."""
        if not line or not self._histories:
            return []
        return min(self._histories, key=lambda pitches: abs(pitches[-1] - line[0].pitch))

    def _free_of(self, busy: Sequence[Unit], unit: Unit) -> Mask:
        taken = [
            note.pitch
            for other in busy
            if other.start < unit.end - EDGE and unit.start < other.end - EDGE
            for note in other.notes
        ]
        free: Mask = ~np.isin(self._candidates, taken)
        return free

    def _steps_from(self, history: Sequence[int]) -> Floats:
        recent = history[-4:]
        context = [step_symbol(self._key, a, b) for a, b in zip(recent, recent[1:])]
        return self._by_step(
            self._voice.steps.logs(context), self._degrees - degree(self._key, history[-1])
        )

    def _steps_to(self, following: int) -> Floats:
        return self._by_step(
            self._voice.steps.logs([]), degree(self._key, following) - self._degrees
        )

    @staticmethod
    def _by_step(shares: Floats, steps: NDArray[np.int64]) -> Floats:
        chosen: Floats = shares[np.clip(steps, -WIDEST_STEP, WIDEST_STEP) + WIDEST_STEP]
        return chosen

    def _harmony_scores(self, unit: Unit, colour: Floats | None) -> Floats:
        """Return how well each of the twelve pitch classes sounds at a unit's place."""
        weight = 0.4 + 0.6 * self._material.bars.weight(unit.start)
        sounding = self._harmony.at(unit.start) > 0
        clashing = (sounding[SEMITONE_BELOW] | sounding[SEMITONE_ABOVE]) & ~sounding
        scores = weight * (CONSONANCE * sounding - CLASH * clashing)
        return scores if colour is None else scores + weight * BAR_COLOUR * colour

    def _crossing_costs(self, unit: Unit) -> Floats:
        """Return what each candidate costs by crossing or doubling the voices beside it."""
        costs = np.zeros(len(self._candidates))
        for other in _together(self._above, unit):
            lowest = other.notes[-1].pitch
            costs += CROSSING * (self._candidates > lowest) + DOUBLING * (
                self._candidates == lowest
            )
        for other in _together(self._below, unit):
            costs += CROSSING * (self._candidates < other.pitch)
            costs += DOUBLING * (self._candidates == other.pitch)
        return costs

    def _bar_colour(self, template: Sequence[Unit]) -> Floats:
        colour = np.zeros(12)
        for unit in template:
            for note in unit.notes:
                colour[note.pitch % 12] += note.duration
        share: Floats = colour / max(colour.max(), EDGE)
        return share

    def _scale_costs(self) -> Floats:
        if self._material.task.controls.scale == ScaleMode.OFF:
            return np.zeros(len(self._candidates))
        used = {note.pitch % 12 for unit in self._voice.units for note in unit.notes}
        costs = [
            0.0
            if self._key.contains(int(pitch))
            else FOREIGN_COST
            if int(pitch) % 12 in used
            else UNUSED_COST
            for pitch in self._candidates
        ]
        return np.array(costs)


def _together(units: Sequence[Unit], unit: Unit) -> list[Unit]:
    return [o for o in units if o.start < unit.end - EDGE and unit.start < o.end - EDGE]


class _Pattern:
    """Keeps repeated notes together: what one of them became, the next ones of its pulse become."""

    def __init__(self, bars: Bars, random: np.random.Generator) -> None:
        self._bars = bars
        self._random = random
        self._known: dict[tuple[int, int], tuple[float, int | None]] = {}

    def drawn(self, unit: Unit) -> tuple[float, int | None]:
        """Return a number of 0.0-1.0 that decides on a change, and what the unit became before."""
        fresh, breaks = self._random.random(2)
        if breaks < BREAKS_PATTERN:
            return float(fresh), None
        return self._known.setdefault(self._key(unit), (float(fresh), None))

    def remember(self, unit: Unit, pitch: int) -> None:
        """Let the next ones of its pitch and pulses become the same."""
        drawn, _ = self._known.get(self._key(unit), (0.0, None))
        self._known[self._key(unit)] = drawn, pitch

    def _key(self, unit: Unit) -> tuple[int, int]:
        span = self._bars.spans[self._bars.at(unit.start)]
        return unit.pitch, int(PATTERNS_A_BAR * (unit.start - span.start + EDGE) / span.length)

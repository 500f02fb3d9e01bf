"""What a bar is made from: its own notes, another bar's, a liked answer's, or new ones."""

from collections.abc import Iterable, Sequence

import numpy as np

from reprise.engines.base import Verb
from reprise.engines.fitting import EDGE
from reprise.engines.markov.accompany import Accompanist
from reprise.engines.markov.form import BarPlan
from reprise.engines.markov.kit import pads_of
from reprise.engines.markov.material import Harmony, Material, VoiceMaterial
from reprise.engines.markov.morph import Morph
from reprise.engines.markov.units import Unit
from reprise.music.span import Span

REBUILT_FROM, REBUILDING = 0.5, 1.6
"""From this strength on, bars are rebuilt from other bars of the clip, more so with every step."""

REFILLED_FROM_OTHERS = 0.5
"""How likely a bar to refill takes its rhythm from another bar."""

FEWEST_SHARE, MOST_SHARE = 0.6, 1.7
"""How many units another bar may have, as a share of the bar's own."""

MOST_LIKED = 0.7
"""How likely a bar follows a liked answer, at most."""


class Templates:
    """Finds the templates of one proposal."""

    def __init__(self, material: Material, plans: dict[int, BarPlan], harmony: Harmony) -> None:
        """Take what was learned and planned; `harmony` is what sounds and is read only."""
        self._material = material
        self._plans = plans
        self._morphs = self._make_morphs()
        self._accompanists = {
            voice.index: Accompanist(material, voice, harmony)
            for voice in material.voices
            if voice.holes and not voice.units
        }

    def find(
        self,
        voice: VoiceMaterial,
        bar: int,
        strength: float,
        random: np.random.Generator,
        *,
        is_silent: bool,
    ) -> list[Unit]:
        """Return what one bar of a voice is made from, with its fixed units, by onset.

        Args:
            voice: Which one.
            bar: From 0.
            strength: How far from the source to go, 0.0-1.0.
            random: Of this bar.
            is_silent: Whether nothing is written in this voice so far.
        """
        span = self._material.bars.spans[bar]
        if not voice.units:
            return self._accompanists[voice.index].template(span, random)
        if voice.index in self._morphs:
            return self._morphs[voice.index].template(span, random)
        own = voice.inside(span.start, span.end)
        fixed = [unit for unit in own if not unit.is_free]
        if bar in self._plans:
            plan = self._plans[bar]
            moved = self._moved_cell(voice, plan.cell, span, plan.shift)
            if plan.is_last and not moved and is_silent:
                moved = self._brought_forward(voice, span)
            return _in_order([*fixed, *moved])
        is_empty = len(own) == len(fixed)
        if random.random() >= self._rebuilding(voice, strength, is_empty=is_empty):
            return list(own)
        donor = self._donor(voice, span, random)
        if donor is not None:
            return _in_order([*fixed, *self._moved_cell(voice, donor, span, 0)])
        if is_empty and is_silent:
            return _in_order([*fixed, *self._brought_forward(voice, span)])
        return list(own)

    def liked(self, voice: VoiceMaterial, bar: int, random: np.random.Generator) -> list[Unit]:
        """Return the bar as a liked answer has it, with the fixed notes, else [].

        The more it is liked, the likelier.
        """
        task, liked, span = (
            self._material.task,
            self._material.liked,
            self._material.bars.spans[bar],
        )
        if task.keep_rhythm or task.keep_pitches or not task.strength:
            return []
        total = sum(weight for _, weight in liked)
        if not liked or random.random() >= min(MOST_LIKED, total / (1.0 + total)):
            return []
        weights = np.array([weight for _, weight in liked]) / total
        voices, _ = liked[int(random.choice(len(liked), p=weights))]
        if voice.index >= len(voices):
            return []
        fixed = [unit for unit in voice.inside(span.start, span.end) if not unit.is_free]
        taken = {(unit.start, note.pitch) for unit in fixed for note in unit.notes}
        pads = pads_of(voice.voice, task.pads) if voice.is_drums else []
        inside = [
            unit
            for unit in voices[voice.index]
            if span.contains(unit.start)
            and voice.is_open(unit.start)
            and (unit.start, unit.pitch) not in taken
            and (not pads or all(note.pitch in pads for note in unit.notes))
        ]
        return _in_order([*fixed, *inside]) if inside else []

    def _rebuilding(self, voice: VoiceMaterial, strength: float, *, is_empty: bool) -> float:
        """Return how likely a bar is made from another bar of the voice."""
        task = self._material.task
        if task.keep_rhythm or task.keep_pitches:
            return 0.0
        if is_empty:
            plays_elsewhere = any(unit.is_free for unit in voice.units)
            # A rest stays one, unless nothing but rests was to be refilled.
            return float(task.verb in (Verb.REFILL, Verb.REDO) and not plays_elsewhere)
        if task.verb in (Verb.REFILL, Verb.REDO):
            return REFILLED_FROM_OTHERS
        return max(0.0, (strength - REBUILT_FROM) * REBUILDING)

    def _donor(self, voice: VoiceMaterial, span: Span, random: np.random.Generator) -> Span | None:
        """Return another bar of the voice that is as long and holds notes, or None."""
        own = voice.inside(span.start, span.end)
        cells = [
            cell
            for cell in self._material.cells
            if abs(cell.length - span.length) < EDGE
            and cell.start != span.start
            and _as_busy(voice.inside(cell.start, cell.end), own)
        ]
        return cells[int(random.integers(len(cells)))] if cells else None

    def _moved_cell(self, voice: VoiceMaterial, cell: Span, span: Span, shift: int) -> list[Unit]:
        """Return a cell's units again from a bar's start on, as often as the bar holds it."""
        key = self._material.key
        units: list[Unit] = []
        turns = int(np.ceil((span.length - EDGE) / cell.length))
        for turn in range(max(1, turns)):
            offset = span.start + turn * cell.length - cell.start
            for unit in voice.inside(cell.start, cell.end):
                moved = unit.shifted(offset)
                if shift and not voice.is_drums:
                    lead = _inside_range(key.degree_shifted(unit.pitch, shift), voice)
                    moved = moved.led_to(lead, key, voice.low, voice.high)
                if voice.is_open(moved.start) and moved.start < span.end - EDGE:
                    units.append(moved)
        return units

    def _brought_forward(self, voice: VoiceMaterial, span: Span) -> list[Unit]:
        """Return the voice's last notes from the first place on where they may sound.

        For a hole that does not reach the place in the bar where the voice plays.
        """
        start = max(span.start, min(hole.span.start for hole in voice.holes))
        cells = [cell for cell in self._material.cells if voice.inside(cell.start, cell.end)]
        units = voice.inside(cells[-1].start, cells[-1].end) if cells else voice.units
        moved = (unit.shifted(start - units[0].start) for unit in units)
        return [unit for unit in moved if voice.is_open(unit.start) and unit.start < span.end]

    def _make_morphs(self) -> dict[int, Morph]:
        task, target = self._material.task, self._material.task.target
        if task.verb != Verb.MORPH or target is None:
            return {}
        return {
            voice.index: Morph(self._material, voice, target, self._material.target[voice.index])
            for voice in self._material.voices
            if voice.holes and voice.index < len(target.voices)
        }


def _as_busy(units: Sequence[Unit], own: Sequence[Unit]) -> bool:
    """Tell whether a bar has about as many units as one's own; any will do for an empty one."""
    if not units or not own:
        return bool(units)
    return FEWEST_SHARE <= len(units) / len(own) <= MOST_SHARE


def _inside_range(pitch: int, voice: VoiceMaterial) -> int:
    while pitch > voice.high:
        pitch -= 12
    while pitch < voice.low:
        pitch += 12
    return min(pitch, voice.high)


def _in_order(units: Iterable[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: (unit.start, -unit.pitch))

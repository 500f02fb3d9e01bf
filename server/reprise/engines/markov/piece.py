"""One proposal of the Markov engine, written bar by bar, all voices of a bar before the next."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from reprise.engines.base import NEW_VERBS, Candidate, Verb, Watch
from reprise.engines.fitting import UNLIMITED, fitted
from reprise.engines.markov import form
from reprise.engines.markov.drums import DrumWriter
from reprise.engines.markov.learning import NOTES_AT_ONCE
from reprise.engines.markov.material import Material, VoiceMaterial
from reprise.engines.markov.melody import Dials, MelodyWriter
from reprise.engines.markov.rhythm import RhythmWriter
from reprise.engines.markov.templates import Templates
from reprise.engines.markov.units import Unit
from reprise.engines.sampling import generator
from reprise.music.feel import put_back
from reprise.music.note import Note
from reprise.music.span import Span

STRENGTH_FACTORS = (1.0, 0.8, 1.25, 0.6, 1.5)
"""Proposals around the asked-for strength; selection takes the one that comes out nearest."""

LIKED_CHANGE = 0.4
"""How strongly a bar of a liked answer is changed, of the strength."""


_LABELS = 8192
_STREAMS = _LABELS * 128


class Piece:
    """One proposal; the same seed and number give the same notes."""

    def __init__(self, material: Material, seed: int, number: int, watch: Watch) -> None:
        """Take what was learned; nothing is written yet."""
        self._material = material
        self._seed = seed
        self._number = number
        self._watch = watch
        self._random = generator(seed, number * _STREAMS)
        self._harmony = material.harmony.copy()
        self._open = [voice for voice in material.voices if voice.holes]
        self._written: dict[int, dict[int, list[Unit]]] = {v.index: {} for v in self._open}
        self._melodies = {
            voice.index: MelodyWriter(material, voice, self._harmony, watch)
            for voice in self._open
            if not voice.is_drums
        }
        self._drums = {
            voice.index: DrumWriter(material, voice, watch)
            for voice in self._open
            if voice.is_drums
        }
        factor = STRENGTH_FACTORS[number % len(STRENGTH_FACTORS)]
        self._strength = min(1.0, material.task.strength * factor)
        self._labels = {voice.index: self._bar_labels(voice) for voice in self._open}
        self._plans = self._plan()
        self._templates = Templates(material, self._plans, self._harmony)

    def bars(self) -> list[int]:
        """Return the bars that hold something to be written, rising."""
        return sorted(
            {bar for voice in self._open for bar in self._material.open_bars[voice.index]}
        )

    def write(self, bar: int) -> None:
        """Write one bar of every open voice, the lowest first: the others hear it.

        A bar that is written again is made from what was written before.
        """
        span = self._material.bars.spans[bar]
        for voice in sorted(self._open, key=self._turn):
            if bar in self._material.open_bars[voice.index]:
                self._watch.check()
                self._write_voice(voice, bar, span)

    def _turn(self, voice: VoiceMaterial) -> tuple[bool, int, int]:
        """Return a voice's place in the order of writing: what doubles another voice comes last."""
        return voice.index in self._material.twins, voice.low, voice.index

    def bar_notes(self, bar: int) -> tuple[tuple[Note, ...], ...]:
        """Return the new notes of one bar, one tuple a source voice."""
        return tuple(
            self._new_notes(voice, self._written.get(voice.index, {}).get(bar, []))
            for voice in self._material.voices
        )

    def candidate(self) -> Candidate:
        """Return the whole proposal."""
        task = self._material.task
        kept = set(task.fixed_places)
        new_notes: list[tuple[Note, ...]] = []
        by_voice = self._free_notes()
        for voice in self._material.voices:
            self._watch.check()
            bars = self._written.get(voice.index, {})
            units = [unit for bar in sorted(bars) for unit in bars[bar]]
            kept.update(place for unit in units for place in unit.places)
            kept.update(self._unwritten_places(voice, bars))
            notes: list[Note] = []
            for note in self._new_notes(voice, units, frozenset(kept)):
                # What came out just as it was is kept, not new.
                same = by_voice[voice.index].get(note)
                if same is not None and same not in kept:
                    kept.add(same)
                else:
                    notes.append(note)
            new_notes.append(tuple(notes))
        return Candidate(tuple(sorted(kept)), tuple(new_notes))

    def _write_voice(self, voice: VoiceMaterial, bar: int, span: Span) -> None:
        twin = self._material.twins.get(voice.index)
        if twin is not None:
            self._written[voice.index][bar] = twin.followed(self._written[twin.leader][bar])
            return
        before = self._written[voice.index].get(bar)
        random = self._stream(voice, self._label(voice, bar) + (before is not None) * _LABELS // 2)
        liked = [] if before else self._templates.liked(voice, bar, random)
        template = before or liked or self._template(voice, bar, random)
        # What is liked already needs little change.
        strength = self._strength * (LIKED_CHANGE if liked else 1.0)
        if voice.is_drums:
            written = self._drum_bar(voice, bar, template, strength, random)
        else:
            old = [u for u in before or voice.inside(span.start, span.end) if u.is_free]
            self._harmony.add((note for unit in old for note in unit.notes), -1)
            written = self._pitched_bar(voice, bar, template, strength, random)
            new = (unit for unit in written if unit.is_free)
            self._harmony.add(note for unit in new for note in unit.notes)
        self._written[voice.index][bar] = written

    def _template(self, voice: VoiceMaterial, bar: int, random: np.random.Generator) -> list[Unit]:
        is_silent = not any(self._written[voice.index].values())
        return self._templates.find(voice, bar, self._strength, random, is_silent=is_silent)

    def _pitched_bar(
        self,
        voice: VoiceMaterial,
        bar: int,
        template: Sequence[Unit],
        strength: float,
        random: np.random.Generator,
    ) -> list[Unit]:
        task = self._material.task
        if not (task.keep_rhythm or task.keep_pitches):
            template = RhythmWriter(self._material, voice).adapted(template, random)
        writer = self._melodies[voice.index]
        writer.stay_between(*self._neighbours(voice, bar))
        dials = self._dials(voice, bar, strength)
        written = writer.write(template, dials, random, self._after(voice, bar))
        plan = self._plans.get(bar)
        if plan is None or not plan.is_last or task.keep_pitches:
            return written
        return writer.ended(written, self._end(voice))

    def _neighbours(self, voice: VoiceMaterial, bar: int) -> tuple[list[Unit], list[Unit]]:
        """Return what the voices next above and next below play in a bar, as far as is known."""
        span = self._material.bars.spans[bar]
        found: list[list[Unit]] = []
        for index in self._material.lanes.get(voice.index, (None, None)):
            if index is None:
                found.append([])
                continue
            written = self._written.get(index, {}).get(bar)
            own = self._material.voices[index].inside(span.start, span.end)
            found.append(list(own) if written is None else written)
        return found[0], found[1]

    def _drum_bar(
        self,
        voice: VoiceMaterial,
        bar: int,
        template: Sequence[Unit],
        strength: float,
        random: np.random.Generator,
    ) -> list[Unit]:
        task, plan = self._material.task, self._plans.get(bar)
        change = strength
        if plan is not None:
            change = min(1.0, (0.15 + 0.5 * task.strength) * plan.change)
        elif task.verb in (Verb.REFILL, Verb.REDO):
            change = 0.8
        elif task.verb in (Verb.MORPH, Verb.ACCOMPANY):
            change = 0.0
        writer = self._drums[voice.index]
        written = writer.write(template, change, random)
        has_fill = plan is not None and plan.is_fill and not (task.keep_rhythm or task.keep_pitches)
        span = self._material.bars.spans[bar]
        return writer.with_fill(written, span, random) if has_fill else written

    def _dials(self, voice: VoiceMaterial, bar: int, strength: float) -> Dials:
        task = self._material.task
        plan = self._plans.get(bar)
        if plan is not None:
            change = min(1.0, (0.15 + 0.5 * task.strength) * plan.change)
            return Dials(change, 0.3 * change, 1.2 + 3.0 * change)
        if task.verb == Verb.VARY:
            extra = 1.6 if task.keep_rhythm else 1.2
            rhythm = 0.2 * strength + 0.6 * strength**2
            return Dials(min(1.0, extra * strength), rhythm, 1.0 + 4.0 * strength**2)
        if task.verb == Verb.MORPH:
            return Dials(0.0, 0.0, 1.0)
        if task.verb == Verb.ACCOMPANY or not voice.units:
            is_line = voice.polyphony == 1 and voice.low > 50
            return Dials(0.7 if is_line else 0.15, 0.0, 2.0)
        return Dials(1.0, 0.25, 4.0)

    def _plan(self) -> dict[int, form.BarPlan]:
        if self._material.task.verb not in NEW_VERBS:
            return {}
        return form.planned(self._material, self.bars(), self._random)

    def _bar_labels(self, voice: VoiceMaterial) -> dict[int, int]:
        """Return the same label for bars that are the same: they change in the same way."""
        labels: dict[int, int] = {}
        known: dict[tuple[tuple[float, int], ...], int] = {}
        for bar, span in enumerate(self._material.bars.spans):
            shape = tuple(
                (round(unit.start - span.start, 3), note.pitch)
                for unit in voice.inside(span.start, span.end)
                for note in unit.notes
            )
            labels[bar] = known.setdefault(shape, bar) if shape else bar
        return labels

    def _label(self, voice: VoiceMaterial, bar: int) -> int:
        if bar in self._plans:
            return self._plans[bar].label
        return self._labels[voice.index][bar]

    def _stream(self, voice: VoiceMaterial, label: int) -> np.random.Generator:
        stream = 1 + (voice.index % 127) * _LABELS + label % _LABELS
        return generator(self._seed, self._number * _STREAMS + stream)

    def _after(self, voice: VoiceMaterial, bar: int) -> Unit | None:
        end = self._material.bars.spans[bar].end
        return next(iter(voice.inside(end, end + 1.0)), None)

    def _end(self, voice: VoiceMaterial) -> float:
        return max(hole.span.end for hole in voice.holes)

    def _free_notes(self) -> list[dict[Note, int]]:
        found: list[dict[Note, int]] = [{} for _ in self._material.voices]
        for place, voice, note in self._material.task.source.places():
            if place in self._material.task.free_places:
                found[voice][note] = place
        return found

    def _unwritten_places(self, voice: VoiceMaterial, bars: Iterable[int]) -> set[int]:
        """Return free places in bars that nobody wrote: an empty hole leaves them as they are."""
        written = set(bars)
        return {
            place
            for unit in voice.units
            if self._material.bars.at(unit.start) not in written
            for place in unit.places
        }

    def _new_notes(
        self, voice: VoiceMaterial, units: Iterable[Unit], kept: frozenset[int] | None = None
    ) -> tuple[Note, ...]:
        """Return the new notes among units as they are played, legal beside the kept ones."""
        task = self._material.task
        new = [unit for unit in units if not unit.places and _is_on(task.pads, unit)]
        if not new:
            return ()
        stays = set(task.fixed_places) if kept is None else kept
        beside = [
            note
            for place, index, note in task.source.places()
            if index == voice.index and place in stays
        ]
        played = self._played(voice, new)
        self._watch.check()
        is_limited = task.controls.max_polyphony is not None or not voice.is_drums
        return fitted(
            played,
            beside,
            voice.holes,
            voice.polyphony if is_limited else UNLIMITED,
            partial(self._elsewhere, voice),
            self._kept_until(),
        )

    def _kept_until(self) -> float:
        task = self._material.task
        is_asked = task.controls.max_polyphony is not None
        return task.source.length if task.verb in NEW_VERBS and not is_asked else float("inf")

    def _played(self, voice: VoiceMaterial, units: Sequence[Unit]) -> list[Note]:
        """Return new units as the player would play them: in time with the notes they stand for."""
        straight = [note for unit in units if not unit.timing for note in unit.notes]
        straight.sort()
        played: list[Note] = []
        for first in range(0, len(straight), NOTES_AT_ONCE):
            self._watch.check()
            played += put_back(straight[first : first + NOTES_AT_ONCE], voice.feel)
        for unit in units:
            for note, place in zip(unit.notes, unit.timing):
                model = self._material.source_notes[place]
                played.append(replace(note, start=model.start, duration=model.duration))
        return played

    def _elsewhere(self, voice: VoiceMaterial, pitch: int) -> Sequence[int]:
        if voice.is_drums or self._material.task.keep_pitches:
            return ()
        return self._melodies[voice.index].nearest_pitches(pitch)


def _is_on(pads: frozenset[int], unit: Unit) -> bool:
    return not pads or all(note.pitch in pads for note in unit.notes)

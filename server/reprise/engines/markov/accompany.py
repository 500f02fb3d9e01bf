"""Bars for a voice that is still empty: a bass, chords, a melody or a beat, by what it is called.

The harmony is heard from what sounds beside it; the rhythm leans on the others' own.
"""

from collections.abc import Iterable, Sequence
from statistics import mean

import numpy as np

from reprise.engines.fitting import EDGE
from reprise.engines.markov.material import Harmony, Material, Role, VoiceMaterial, role_of
from reprise.engines.markov.units import Unit
from reprise.engines.sampling import Floats
from reprise.music.drums import Drum, drum_of, is_drums
from reprise.music.key import SCALES, Key
from reprise.music.note import Note
from reprise.music.pitch import folded
from reprise.music.span import Span

MOST_BASS_NOTES = 4
"""Onsets of a bass in one bar, at most."""

HIGHEST_FOUNDATION = 60
"""A note below this pitch is heard as the bass of what sounds."""

GENERAL_MIDI_PADS = {Drum.KICK: 36, Drum.SNARE: 38, Drum.HAT: 42}


class Accompanist:
    """Makes up the bars of one empty voice."""

    def __init__(self, material: Material, voice: VoiceMaterial, harmony: Harmony) -> None:
        """Take what sounds: `harmony` is read only."""
        self._material = material
        self._voice = voice
        self._harmony = harmony
        others = [*material.task.source.voices, *material.task.context.voices]
        self._others = [other for other in others if other.sounding]
        sounding = [note.velocity for other in self._others for note in other.sounding]
        self._velocity = round(mean(sounding)) if sounding else 90
        self._last_pitch = voice.low + (voice.high - voice.low) // 3

    def template(self, bar: Span, random: np.random.Generator) -> list[Unit]:
        """Return one bar; what lies outside the holes is left out."""
        if self._voice.is_drums:
            units = self._beat(bar)
        else:
            role = role_of(self._voice.voice.name)
            makers = {Role.BASS: self._bass, Role.CHORDS: self._chords, Role.MELODY: self._melody}
            units = makers[role](bar, random)
        return [unit for unit in units if self._voice.is_open(unit.start)]

    def _bass(self, bar: Span, random: np.random.Generator) -> list[Unit]:
        onsets = self._onsets(bar, self._kicks(bar) or self._lowest(bar))
        heaviest = sorted(onsets, key=lambda beat: (-self._weight(beat), beat))[:MOST_BASS_NOTES]
        onsets = sorted(heaviest)
        units = []
        for start, end in zip(onsets, [*onsets[1:], bar.end]):
            root, fifth = self._foundation(Span(start, end))
            is_fifth = self._weight(start) < 0.6 and random.random() < 0.35
            units.append(self._unit(start, end - start, [fifth if is_fifth else root]))
        return units

    def _chords(self, bar: Span, _random: np.random.Generator) -> list[Unit]:
        pulse = self._material.bars.meter_map.at(bar.start).pulse
        half = round(bar.length / 2 / pulse) * pulse
        halves = [bar]
        if EDGE < half < bar.length - EDGE:
            halves = [Span(bar.start, bar.start + half), Span(bar.start + half, bar.end)]
        triads = [self._triad(span) for span in halves]
        if len(set(triads)) == 1:
            return [self._unit(bar.start, bar.length, self._triad(bar))]
        return [self._unit(s.start, s.length, triad) for s, triad in zip(halves, triads)]

    def _melody(self, bar: Span, random: np.random.Generator) -> list[Unit]:
        """Return a line that is calm where the busiest voice is busy: its heavier onsets only."""
        onsets = self._onsets(bar, self._busiest(bar))
        lightest = float(random.choice((0.35, 0.6)))
        onsets = [beat for beat in onsets if self._weight(beat) >= lightest] or onsets[:1]
        return [
            self._unit(start, end - start, [int(random.choice(self._triad(Span(start, end))))])
            for start, end in zip(onsets, [*onsets[1:], bar.end])
        ]

    def _beat(self, bar: Span) -> list[Unit]:
        pulse = self._material.bars.meter_map.at(bar.start).pulse
        pads = self._pads()
        pulses = round(bar.length / pulse)
        hits: list[tuple[float, int]] = []
        for index in range(pulses):
            start = bar.start + index * pulse
            hits.append((start, pads[Drum.SNARE if index % 2 else Drum.KICK]))
            hits += [(start, pads[Drum.HAT]), (start + pulse / 2, pads[Drum.HAT])]
        length = min(0.25, pulse / 2)
        velocity = self._velocity
        return [Unit((Note(start, pad, length, velocity),)) for start, pad in sorted(set(hits))]

    def _pads(self) -> dict[Drum, int]:
        named = [pitch for pitch, _ in self._voice.voice.pads]
        found: dict[Drum, int] = {}
        for pitch in named:
            drum = drum_of(self._voice.voice, pitch)
            if drum in GENERAL_MIDI_PADS and drum not in found:
                found[drum] = pitch
        if not named:
            return GENERAL_MIDI_PADS
        return {drum: found.get(drum, named[0]) for drum in GENERAL_MIDI_PADS}

    def _unit(self, start: float, duration: float, pitches: Iterable[int]) -> Unit:
        """Return a unit of the nearest octaves to what was played last, inside the range."""
        low, high = self._voice.low, self._voice.high
        placed = {self._placed(pitch, low, high) for pitch in pitches}
        if len(placed) == 1:
            self._last_pitch = next(iter(placed))
        ordered = sorted(placed, reverse=True)
        return Unit(tuple(Note(start, pitch, duration, self._velocity) for pitch in ordered))

    def _placed(self, pitch: int, low: int, high: int) -> int:
        nearest = min(range(pitch % 12, 128, 12), key=lambda other: abs(other - self._last_pitch))
        return folded(nearest, low, high)

    def _triad(self, span: Span) -> tuple[int, int, int]:
        """Return root, third and fifth, as pitch classes, of the chord that fits a span best."""
        sounding = self._sounding(span)
        triads = [self._on_degree(degree) for degree in (0, 3, 4, 5, 1, 2, 6)]
        return max(triads, key=lambda triad: _fit(triad, sounding))

    def _foundation(self, span: Span) -> tuple[int, int]:
        """Return the pitch class that a bass plays, and its fifth: the lowest that sounds."""
        root, _, fifth = self._triad(span)
        lowest = min((note.pitch for note in self._heard(span)), default=127)
        if lowest >= HIGHEST_FOUNDATION:
            return root, fifth
        return lowest % 12, (lowest + 7) % 12

    def _heard(self, span: Span) -> list[Note]:
        return [
            note
            for voice in self._others
            if not is_drums(voice)
            for note in voice.sounding
            if note.start < span.end - EDGE and note.end > span.start + EDGE
        ]

    def _sounding(self, span: Span) -> Floats:
        total = np.zeros(12)
        beat = span.start
        while beat < span.end - EDGE:
            total += self._harmony.at(beat)
            beat += 0.5
        return total

    def _on_degree(self, degree: int) -> tuple[int, int, int]:
        key = self._seven_notes()
        root, third, fifth = (
            key.degree_shifted(60 + key.tonic, degree + up) % 12 for up in (0, 2, 4)
        )
        return root, third, fifth

    def _seven_notes(self) -> Key:
        key = self._material.key
        if len(SCALES[key.scale]) == 7:
            return key
        is_minor = (key.tonic + 3) % 12 in key.pitch_classes and key.scale != "chromatic"
        return Key(key.tonic, "minor" if is_minor else "major")

    def _kicks(self, bar: Span) -> list[float]:
        return [
            note.start
            for voice in self._others
            if is_drums(voice)
            for note in voice.sounding
            if bar.contains(note.start) and drum_of(voice, note.pitch) == Drum.KICK
        ]

    def _lowest(self, bar: Span) -> list[float]:
        lines = self._pitched(bar)
        return [
            n.start for n in min(lines, key=lambda line: mean(n.pitch for n in line), default=[])
        ]

    def _busiest(self, bar: Span) -> list[float]:
        return [note.start for note in max(self._pitched(bar), key=len, default=[])]

    def _pitched(self, bar: Span) -> list[list[Note]]:
        lines = (
            [note for note in voice.sounding if bar.contains(note.start)]
            for voice in self._others
            if not is_drums(voice)
        )
        return [line for line in lines if line]

    def _onsets(self, bar: Span, heard: Sequence[float]) -> list[float]:
        """Return onsets on the grid, from the bar's start on; pulses where nothing is heard."""
        pulse = self._material.bars.meter_map.at(bar.start).pulse
        grid = max(self._voice.grid, 0.25)
        on_grid = {bar.start + round((beat - bar.start) / grid) * grid for beat in heard}
        pulses = {bar.start + index * pulse for index in range(round(bar.length / pulse))}
        onsets = on_grid or pulses
        return sorted(beat for beat in {bar.start, *onsets} if bar.contains(beat))

    def _weight(self, beat: float) -> float:
        return self._material.bars.weight(beat)


def _fit(triad: Sequence[int], sounding: Floats) -> float:
    inside = sum(float(sounding[pitch]) for pitch in triad)
    return inside + 0.5 * float(sounding[triad[0]]) - 0.6 * (float(sounding.sum()) - inside)

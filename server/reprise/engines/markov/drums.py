"""Rewriting the bars of a drum voice: each pad has its own pattern over the places of a bar.

The backbone of kick, snare and clap stays at low strength; hats, ghost notes and fills change.
Only pads that exist are played.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from reprise.engines.base import Watch
from reprise.engines.fitting import EDGE
from reprise.engines.markov.kit import BACKBONE, by_time, single_hits
from reprise.engines.markov.material import Material, VoiceMaterial
from reprise.engines.markov.units import Unit
from reprise.music.drums import Drum, drum_of
from reprise.music.note import Note
from reprise.music.span import Span

BACKBONE_HOLDS = 0.3
"""Up to this change, the backbone stays as it is."""

GHOST_SHARE = 0.65
"""A hit softer than this share of its pad's median is a ghost note, whatever the pad."""

FIGURE_SHARE = 0.9
"""How likely half a bar gets another figure on a light pad, at full change."""

STEADY, STEADY_FROM = 0.35, 0.7
"""How freely a light hit changes that comes in so many of the bars."""

DENSEST, SPARSEST = 1.35, 0.75
SMALLEST_STEP = 1 / 4


class DrumWriter:
    """Writes one drum voice, bar after bar."""

    def __init__(self, material: Material, voice: VoiceMaterial, watch: Watch) -> None:
        """Learn which pad is hit where."""
        self._material = material
        self._voice = voice
        self._watch = watch
        self._step = max(min(voice.grid, SMALLEST_STEP), 1 / 8)
        self._hits: dict[int, list[Note]] = defaultdict(list)
        self._places: Counter[tuple[int, int]] = Counter()
        for unit in voice.units:
            for note in unit.notes:
                self._hits[note.pitch].append(note)
                self._places[note.pitch, self._slot(note.start)] += 1
        self._pads = sorted(material.task.pads or self._hits)
        self._velocities = {
            pad: median(n.velocity for n in hits) for pad, hits in self._hits.items()
        }
        self._backbone = self._find_backbone()
        self._bar_count = max(1, len({material.bars.at(unit.start) for unit in voice.units}))

    def write(
        self, template: Sequence[Unit], change: float, random: np.random.Generator
    ) -> list[Unit]:
        """Return one bar made from a template of it.

        Args:
            template: Units of one bar; those that are not free come back as they are.
            change: 0.0 changes nothing, 1.0 nearly everything.
            random: Of this bar.
        """
        task = self._material.task
        hits = single_hits(template)
        if change <= 0.0:
            return hits
        if task.keep_rhythm:
            return [self._swapped(hit, change, random) for hit in hits]
        if task.keep_pitches:
            return self._moved_in_order(hits, change, random)
        hits = self._with_figures(hits, change, random)
        kept = [moved for hit in hits for moved in self._changed(hit, hits, change, random)]
        self._watch.check()
        return self._balanced(kept, hits, change, random)

    def with_fill(
        self, written: Sequence[Unit], bar: Span, random: np.random.Generator
    ) -> list[Unit]:
        """Return a bar whose last pulse leads into the next one."""
        start = bar.end - max(self._material.bars.meter_map.at(bar.start).pulse, 2 * self._step)
        pads = self._fill_pads()
        if start <= bar.start or not pads:
            return list(written)
        stays = [u for u in written if u.start < start - EDGE or not u.is_free or self._is_kick(u)]
        count = round((bar.end - start) / self._step)
        added: list[Unit] = []
        for index in range(count):
            if random.random() < 0.8:
                # From the high toms down, and louder towards the bar line.
                pad = pads[min(len(pads) - 1, index * len(pads) // count)]
                loudness = 0.7 + 0.3 * index / count
                added.append(self._hit(pad, start + index * self._step, loudness))
        return sorted([*stays, *_not_doubled(added, stays)], key=by_time)

    def _with_figures(
        self, hits: list[Unit], change: float, random: np.random.Generator
    ) -> list[Unit]:
        """Return a bar in which a light pad may play another figure for half of the bar.

        A hat that changes hit by hit limps; one that opens, halves or doubles is meant.
        """
        if not hits:
            return hits
        span = self._material.bars.spans[self._material.bars.at(hits[0].start)]
        middle = span.start + span.length / 2
        for is_late in (False, True):
            light = [
                hit
                for hit in hits
                if hit.is_free
                and hit.pitch not in self._backbone
                and (hit.start >= middle) == is_late
            ]
            pads = sorted({hit.pitch for hit in light})
            wanted, pad, figure = random.random(3)
            if not pads or wanted >= FIGURE_SHARE * change:
                continue
            chosen = pads[int(pad * len(pads))]
            figures = (self._on_another_pad, self._halved, self._doubled)
            mine = [hit for hit in light if hit.pitch == chosen]
            others = [hit for hit in hits if hit not in mine]
            played = figures[int(figure * len(figures))](mine, random)
            hits = sorted([*others, *_not_doubled(played, others)], key=by_time)
        return hits

    def _on_another_pad(self, hits: Sequence[Unit], random: np.random.Generator) -> list[Unit]:
        others = [p for p in self._pads if p not in self._backbone and p != hits[0].pitch]
        if not others:
            return list(hits)
        pad = others[int(random.integers(len(others)))]
        return [hit.repitched([pad]) for hit in hits]

    def _halved(self, hits: Sequence[Unit], _random: np.random.Generator) -> list[Unit]:
        heavy = [hit for hit in hits if self._material.bars.weight(hit.start) >= 0.6]
        return heavy if len(heavy) >= 2 else list(hits)

    def _doubled(self, hits: Sequence[Unit], _random: np.random.Generator) -> list[Unit]:
        between = [
            self._hit(hit.pitch, hit.start + (after.start - hit.start) / 2, 0.6)
            for hit, after in zip(hits, hits[1:])
            if 2 * self._step - EDGE <= after.start - hit.start <= 1.0 + EDGE
        ]
        return [*hits, *(hit for hit in between if self._voice.is_open(hit.start))]

    def _changed(
        self, hit: Unit, bar: Sequence[Unit], change: float, random: np.random.Generator
    ) -> list[Unit]:
        """Return what becomes of one hit: itself, another, or nothing."""
        drop, move, swap = random.random(3)
        if not hit.is_free:
            return [hit]
        lightness = self._lightness(hit, change)
        if hit.pitch in self._backbone:
            lightness *= max(0.0, change - BACKBONE_HOLDS) / (1.0 - BACKBONE_HOLDS)
        if drop < 0.3 * change * lightness:
            return []
        if move < 0.35 * change * lightness:
            start = hit.start + (self._step if random.random() < 0.5 else -self._step)
            if self._is_near(start, hit) and not _is_hit(hit.pitch, start, bar):
                return [self._hit(hit.pitch, start)]
        if swap < 0.3 * change * lightness:
            return [self._swapped(hit, 1.0, random)]
        return [hit]

    def _balanced(
        self,
        hits: list[Unit],
        template: Sequence[Unit],
        change: float,
        random: np.random.Generator,
    ) -> list[Unit]:
        """Add hits where their pads are hit in other bars, or nearly, and keep the count."""
        if not template:
            return hits
        asked = self._material.task.controls.notes_per_bar
        aim = len(template) if asked is None else asked
        free = self._free_places(hits, template)
        random.shuffle(free)
        wished = min(len(template) * (1.0 + 0.25 * change), DENSEST * aim)
        for pad, start in free:
            is_short = len(hits) < SPARSEST * aim
            if not is_short and (
                len(hits) + 1 > wished or random.random() > change * self._liking(pad, start)
            ):
                continue
            hits.append(self._hit(pad, start, self._ghost(pad, start)))
        while len(hits) > DENSEST * aim and self._drop_lightest(hits):
            pass
        return sorted(hits, key=by_time)

    def _free_places(
        self, hits: Sequence[Unit], template: Sequence[Unit]
    ) -> list[tuple[int, float]]:
        span = self._material.bars.spans[self._material.bars.at(template[0].start)]
        taken = {(hit.pitch, round(hit.start / self._step)) for hit in (*hits, *template)}
        slots = round(span.length / self._step)
        return [
            (pad, span.start + slot * self._step)
            for pad in self._pads
            for slot in range(slots)
            if (pad, round((span.start + slot * self._step) / self._step)) not in taken
            and self._voice.is_open(span.start + slot * self._step)
        ]

    def _liking(self, pad: int, start: float) -> float:
        """Return how much a pad belongs at a place, 0.0-1.0, as the other bars have it."""
        slot = self._slot(start)
        here = self._places[pad, slot] / self._bar_count
        beside = (self._places[pad, slot - 1] + self._places[pad, slot + 1]) / self._bar_count
        lightness = 0.1 if pad in self._backbone else 0.25
        return min(1.0, 0.7 * here + lightness * min(1.0, beside))

    def _swapped(self, hit: Unit, change: float, random: np.random.Generator) -> Unit:
        """Return a hit on another pad of its kind, at low change only if it is light."""
        kind = hit.pitch in self._backbone
        others = [pad for pad in self._pads if pad != hit.pitch and (pad in self._backbone) == kind]
        if (
            not hit.is_free
            or not others
            or random.random() >= change * self._lightness(hit, change)
        ):
            return hit
        weights = np.array([1.0 + self._places[pad, self._slot(hit.start)] for pad in others])
        pad = others[int(random.choice(len(others), p=weights / weights.sum()))]
        return hit.repitched([pad])

    def _moved_in_order(
        self, hits: list[Unit], change: float, random: np.random.Generator
    ) -> list[Unit]:
        result = list(hits)
        for index, hit in enumerate(hits):
            earliest = result[index - 1].start + EDGE if index else 0.0
            latest = hits[index + 1].start - EDGE if index + 1 < len(hits) else float("inf")
            start = hit.start + (self._step if random.random() < 0.5 else -self._step)
            may_move = hit.is_free and earliest < start < latest and self._is_near(start, hit)
            if random.random() < 0.7 * change and may_move:
                result[index] = hit.timed(start, hit.duration)
        return result

    def _is_near(self, start: float, hit: Unit) -> bool:
        """Tell whether a hit may move to a place: in its own bar, where the voice is open."""
        bars = self._material.bars
        return self._voice.is_open(start) and bars.at(start) == bars.at(hit.start)

    def _drop_lightest(self, hits: list[Unit]) -> bool:
        free = [hit for hit in hits if hit.is_free]
        if len(free) < 2:
            return False
        hits.remove(max(free, key=lambda hit: (self._lightness(hit, 1.0), hit.start)))
        return True

    def _lightness(self, hit: Unit, change: float) -> float:
        """Return how freely a hit may change: a backbone hit 0.15-0.4, a ghost note or hat 1.0."""
        is_ghost = hit.notes[0].velocity < GHOST_SHARE * self._velocities.get(hit.pitch, 0)
        if hit.pitch not in self._backbone or is_ghost:
            share = self._places[hit.pitch, self._slot(hit.start)] / self._bar_count
            is_steady = share >= STEADY_FROM and self._bar_count > 1
            return STEADY + (1.0 - STEADY) * change**2 if is_steady else 1.0
        return 0.4 - 0.3 * self._material.bars.weight(hit.start)

    def _hit(self, pad: int, start: float, loudness: float = 1.0) -> Unit:
        """Return a hit as the player plays this pad there."""
        models = self._hits.get(pad) or [Note(start, pad, self._step)]
        slot = self._slot(start)
        model = next((note for note in models if self._slot(note.start) == slot), models[0])
        velocity = max(1, min(127, round(model.velocity * loudness)))
        return Unit((replace(model, start=start, velocity=velocity),))

    def _ghost(self, pad: int, start: float) -> float:
        return 0.55 if pad in self._backbone and not self._places[pad, self._slot(start)] else 0.85

    def _find_backbone(self) -> frozenset[int]:
        """Return the pads that carry the bar: by what they are, else those hit on heavy places."""
        known = {pad for pad in self._pads if drum_of(self._voice.voice, pad) in BACKBONE}
        if known:
            return frozenset(known)
        weights = {
            pad: sum(self._material.bars.weight(note.start) for note in hits) / len(hits)
            for pad, hits in self._hits.items()
        }
        return frozenset(sorted(weights, key=lambda pad: (-weights[pad], pad))[:2])

    def _fill_pads(self) -> list[int]:
        toms = [p for p in self._pads if drum_of(self._voice.voice, p) == Drum.TOM]
        snares = [p for p in self._pads if drum_of(self._voice.voice, p) == Drum.SNARE]
        return sorted(toms, reverse=True) or snares[:1]

    def _is_kick(self, hit: Unit) -> bool:
        return drum_of(self._voice.voice, hit.pitch) == Drum.KICK

    def _slot(self, start: float) -> int:
        bars = self._material.bars
        return round((start - bars.spans[bars.at(start)].start) / self._step)


def _is_hit(pad: int, start: float, hits: Sequence[Unit]) -> bool:
    return any(hit.pitch == pad and abs(hit.start - start) < EDGE for hit in hits)


def _not_doubled(hits: Sequence[Unit], others: Sequence[Unit]) -> list[Unit]:
    taken = {(other.pitch, round(other.start, 3)) for other in others}
    return [hit for hit in hits if (hit.pitch, round(hit.start, 3)) not in taken]

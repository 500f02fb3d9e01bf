"""New progressions: one that goes on, one near by, one on the way to another.

All of them are chosen in C major or A minor, where the networks are at home.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Task, Watch
from reprise.engines.chords.latent import (
    NEVER,
    Place,
    Way,
    corrected,
    log_softmax,
    looped_owners,
    together,
)
from reprise.engines.chords.networks import ChordNetworks
from reprise.engines.chords.strikes import Heard, hear
from reprise.engines.chords.surroundings import Surroundings
from reprise.engines.sampling import Sampling, sample
from reprise.music.chords import Chord
from reprise.music.key import Key
from reprise.music.progression import PlacedChord, chord_at, merged
from reprise.tokenizers import chords

REACH: Final = 1.2
"""How far the strongest variation goes, in standard deviations of all progressions."""

NEARER: Final = 0.7
"""How much nearer to the middle of all music the strongest variation begins."""

PULL_OF_LIKED: Final = 0.5
HOLDING: Final = 1.5
"""Nats that the chord before costs where the clip changes chords."""

LONGEST_PROMPT: Final = 128
"""Elements that are heard before a continuation."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """What is known of a task before anything is written.

    Attributes:
        task: What is asked.
        heard: The clip as chords.
        target: The clip to morph towards, or None.
        key: The clip's.
        shift: Semitones from the clip's key to C major or A minor.
        surroundings: What new chords should agree with.
    """

    task: Task
    heard: Heard
    target: Heard | None
    key: Key
    shift: int
    surroundings: Surroundings

    def home(self, placed: Sequence[PlacedChord]) -> chords.Elements:
        """Return a progression as elements in C major or A minor."""
        elements = chords.encode(placed)
        elements[:, 0] = chords.transposed(elements[:, 0], self.shift)
        return elements

    def away(self, class_: int) -> Chord | None:
        """Return the chord of a class, from C major or A minor in the clip's own key."""
        return chords.chord_of(int(chords.transposed(np.array([class_]), -self.shift)[0]))

    def chord(self, class_: int, beat: float) -> Chord | None:
        """Return `away` of a class, in the richer form that one of the clips has at that time."""
        plain = self.away(class_)
        clips = (self.heard, self.target) if self.target else (self.heard,)
        own = (chord_at(clip.placed, beat % clip.length).chord for clip in clips)
        same = (one for one in own if chords.class_of(one) == chords.class_of(plain))
        return next(same, plain)


class Composer:
    """Finds the progression of one proposal."""

    def __init__(
        self,
        material: Material,
        networks: ChordNetworks,
        random: np.random.Generator,
        sampling: Sampling,
        watch: Watch,
    ) -> None:
        """Take all that is needed."""
        self._material = material
        self._networks = networks
        self._random = random
        self._sampling = sampling
        self._watch = watch

    # ------------------------------------------------------------ continue

    def continued(self) -> tuple[PlacedChord, ...]:
        """Return chords from the clip's end to the answer's, each drawn given all before."""
        material, task = self._material, self._material.task
        start, end = task.holes[0].span.start, task.length
        model = self._networks.continuation.fork()
        model.forget()
        meter_map = task.source.meter_map
        prompt = material.home(material.heard.placed)[-LONGEST_PROMPT:]
        first = start - float(chords.lengths(prompt).sum())
        places = chords.positions(prompt, meter_map, max(first, 0.0))
        here = chords.position_of(start, meter_map)
        chord_logits, length_logits = model.read(
            chords.continuation_features(prompt, places, here)[None]
        )
        last = int(prompt[-1, 0])
        placed: list[PlacedChord] = []
        while start < end - 1e-6:
            self._watch.check()
            length = self._length(length_logits[0, -1], start)
            beats = min(chords.DURATIONS[length], end - start)
            last = self._next_chord(chord_logits[0, -1], start, start + beats, last)
            placed.append(PlacedChord(start, beats, material.away(last)))
            following = chords.position_of(start + beats, meter_map)
            row = np.array([[[last, length, here, following]]], np.int64)
            chord_logits, length_logits = model.read(row)
            start, here = start + beats, following
        return merged(placed)

    def _length(self, logits: NDArray[np.float32], start: float) -> int:
        scores = log_softmax(logits.astype(np.float64))
        # A chord that begins on a beat is left on one.
        beats = np.array(chords.DURATIONS)
        off_beat = np.mod(start + beats, 1.0) != 0.0
        scores = np.where(off_beat & (start % 1.0 == 0.0), scores - HOLDING, scores)
        return sample(scores, self._sampling, self._random)

    def _next_chord(self, logits: NDArray[np.float32], start: float, end: float, last: int) -> int:
        scores = log_softmax(logits.astype(np.float64))
        scores += self._material.surroundings.scores(start, end)
        scores[[chords.NO_CHORD, last]] = NEVER
        return sample(scores, self._sampling, self._random)

    # ------------------------------------------------------------ vary

    def varied(self, strength: float) -> tuple[PlacedChord, ...]:
        """Return the clip's progression with other chords, drawn from around where it lies."""
        material = self._material
        found: list[PlacedChord] = []
        placed = material.heard.placed
        for part in parts(placed):
            self._watch.check()
            found += self._varied_part(placed[part], strength)
        return tuple(found)

    def _varied_part(self, placed: Sequence[PlacedChord], strength: float) -> list[PlacedChord]:
        material, model = self._material, self._networks.latent
        place = Place(model, chords.looped(material.home(placed)))
        centre = self._leant(place.latent)
        networks = self._networks
        noise = self._random.standard_normal(len(centre)) * networks.deviation
        latent = centre + strength * (NEARER * (networks.centre - centre) + REACH * noise)
        heads = corrected(model, latent, (place, 1.0 - strength))
        owners = looped_owners([len(chords.encode([one])) for one in placed])
        return self._rechorded(placed, together(heads[0], owners), strength)

    def _leant(self, latent: Floats) -> Floats:
        """Return a point moved towards the answers that were liked."""
        task = self._material.task
        for score, weight in task.like:
            liked = self._material.home(hear(score).placed)
            place = Place(self._networks.latent, chords.looped(liked[: chords.WINDOW]))
            latent = latent + PULL_OF_LIKED * min(1.0, weight) * (place.latent - latent)
        return latent

    def _rechorded(
        self, placed: Sequence[PlacedChord], scores: Floats, strength: float
    ) -> list[PlacedChord]:
        """Return chords in the places of the clip's, chosen one after another."""
        material = self._material
        found: list[PlacedChord] = []
        last = chords.NO_CHORD
        for index, one in enumerate(placed):
            self._watch.check()
            if one.chord is None:
                found.append(one)
                continue
            own = material.home([one])[0, 0]
            wanted = scores[index] + strength * material.surroundings.scores(one.start, one.end)
            wanted[chords.NO_CHORD] = NEVER
            if last != own:
                wanted[last] -= HOLDING
            last = sample(wanted, self._sampling, self._random)
            found.append(PlacedChord(one.start, one.duration, material.chord(last, one.start)))
        return found

    # ------------------------------------------------------------ morph

    def morphed(self, amount: float) -> tuple[PlacedChord, ...]:
        """Return what lies between the clip's progression and the target's.

        Both are cut wherever one of them changes, so that what sounds at one time is compared with
        what sounds at the same time in the other; chords change where they do in one of the clips.
        """
        target = self._material.target
        if target is None:
            raise AssertionError("why_not refuses a morph without a target")
        own, other = aligned(self._material.heard, target)
        found: list[PlacedChord] = []
        for part in parts(own):
            self._watch.check()
            found += self._morphed_part(own[part], other[part], amount)
        return merged(found)

    def _morphed_part(
        self, own: Sequence[PlacedChord], other: Sequence[PlacedChord], amount: float
    ) -> list[PlacedChord]:
        material = self._material
        owners = looped_owners([len(chords.encode([one])) for one in own])
        first, last = (chords.looped(material.home(clip)) for clip in (own, other))
        rows, _ = Way(self._networks.latent, first, last, owners).at(amount)
        midway = 4.0 * amount * (1.0 - amount)
        found = []
        for one, row in zip(own, rows, strict=True):
            self._watch.check()
            wanted = row + midway * material.surroundings.scores(one.start, one.end)
            class_ = sample(wanted, self._drawn(midway), self._random)
            found.append(PlacedChord(one.start, one.duration, material.chord(class_, one.start)))
        return found

    def _drawn(self, midway: float) -> Sampling:
        """Return how to draw: at both ends there is no choice."""
        temperature = self._sampling.temperature * midway
        return Sampling(temperature, self._sampling.min_p, self._sampling.top_p)


def aligned(left: Heard, right: Heard) -> tuple[list[PlacedChord], list[PlacedChord]]:
    """Return two progressions cut wherever one of them changes, over the length of the first.

    The second one comes again and again where it is shorter.
    """
    turns = range(max(1, -(-round(left.length * 24) // round(right.length * 24))))
    starts = {one.start for one in left.placed}
    starts |= {one.start + turn * right.length for turn in turns for one in right.placed}
    cuts = sorted(start for start in starts if start < left.length - 1e-6)
    spans = list(zip(cuts, [*cuts[1:], left.length]))
    return (
        [PlacedChord(a, b - a, chord_at(left.placed, a + 1e-6).chord) for a, b in spans],
        [
            PlacedChord(a, b - a, chord_at(right.placed, (a + 1e-6) % right.length).chord)
            for a, b in spans
        ],
    )


def parts(placed: Sequence[PlacedChord]) -> list[slice]:
    """Return stretches of chords that are at most one window of elements each."""
    found: list[slice] = []
    first = filled = 0
    for index, one in enumerate(placed):
        size = len(chords.encode([one]))
        if filled and filled + size > chords.WINDOW:
            found.append(slice(first, index))
            first, filled = index, 0
        filled += size
    return [*found, slice(first, len(placed))]

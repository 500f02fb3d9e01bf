"""The chords engine: progressions that go on, vary, and turn into one another.

A clip is heard as chords and their lengths, in its key. An LSTM goes on with them; an autoencoder
finds others near by and what lies between two clips. The new chords are played as the clip is: its
rhythm, touch and register, each voice moving as little as it can.
"""

from pathlib import Path
from statistics import median
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.base import NEW_VERBS, Candidate, Task, Verb, Watch
from reprise.engines.chords.composing import Composer, Material
from reprise.engines.chords.density import thinned
from reprise.engines.chords.networks import ChordNetworks, open_networks
from reprise.engines.chords.strikes import (
    Heard,
    Strike,
    bar_by_bar,
    continued,
    hear,
    repeated,
    simultaneous_share,
)
from reprise.engines.chords.surroundings import Surroundings
from reprise.engines.chords.writing import Writer, answer
from reprise.engines.fitting import allowed_pitches
from reprise.engines.sampling import Sampling, generator, sampling_from_surprise
from reprise.engines.selection import Propose
from reprise.engines.trained import Described, TrainedEngine
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.progression import PlacedChord
from reprise.music.score import Score
from reprise.tokenizers import chords

MODEL: Final = "chords-v1"
VERBS: Final = (Verb.VARY, Verb.CONTINUE, Verb.MORPH)
MAX_VOICES: Final = 8
FEWEST_TOGETHER: Final = 0.5
"""Share of notes that must sound beside another pitch class for a clip to be chords."""

ALL_BLOCKS: Final = 0.9
LEAP: Final = 3
"""Semitones: a line that mostly moves so far is a broken chord."""

TEMPERATURE: Final = 0.9
LEAST_TEMPERATURE: Final = 0.35
STRENGTH_FACTORS: Final = (1.0, 0.75, 1.25, 0.55, 1.5, 0.4, 1.8)
"""Proposals around the asked-for strength; selection takes the one that comes out nearest."""

BLOCK_CONTINUATION: Final = 0.32
BLOCKS: Final = 0.2
OTHERS: Final = 0.1


DESCRIBED: Final = Described(
    name="chords",
    title="Chords",
    summary="Goes on with chords, varies them, and leads from one progression to another.",
    verbs=VERBS,
    max_voices=MAX_VOICES,
    model=MODEL,
)


class ChordsEngine(TrainedEngine[ChordNetworks]):
    """Answers with the networks of `chords-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None) -> None:
        """Remember where the models are; None for those that we ship."""
        super().__init__(DESCRIBED, models_directory)

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return f"the chords engine does not {task.verb}; choose another engine"
        if not task.holes:
            return "nothing in the clip may change; unlock some notes or choose another part"
        drums = [voice.name for voice in task.source.voices if is_drums(voice)]
        if drums:
            return f"the chords engine writes no drums; leave out {', '.join(drums)}"
        if len(task.source.voices) > MAX_VOICES:
            return (
                f"the chords engine takes at most {MAX_VOICES} voices, and there are "
                f"{len(task.source.voices)}; choose fewer"
            )
        if task.keep_pitches:
            return (
                "the chords engine finds new pitches and cannot keep the old ones; "
                "unlock the pitches or choose another engine"
            )
        return _unheard(task) or _without_room(task)

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: block chords to go on with suit it best."""
        if self.why_not(task) is not None:
            return 0.0
        if simultaneous_share(hear(task.source).strikes) < ALL_BLOCKS:
            return OTHERS
        is_one_part = len(task.source.voices) == 1
        return BLOCK_CONTINUATION if task.verb == Verb.CONTINUE and is_one_part else BLOCKS

    def _open(self, model: checkpoint.Checkpoint) -> ChordNetworks:
        return open_networks(model)

    def _proposer(self, task: Task, networks: ChordNetworks, seed: int, watch: Watch) -> Propose:
        material = listen(task)

        def propose(index: int, number: int) -> Candidate:
            proposal = _Proposal(material, networks, seed, number, watch)
            if task.verb in NEW_VERBS:
                proposal.show(index)
            return proposal.candidate

        return propose


def listen(task: Task) -> Material:
    """Return what the chords of a task are."""
    heard = hear(task.source)
    target = hear(task.target) if task.target is not None else None
    key = chords.key_of(heard.placed)
    shift = chords.reduction(key)
    return Material(task, heard, target, key, shift, Surroundings(task, key, shift))


class _Proposal:
    """One proposal: new chords, and the notes that play them."""

    def __init__(
        self, material: Material, networks: ChordNetworks, seed: int, number: int, watch: Watch
    ) -> None:
        task = material.task
        sampling = _sampling(task.controls.surprise, number)
        random = generator(seed, number)
        composer = Composer(material, networks, random, sampling, watch)
        self._watch = watch
        self._task = task
        self._bars = list(task.source.meter_map.bars(task.length))
        strikes, placed = self._composed(composer, material, number)
        strikes = thinned(strikes, task)
        writer = Writer(task, material.key, watch)
        self.candidate = answer(task, writer.notes(strikes, placed, len(task.source.voices)))

    def show(self, index: int) -> None:
        """Show the bars of the answer, one by one."""
        for number, bar in enumerate(self._bars):
            notes = tuple(
                tuple(note for note in voice if bar.contains(note.start))
                for voice in self.candidate.new_notes
            )
            if any(notes):
                self._watch.check()
                self._watch.bar(index, number, notes)

    def _composed(
        self, composer: Composer, material: Material, number: int
    ) -> tuple[list[Strike], tuple[PlacedChord, ...]]:
        task, heard = self._task, material.heard
        if task.verb == Verb.CONTINUE:
            return continued(heard, task), composer.continued()
        if task.verb == Verb.VARY:
            factor = STRENGTH_FACTORS[number % len(STRENGTH_FACTORS)]
            strength = min(1.0, task.strength * factor)
            return self._free(heard), composer.varied(strength)
        return self._met(heard, material.target), composer.morphed(task.amount)

    def _free(self, heard: Heard) -> list[Strike]:
        """Return the clip's strikes that may be played otherwise."""
        task = self._task
        free = {
            (voice, note)
            for place, voice, note in task.source.places()
            if place in task.free_places
        }
        return [strike for strike in heard.strikes if (strike.voice, strike.played) in free]

    def _met(self, heard: Heard, target: Heard | None) -> list[Strike]:
        task, own = self._task, self._free(heard)
        if target is None or task.keep_rhythm:
            return own
        other = repeated(target, task.length)
        return bar_by_bar(own, other, heard.meter_map, task.length, task.amount)


def _sampling(surprise: float, number: int) -> Sampling:
    """Return how to draw; where the likeliest was said already, something else has to be said."""
    sampling = sampling_from_surprise(surprise, TEMPERATURE)
    least = min(LEAST_TEMPERATURE + 0.05 * number, TEMPERATURE) if number else 0.0
    return Sampling(max(sampling.temperature, least), sampling.min_p, sampling.top_p)


def _unheard(task: Task) -> str | None:
    """Return why no chords are heard, or None where they are."""
    if not task.source.sounding:
        return "no note sounds in the clip that the chords engine could listen to"
    if not _is_harmonic(task.source):
        return (
            "the clip is a line of single notes and the chords engine hears no chords in it; "
            "choose a clip with chords, or another engine for a melody"
        )
    if task.verb != Verb.MORPH:
        return None
    if task.target is None or not task.target.sounding:
        return "there is no clip with notes to morph towards; choose a second clip with chords"
    if any(is_drums(voice) for voice in task.target.voices):
        return (
            "the chords engine hears no chords in drums, and the clip to morph towards has some; "
            "choose one without"
        )
    return None


def _without_room(task: Task) -> str | None:
    if task.verb != Verb.CONTINUE and not task.free_places:
        return "no note in that part may change; unlock some or choose another part"
    for hole in task.holes:
        if not allowed_pitches(task, hole.voice):
            return (
                f"no note of the scale lies between pitches {task.controls.lowest_pitch} and "
                f"{task.controls.highest_pitch}; widen the range or turn the strict scale off"
            )
    return None


def _is_harmonic(score: Score) -> bool:
    """Tell whether a score sounds chords: struck together, or broken in leaps."""
    heard = hear(score)
    if not heard.strikes:
        return False
    if simultaneous_share(heard.strikes) >= FEWEST_TOGETHER:
        return True
    return any(_is_broken(voice.sounding) for voice in score.voices)


def _is_broken(notes: tuple[Note, ...]) -> bool:
    leaps = [abs(later.pitch - note.pitch) for note, later in zip(notes, notes[1:])]
    return len(leaps) >= 3 and median(leaps) >= LEAP and len({n.pitch % 12 for n in notes}) >= 3

"""The chorale engine: up to four lines that listen to one another, learned from Bach's chorales.

It continues all lines together, refills or redoes some of them given the others, and varies a
clip by hiding a part of its notes and finding others for them. Two networks answer: one goes on
note by note, one fills what is hidden. A line is treated as the soprano, alto, tenor or bass that
its name or its register makes it, in any key; what nobody plays is imagined and not heard.
"""

import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.chorale_grid import (
    Arrangement,
    Hidden,
    arrange,
    line_count,
    played_notes,
    too_many_lines,
    written_notes,
)
from reprise.engines.chorale_writer import GREEDY, Unit, Writer
from reprise.engines.fitting import UNLIMITED, fitted
from reprise.engines.sampling import Sampling, generator, sampling_from_surprise
from reprise.engines.selection import select
from reprise.errors import CannotServeError, CorruptModelError
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.runtime.onnx_runtime import OnnxFieldModel, OnnxTokenModel, open_session
from reprise.runtime.token_model import FieldModel, TokenModel
from reprise.tokenizers import chorale

MODEL = "chorale-v1"
VERBS = (Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.REDO)
TEMPERATURE = 0.95
FILL_TEMPERATURE = 0.7
"""Where voices are filled cell by cell the networks' tails make leaps that nobody sings."""


LEAST_TEMPERATURE = 0.4
"""Of second and later proposals, which must differ from the first."""

STRENGTH_FACTORS = (1.0, 0.7, 1.3, 0.5, 1.6, 0.35, 2.0)
"""Proposals around the asked-for strength; selection takes the one that comes out nearest."""

SUITABILITIES = {1: 0.25, 2: 0.45, 3: 0.6, 4: 0.7}
"""By how many lines sound; Markov has 0.3."""
SATB_SUITABILITY = 0.9


@dataclass(frozen=True, slots=True)
class ChoraleNetworks:
    """The two networks of a chorale model, ready to be asked.

    Attributes:
        next_note: Reads `tokenizers.chorale.next_note_features`.
        infill: Reads `tokenizers.chorale.infill_features`.
    """

    next_note: TokenModel
    infill: FieldModel


def open_networks(model: checkpoint.Checkpoint) -> ChoraleNetworks:
    """Return a chorale model's networks.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's features.
    """
    for name, sizes in (
        ("next_note_sizes", chorale.NEXT_NOTE_SIZES),
        ("infill_sizes", chorale.INFILL_SIZES),
    ):
        if model.vocabulary.get(name) != list(sizes):
            raise CorruptModelError(
                f"the model {model.name} was made for other features than this Reprise computes "
                f"({name}); install the two from one release"
            )
    return ChoraleNetworks(
        OnnxTokenModel(open_session(model.network("next_note"))),
        OnnxFieldModel(open_session(model.network("infill"))),
    )


class ChoraleEngine:
    """Answers with the networks of `chorale-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None) -> None:
        """Remember where the models are; None for those that we ship."""
        self._directory = models_directory
        self._networks: ChoraleNetworks | None = None
        self._lock = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """What people and clients see of it."""
        return EngineInfo(
            name="chorale",
            title="Chorale",
            summary="Writes up to four lines that fit together, in the manner of Bach's chorales.",
            verbs=VERBS,
            max_voices=chorale.VOICE_COUNT,
            serves_drums=False,
            model=MODEL,
            model_hash=checkpoint.model_hash(MODEL, self._directory),
        )

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return f"the chorale engine does not {task.verb}; choose another engine"
        if not task.holes:
            return "nothing in the clip may change; unlock some notes or choose another part"
        drums = [voice.name for voice in task.source.voices if is_drums(voice)]
        if drums:
            return f"the chorale engine writes no drums; leave out {', '.join(drums)}"
        lines = too_many_lines(task)
        if lines:
            return (
                f"the chorale engine writes at most four lines and {lines} sound together here; "
                "choose fewer voices or another engine"
            )
        if not (task.source.sounding or task.context.sounding):
            return "no note sounds in the clip or beside it that the chorale engine could listen to"
        if task.keep_pitches:
            return (
                "the chorale engine finds new pitches and cannot keep the old ones; "
                "unlock the pitches or choose another engine"
            )
        arrangement = arrange(task)
        if not arrangement.open.any():
            return (
                "what is kept sounds through all of the part that may change; "
                "unlock some notes or choose a longer part"
            )
        return _empty_range(arrangement)

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: four lines suit it best."""
        if self.why_not(task) is not None:
            return 0.0
        names = {voice.name.strip().lower() for voice in task.source.voices}
        if len(names & set(chorale.VOICES)) > 1:
            return SATB_SUITABILITY
        sounding = [voice for voice in task.source.voices if voice.sounding]
        lines = sum(line_count(voice) for voice in sounding)
        return SUITABILITIES.get(lines, 0.0)

    def candidates(
        self, task: Task, count: int, seed: int, watch: Watch
    ) -> Generator[Candidate, None, str]:
        """Yield up to `count` different answers; returns why, where there are fewer.

        Raises:
            CannotServeError: `why_not` says why, or no proposal was sound and new.
            UnknownModelError: The model is not installed.
            CorruptModelError: Its files are damaged.
            CancelledError: Through `watch.check`.
            DeadlineError: Through `watch.check`.
        """
        reason = self.why_not(task)
        if reason is not None:
            raise CannotServeError(reason)
        watch.progress(0.0, "listening")
        networks = self._load()
        arrangement = _imagined(arrange(task), networks, watch)

        def propose(index: int, number: int) -> Candidate:
            random = generator(seed, number)
            return _Proposal(arrangement, networks, random, watch, number, index).candidate()

        return (yield from select(task, count, propose, watch))

    def _load(self) -> ChoraleNetworks:
        with self._lock:
            if self._networks is None:
                self._networks = open_networks(checkpoint.read(MODEL, self._directory))
            return self._networks


def _empty_range(arrangement: Arrangement) -> str | None:
    for role, line in arrangement.lines.items():
        if arrangement.open[:, role].any() and not arrangement.allowed[role].any():
            return (
                f"no note that the {chorale.VOICES[role]} could take lies between pitches "
                f"{line.lowest} and {line.highest}; widen the range or turn the strict scale off"
            )
    return None


def _imagined(arrangement: Arrangement, networks: ChoraleNetworks, watch: Watch) -> Arrangement:
    """Return the arrangement with what nobody plays, so that the lines are heard in harmony.

    A refill imagines it together with what it looks for, a continuation what comes before it.
    """
    if arrangement.task.verb == Verb.REFILL:
        return arrangement
    cells = np.ones_like(arrangement.open)
    if arrangement.task.verb == Verb.CONTINUE:
        cells[_first_open(arrangement) :] = False
    writer = _writer(arrangement, networks, generator(0, 0), watch)
    writer.fill(cells, GREEDY)
    return replace(arrangement, grid=writer.grid)


def _first_open(arrangement: Arrangement) -> int:
    return int(np.flatnonzero(arrangement.open.any(axis=1))[0])


def _writer(
    arrangement: Arrangement,
    networks: ChoraleNetworks,
    random: np.random.Generator,
    watch: Watch,
) -> Writer:
    return Writer(
        arrangement.grid,
        arrangement.allowed,
        networks.next_note,
        networks.infill,
        random,
        watch,
    )


class _Proposal:
    """One proposal; the same random numbers give the same notes."""

    def __init__(
        self,
        arrangement: Arrangement,
        networks: ChoraleNetworks,
        random: np.random.Generator,
        watch: Watch,
        number: int,
        index: int,
    ) -> None:
        self._watch = watch
        self._index = index
        self._arrangement = arrangement
        self._task = arrangement.task
        self._random = random
        self._strength = min(
            1.0, self._task.strength * STRENGTH_FACTORS[number % len(STRENGTH_FACTORS)]
        )
        temperature = TEMPERATURE if self._task.verb == Verb.CONTINUE else FILL_TEMPERATURE
        self._sampling = _sampling(self._task.controls.surprise, temperature, number)
        self._replaced: set[int] = set()
        self._units: dict[int, Unit] = {}
        self._writer = _writer(arrangement, networks, random, watch)

    def candidate(self) -> Candidate:
        """Write and return the whole proposal."""
        write = {
            Verb.CONTINUE: self._continue,
            Verb.REFILL: self._refill,
            Verb.REDO: self._redo,
            Verb.VARY: self._vary,
        }
        write[self._task.verb]()
        return self._gathered()

    # ------------------------------------------------------------ the verbs

    def _continue(self) -> None:
        arrangement, writer = self._arrangement, self._writer
        start = _first_open(arrangement)
        if start == 0 or (writer.grid[start:] != chorale.UNKNOWN).any():
            writer.fill(np.ones_like(arrangement.open), self._sampling, arrangement.pace)
        else:
            leaders = [role for role in arrangement.lines if arrangement.open[:, role].any()]
            ends = self._bar_ends()
            for step in writer.go_on(start, self._sampling, leaders, arrangement.pace):
                if step + 1 in ends:
                    self._show_bar(ends[step + 1])

    def _refill(self) -> None:
        self._hide(self._arrangement.open)
        if self._task.keep_rhythm:
            self._fill(self._arrangement.open)
        else:
            # What is imagined is found together with what is asked for.
            everything = np.ones_like(self._arrangement.open)
            self._writer.fill(everything, self._sampling, self._arrangement.pace)

    def _redo(self) -> None:
        """Find every line anew given the others, as often round as asked."""
        roles = [role for role in self._arrangement.lines if self._arrangement.open[:, role].any()]
        for _ in range(self._task.passes):
            for role in self._random.permutation(roles):
                cells = np.zeros_like(self._arrangement.open)
                cells[:, role] = self._arrangement.open[:, role]
                self._hide(cells)
                self._fill(cells)

    def _vary(self) -> None:
        cells = self._chosen_cells()
        # On beats only: a 16th that must differ from its neighbours is no music.
        beats = np.arange(len(cells))[:, None] % chorale.STEPS_PER_BEAT == 0
        is_unwanted = self._random.random(cells.shape) < 0.5 + 0.5 * self._strength
        self._writer.unwant(cells & beats & is_unwanted, self._arrangement.grid)
        self._hide(cells)
        self._fill(cells)

    # ------------------------------------------------------------ previews

    def _bar_ends(self) -> dict[int, int]:
        """Return bars by the first step after them."""
        bars = self._task.source.meter_map.bars(self._task.length)
        return {
            min(round(bar.end * chorale.STEPS_PER_BEAT), self._arrangement.steps): number
            for number, bar in enumerate(bars)
        }

    def _show_bar(self, number: int) -> None:
        bar = list(self._task.source.meter_map.bars(self._task.length))[number]
        notes = tuple(
            tuple(note for note in self._new_notes(voice) if bar.contains(note.start))
            for voice in range(len(self._task.source.voices))
        )
        self._watch.bar(self._index, number, notes)

    # ------------------------------------------------------------ hiding and filling

    def _chosen_cells(self) -> Hidden:
        """Return the cells of the notes that a variation changes, beat by beat and line by line."""
        chosen = np.zeros_like(self._arrangement.open)
        groups: dict[tuple[int, int], list[Note]] = {}
        for role in self._arrangement.lines:
            for _, note in self._arrangement.free_notes(role):
                groups.setdefault((role, int(note.start)), []).append(note)
        keys = sorted(groups)
        count = min(len(keys), max(1, round(self._strength * len(keys))))
        for index in self._random.permutation(len(keys))[:count] if self._strength > 0 else ():
            role, _ = keys[index]
            for note in groups[keys[index]]:
                chosen[self._arrangement.cells_of(note), role] = True
        return chosen

    def _hide(self, cells: Hidden) -> None:
        """Hide cells, and let go of the free notes that begin there."""
        for role in self._arrangement.lines:
            for place, note in self._arrangement.free_notes(role):
                if cells[self._arrangement.cells_of(note).start, role]:
                    self._replaced.add(place)
        self._writer.hide(cells)

    def _fill(self, cells: Hidden) -> None:
        """Fill cells; with the rhythm kept, note by note, and what was silent stays silent."""
        if not self._task.keep_rhythm:
            self._writer.fill(cells, self._sampling, self._arrangement.pace)
            return
        units = []
        for role in self._arrangement.lines:
            for place, note in self._arrangement.free_notes(role):
                steps = self._arrangement.cells_of(note)
                if cells[steps.start, role]:
                    unit = Unit(role, tuple(range(steps.start, steps.stop)))
                    self._units[place] = unit
                    units.append(unit)
        self._writer.fill_units(units, self._sampling)

    # ------------------------------------------------------------ notes

    def _gathered(self) -> Candidate:
        task = self._task
        kept = set(range(task.source.note_count)) - self._replaced
        heard_until = task.source.length if task.verb == Verb.CONTINUE else float("inf")
        polyphony = task.controls.max_polyphony or UNLIMITED
        new_notes = []
        for index in range(len(task.source.voices)):
            holes = [hole for hole in task.holes if hole.voice == index]
            wished = self._new_notes(index)
            own = {
                note: place
                for place, owner, note in task.source.places()
                if owner == index and place in self._replaced
            }
            # What came out just as it was is kept, not new.
            kept.update(own[note] for note in wished if note in own)
            staying = [
                note
                for place, owner, note in task.source.places()
                if owner == index and place in kept
            ]
            fresh = [note for note in wished if note not in own]
            new_notes.append(fitted(fresh, staying, holes, polyphony, _nowhere, heard_until))
        count = sum(len(notes) for notes in new_notes)
        chances = float(self._writer.log_chances[self._arrangement.open].sum())
        return Candidate(tuple(sorted(kept)), tuple(new_notes), chances / count if count else None)

    def _new_notes(self, voice: int) -> list[Note]:
        if self._task.keep_rhythm and self._task.verb != Verb.CONTINUE:
            return self._repitched(voice)
        found: list[Note] = []
        for role, line in self._arrangement.lines.items():
            if line.voice == voice:
                written = self._writer.written & self._arrangement.open
                notes = written_notes(self._arrangement, role, self._writer.grid, written)
                found += _in_one_breath(played_notes(line, notes))
        return found

    def _repitched(self, voice: int) -> list[Note]:
        found = []
        for place, owner, note in self._task.source.places():
            unit = self._units.get(place)
            if owner == voice and unit is not None:
                class_ = int(self._writer.grid[unit.steps[0], unit.role])
                line = self._arrangement.lines[unit.role]
                found.append(replace(note, pitch=line.pitch_of(class_)))
        return found


def _in_one_breath(notes: Iterable[Note]) -> list[Note]:
    """Return the notes of a line, each ending where the next begins at the latest."""
    ordered = sorted(notes)
    cut = [
        replace(note, duration=min(note.duration, later.start - note.start))
        for note, later in zip(ordered, ordered[1:])
        if later.start > note.start
    ]
    return [*cut, *ordered[-1:]]


def _sampling(surprise: float, temperature: float, number: int) -> Sampling:
    """Return how to draw; where the likeliest was said already, something else has to be said."""
    sampling = sampling_from_surprise(surprise, temperature)
    least = min(LEAST_TEMPERATURE + 0.05 * number, temperature) if number else 0.0
    return replace(sampling, temperature=max(sampling.temperature, least))


def _nowhere(_pitch: int) -> tuple[int, ...]:
    return ()

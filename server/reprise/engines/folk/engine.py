"""The folk engine: goes on with a tune, or finds parts of it anew, one note at a time.

A small network that was trained on folk and art melodies hears four bars and says the next
sixteenth. It hears the one line that it writes and nothing beside it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.fitting import UNLIMITED, fitted
from reprise.engines.folk.sheet import Cells, Sheet, is_single_line, lay_out
from reprise.engines.folk.writer import FIRST_PITCH, Limits, write
from reprise.engines.sampling import Sampling, generator, sampling_from_surprise
from reprise.engines.selection import Propose
from reprise.engines.trained import Described, TrainedEngine
from reprise.errors import CorruptModelError
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.runtime.onnx_runtime import OnnxWindowModel, open_session
from reprise.runtime.token_model import WindowModel
from reprise.tokenizers import folk

MODEL: Final = "folk-v1"
NETWORK: Final = "next_step"
VERBS: Final = (Verb.CONTINUE, Verb.REFILL, Verb.VARY)
MOST_VOICES: Final = 8
BAR_BEATS: Final = 4.0
SUITABILITY: Final = 0.2
"""It hears one line only; the ensemble engine hears all."""

TEMPERATURE: Final = 0.95
LEAST_TEMPERATURE: Final = 0.4
"""Of second and later proposals, which must differ from the first."""

ROWS: Final = 4
"""Lines that are tried where something stands behind a hole."""

ASKED_PULL, OWN_PULL = 3.0, 0.7
"""How strongly the asked-for number of notes, and the voice's own, bend the chances, in nats."""

STRENGTH_FACTORS: Final = (1.0, 0.7, 1.3, 0.5, 1.6, 0.35, 2.0)
"""Proposals around the asked-for strength; selection takes the one that comes out nearest."""


DESCRIBED: Final = Described(
    name="folk",
    title="Folk line",
    summary="Goes on with a melody in 4/4 note by note, in the manner of songs and tunes.",
    verbs=VERBS,
    max_voices=MOST_VOICES,
    model=MODEL,
)


def open_network(model: checkpoint.Checkpoint) -> WindowModel:
    """Return a folk model's network.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's classes.
    """
    encoding = folk.ENCODINGS.get(str(model.vocabulary.get("encoding")))
    made_for = model.vocabulary.get("classes"), model.vocabulary.get("heard_steps")
    if encoding is None or made_for != (encoding.class_count, folk.HEARD_STEPS):
        raise CorruptModelError(
            f"the model {model.name} was made for other classes than this Reprise knows; "
            "install the two from one release"
        )
    return OnnxWindowModel(open_session(model.network(NETWORK)))


class FolkEngine(TrainedEngine[WindowModel]):
    """Answers with the network of `folk-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None, model: str = MODEL) -> None:
        """Remember which model answers, and where it is; None for those that we ship."""
        super().__init__(replace(DESCRIBED, model=model), models_directory)

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return f"the folk engine does not {task.verb}; choose another engine"
        if not task.holes:
            return "nothing in the clip may change; unlock some notes or choose another part"
        if len({hole.voice for hole in task.holes}) > 1:
            return "the folk engine writes one voice; choose one, or another engine"
        if any(meter.bar_length != BAR_BEATS for _, meter in task.source.meter_map.changes):
            return "the folk engine writes in bars of four beats only; choose another engine"
        return _voice_refusal(task) or _sheet_refusal(task)

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: low, since it hears one line only."""
        return 0.0 if self.why_not(task) is not None else SUITABILITY

    def _open(self, model: checkpoint.Checkpoint) -> WindowModel:
        return open_network(model)

    def _proposer(self, task: Task, networks: WindowModel, seed: int, watch: Watch) -> Propose:
        sheet = lay_out(task)

        def propose(index: int, number: int) -> Candidate:
            return _Proposal(sheet, networks, generator(seed, number), watch, number, index).made()

        return propose


def _voice_refusal(task: Task) -> str | None:
    voice = task.source.voices[task.holes[0].voice]
    if is_drums(voice):
        return f"the folk engine writes no drums; choose another voice than {voice.name}"
    if not is_single_line(voice.sounding):
        return (
            "the folk engine writes one note at a time and chords sound here; "
            "choose a voice with a single line, or another engine"
        )
    if not (task.source.sounding or task.context.sounding):
        return "no note sounds in the clip or beside it that the folk engine could go on from"
    if task.keep_pitches:
        return (
            "the folk engine finds new pitches and cannot keep the old ones; "
            "unlock the pitches or choose another engine"
        )
    return None


def _sheet_refusal(task: Task) -> str | None:
    sheet = lay_out(task)
    if not sheet.open.any():
        return (
            "what is kept sounds through all of the part that may change; "
            "unlock some notes or choose a longer part"
        )
    if not sheet.allowed.any():
        return (
            "no note that the folk engine could take lies in the range that was asked for; "
            "widen the range or turn the strict scale off"
        )
    return None


class _Proposal:
    """One proposal; the same random numbers give the same notes."""

    def __init__(
        self,
        sheet: Sheet,
        network: WindowModel,
        random: np.random.Generator,
        watch: Watch,
        number: int,
        index: int,
    ) -> None:
        self._sheet = sheet
        self._task = sheet.task
        self._network = network
        self._random = random
        self._watch = watch
        self._number = number
        self._index = index

    def made(self) -> Candidate:
        """Write and return the whole proposal."""
        sheet = self._sheet
        cells = sheet.open
        stands = sheet.kept_classes
        if self._task.verb == Verb.VARY:
            cells = self._chosen_cells()
            stands = sheet.classes
        if not cells.any():
            return self._gathered([], set(), None)
        written = write(
            self._network,
            np.where(cells, 0, stands),
            cells,
            self._limits(),
            self._sampling(),
            self._random,
            self._watch,
            before=self._before(stands, cells),
            rows=1 if self._task.verb == Verb.CONTINUE else ROWS,
            show=lambda step, classes: self._show(step, classes, cells),
        )
        replaced = {place for place, note in sheet.free_notes if cells[sheet.cells(note).start]}
        wished = (
            sheet.repitched(written.classes, replaced)
            if self._keeps_rhythm
            else sheet.played(written.classes, cells)
        )
        return self._gathered(wished, replaced, written.log_chance)

    @property
    def _keeps_rhythm(self) -> bool:
        return self._task.keep_rhythm and self._task.verb != Verb.CONTINUE

    def _limits(self) -> Limits:
        sheet = self._sheet
        asked = self._task.controls.notes_per_bar
        rhythm = None
        if self._keeps_rhythm:
            rhythm = np.zeros(sheet.steps, np.bool_)
            for _, note in sheet.free_notes:
                rhythm[sheet.cells(note).start] = True
        if asked is None:
            return Limits(sheet.allowed, sheet.notes_a_step, OWN_PULL, rhythm)
        return Limits(sheet.allowed, asked / folk.BAR_STEPS, ASKED_PULL, rhythm)

    def _sampling(self) -> Sampling:
        sampling = sampling_from_surprise(self._task.controls.surprise, TEMPERATURE)
        # Where the likeliest was said already, something else has to be said.
        least = min(LEAST_TEMPERATURE + 0.05 * self._number, TEMPERATURE) if self._number else 0.0
        return replace(sampling, temperature=max(sampling.temperature, least))

    def _before(self, stands: folk.Classes, cells: Cells) -> folk.Classes | None:
        """Return what is heard before the clip: where nothing leads into a hole, the clip itself.

        Clips come round again, so the voice as it was is what the new notes go on from.
        """
        if (stands[: int(np.flatnonzero(cells)[0])] >= FIRST_PITCH).any():
            return None
        return folk.heard_before(self._sheet.classes, self._sheet.steps, folk.MELODY.silence)

    def _chosen_cells(self) -> Cells:
        """Return the steps that a variation writes anew: a run of beats, the more the stronger."""
        sheet = self._sheet
        strength = min(
            1.0, self._task.strength * STRENGTH_FACTORS[self._number % len(STRENGTH_FACTORS)]
        )
        beats = sorted({int(note.start) for _, note in sheet.free_notes})
        cells = np.zeros_like(sheet.open)
        if not beats or strength == 0.0:
            return cells
        count = min(len(beats), max(1, round(strength * len(beats))))
        first = int(self._random.integers(len(beats)))
        chosen = {beats[(first + offset) % len(beats)] for offset in range(count)}
        for _, note in sheet.free_notes:
            if int(note.start) in chosen:
                cells[sheet.cells(note)] = True
        return cells & sheet.open

    def _show(self, step: int, classes: folk.Classes, cells: Cells) -> None:
        """Show a bar as soon as its last step is written."""
        if (step + 1) % folk.BAR_STEPS and step + 1 < self._sheet.steps:
            return
        number = step // folk.BAR_STEPS
        in_bar = np.arange(len(cells)) // folk.BAR_STEPS == number
        notes = self._sheet.played(classes, cells & in_bar)
        voices: list[tuple[Note, ...]] = [() for _ in self._task.source.voices]
        voices[self._sheet.voice] = tuple(notes)
        self._watch.bar(self._index, number, tuple(voices))

    def _gathered(
        self, wished: list[Note], replaced: set[int], log_chance: float | None
    ) -> Candidate:
        """Return the proposal; what came out just as it was is kept, not new."""
        task = self._task
        own = {note: place for place, _, note in task.source.places() if place in replaced}
        kept = set(range(task.source.note_count)) - replaced
        kept |= {own[note] for note in wished if note in own}
        staying = [
            note
            for place, voice, note in task.source.places()
            if voice == self._sheet.voice and place in kept
        ]
        fresh = [note for note in wished if note not in own]
        new_notes: list[tuple[Note, ...]] = [() for _ in task.source.voices]
        # Hosts cut what rings over a clip's end, but a wish for fewer notes at once counts it too.
        is_cut = task.verb == Verb.CONTINUE and task.controls.max_polyphony is None
        new_notes[self._sheet.voice] = fitted(
            fresh,
            staying,
            task.holes,
            task.controls.max_polyphony or UNLIMITED,
            lambda _pitch: (),
            task.source.length if is_cut else float("inf"),
        )
        return Candidate(tuple(sorted(kept)), tuple(new_notes), log_chance)

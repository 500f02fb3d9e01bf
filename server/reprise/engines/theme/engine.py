"""The theme engine: the clip is a theme, and what follows it leaves it, varies it and comes back.

One network, the Theme Transformer, hears the theme all the while, however long ago it was; where
the theme comes back is part of what it is told.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.fitting import legal_answer
from reprise.engines.sampling import Sampling, generator, sampling_from_surprise
from reprise.engines.selection import Propose
from reprise.engines.theme.arranging import Arrangement, arrange
from reprise.engines.theme.grammar import Grammar
from reprise.engines.theme.refusals import MOST_VOICES, VERBS, refusal
from reprise.engines.theme.retrieval import MELODY_EMBEDDING, MelodyEncoder
from reprise.engines.theme.writing import Row, write
from reprise.engines.trained import Described, TrainedEngine
from reprise.errors import CorruptModelError
from reprise.runtime.onnx_runtime import open_session
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers.theme import VOCABULARY

MODEL: Final = "theme-v1"
SUITABILITIES: Final = {Verb.DEVELOP: 0.2, Verb.CONTINUE: 0.1}
TEMPERATURE, TOP_P = 1.0, 0.92
LEAST_TEMPERATURE: Final = 0.5
"""Of second and later proposals, which must differ from the first."""


@dataclass(frozen=True, slots=True)
class ThemeNetworks:
    """What a theme model holds.

    Attributes:
        model: Reads a theme and writes.
        encoder: Finds the theme of a longer clip; None where the model has none.
    """

    model: ThemeModel
    encoder: MelodyEncoder | None


def open_networks(model: checkpoint.Checkpoint) -> ThemeNetworks:
    """Return a theme model's networks.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's tokens.
    """
    if model.vocabulary.get("tokens") != VOCABULARY:
        raise CorruptModelError(
            f"the model {model.name} was made for other tokens than this Reprise writes; "
            "install the two from one release"
        )
    networks = model.config["networks"]
    read = open_session(model.network("read")) if "read" in networks else None
    encoder = MelodyEncoder.of(model) if MELODY_EMBEDDING in networks else None
    step = open_session(model.network("step"))
    return ThemeNetworks(ThemeModel(step, read, context=int(model.config["context"])), encoder)


DESCRIBED: Final = Described(
    name="theme",
    title="Theme",
    summary="Takes the clip for a theme and goes on: leaves it, varies it, comes back.",
    verbs=VERBS,
    max_voices=MOST_VOICES,
    model=MODEL,
)


class ThemeEngine(TrainedEngine[ThemeNetworks]):
    """Answers with the networks of `theme-v1`, loaded at the first answer."""

    def __init__(
        self, models_directory: Path | None = None, networks: ThemeNetworks | None = None
    ) -> None:
        """Remember where the models are, None for those that we ship, or take open networks."""
        super().__init__(DESCRIBED, models_directory)
        self._networks = networks

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        return refusal(task)

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0."""
        return 0.0 if self.why_not(task) is not None else SUITABILITIES[task.verb]

    def _open(self, model: checkpoint.Checkpoint) -> ThemeNetworks:
        return open_networks(model)

    def _proposer(self, task: Task, networks: ThemeNetworks, seed: int, watch: Watch) -> Propose:
        arrangement = arrange(task, networks.encoder)

        def propose(index: int, number: int) -> Candidate:
            watching = _Bars(arrangement, watch, index)
            return proposal(arrangement, networks.model, generator(seed, number), watching, number)

        return propose


class _Bars:
    """Shows each bar of a proposal when it stands, and asks whether to stop."""

    def __init__(self, arrangement: Arrangement, watch: Watch, index: int) -> None:
        self._arrangement = arrangement
        self._watch = watch
        self._index = index
        self._shown = 0

    def check(self, grammar: Grammar) -> None:
        """Look at what is being written; called before every token."""
        self._watch.check()
        if grammar.bar <= self._shown:
            return
        bars = list(self._arrangement.task.source.meter_map.bars(self._arrangement.task.length))
        bar = bars[self._shown]
        voices = self._arrangement.notes(grammar.notes)
        inside = tuple(tuple(note for note in own if bar.contains(note.start)) for own in voices)
        if any(inside):
            self._watch.bar(self._index, self._shown, inside)
        self._shown = grammar.bar


def proposal(
    arrangement: Arrangement,
    model: ThemeModel,
    random: np.random.Generator,
    bars: _Bars,
    number: int,
) -> Candidate:
    """Return one proposal; the same random numbers give the same notes."""
    grammar = Grammar(arrangement.rules(random))
    row = Row(arrangement.tempo, arrangement.history, grammar, random)
    writer = model.open(arrangement.theme[None])
    task = arrangement.task
    write(writer, [row], _sampling(task, number), lambda: bars.check(grammar))
    answer = legal_answer(task, arrangement.notes(grammar.notes))
    count = sum(len(notes) for notes in answer.new_notes)
    return replace(answer, log_probability=row.log_chance / count if count else None)


def _sampling(task: Task, number: int) -> Sampling:
    """Return how to draw; where the likeliest was said already, something else has to be said."""
    sampling = sampling_from_surprise(task.controls.surprise, TEMPERATURE)
    least = min(LEAST_TEMPERATURE + 0.05 * number, TEMPERATURE) if number else 0.0
    return replace(sampling, temperature=max(sampling.temperature, least), top_p=TOP_P)

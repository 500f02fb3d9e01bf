"""What a bar-by-bar network answers about held-out chorales, asked as it is served.

A question is some bars of four lines, the last of which is asked for. A step's *class* is the pitch
that is struck there, or that the line goes on; an answer is the likeliest class of each step. A
writer may be told the true steps before each of its own, or nothing of the bar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.bar_model import BarModel, BarQuestion
from reprise.tokenizers import rmvae

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]
Hits = NDArray[np.bool_]

BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked about the last bar.

    Attributes:
        voice: Which voice, all others being heard before; None for all four.
        is_heard_before: Whether the voice is heard in the bars before.
        standing: Voices that are heard in the bar itself.
        hears_itself: Whether each step is told the true step before it.
    """

    voice: int | None = None
    is_heard_before: bool = True
    standing: frozenset[int] = frozenset()
    hears_itself: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said of last bars: log-probabilities (N, V, S, 59), and the true classes (N, V, S).

    V is 1 where one voice was asked for.
    """

    chances: Floats
    truth: Classes

    @property
    def hits(self) -> Hits:
        """Where the likeliest class is the true one."""
        found: Hits = self.chances.argmax(-1) == self.truth
        return found

    @property
    def accuracy(self) -> float:
        """The share of steps whose likeliest class is the true one."""
        return float(self.hits.mean())

    @property
    def accuracy_by_threshold(self) -> float:
        """The same with the text's rule: a line goes on where that has half a chance or more."""
        goes_on = self.chances[..., rmvae.CONTINUE] >= np.log(0.5)
        pitch = self.chances[..., : rmvae.CONTINUE].argmax(-1)
        return float((np.where(goes_on, rmvae.CONTINUE, pitch) == self.truth).mean())

    @property
    def pitch_accuracy(self) -> float:
        """The share of true onsets at which the likeliest pitch is the true one."""
        begins = self.truth != rmvae.CONTINUE
        pitch = self.chances[..., : rmvae.CONTINUE].argmax(-1)
        return float((pitch == self.truth)[begins].mean())

    @property
    def onset_accuracy(self) -> float:
        """The share of steps at which it is told rightly whether a note begins."""
        begins = self.chances[..., rmvae.CONTINUE] < np.log(0.5)
        return float((begins == (self.truth != rmvae.CONTINUE)).mean())

    @property
    def nats(self) -> float:
        """Nats a step."""
        chosen = np.take_along_axis(self.chances, self.truth[..., None], axis=-1)
        return float(-chosen.mean())


def ask(model: BarModel, questions: Sequence[rmvae.Bars], asking: Asking) -> Answers:
    """Return what a network says of the last bars of questions."""
    said, truth = [], []
    for batch in _batches(questions):
        said.append(_class_chances(_said(model, batch, asking)))
        truth.append(np.where(batch.strikes[:, -1], batch.pitches[:, -1], rmvae.CONTINUE))
    chosen = slice(None) if asking.voice is None else slice(asking.voice, asking.voice + 1)
    return Answers(np.concatenate(said)[:, chosen], np.concatenate(truth)[:, chosen])


def refills(model: BarModel, questions: Sequence[rmvae.Bars], asking: Sequence[Asking]) -> Answers:
    """Return what is said of each voice asked for, one after another, as one."""
    parts = [ask(model, questions, one) for one in asking]
    return Answers(
        np.concatenate([part.chances for part in parts], axis=1),
        np.concatenate([part.truth for part in parts], axis=1),
    )


def _batches(questions: Sequence[rmvae.Bars]) -> Iterator[rmvae.Bars]:
    for first in range(0, len(questions), BATCH):
        rows = questions[first : first + BATCH]
        yield rmvae.Bars(*(np.stack(column) for column in zip(*rows, strict=True)))


def _said(model: BarModel, batch: rmvae.Bars, asking: Asking) -> NDArray[np.float32]:
    """Return logits of the last bars (N, V, S, 59)."""
    count, bars, _, steps = batch.pitches.shape
    heard = batch.exists.astype(np.float32)
    if asking.voice is not None and not asking.is_heard_before:
        heard[:, :, asking.voice] = 0.0
    stands = np.zeros_like(heard)
    for voice in asking.standing:
        stands[:, :, voice] = batch.exists[:, :, voice]
    noise = np.zeros((2, count, bars, model.latent), np.float32)
    question = BarQuestion(batch.pitches, batch.strikes.astype(np.int64), heard, stands, noise)
    memory = model.listen(question)
    said = []
    for place in range(steps):
        pitches, strikes = _facts(batch, asking, heard[:, -2], stands[:, -1], place)
        logits, memory = model.say(memory, place, pitches, strikes)
        said.append(logits)
    return np.stack(said, axis=2)


def _facts(
    batch: rmvae.Bars,
    asking: Asking,
    heard: NDArray[np.float32],
    stands: NDArray[np.float32],
    place: int,
) -> tuple[Classes, Classes]:
    """Return what the writers hear at a step of the last bar: pitches and strikes (N, V, V)."""
    count, _, voices, _ = batch.pitches.shape
    found = []
    for values, unknown in (
        (batch.pitches, rmvae.UNKNOWN_PITCH),
        (batch.strikes.astype(np.int64), rmvae.UNKNOWN_STRIKE),
    ):
        others = np.where(stands > 0, values[:, -1, :, place], unknown)
        own = np.full((count, voices), unknown)
        if place and asking.hears_itself:
            own = values[:, -1, :, place - 1]
        if place == 0:
            own = np.where(heard > 0, values[:, -2, :, -1], unknown)
        facts = np.repeat(others[:, None], voices, axis=1)
        facts[:, np.arange(voices), np.arange(voices)] = own
        found.append(facts)
    return found[0], found[1]


def _class_chances(said: NDArray[np.float32]) -> Floats:
    """Return log-probabilities of the 59 classes (..., 59) for logits of pitches and going on."""
    logits = said.astype(np.float64)
    pitches, goes_on = logits[..., :-1], logits[..., -1:]
    highest = pitches.max(-1, keepdims=True)
    pitches = pitches - highest - np.log(np.exp(pitches - highest).sum(-1, keepdims=True))
    begins = -np.logaddexp(0.0, goes_on)
    return np.concatenate([pitches + begins, -np.logaddexp(0.0, -goes_on)], axis=-1)

"""What the bar-by-bar network is asked while it learns: stretches of chorales and what is hidden.

A stretch is some bars, from any beat on; bars before the beginning and after the end are missing.
Of each stretch some voices are heard, some stand in the bar that is written already, and some are
asked for. Nearly half of the questions are the text's sub-sampled evidence bounds: all voices, one
voice, a random subset, where what is not heard is not asked for either. The others ask for voices
that are not heard, as filling does, or leave some voices out altogether, as clips do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from reprise.networks.rmvae import Known
from reprise.tokenizers import chorale, rmvae

Transposition = Literal["none", "home", "any"]
Mask = NDArray[np.bool_]

QUESTIONS: Mapping[str, float] = {"next": 0.35, "bound": 0.10, "fill": 0.35, "few": 0.20}
KNOWS_ITSELF = 0.5
"""Share of questions in which a writer hears its own notes of the bar."""


class Stretch(NamedTuple):
    """Bars of some stretches: B batch, T bars, V voices, S steps.

    Attributes:
        pitches: Numbers of the pitches that sound (B, T, V, S).
        strikes: 1 where they are struck (B, T, V, S).
        exists: 1.0 for bars that are there (B, T, V).
    """

    pitches: Tensor
    strikes: Tensor
    exists: Tensor


class Question(NamedTuple):
    """Which voices are what in a stretch, 1.0 or 0.0.

    Attributes:
        heard: In the bars before (B, V).
        stands: In the bar that is written (B, V).
        wanted: Asked for (B, V).
        knows_itself: Whether writers hear their own notes of the bar (B,).
    """

    heard: Tensor
    stands: Tensor
    wanted: Tensor
    knows_itself: Tensor


class Facts(NamedTuple):
    """What the writers hear of all bars: pitches and strikes, (B, T, V, S, V)."""

    pitches: Tensor
    strikes: Tensor

    def every(self) -> Known:
        """Return that of every bar, in one row."""
        return Known(self.pitches.flatten(0, 1), self.strikes.flatten(0, 1))

    def last(self) -> Known:
        """Return that of the last bars alone."""
        return Known(self.pitches[:, -1], self.strikes[:, -1])


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """How stretches are drawn.

    Attributes:
        batch: How many at once.
        transposition: As written, to C major or A minor, or by up to six semitones either way.
        beat_steps: Stretches begin at multiples of this, in 16ths.
    """

    batch: int
    transposition: Transposition = "home"
    beat_steps: int = 4


class Draw:
    """Draws stretches of so many bars from chorales."""

    def __init__(self, chorales: Sequence[chorale.Grid], settings: DrawSettings, bars: int) -> None:
        self.settings = settings
        self.bars = bars
        self.homes = [rmvae.home_transposition(grid) for grid in chorales]
        self.lines = [rmvae.lines_of_grid(grid) for grid in chorales]
        self.starts = np.array([len(grid) // settings.beat_steps for grid in chorales])

    def stretches(self, random: np.random.Generator) -> Stretch:
        """Return a batch; each chorale is drawn as often as it is long."""
        settings = self.settings
        chosen = random.choice(len(self.lines), settings.batch, p=self.starts / self.starts.sum())
        rows = [self._row(int(index), random) for index in chosen]
        return stacked(rows)

    def _row(self, index: int, random: np.random.Generator) -> rmvae.Bars:
        lines, step = self.lines[index], self.settings.beat_steps
        length = len(lines.pitches)
        earliest = -(self.bars - 2) * rmvae.BAR_STEPS
        latest = max(earliest + step, length - (self.bars // 2) * rmvae.BAR_STEPS)
        first = int(random.integers(earliest // step, latest // step)) * step
        return rmvae.bars_of(lines, first, self.bars, self._semitones(index, random))

    def _semitones(self, index: int, random: np.random.Generator) -> int:
        if self.settings.transposition == "home":
            return self.homes[index]
        if self.settings.transposition == "any":
            far = rmvae.FURTHEST_TRANSPOSITION
            return int(random.integers(-far, far + 1))
        return 0


def stacked(rows: Sequence[rmvae.Bars]) -> Stretch:
    """Return rows as one batch."""
    pitches, strikes, inside = (np.stack(column) for column in zip(*rows, strict=True))
    return Stretch(
        torch.from_numpy(pitches.astype(np.int64)),
        torch.from_numpy(strikes.astype(np.int64)),
        torch.from_numpy(inside.astype(np.float32)),
    )


def draw_question(count: int, voices: int, random: np.random.Generator) -> Question:
    """Return questions about so many stretches."""
    kinds = random.choice(len(QUESTIONS), count, p=list(QUESTIONS.values()))
    names = list(QUESTIONS)
    rows = [_drawn(names[kind], voices, random) for kind in kinds]
    heard, stands, wanted = (np.stack(column) for column in zip(*rows, strict=True))
    knows = random.random(count) < KNOWS_ITSELF
    return Question(
        *(torch.from_numpy(part.astype(np.float32)) for part in (heard, stands, wanted, knows))
    )


def _drawn(kind: str, voices: int, random: np.random.Generator) -> tuple[Mask, Mask, Mask]:
    """Return who is heard, who stands and who is wanted, each of shape (voices,)."""
    everyone = np.ones(voices, np.bool_)
    nobody = ~everyone
    if kind == "next":
        return everyone, nobody, everyone
    if kind == "bound":
        chosen = _some(everyone, random, is_one=random.random() < 0.5)
        return chosen, nobody, chosen
    there = everyone if kind == "fill" else _some(everyone, random)
    wanted = _some(there, random)
    heard = there & ~wanted if random.random() < 0.5 else there
    stands = there & ~wanted if random.random() < 0.85 else nobody
    return heard, stands, wanted


def _some(of: Mask, random: np.random.Generator, *, is_one: bool = False) -> Mask:
    """Return some of the voices, at least one, and not all where there are more than one."""
    places = random.permutation(np.flatnonzero(of))
    count = 1 if is_one else int(random.integers(1, max(2, len(places))))
    some = np.zeros(len(of), np.bool_)
    some[places[:count]] = True
    return some


def frames(stretch: Stretch) -> Tensor:
    """Return monophonic frames (B, T, V, S, 59): the pitch that sounds, and whether it goes on."""
    pitches = F.one_hot(stretch.pitches, rmvae.PITCH_COUNT).float()
    held = 1.0 - stretch.strikes[..., None].float()
    return torch.cat([pitches, held], dim=-1)


def known(stretch: Stretch, question: Question, offset: int) -> Facts:
    """Return what the writers of every bar hear; see `ListeningWriter`."""
    stands = (question.stands[:, None] * stretch.exists)[..., None].bool()
    pitches = torch.where(stands, stretch.pitches, rmvae.UNKNOWN_PITCH)
    strikes = torch.where(stands, stretch.strikes, rmvae.UNKNOWN_STRIKE)
    own = (
        _own_before(stretch, question, stretch.pitches, rmvae.UNKNOWN_PITCH, offset),
        _own_before(stretch, question, stretch.strikes, rmvae.UNKNOWN_STRIKE, offset),
    )
    others = (pitches, strikes)
    return Facts(*(_for_each_writer(said, mine) for said, mine in zip(others, own, strict=True)))


def _for_each_writer(others: Tensor, own: Tensor) -> Tensor:
    """Return (B, T, V, S, V): for each writer all voices, its own one in place of what stands."""
    voices = others.shape[2]
    heard = others.transpose(2, 3)[:, :, None].expand(-1, -1, voices, -1, -1)
    is_own = torch.eye(voices, dtype=torch.bool)[:, None]
    return torch.where(is_own, own[..., None], heard)


def _own_before(
    stretch: Stretch, question: Question, values: Tensor, unknown: int, offset: int
) -> Tensor:
    """Return each voice's value of the step before (B, T, V, S), as far as its writer knows it."""
    before = torch.full_like(values, unknown)
    knows = question.knows_itself[:, None, None, None].bool()
    before[..., 1:] = torch.where(knows, values[..., :-1], unknown)
    if offset == 1:
        heard = (question.heard[:, None] * stretch.exists)[:, :-1].bool()
        before[:, 1:, :, 0] = torch.where(heard, values[:, :-1, :, -1], unknown)
    return before

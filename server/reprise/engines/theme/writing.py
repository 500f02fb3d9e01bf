"""Writes rows of tokens side by side with a theme network, each held to its grammar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from reprise.engines.sampling import Sampling, probabilities
from reprise.engines.theme.grammar import Grammar
from reprise.runtime.theme_model import ThemeWriter
from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme import BAR, PAD, THEME_END, THEME_START, Tokens

KEPT: Final = 384
"""Tokens that are read again, at most, when the context is full; the rest is forgotten."""

TEXT_SAMPLING: Final = Sampling(temperature=1.2, min_p=0.0, top_p=0.9)
"""How the text draws."""


@dataclass
class Row:
    """One sequence in the making.

    Attributes:
        tempo: Its token.
        history: Tokens that stand before, from a bar line or the mark of a theme on; may be empty.
        grammar: What may follow.
        random: Draws its tokens.
        written: What has been written.
        log_chance: Sum of the log-probabilities of what was written, in nats.
    """

    tempo: int
    history: Tokens
    grammar: Grammar
    random: np.random.Generator
    written: list[int] = field(default_factory=list)
    log_chance: float = 0.0

    def __post_init__(self) -> None:
        self._places = tokens_of.theme_places(self.history).tolist()

    @property
    def place(self) -> int:
        """How far the last token is in its theme, 0 outside."""
        return self._places[-1] if self._places else 0

    def window(self) -> tuple[list[int], list[int]]:
        """Return the tempo and the latest tokens from a bar line on, and their places."""
        tokens = [*self.history.tolist(), *self.written]
        starts = [
            index
            for index, token in enumerate(tokens)
            if token == THEME_START
            or (token == BAR and (not index or tokens[index - 1] != THEME_START))
        ]
        fitting = [index for index in starts if len(tokens) - index <= KEPT]
        first = fitting[0] if fitting else max(0, len(tokens) - KEPT)
        return [self.tempo, *tokens[first:]], [0, *self._places[first:]]

    def draw(self, logits: np.typing.NDArray[np.float32], sampling: Sampling) -> int:
        """Draw and take the next token."""
        chances = probabilities(logits, sampling, self.grammar.mask())
        cumulative = np.cumsum(chances)
        drawn = self.random.random() * cumulative[-1]
        token = int(np.searchsorted(cumulative, drawn, side="right"))
        self.log_chance += float(np.log(chances[token]))
        self.grammar.read(token)
        if not self.grammar.is_done:
            self._take(token)
        return token

    def _take(self, token: int) -> None:
        self.written.append(token)
        is_inside = self.place > 0 and token != THEME_END
        is_start = token == THEME_START
        self._places.append(1 if is_start else self.place + 1 if is_inside else 0)


def write(
    writer: ThemeWriter, rows: Sequence[Row], sampling: Sampling, check: Callable[[], None]
) -> None:
    """Write all rows to their ends.

    Args:
        writer: Opened with the rows' themes, in their order.
        rows: What to write.
        sampling: How to draw.
        check: Called before every token; raises to stop.
    """
    logits = _restarted(writer, rows)
    while not all(row.grammar.is_done for row in rows):
        check()
        for row, scores in zip(rows, logits, strict=True):
            if not row.grammar.is_done:
                row.draw(scores, sampling)
        if writer.room:
            tokens = [row.written[-1] if row.written else PAD for row in rows]
            logits = writer.step(np.array(tokens), np.array([row.place for row in rows]))
        else:
            logits = _restarted(writer, rows)


def _restarted(writer: ThemeWriter, rows: Sequence[Row]) -> np.typing.NDArray[np.float32]:
    windows = [row.window() for row in rows]
    lengths = np.array([len(tokens) for tokens, _ in windows])
    tokens = np.full((len(rows), lengths.max()), PAD, np.int64)
    places = np.zeros_like(tokens)
    for row, (mine, own_places) in enumerate(windows):
        tokens[row, -len(mine) :] = mine
        places[row, -len(mine) :] = own_places
    return writer.restart(tokens, places, lengths)

"""How likely theme networks find real songs, measured through the served files."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reprise.evaluation.themes.theme_pieces import StudySong, stacked
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers import theme as tokens_of

TOKENS: Final = 400
"""Tokens of each song that are asked for, from its theme on."""


def held_out_loss(model: ThemeModel, songs: Sequence[StudySong]) -> float:
    """Return the mean loss in nats a token, token by token as when writing.

    Args:
        model: The network; it is given each song's theme.
        songs: At least one.
    """
    rows = [_tokens(song) for song in songs]
    lengths = np.array([len(tokens) for tokens, _ in rows])
    writer = model.open(stacked([tokens_of.encode(song.theme) for song in songs]))
    tokens, places = stacked([row for row, _ in rows]), stacked([row for _, row in rows])
    logits = writer.restart(tokens[:, :1], places[:, :1], np.ones(len(rows), np.int64))
    total = 0.0
    for index in range(1, tokens.shape[1]):
        is_there = index < lengths
        scores = logits.astype(np.float64)
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        total -= float(scores[is_there, tokens[is_there, index]].sum())
        logits = writer.step(tokens[:, index], places[:, index])
    return total / float((lengths - 1).sum())


def _tokens(song: StudySong) -> tuple[tokens_of.Tokens, tokens_of.Tokens]:
    """Return the tempo and the first tokens of a song, and their places in its theme."""
    written = tokens_of.encode(song.song)[: TOKENS - 1]
    tempo = tokens_of.tempo_token(song.song.tempo)
    tokens = np.concatenate([[tempo], written])
    return tokens, np.concatenate([[0], tokens_of.theme_places(written)])

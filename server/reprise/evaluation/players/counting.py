"""Counting models: what can be had without a network, so that a network is known to be worth it.

A counting model interpolates nested contexts after Witten and Bell. From the shortest context on,
p <- (1 - share) p + share * count / total with share = total / (total + distinct), where `total`
is how often the context was seen in training and `distinct` how many classes followed it. It
starts from the same probability for every class.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers import chorale

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

LONGEST_COUNTED_HOLD = 8
NEXT_NOTE_DEPTH = 5


class CountingModel:
    """Counts classes in nested contexts.

    Contexts are integer arrays of shape (items, depth), the shortest context first; each depth
    holds one integer that names all of its context.
    """

    def __init__(self, contexts: Integers, classes: Integers) -> None:
        self._levels = [Level(column, classes) for column in contexts.T]

    def probabilities(self, contexts: Integers) -> Floats:
        """Return probabilities of shape (items, classes)."""
        answer = np.full((len(contexts), chorale.CLASS_COUNT), 1.0 / chorale.CLASS_COUNT)
        for level, column in zip(self._levels, contexts.T, strict=True):
            counts = level.counts_of(column)
            total = counts.sum(axis=1, keepdims=True)
            distinct = (counts > 0).sum(axis=1, keepdims=True)
            # share * count / total, and 1 - share, both with total + distinct below the line.
            below = np.maximum(total + distinct, 1)
            share_left = np.where(total > 0, distinct / below, 1.0)
            answer = answer * share_left + counts / below
        return answer


class Level:
    """How often each class followed each context of one depth."""

    def __init__(self, keys: Integers, classes: Integers) -> None:
        self._keys, places = np.unique(keys, return_inverse=True)
        flat = places * chorale.CLASS_COUNT + classes
        counts = np.bincount(flat, minlength=len(self._keys) * chorale.CLASS_COUNT)
        self._counts = counts.reshape(len(self._keys), chorale.CLASS_COUNT)

    def counts_of(self, keys: Integers) -> Integers:
        """Return counts of shape (items, classes); none for a context that was never seen."""
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        is_seen = self._keys[places] == keys
        found: Integers = np.where(is_seen[:, None], self._counts[places], 0)
        return found


def key(*columns: Integers) -> Integers:
    """Return one integer for each row of several small ones (0..47 each, at most eleven)."""
    name = np.zeros_like(columns[0])
    for column in columns:
        name = name * (chorale.UNKNOWN + 1) + column
    return name


def next_note_contexts(grids: chorale.Grid) -> Integers:
    """Return the contexts of every cell of windows (windows, steps, 4), cell by cell.

    They are: the voice; its class one step before; how long that has been held, at most 8; the
    class placed last in this row and that of the next higher voice one step before; and, in
    place of these two, all classes placed in this row and all of the row before.

    Returns:
        Integers of shape (windows, steps * 4, 5).
    """
    windows, steps, voices = grids.shape
    unknown = chorale.UNKNOWN
    before = np.full_like(grids, unknown)
    before[:, 1:] = grids[:, :-1]
    held = _held(grids)
    empty = np.full((windows, steps), unknown)
    rows = []
    for voice in range(voices):
        own = (np.full((windows, steps), voice), before[:, :, voice], held[:, :, voice])
        last = grids[:, :, voice - 1] if voice else empty
        higher = before[:, :, voice - 1] if voice else empty
        placed = [grids[:, :, other] if other < voice else empty for other in range(voices - 1)]
        earlier = [before[:, :, other] for other in range(voices)]
        rows.append(
            np.stack(
                [
                    key(own[0]),
                    key(*own[:2]),
                    key(*own),
                    key(*own, last, higher),
                    key(*own, *placed, *earlier),
                ],
                axis=-1,
            )
        )
    return np.stack(rows, axis=2).reshape(windows, steps * voices, -1)


def refill_contexts(grids: chorale.Grid, voice: int, step: int, own: Integers) -> Integers:
    """Return the contexts of one voice at one step when the other three are given.

    Args:
        grids: Windows of shape (windows, steps, 4); the voice itself is not looked at.
        voice: The voice to find, 0..3.
        step: The step, from 0.
        own: What the voice has one step before, of shape (windows,); UNKNOWN at the start.

    Returns:
        Integers of shape (windows, 4): the voice; with the three given classes; with its own
        class before; with the three given classes of the step before.
    """
    others = [other for other in range(grids.shape[2]) if other != voice]
    here = [grids[:, step, other] for other in others]
    unknown = np.full_like(own, chorale.UNKNOWN)
    earlier = [grids[:, step - 1, other] if step else unknown for other in others]
    voices = np.full_like(own, voice)
    columns: Sequence[Integers] = (
        key(voices),
        key(voices, *here),
        key(voices, own, *here),
        key(voices, own, *here, *earlier),
    )
    return np.stack(columns, axis=-1)


def _held(grids: chorale.Grid) -> Integers:
    """Return for how many steps each voice's class before has been held, at most 8."""
    held = np.zeros_like(grids)
    for step in range(2, grids.shape[1]):
        same = grids[:, step - 1] == grids[:, step - 2]
        held[:, step] = np.where(same, np.minimum(held[:, step - 1] + 1, LONGEST_COUNTED_HOLD), 0)
    return held

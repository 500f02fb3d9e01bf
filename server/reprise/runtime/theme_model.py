"""Runs the exported theme networks: many rows at one pace, with a cache that is never copied.

Axes: B rows, T new tokens, M tokens of a theme, H heads, D size of a head, C places of the cache,
V vocabulary.

The network that goes on (`step`) has inputs `tokens`, `places` (B, T), `is_heard` (B, C + T),
`keys_I` (B, H, D, C) and `values_I` (B, H, C, D) for each layer I, and outputs `logits` (B, V),
`own_keys_I` (B, H, D, T) and `own_values_I` (B, H, T, D). One that hears a theme has also inputs
`theme_places` (B, T), `theme` (B, M), `theme_keys_I` and `theme_values_I`; these two are the
outputs of the network that reads the theme (`read`), whose input is `theme`.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.onnx_runtime import Session

Integers = NDArray[np.int64]
Logits = NDArray[np.float32]
Feed = Mapping[str, NDArray[Any]]

CHUNK: Final = 64
"""Tokens that are read at once, at most."""


class ThemeModel:
    """A theme network, or one that knows no theme but what it has read."""

    def __init__(self, step: Session, read: Session | None, *, context: int) -> None:
        """Take the network's sessions.

        Args:
            step: What goes on.
            read: What reads the theme, or None where the network has no such part.
            context: Tokens that are heard at most.
        """
        self.context = context
        self._step = step
        self._read = read
        shapes = {entry.name: entry.shape for entry in step.get_inputs()}
        self._cache_shapes = {
            name: shape for name, shape in shapes.items() if name.startswith(("keys_", "values_"))
        }

    def open(self, themes: Integers) -> "ThemeWriter":
        """Return a writer of one row for each theme, (B, M), filled up with 0 at the end."""
        feed: dict[str, NDArray[Any]] = {}
        if self._read is not None:
            names = [name for name in self._inputs if name.startswith(("theme_keys_", "theme_val"))]
            themes = np.ascontiguousarray(themes, np.int64)
            memories = self._read.run(names, {"theme": themes})
            feed = {"theme": themes, **dict(zip(names, memories, strict=True))}
        return ThemeWriter(self._step, self._caches(len(themes)), feed, self.context)

    @property
    def _inputs(self) -> list[str]:
        return [entry.name for entry in self._step.get_inputs()]

    def _caches(self, rows: int) -> dict[str, Logits]:
        """Return empty caches; of their axes the heads and the size of a head are numbers."""
        caches = {}
        for name, (_, heads, *_rest) in self._cache_shapes.items():
            size = next(axis for axis in _rest if isinstance(axis, int))
            last = (size, self.context) if name.startswith("keys_") else (self.context, size)
            caches[name] = np.zeros((rows, int(heads), *last), np.float32)
        return caches


class ThemeWriter:
    """Rows that are written side by side, each token of all rows at once."""

    def __init__(
        self, session: Session, caches: dict[str, Logits], feed: Feed, context: int
    ) -> None:
        self._session = session
        self._caches = caches
        self._feed = feed
        self._context = context
        self._outputs = ["logits", *(f"own_{name}" for name in caches)]
        self._rows = len(next(iter(caches.values())))
        self._takes_theme = "theme" in feed
        self._filled = 0
        self._starts = np.zeros(self._rows, np.int64)

    @property
    def room(self) -> int:
        """How many more tokens can be read before the writer must be started anew."""
        return self._context - self._filled

    def restart(self, tokens: Integers, theme_places: Integers, lengths: Integers) -> Logits:
        """Forget everything and read the beginnings of all rows.

        Args:
            tokens: (B, T), each row's own at the end.
            theme_places: (B, T), how far each is in its theme, 0 outside.
            lengths: (B,), how many tokens of each row are its own, 1 to T.

        Returns:
            Logits (B, V) of what follows.

        Raises:
            ValueError: They are more tokens than the context has.
        """
        count = tokens.shape[1]
        self._filled = 0
        self._starts = count - lengths
        for first in range(0, count, CHUNK):
            part = slice(first, first + CHUNK)
            logits = self._go_on(tokens[:, part], theme_places[:, part])
        return logits

    def step(self, tokens: Integers, theme_places: Integers) -> Logits:
        """Read one more token of each row, (B,), with its place in its theme, (B,).

        Returns:
            Logits (B, V) of what follows.

        Raises:
            ValueError: There is no room left.
        """
        return self._go_on(tokens[:, None], theme_places[:, None])

    def _go_on(self, tokens: Integers, theme_places: Integers) -> Logits:
        first, count = self._filled, tokens.shape[1]
        if count > self.room:
            raise ValueError(f"{count} tokens do not fit into the {self.room} places that are left")
        feed: dict[str, NDArray[Any]] = {
            **self._feed,
            **self._caches,
            "tokens": np.ascontiguousarray(tokens, np.int64),
            "places": self._places(first, count),
            "is_heard": self._is_heard(first, count),
        }
        if self._takes_theme:
            feed["theme_places"] = np.ascontiguousarray(theme_places, np.int64)
        logits, *own = self._session.run(self._outputs, feed)
        for (name, cache), new in zip(self._caches.items(), own, strict=True):
            if name.startswith("keys_"):
                cache[:, :, :, first : first + count] = new
            else:
                cache[:, :, first : first + count] = new
        self._filled += count
        return logits

    def _places(self, first: int, count: int) -> Integers:
        """Return where each new token stands in its row's window, (B, T)."""
        places: Integers = np.arange(first, first + count) - self._starts[:, None]
        return np.maximum(places, 0)

    def _is_heard(self, first: int, count: int) -> NDArray[np.bool_]:
        cached = np.arange(self._context)
        new = np.arange(first, first + count)
        is_filled = np.concatenate([cached < first, np.ones(count, np.bool_)])
        own = np.concatenate([cached, new]) >= self._starts[:, None]
        heard: NDArray[np.bool_] = is_filled & own
        return heard

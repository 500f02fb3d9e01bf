"""The user's models as engines: found anew whenever they are asked for, without a restart."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reprise.engines import checkpoint
from reprise.engines.base import Engine
from reprise.engines.ensemble.engine import EnsembleEngine, Shown
from reprise.engines.registry import Loader
from reprise.engines.user_models import seal
from reprise.engines.user_models.shelf import Shelf
from reprise.errors import CorruptModelError

SUITABILITY: Final = 0.3
"""Somebody's own model answers when it is chosen, or when no other can."""

State = tuple[int, ...]


class Offers:
    """Loaders of the models on a shelf; the same loader as long as a model stays as it is."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: dict[str, tuple[State, Loader]] = {}
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, Loader]:
        """Return a loader for each model, by its name."""
        with self._lock:
            found = {name: self._entry(name) for name in self._shelf.names()}
            self._known = found
            return {name: loader for name, (_, loader) in found.items()}

    def _entry(self, name: str) -> tuple[State, Loader]:
        state = _state(self._shelf.folder / name)
        known = self._known.get(name)
        if known is not None and known[0] == state:
            return known
        return state, lambda: self._engine(name)

    def _engine(self, name: str) -> Engine:
        folder = self._shelf.folder / name
        if name not in self._shelf.sealed():
            raise CorruptModelError(
                f"the model {name} was put among your models or changed by somebody else; if you "
                f"trust it, let it in: reprise models seal {name}"
            )
        config = checkpoint.read(name, self._shelf.folder).config
        return EnsembleEngine(self._shelf.folder, name, shown(name, config, folder))


def shown(name: str, config: Mapping[str, Any], folder: Path) -> Shown:
    """Return how a model of the user's own is named and described."""
    title = str(config.get("title") or name)
    base = str(config.get("base") or "")
    of = f", fine-tuned from {base}" if base else ""
    return Shown(name, title[:60], f"Your own model {folder.name}{of}.", SUITABILITY)


def _state(folder: Path) -> State:
    """Return what changes whenever a model does."""
    found: list[int] = []
    for name in (checkpoint.SUMS_FILE, seal.SEAL_FILE, checkpoint.CONFIG_FILE):
        try:
            told = (folder / name).stat()
        except OSError:
            found += [0, 0]
        else:
            found += [told.st_mtime_ns, told.st_size]
    return tuple(found)

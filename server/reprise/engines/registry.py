"""Engines by name, found through the entry point group `reprise.engines`.

Built-in engines come through the same door as a stranger's. One engine that cannot be made takes
no other down with it: it is listed with its problem, and the others go on. It knows no task.
"""

import difflib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from reprise.engines.base import Engine, EngineInfo
from reprise.errors import CannotServeError, RepriseError, UnknownEngineError

ENTRY_POINT_GROUP = "reprise.engines"
OWN_DISTRIBUTION = "reprise"

Loader = Callable[[], Engine]
"""Imports an engine's module and makes the engine; quick, and free of weights."""
Discover = Callable[[], Mapping[str, Loader]]
"""Looks for engines that come and go; quick, since it is asked often."""


@dataclass(frozen=True, slots=True)
class EngineListing:
    """One engine as a menu or `reprise doctor` shows it.

    Attributes:
        info: What is known of it; no more than the name where it could not be made.
        problem: Why it cannot be used just now, as a sentence, "" where it can.
    """

    info: EngineInfo
    problem: str = ""


class Registry:
    """Engines by name, each made when it is first asked for and kept from then on.

    Some engines come and go while the server runs, such as models of the user's own. They are
    looked for whenever engines are listed or asked for, and stand after the others.
    """

    def __init__(
        self, loaders: Mapping[str, Loader], discover: Discover = lambda: MappingProxyType({})
    ) -> None:
        """Take one loader for each name; nothing is loaded yet.

        Args:
            loaders: Of the engines that stay.
            discover: Returns the loaders of those that come and go. As long as it returns the very
                same loader for a name, the engine that was made by it is kept.
        """
        self._loaders = dict(loaders)
        self._discover = discover
        self._engines: dict[str, tuple[Loader, Engine]] = {}
        self._problems: dict[str, tuple[Loader, RepriseError]] = {}
        self._lock = threading.RLock()

    @classmethod
    def installed(cls, discover: Discover = lambda: MappingProxyType({})) -> "Registry":
        """Return the engines of all packages that are installed beside this one, and others."""
        return cls({point.name: _loader(point) for point in _points_by_name().values()}, discover)

    def names(self) -> tuple[str, ...]:
        """Return the names of all engines, in the order for menus: as installed, ours first."""
        return tuple(self._current())

    def get(self, name: str) -> Engine:
        """Return the engine of that name, made at the first call.

        Raises:
            UnknownEngineError: There is none of that name; the message says which there are.
            RepriseError: It is there and cannot be made; the message says why.
        """
        loaders = self._current()
        if name not in loaders:
            raise UnknownEngineError(_unknown(name, loaders))
        loader = loaders[name]
        with self._lock:
            problem = self._problems.get(name)
            if problem is not None and problem[0] is loader:
                raise problem[1]
            made = self._engines.get(name)
            if made is None or made[0] is not loader:
                made = self._engines[name] = (loader, self._made(name, loader))
            return made[1]

    def infos(self) -> tuple[EngineListing, ...]:
        """Return all engines for a menu, those with a problem included."""
        return tuple(self._listing(name) for name in self._current())

    def _current(self) -> dict[str, Loader]:
        found = self._discover()
        return self._loaders | {name: found[name] for name in found if name not in self._loaders}

    def _listing(self, name: str) -> EngineListing:
        try:
            return EngineListing(self.get(name).info)
        except RepriseError as error:
            return EngineListing(EngineInfo(name, name, "", (), 0, serves_drums=False), str(error))

    def _made(self, name: str, loader: Loader) -> Engine:
        try:
            return loader()
        except RepriseError as error:
            self._problems[name] = (loader, error)
            raise
        except Exception as error:
            # An engine is a stranger's code: whatever it does must not take the others down.
            problem = CannotServeError(
                f"the engine {name!r} could not be loaded: {type(error).__name__}: {error}; "
                "reinstall the package that brings it, or choose another engine"
            )
            self._problems[name] = (loader, problem)
            raise problem from error


def _unknown(name: str, loaders: Mapping[str, Loader]) -> str:
    if not loaders:
        return (
            f"no engine {name!r}: no engines are installed at all, because the package runs "
            "from a checkout; install it with: pip install -e ."
        )
    close = difflib.get_close_matches(name.lower(), loaders, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"no engine {name!r}; {hint}there are: {', '.join(sorted(loaders))}"


def _points_by_name() -> dict[str, EntryPoint]:
    """Return the entry points, ours first; of two with one name, ours or the first by package."""
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=_rank):
        found.setdefault(point.name, point)
    return found


def _rank(point: EntryPoint) -> tuple[bool, str]:
    distribution = point.dist.name.lower() if point.dist else ""
    return distribution != OWN_DISTRIBUTION, distribution


def _loader(point: EntryPoint) -> Loader:
    def load() -> Engine:
        make: Loader = point.load()
        return make()

    return load

"""Which engine answers: the one that was named, or for "auto" the best suited that can.

Where a better suited engine had to refuse, the choice says so, and its result will.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reprise.engines.base import Engine, Task
from reprise.engines.registry import Registry
from reprise.errors import CannotServeError, RepriseError

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine that can answer.

    Attributes:
        engine: The engine.
        warnings: Who had to refuse and why, where it would have suited better.
    """

    engine: Engine
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    title: str
    reason: str
    suitability: float = 0.0
    is_trained: bool = False


def choices(engines: Registry, name: str, task: Task) -> tuple[Choice, ...]:
    """Return the engines that can serve a task, best suited first; one where one was named.

    Raises:
        UnknownEngineError: No engine has that name.
        CannotServeError: The named engine, or every engine, refuses; the message says why.
    """
    return _all(engines, task) if name == AUTO else (_named(engines, name, task),)


def _named(engines: Registry, name: str, task: Task) -> Choice:
    engine = engines.get(name)
    reason = _why_not(engine, task)
    if reason is not None:
        raise CannotServeError(
            f"{engine.info.title} cannot do this: {reason}. "
            "Change the request, or let the engine be chosen: auto"
        )
    return Choice(engine)


def _all(engines: Registry, task: Task) -> tuple[Choice, ...]:
    able: list[tuple[float, Engine]] = []
    refusals: list[_Refusal] = []
    for name in engines.names():
        try:
            engine = engines.get(name)
        except RepriseError as error:
            refusals.append(_Refusal(name, str(error)))
            continue
        suitability = engine.suitability(task)
        reason = _why_not(engine, task)
        if reason is None:
            able.append((suitability, engine))
        else:
            refusals.append(_refusal(engine, task, reason, suitability))
    if not able:
        raise CannotServeError(f"no engine can do this. {_reasons(refusals)}")
    able.sort(key=lambda pair: -pair[0])
    return tuple(Choice(engine, _warnings(engine, own, refusals)) for own, engine in able)


def _why_not(engine: Engine, task: Task) -> str | None:
    """Return what an engine says, and before that what it does not even claim to do."""
    verbs = engine.info.style_verbs
    if task.style and task.verb in engine.info.verbs and task.verb not in verbs:
        can = f", only {', '.join(verbs)}" if verbs else ""
        return f"it does not {task.verb} in the style of a corpus{can}"
    return engine.why_not(task)


def _refusal(engine: Engine, task: Task, reason: str, suitability: float) -> _Refusal:
    info = engine.info
    return _Refusal(info.title, reason, suitability, bool(info.model) and task.verb in info.verbs)


def _warnings(engine: Engine, own: float, refusals: Iterable[_Refusal]) -> tuple[str, ...]:
    """Say which engines would have been preferred: better suited, or trained where this is not."""
    is_untrained = not engine.info.model
    return tuple(
        instead_sentence(engine, refusal.title, refusal.reason)
        for refusal in refusals
        if refusal.suitability > own or (refusal.is_trained and is_untrained)
    )


def instead_sentence(engine: Engine, title: str, reason: str) -> str:
    """Say that an engine answered in another one's place, and why."""
    return f"{engine.info.title} answered instead of {title}: {reason}"


def _reasons(refusals: Iterable[_Refusal]) -> str:
    return " ".join(f"{refusal.title}: {refusal.reason}." for refusal in refusals)

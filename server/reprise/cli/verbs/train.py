"""`reprise train`: trains a model from a recipe; stops and goes on where it was stopped."""

import importlib.util
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reprise.cli import train_chorale, train_ensemble, train_mine, train_sources
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_sub_verbs
from reprise.cli.train_run import is_first_process
from reprise.errors import FileError, MissingExtraError

EXAMPLE = train_chorale.EXAMPLE

_INTERRUPTED: Final = 130


def add_arguments(parser: VerbParser) -> None:
    """Add the models that can be trained."""
    actions = add_sub_verbs(parser)
    train_mine.add_arguments(actions)
    train_chorale.add_arguments(actions)
    train_sources.add_arguments(actions)
    train_ensemble.add_arguments(actions)


def run(arguments: Namespace) -> Answer:
    """Train a model's networks from the start, or go on.

    Raises:
        MissingExtraError: torch is not installed.
        MissingDataError: The music is not there.
        FileError: There is a run in the folder already.
    """
    _check_torch()
    if arguments.action == train_mine.NAME:
        train_mine.complete(arguments)
    _check_folder(arguments)
    with _stopped_by_ctrl_c() as is_stopped:
        return _run_of(arguments.action)(arguments, is_stopped) or _stopped(arguments.out)


def _run_of(name: str) -> Callable[[Namespace, Callable[[], bool]], Answer | None]:
    own = {train_chorale.NAME: train_chorale.run, train_mine.NAME: train_mine.run}
    if name in own:
        return own[name]
    return train_sources.run if name in train_sources.TRAINABLE else train_ensemble.run


def _check_folder(arguments: Namespace) -> None:
    out: Path = arguments.out
    is_new = not out.exists() or not any(out.iterdir())
    if not is_new and not arguments.resume and is_first_process():
        raise FileError(f"{out} is not empty; add --resume to go on there, or name another --out")


def _check_torch() -> None:
    missing = [
        name for name in ("torch", "onnx", "safetensors") if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise MissingExtraError(
            f"training needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} "
            "not installed; get all that training needs with: pip install 'reprise[train]'"
        )


def _stopped(out: Path) -> Answer:
    text = f"Stopped; a checkpoint is in {out}. Go on with the same command and --resume."
    return Answer({"stopped": True, "out": str(out)}, text, exit_code=_INTERRUPTED)


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C into an answer to "shall I stop?", so that a checkpoint is written first."""
    was_asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal was_asked
        was_asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: was_asked
    finally:
        signal.signal(signal.SIGINT, before)

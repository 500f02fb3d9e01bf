"""`reprise train mine`: fine-tunes a published model on a corpus of the user's own."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer
from reprise.cli.giving_way import GivingWay, server_is_busy, threads_beside
from reprise.cli.hosting import shelf_of
from reprise.cli.instance import find_running
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.cli.train_run import is_first_process
from reprise.errors import InvalidRequestError
from reprise.library.ingest.store import CORPORA, Corpus
from reprise.service.priority import lower_process

if TYPE_CHECKING:
    import argparse

NAME: Final = "mine"
BASE: Final = "ensemble-s-v1"
EXAMPLE: Final = "reprise train mine --base ensemble-s-v1"


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        actions,
        NAME,
        "Fine-tune a model on your own music, which `reprise corpus add` has read; it may be "
        "stopped at any time and gone on with.",
        EXAMPLE,
    )
    parser.add_argument(
        "--corpus", default=NAME, metavar="NAME", help="what you called your corpus (default mine)"
    )
    parser.add_argument(
        "--name", default="", metavar="NAME", help="what to call the model (default: the corpus')"
    )
    parser.add_argument("--title", default="", metavar="TEXT", help="its name in menus")
    parser.add_argument(
        "--base", default=BASE, metavar="MODEL", help=f"the model that learns (default {BASE})"
    )
    parser.add_argument(
        "--full", action="store_true", help="let every weight learn, for much music and time"
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="a packed corpus that the base knows, heard along so that little is forgotten "
        "(default: music that the base wrote itself)",
    )
    parser.add_argument(
        "--base-test",
        type=Path,
        metavar="FILE",
        help="a packed corpus: on its test songs the base and the new model are measured as well",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for checkpoints and the log (default: in the data folder)",
    )
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="a TOML file (default: the published recipe)"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run was stopped")


def complete(arguments: Namespace) -> None:
    """Fill in what follows from the rest: the model's name, and the run's folder."""
    arguments.name = arguments.name or arguments.corpus
    if arguments.out is None:
        settings = read_settings(arguments)
        arguments.out = settings.data_directory / "training" / arguments.name


def run(arguments: Namespace, is_stopped: Callable[[], bool]) -> Answer | None:
    """Fine-tune; return what came of it, or None where it was stopped.

    Raises:
        InvalidRequestError: The corpus is empty, or a name cannot be used.
        UnknownModelError: There is no such base.
    """
    from reprise.training.mine import making

    settings = read_settings(arguments)
    corpus = Corpus(settings.data_directory / CORPORA, arguments.corpus)
    if next(corpus.files(), None) is None:
        raise InvalidRequestError(
            f"there is no corpus {arguments.corpus!r} yet, or none that this version has read; "
            f"read your music first: reprise corpus add ~/Music --name {arguments.corpus}"
        )
    wish = making.Wish(
        name=arguments.name,
        title=arguments.title or arguments.name,
        base=arguments.base,
        out=arguments.out,
        recipe=arguments.recipe,
        replay=arguments.replay,
        base_test=arguments.base_test,
        is_full=arguments.full,
    )
    progress = _Progress()
    lower_process()
    _leave_a_core(settings.data_directory)
    giving_way = GivingWay(lambda: server_is_busy(settings.data_directory))

    def rests_then_stops() -> bool:
        giving_way.rest(is_stopped)
        return is_stopped()

    made = making.make(
        wish,
        corpus.packed(),
        shelf_of(settings),
        progress=progress.show,
        say=progress.say,
        is_stopped=rests_then_stops,
    )
    progress.clear()
    if made is None:
        return None if is_first_process() else Answer({}, "")
    facts = dict(made.facts)
    data: dict[str, object] = {
        "model": arguments.name,
        "folder": str(made.folder),
        **facts,
        "warnings": list(made.warnings),
    }
    return Answer(data, "\n".join(_lines(arguments.name, facts, made.warnings)))


def _leave_a_core(data_directory: Path) -> None:
    import torch

    is_served = find_running(data_directory) is not None
    torch.set_num_threads(threads_beside(torch.get_num_threads(), is_served=is_served))


def _lines(name: str, facts: Mapping[str, object], warnings: tuple[str, ...]) -> list[str]:
    from reprise.training.mine.card import MEASURED

    before, after = facts["loss_before"], facts["loss_after"]
    lines = [*warnings]
    if isinstance(before, dict) and isinstance(after, dict):
        lines += [
            f"{MEASURED[kind]}: {before[kind]:.4f} nats a token before, {after[kind]:.4f} after "
            f"({after[kind] / before[kind] - 1.0:+.1%})"
            for kind in before
        ]
    lines.append(
        f"{name} is among your models: choose it in the menu of engines, or with --engine {name}. "
        f"Read its card: reprise models show {name}"
    )
    return lines


class _Progress:
    """Shows how far the training is, its newest figures, and what is being done."""

    def __init__(self) -> None:
        self._line = ProgressLine()

    def show(self, log: Mapping[str, float]) -> None:
        share = log["step"] / max(1.0, log["planned_steps"])
        told = [f"step {log['step']:g}"]
        if "valid_own" in log:
            told.append(f"your held-out pieces {log['valid_own']:.3f}")
        self._line.show(share, ", ".join(told))

    def say(self, text: str) -> None:
        self._line.say(text)

    def clear(self) -> None:
        self._line.clear()

"""`reprise train ensemble-SIZE`: trains the ensemble network for some minutes, or goes on."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.train_run import add_run_flags, is_first_process
from reprise.errors import InvalidRequestError
from reprise.training.order import MODEL_FOLDER

if TYPE_CHECKING:
    import argparse

    from reprise.training.long_loop import Plan

SIZES: Final = {"xs": "0.8", "s": "2.6", "m": "16", "l": "34"}
PREFIX: Final = "ensemble-"


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add a sub-verb for each size."""
    for size, millions in SIZES.items():
        name = PREFIX + size
        parser = add_sub_verb(
            actions,
            name,
            f"Train the ensemble network with {millions} million parameters on a packed corpus.",
            f"reprise train {name} --corpus corpus.npz --minutes 90",
        )
        _add_flags(parser, name)


def _add_flags(parser: VerbParser, name: str) -> None:
    parser.add_argument(
        "--corpus",
        type=Path,
        required=True,
        metavar="FILE",
        help="the packed corpus that `reprise corpus build` wrote",
    )
    add_run_flags(parser, name)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument(
        "--minutes", type=float, metavar="N", help="minutes to train, all sittings together"
    )
    length.add_argument(
        "--steps", type=int, metavar="N", help="steps to train, all sittings together"
    )


def run(arguments: Namespace, is_stopped: Callable[[], bool]) -> Answer | None:
    """Train; return what came of it, or None where it was stopped."""
    from reprise.training import curves, ensemble, long_loop

    for name in ("minutes", "steps"):
        if getattr(arguments, name) is not None and getattr(arguments, name) <= 0:
            raise InvalidRequestError(
                f"--{name} must be more than 0, got {getattr(arguments, name)}"
            )
    recipe = ensemble.read_recipe(arguments.action.removeprefix(PREFIX), arguments.recipe)
    plan = long_loop.Plan(arguments.steps, arguments.minutes)
    progress = _Progress(plan)
    trained = ensemble.train(
        recipe,
        plan,
        arguments.corpus,
        arguments.out,
        progress=progress.show,
        is_stopped=is_stopped,
    )
    progress.clear()
    if not trained.is_complete:
        return None
    model = arguments.out / MODEL_FOLDER
    difference = 0.0
    if is_first_process():
        difference = ensemble.publish(arguments.out, arguments.corpus, model)
    return _answer(model, difference, curves.read(arguments.out))


def _answer(model: Path, difference: float, lines: list[dict[str, Any]]) -> Answer:
    validated = [line for line in lines if "valid_loss" in line]
    best, last = min(validated, key=lambda line: line["valid_loss"]), lines[-1]
    data: dict[str, object] = {
        "model": str(model),
        "export": difference,
        "best": best,
        "last": last,
    }
    text = (
        f"{last['step']} steps, {last['tokens'] / 1e6:.1f} million tokens, "
        f"{last['minutes']:.0f} minutes; best at step {best['step']}: {_figures(best)}\n"
        f"The model is in {model}"
    )
    return Answer(data, text)


class _Progress:
    """Shows how far the run is, and its newest figures."""

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._line = ProgressLine()

    def show(self, log: Mapping[str, float]) -> None:
        done = self._plan.share(log["step"], log["minutes"] * 60.0)
        self._line.show(done, f"step {log['step']:g}: {_figures(log)}")

    def clear(self) -> None:
        self._line.clear()


def _figures(log: Mapping[str, float]) -> str:
    names = {
        "train_answer": "answer {:.3f}",
        "valid_loss": "valid {:.3f}",
        "valid_bits_a_note": "bits/note {:.2f}",
        "tokens_a_second": "{:.0f} tokens/s",
    }
    return ", ".join(form.format(log[name]) for name, form in names.items() if name in log)

"""`reprise train` for the source systems: each with its own recipe, all ordered the same way."""

import importlib
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.cli.train_run import add_run_flags, figures_text
from reprise.errors import InvalidRequestError
from reprise.training.order import Order, Outcome

if TYPE_CHECKING:
    import argparse


@dataclass(frozen=True, slots=True)
class Trainable:
    """One system that can be trained.

    Attributes:
        entry: Module in `reprise.training` and function, which takes an order.
        summary: One sentence for `--help`.
        options: Names of its own choices, each with a sentence on its values.
    """

    entry: str
    summary: str
    options: Mapping[str, str] = field(default_factory=dict)


TRAINABLE: Final[Mapping[str, Trainable]] = {
    "bach": Trainable(
        "bach.training:train",
        "Train the chord-by-chord networks on Bach chorales: CNN and LSTM, Transformer.",
    ),
    "rmvae": Trainable(
        "rmvae.training:train",
        "Train the recurrent multimodal VAE on Bach chorales, bar by bar.",
        {
            "part": "both (default), next or second",
            "ablations": "no (default), or yes for the table of the text's ablations",
        },
    ),
    "melody-embedding": Trainable(
        "theme.melody_embedding:train", "Train the embedding by which themes are found in melodies."
    ),
    "theme": Trainable("theme.training:train", "Train the Theme Transformer on pop songs."),
    "theme-prompt": Trainable(
        "theme.training:train_prompt",
        "Train the baseline of the Theme Transformer: the theme as a prompt.",
    ),
    "folk": Trainable(
        "folk:train",
        "Train an LSTM on folk melodies.",
        {
            "set": "permissive (default) or nottingham",
            "variant": "bidirectional (default), unidirectional, plain, attention, pianoroll, "
            "windows-60k, windows-15k or bar-ends",
        },
    ),
    "chords": Trainable(
        "chords.training:train",
        "Train the autoencoders and the LSTM over chords and their lengths.",
    ),
}
"""Trainings by name, in the order of menus."""


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add a sub-verb for each system."""
    for name, trainable in TRAINABLE.items():
        example = f"reprise train {name} --data ~/music-data"
        parser = add_sub_verb(actions, name, trainable.summary, example)
        add_run_flags(parser, name)
        parser.add_argument(
            "--quick",
            action="store_true",
            help="a small version on made-up music, under a minute, to see that it learns",
        )
        if trainable.options:
            told = "; ".join(f"{option}: {says}" for option, says in trainable.options.items())
            parser.add_argument(
                "--option",
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help=f"a choice of this system, may be given more than once. {told}",
            )
        add_data_flag(parser)


def run(arguments: Namespace, is_stopped: Callable[[], bool]) -> Answer | None:
    """Train; return what came of it, or None where it was stopped.

    Raises:
        InvalidRequestError: An option is unknown or not of the form NAME=VALUE.
        MissingDataError: The music is not there.
    """
    trainable = TRAINABLE[arguments.action]
    line = ProgressLine()
    order = Order(
        data=read_settings(arguments).data,
        out=arguments.out,
        recipe=arguments.recipe,
        is_quick=arguments.quick,
        options=_options(trainable, getattr(arguments, "option", [])),
        progress=lambda what, share, log: line.show(share, f"{what}: {figures_text(log)}"),
        is_stopped=is_stopped,
    )
    outcome = training_of(trainable)(order)
    line.clear()
    return None if outcome is None else _answer(outcome)


def training_of(trainable: Trainable) -> Callable[[Order], Outcome | None]:
    """Return what trains a system, imported now because it needs torch."""
    module, _, function = trainable.entry.partition(":")
    found: Callable[[Order], Outcome | None] = getattr(
        importlib.import_module(f"reprise.training.{module}"), function
    )
    return found


def _options(trainable: Trainable, given: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in trainable.options:
            known = ", ".join(trainable.options)
            raise InvalidRequestError(
                f"--option takes NAME=VALUE with one of the names {known}; got {text!r}"
            )
        options[name] = value
    return options


def _answer(outcome: Outcome) -> Answer:
    data: dict[str, object] = {
        "model": str(outcome.model),
        "loss": outcome.loss,
        "baseline": outcome.baseline,
        "baseline_name": outcome.baseline_name,
        "figures": dict(outcome.figures),
    }
    lines = [
        f"held-out loss {outcome.loss:.4f}; {outcome.baseline_name}: {outcome.baseline:.4f}",
        *(f"{name.replace('_', ' ')} {value:.4f}" for name, value in outcome.figures.items()),
        f"The model is in {outcome.model}",
    ]
    return Answer(data, "\n".join(lines))

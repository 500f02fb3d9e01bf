"""`reprise evaluate`: measures a model on held-out music, through what serves."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from reprise.cli import evaluate_copies, evaluate_folk, evaluate_sources, evaluate_style
from reprise.cli.answer import Answer, table
from reprise.cli.evaluating import SUITES, setup_of, write_untrained
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb, add_sub_verbs
from reprise.cli.progress import ProgressLine, duration
from reprise.cli.settings import read_settings
from reprise.evaluation import jsb, suites
from reprise.evaluation.drawing.report import SuiteResult, write_report
from reprise.evaluation.setup import KINDS, Setup
from reprise.service.verify import check_candidate

EXAMPLE = "reprise evaluate infill --model ensemble-s-v1 --corpus corpus.npz"

_FIGURES: Final = ("nll", "accuracy", "accuracy_changed", "note_accuracy")
VALIDITY: Final = "validity"
DEFAULT_MODEL: Final = "ensemble-s-v1"
QUICK_REQUESTS: Final = 40


def add_arguments(parser: VerbParser) -> None:
    """Add the suites."""
    verbs = add_sub_verbs(parser)
    _add_jsb(add_sub_verb(
        verbs,
        "jsb",
        "Next note and refilled voices of the 77 test chorales, beside copying and counting.",
        "reprise evaluate jsb --model chorale-v1 --data ~/music-data",
    ))  # fmt: skip
    evaluate_sources.add_arguments(verbs)
    evaluate_folk.add_arguments(verbs)
    evaluate_style.add_arguments(verbs)
    evaluate_copies.add_arguments(verbs)
    for name, (summary, _) in SUITES.items():
        example = f"reprise evaluate {name} --model {DEFAULT_MODEL} --corpus corpus.npz"
        if name == VALIDITY:
            example = f"reprise evaluate {name} --model {DEFAULT_MODEL} --requests 2000"
        suite = add_sub_verb(verbs, name, summary, example)
        _add_shared(suite)
        (_add_validity if name == VALIDITY else _add_music)(suite)


def _add_jsb(suite: VerbParser) -> None:
    suite.add_argument(
        "--model", default="chorale-v1", metavar="NAME", help="the model (default chorale-v1)"
    )
    suite.add_argument(
        "--split",
        choices=("test", "valid"),
        default="test",
        help="which chorales to ask about (default test)",
    )
    add_data_flag(suite)


def _add_shared(suite: VerbParser) -> None:
    suite.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help=f"a model, or an installed engine such as markov (default {DEFAULT_MODEL})",
    )
    suite.add_argument("--models", type=Path, metavar="DIR", help="the folder that holds the model")
    suite.add_argument("--seed", type=int, default=0, metavar="N", help="draws everything")
    suite.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that answer (default 1)"
    )
    suite.add_argument("--quick", action="store_true", help="a few examples, to see that it runs")
    suite.add_argument(
        "--out", type=Path, metavar="DIR", help="write figures and a page with plots there"
    )


def _add_validity(suite: VerbParser) -> None:
    suite.add_argument(
        "--requests", type=int, default=2000, metavar="N", help="random requests (default 2000)"
    )
    suite.add_argument(
        "--drums", type=int, default=1000, metavar="N", help="drum answers (default 1000)"
    )
    suite.add_argument(
        "--untrained",
        choices=("xs", "s", "m", "l"),
        help="ask a network of this size that has learned nothing, in place of a model",
    )


def _add_music(suite: VerbParser) -> None:
    suite.add_argument(
        "--corpus", type=Path, metavar="FILE", help="a packed corpus: reprise corpus build"
    )
    suite.add_argument(
        "--kinds", default="", metavar="LIST", help=f"of music (default {','.join(KINDS)})"
    )
    suite.add_argument(
        "--split",
        choices=("test", "valid"),
        default="test",
        help="which songs to ask about (default test)",
    )
    suite.add_argument(
        "--examples",
        type=int,
        default=500,
        metavar="N",
        help="at most, of each kind and pattern (default 500)",
    )
    add_data_flag(suite)


def run(arguments: Namespace) -> Answer:
    """Measure and show the figures.

    Raises:
        MissingDataError: The data set or the corpus is not there, or holds nothing to ask about.
        UnknownModelError: There is no such model.
        CorruptModelError: The model's files are damaged.
    """
    progress = ProgressLine()
    if arguments.action == "jsb":
        answer = _run_jsb(arguments, progress)
    elif arguments.action == evaluate_sources.NAME:
        answer = evaluate_sources.run(arguments, progress)
    elif arguments.action == evaluate_folk.NAME:
        answer = evaluate_folk.run(arguments, progress)
    elif arguments.action == evaluate_style.NAME:
        answer = evaluate_style.run(arguments, progress)
    elif arguments.action == evaluate_copies.NAME:
        answer = evaluate_copies.run(arguments, progress)
    elif getattr(arguments, "untrained", None):
        answer = _run_untrained(arguments, progress)
    else:
        answer = _run_suite(arguments, progress)
    progress.clear()
    return answer


def _run_untrained(arguments: Namespace, progress: ProgressLine) -> Answer:
    with TemporaryDirectory() as folder:
        progress.say("making a network that has learned nothing")
        arguments.models = Path(folder)
        arguments.model = write_untrained(arguments.models, arguments.untrained, arguments.seed)
        return _run_suite(arguments, progress)


def _run_suite(arguments: Namespace, progress: ProgressLine) -> Answer:
    _, measure = SUITES[arguments.action]
    setup = setup_of(arguments, progress)
    result = (measure or _validity(arguments))(setup)
    progress.clear()
    lines = [*([table(result.table[0], result.table[1:])] if result.table else []), *result.summary]
    data = result.told
    if arguments.out is not None:
        page = write_report(arguments.out, result)
        data["page"] = str(page)
        lines.append(f"figures, plots and cases are in {page}")
    return Answer(data, "\n".join(lines))


def _validity(arguments: Namespace) -> Callable[[Setup], SuiteResult]:
    requests = QUICK_REQUESTS if arguments.quick else arguments.requests
    drums = QUICK_REQUESTS if arguments.quick else arguments.drums
    return lambda setup: suites.run_validity(
        setup,
        requests=requests,
        drum_answers=drums,
        check=lambda task, candidate: check_candidate(task, candidate, setup.name),
    )


def _run_jsb(arguments: Namespace, progress: ProgressLine) -> Answer:
    found = jsb.evaluate(
        arguments.model,
        read_settings(arguments).data,
        split=arguments.split,
        progress=progress.show,
    )
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    rows = [_row(found["model"], found), *(_row(*item) for item in found["baselines"].items())]
    head = ("", *_FIGURES, *(f"refill {voice}" for voice in found["note_accuracy_by_voice"]))
    intervals = [
        f"{name} {low:.4f} to {high:.4f}" for name, (low, high) in found["intervals"].items()
    ]
    return "\n".join(
        [
            table(head, rows),
            f"95 % of chorales drawn anew: {'; '.join(intervals)}",
            f"{found['windows']} windows, {found['predictions']:,} predictions, model "
            f"{found['model']} {found['model_hash']}, {duration(found['seconds'])}",
        ]
    )


def _row(name: str, figures: dict[str, Any]) -> tuple[str, ...]:
    voices = figures.get("note_accuracy_by_voice", {})
    return (
        name.replace("_", " "),
        *(_figure(figures.get(figure)) for figure in _FIGURES),
        *(_figure(voices.get(voice)) for voice in ("soprano", "alto", "tenor", "bass")),
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"

"""What `reprise evaluate` measures, on which music: from flags to a suite's setup."""

import importlib.util
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError, MissingDataError, MissingExtraError
from reprise.evaluation import originality, suites
from reprise.evaluation.asking import EngineSource
from reprise.evaluation.drawing.report import SuiteResult
from reprise.evaluation.setup import KINDS as MEASURED_KINDS
from reprise.evaluation.setup import NetworkSource, Setup
from reprise.library.corpus_file import Piece, read_corpus
from reprise.library.pieces import KINDS

QUICK_EXAMPLES, QUICK_BITS, QUICK_LEARNED = 6, 3, 10
NETWORK_KIND: Final = "ensemble"

Measure = Callable[[Setup], SuiteResult]

SUITES: Final[Mapping[str, tuple[str, Measure | None]]] = {
    "validity": ("Random requests of every kind: whether every answer is legal.", None),
    "infill": (
        "Hidden bars of held-out songs, refilled, beside every baseline; bits a note.",
        suites.run_infill,
    ),
    "loops": ("Loops of 1, 2 and 4 bars with one repetition hidden.", suites.run_loops),
    "melody": ("Melodies refilled with and without their chords.", suites.run_melody),
    "vary": ("Variations at eleven strengths, with locks, and with likes.", suites.run_vary),
    "controls": ("Hard limits, and notes per bar that come near.", suites.run_controls),
    "continue": ("Which of four continuations is the true one.", suites.run_continue),
    "originality": (
        "How often answers repeat training songs, beside how often people do.",
        originality.run_originality,
    ),
}
"""What each suite does, and what runs it; validity needs more than a setup."""


def setup_of(arguments: Namespace, progress: ProgressLine) -> Setup:
    """Return what a suite measures, on what and how much.

    Raises:
        InvalidRequestError: A flag makes no sense.
        MissingDataError: No corpus was named, or it is not there.
    """
    _check(arguments)
    source = EngineSource(arguments.model, arguments.models)
    is_quick = arguments.quick
    setup = Setup(
        source,
        arguments.model,
        network=_network(arguments),
        seed=arguments.seed,
        workers=arguments.workers,
        progress=progress.show,
    )
    if arguments.action == "validity":
        return setup
    examples = min(arguments.examples, QUICK_EXAMPLES) if is_quick else arguments.examples
    pieces = _pieces(arguments, progress)
    return Setup(
        source,
        arguments.model,
        network=setup.network,
        pieces=pieces,
        kinds=_kinds(arguments, pieces),
        split=arguments.split,
        examples=examples,
        bits_examples=QUICK_BITS if is_quick else setup.bits_examples,
        learned_slices=QUICK_LEARNED if is_quick else setup.learned_slices,
        seed=arguments.seed,
        workers=arguments.workers,
        progress=progress.show,
    )


def write_untrained(folder: Path, size: str, seed: int) -> str:
    """Write a model whose network has learned nothing; return its name.

    Args:
        folder: Where models are; the model is written into a folder of its own.
        size: Of the published recipes, such as "xs".
        seed: Draws the weights.

    Raises:
        MissingExtraError: What makes networks is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")):
        raise MissingExtraError(
            "an untrained network needs torch and onnx, which are not both installed; get them "
            "with: pip install 'reprise[train]'"
        )
    import torch

    from reprise.networks.ensemble import EnsembleNetwork
    from reprise.training.ensemble import read_recipe
    from reprise.training.export_ensemble import export

    name = f"{NETWORK_KIND}-{size}-untrained"
    torch.manual_seed(seed)
    export(EnsembleNetwork(read_recipe(size).network), folder / name)
    checkpoint.write_sums(folder / name)
    return name


def _check(arguments: Namespace) -> None:
    for name in ("workers", "examples", "requests", "drums"):
        value = getattr(arguments, name, 1)
        if value < 1:
            raise InvalidRequestError(f"--{name} must be 1 or more, got {value}")


def _network(arguments: Namespace) -> NetworkSource | None:
    """Return the network whose likelihoods are asked for, None for engines without one of ours."""
    if arguments.model not in checkpoint.list_models(arguments.models):
        return None
    model = checkpoint.read(arguments.model, arguments.models)
    if model.config.get("kind") != NETWORK_KIND:
        return None
    return NetworkSource(arguments.model, arguments.models)


def _pieces(arguments: Namespace, progress: ProgressLine) -> Sequence[Piece]:
    if arguments.corpus is not None:
        progress.say("reading the corpus")
        return read_corpus(arguments.corpus).pieces
    data = read_settings(arguments).data
    if data is None:
        raise MissingDataError(
            "held-out songs are needed: name a packed corpus with --corpus FILE, or the folder of "
            "data sets with --data DIR"
        )
    return _built(data, arguments.workers, progress)


def _built(data: Path, workers: int, progress: ProgressLine) -> Sequence[Piece]:
    # Reading all sets takes minutes, and what reads them is not needed where there is a corpus.
    from reprise.library.readers import READERS
    from reprise.training.corpus import build

    there = [name for name in READERS if (data / name).is_dir()]
    if not there:
        raise MissingDataError(
            f"there is none of the data sets in {data}; see which are known: reprise corpus"
        )
    corpus = build(
        data,
        there,
        processes=workers,
        progress=lambda done, total, name: progress.show(done / total, f"reading {name}"),
    )
    return corpus.pieces


def _kinds(arguments: Namespace, pieces: Sequence[Piece]) -> tuple[str, ...]:
    named = tuple(kind for kind in arguments.kinds.split(",") if kind)
    unknown = [kind for kind in named if kind not in KINDS]
    if unknown:
        raise InvalidRequestError(
            f"there is no kind of music {unknown[0]!r}; there are {', '.join(KINDS)}"
        )
    there = {piece.kind for piece in pieces}
    return named or tuple(kind for kind in MEASURED_KINDS if kind in there)

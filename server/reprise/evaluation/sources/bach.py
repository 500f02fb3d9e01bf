"""S3 on its home ground: the next note of Bach's chorales, as the notebook measures it.

Windows are those of `reprise.library.jsb`: 33 chords, every 16, of the 77 test chorales. Both
networks are asked with every seed that ships, as served, and a figure is the mean over seeds.
Beside them, on the same windows: copying, counting, and the chorale engine's own network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from reprise.engines import checkpoint
from reprise.engines.bach.engine import MODEL, open_networks
from reprise.engines.chorale import engine as chorale_engine
from reprise.evaluation import jsb as suite
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library import jsb
from reprise.runtime.token_model import TokenModel
from reprise.tokenizers import bach, chorale

SYSTEM: Final = "S3"
QUICK_WINDOWS: Final = 32
NLL, ACCURACY, CHANGED, PARAMETERS = (
    "negative log-likelihood, nats a note",
    "accuracy",
    "accuracy on notes that change",
    "parameters",
)
FIGURES: Final[Mapping[str, str]] = {
    "nll": NLL,
    "accuracy": ACCURACY,
    "accuracy_changed": CHANGED,
}

Found = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reported:
    """What the text says of one of its networks, and what ours should reach.

    Attributes:
        title: How the table calls it.
        text: The text's figures by name.
        goal: Ours.
    """

    title: str
    text: Mapping[str, float]
    goal: Mapping[str, float]


REPORTED: Final[Mapping[str, Reported]] = {
    "cnn_lstm": Reported(
        "CNN and LSTM",
        {"nll": 0.6681, "accuracy": 0.8154, "parameters": 396_810},
        {"nll": 0.68, "accuracy": 0.81, "parameters": 396_810},
    ),
    "transformer": Reported(
        "Transformer",
        {"nll": 0.6197, "accuracy": 0.8122, "parameters": 708_207},
        {"nll": 0.63, "accuracy": 0.808, "parameters": 708_207},
    ),
}


def rows(setup: SourceSetup) -> list[Row]:
    """Return the figures of both networks and of what they are compared with.

    Raises:
        MissingDataError: The chorales are not there.
        UnknownModelError: A model is not there.
        CorruptModelError: A model's files are damaged.
    """
    learned, _ = jsb.windows(jsb.read_split(setup.data, "train"))
    windows, _ = jsb.windows(jsb.read_split(setup.data, "test"))
    if setup.is_quick:
        windows = windows[:QUICK_WINDOWS]
    model = checkpoint.read(MODEL, setup.models)
    answer: list[Row] = []
    for index, (part, reported) in enumerate(REPORTED.items()):
        setup.progress(index / 3, reported.title)
        runs = open_networks(model, part)
        found = [figures_of(network, windows) for network in runs.values()]
        answer += _network_rows(reported, found, model.config["parameters"][part])
    setup.progress(2 / 3, "baselines")
    answer += _baseline_rows(
        "copying the voice's last note", suite.copied_next_note(learned, windows)
    )
    answer += _baseline_rows("counting, five contexts", suite.counted_next_note(learned, windows))
    answer += _chorale_rows(setup, windows)
    setup.progress(1.0, "done")
    return answer


def figures_of(network: TokenModel, windows: chorale.Grid) -> Found:
    """Return a network's figures for windows (windows, steps, 4): all cells but the first."""
    likelihoods, hits = [], []
    for batch in suite.batches(windows):
        cells = bach.cells(batch)
        likelihood, hit = suite.outcomes_of(network.prefill(cells[:, :-1]), cells[:, 1:, 0])
        likelihoods.append(likelihood)
        hits.append(hit)
    return _figures(np.concatenate(likelihoods), np.concatenate(hits), windows)


def _figures(likelihoods: suite.Floats, hits: suite.Hits, windows: chorale.Grid) -> Found:
    is_changed = suite.changed_cells(windows)
    return {
        "nll": float(-likelihoods.mean()),
        "accuracy": float(hits.mean()),
        "accuracy_changed": float(hits[is_changed].mean()),
    }


def _network_rows(reported: Reported, found: list[Found], parameters: int) -> Iterator[Row]:
    for name, figure in FIGURES.items():
        values = [run[name] for run in found]
        yield Row(
            SYSTEM,
            reported.title,
            figure,
            float(np.mean(values)),
            reported.text.get(name),
            reported.goal.get(name),
            higher_is_better=name != "nll",
            remark=f"mean of {len(values)} seeds, {min(values):.4f} to {max(values):.4f}",
        )
    text, goal = reported.text["parameters"], reported.goal["parameters"]
    yield Row(SYSTEM, reported.title, PARAMETERS, parameters, text, goal, remark="must be equal")


def _baseline_rows(name: str, found: Mapping[str, float], remark: str = "") -> Iterator[Row]:
    for key, figure in FIGURES.items():
        if key in found:
            yield Row(
                SYSTEM, name, figure, found[key], higher_is_better=key != "nll", remark=remark
            )


def _chorale_rows(setup: SourceSetup, windows: chorale.Grid) -> Iterator[Row]:
    model = checkpoint.read(chorale_engine.MODEL, setup.models)
    network = chorale_engine.open_networks(model).next_note
    likelihoods, hits = suite.next_note_outcomes(network, windows)
    found = _figures(likelihoods, hits, windows)
    yield from _baseline_rows(model.name, found, "the chorale engine's own network")
    size = model.config["parameters"]["next_note"]
    yield Row(SYSTEM, model.name, PARAMETERS, size, higher_is_better=False)

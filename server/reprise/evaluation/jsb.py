"""The JSB suite: how well chorale models predict the next note and refill a voice.

It asks the networks as they are served, through ONNX Runtime. Windows are those of
`reprise.library.jsb`: 33 chords, every 16. *Next note* predicts cells 1..131 of a window, each
given all before it. *Refill* hides one whole voice of the first 32 chords of a window and asks
for it at once, given the other three; a cell is right when the likeliest class is the true one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.chorale.engine import open_networks
from reprise.errors import CannotServeError
from reprise.evaluation.players import counting
from reprise.library import jsb
from reprise.runtime.token_model import FieldModel, Logits, TokenModel
from reprise.tokenizers import chorale

Floats = NDArray[np.float64]
Hits = NDArray[np.bool_]
Progress = Callable[[float, str], None]

KIND = "chorale"
BATCH = 64
RESAMPLES = 2000
INTERVAL_SEED = 0
_FIRST_ROW = list(range(1, chorale.VOICE_COUNT))
"""Voices of a window's first row that are predicted: its very first cell is not."""


def evaluate(
    model_name: str,
    data_directory: Path | None,
    *,
    split: jsb.Split = "test",
    models_directory: Path | None = None,
    progress: Progress = lambda _fraction, _stage: None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Return the suite's figures for a model, ready to print as JSON.

    Args:
        model_name: A chorale model's directory name, such as `chorale-v1`.
        data_directory: The folder that holds the data set `jsb`.
        split: Which chorales to ask about.
        models_directory: The folder that holds the model; by default those we ship.
        progress: Called with the share that is done, 0.0-1.0, and a word on what comes.
        clock: Seconds.

    Returns:
        `nll` (nats a cell), `accuracy`, `accuracy_changed` (cells unlike the voice's cell one
        step before) of the next note; `note_accuracy` (mean of the four voices) and
        `note_accuracy_by_voice` of refills; `intervals` (95 %, bootstrap by chorale);
        `baselines` with the same figures of copying, counting and the most frequent pitch;
        `windows`, `predictions`, `model`, `model_hash`, `seconds`.

    Raises:
        CannotServeError: The model is of another kind.
        MissingDataError: The data set is not there.
        UnknownModelError: There is no such model.
        CorruptModelError: The model's files are damaged.
    """
    started = clock()
    model = checkpoint.read(model_name, models_directory)
    if model.config.get("kind") != KIND:
        raise CannotServeError(
            f"the suite jsb measures chorale models; {model_name} is of kind "
            f"{model.config.get('kind')!r}"
        )
    training = jsb.read_split(data_directory, "train")
    windows, pieces = jsb.windows(jsb.read_split(data_directory, split))
    networks = open_networks(model)

    progress(0.0, "next note")
    log_likelihoods, hits = next_note_outcomes(networks.next_note, windows)
    progress(0.4, "refill")
    refill_hits = refill_outcomes(networks.infill, windows)
    progress(0.6, "baselines")
    baselines = measure_baselines(training, windows)
    progress(0.9, "intervals")
    is_changed = changed_cells(windows)
    columns = {
        "nll": (-log_likelihoods, np.ones_like(hits)),
        "accuracy": (hits, np.ones_like(hits)),
        "accuracy_changed": (hits & is_changed, is_changed),
        "note_accuracy": (refill_hits, np.ones_like(refill_hits)),
    }
    figures = {name: _ratio(*column) for name, column in columns.items()}
    intervals = {name: _interval(*column, pieces) for name, column in columns.items()}
    progress(1.0, "done")
    return {
        **figures,
        "note_accuracy_by_voice": _by_voice(refill_hits),
        "intervals": intervals,
        "baselines": baselines,
        "windows": len(windows),
        "predictions": int(hits.size),
        "model": model.name,
        "model_hash": model.model_hash,
        "seconds": round(clock() - started, 1),
    }


def next_note_outcomes(model: TokenModel, windows: chorale.Grid) -> tuple[Floats, Hits]:
    """Return log-likelihoods and hits of shape (windows, cells - 1): all cells but the first."""
    likelihoods, hits = [], []
    for batch in batches(windows):
        logits = model.prefill(chorale.next_note_features(batch))[:, 1:]
        likelihood, hit = outcomes_of(logits, batch.reshape(len(batch), -1)[:, 1:])
        likelihoods.append(likelihood)
        hits.append(hit)
    return np.concatenate(likelihoods), np.concatenate(hits)


def outcomes_of(logits: Logits, cells: chorale.Grid) -> tuple[Floats, Hits]:
    """Return log-likelihoods and hits of shape (windows, cells), for logits (..., classes)."""
    scores = logits.astype(np.float64)
    chosen = np.take_along_axis(scores, cells[..., None], axis=-1)[..., 0]
    highest = scores.max(axis=-1)
    total = np.log(np.exp(scores - highest[..., None]).sum(axis=-1)) + highest
    return chosen - total, scores.argmax(axis=-1) == cells


def refill_outcomes(model: FieldModel, windows: chorale.Grid) -> Hits:
    """Return hits of shape (windows, 32, 4), each voice hidden in turn."""
    hits = []
    for batch in batches(windows[:, :-1]):
        found = np.empty_like(batch)
        for voice in range(chorale.VOICE_COUNT):
            hidden = np.zeros(batch.shape, dtype=np.bool_)
            hidden[:, :, voice] = True
            logits = model.logits(chorale.infill_features(batch, hidden))
            found[:, :, voice] = logits[:, :, voice].argmax(axis=-1)
        hits.append(found == batch)
    return np.concatenate(hits)


def changed_cells(windows: chorale.Grid) -> Hits:
    """Return which predicted cells differ from the same voice one step before."""
    cells = windows.reshape(len(windows), -1)
    changed = np.zeros(cells.shape, dtype=np.bool_)
    changed[:, chorale.VOICE_COUNT :] = (
        cells[:, chorale.VOICE_COUNT :] != cells[:, : -chorale.VOICE_COUNT]
    )
    return changed[:, 1:]


def measure_baselines(
    training: Sequence[chorale.Grid], windows: chorale.Grid
) -> dict[str, dict[str, Any]]:
    """Return the figures of copying, of counting, and of the most frequent pitch."""
    learned = jsb.windows(training)[0]
    next_note = counted_next_note(learned, windows)
    refills = {
        "counting": _counted_refill(learned, windows[:, :-1]),
        "most_frequent_pitch": _most_frequent_refill(learned, windows[:, :-1]),
    }
    return {
        "copy": copied_next_note(learned, windows),
        "counting": {**next_note, **_refill_figures(refills["counting"])},
        "most_frequent_pitch": _refill_figures(refills["most_frequent_pitch"]),
    }


def copied_next_note(learned: chorale.Grid, windows: chorale.Grid) -> dict[str, float]:
    """Return the figures of copying the voice's cell one step before.

    A first row has none before it and gets the most frequent class that its voice has in the
    windows that were learned.
    """
    copied = ~changed_cells(windows)
    usual = [np.bincount(learned[..., voice].reshape(-1)).argmax() for voice in _FIRST_ROW]
    copied[:, : len(_FIRST_ROW)] = windows[:, 0, _FIRST_ROW] == usual
    return {"accuracy": float(copied.mean()), "accuracy_changed": 0.0}


def counted_next_note(
    learned: chorale.Grid, windows: chorale.Grid, depth: int = counting.NEXT_NOTE_DEPTH
) -> dict[str, float]:
    """Return the figures of counting, in the windows that were learned, what followed what.

    Args:
        learned: Windows (windows, steps, 4) to count in.
        windows: Windows to ask about.
        depth: How many of the nested contexts count: 1 is the voice alone, 2 its last note too.
    """
    contexts = counting.next_note_contexts(learned)[..., :depth]
    model = counting.CountingModel(contexts.reshape(-1, contexts.shape[-1]), learned.reshape(-1))
    likelihoods, hits = [], []
    for batch in batches(windows):
        contexts = counting.next_note_contexts(batch)[:, 1:, :depth]
        chances = model.probabilities(contexts.reshape(-1, contexts.shape[-1]))
        cells = batch.reshape(len(batch), -1)[:, 1:].reshape(-1)
        likelihoods.append(np.log(chances[np.arange(len(cells)), cells]))
        hits.append(chances.argmax(axis=1) == cells)
    found = np.concatenate(hits)
    is_changed = changed_cells(windows).reshape(-1)
    return {
        "nll": float(-np.concatenate(likelihoods).mean()),
        "accuracy": float(found.mean()),
        "accuracy_changed": float(found[is_changed].mean()),
    }


def _counted_refill(learned: chorale.Grid, windows: chorale.Grid) -> Hits:
    """Return hits of counting, step by step, each voice's own past being what was found."""
    hits = np.empty(windows.shape, dtype=np.bool_)
    for voice in range(chorale.VOICE_COUNT):
        contexts, classes = [], []
        for step in range(learned.shape[1]):
            own = learned[:, step - 1, voice] if step else _unknown(learned)
            contexts.append(counting.refill_contexts(learned, voice, step, own))
            classes.append(learned[:, step, voice])
        model = counting.CountingModel(np.concatenate(contexts), np.concatenate(classes))
        own = _unknown(windows)
        for step in range(windows.shape[1]):
            asked = counting.refill_contexts(windows, voice, step, own)
            own = model.probabilities(asked).argmax(axis=1)
            hits[:, step, voice] = own == windows[:, step, voice]
    return hits


def _most_frequent_refill(learned: chorale.Grid, windows: chorale.Grid) -> Hits:
    """Return hits of the class that most often went with the chord's other three.

    A chord that was never seen gets the voice's most frequent class.
    """
    hits = np.empty(windows.shape, dtype=np.bool_)
    for voice in range(chorale.VOICE_COUNT):
        others = [other for other in range(chorale.VOICE_COUNT) if other != voice]
        asked, known = (
            counting.key(*(grids[:, :, other].reshape(-1) for other in others))
            for grids in (windows, learned)
        )
        classes = learned[:, :, voice].reshape(-1)
        usual = np.bincount(classes, minlength=chorale.CLASS_COUNT).argmax()
        counts = counting.Level(known, classes).counts_of(asked)
        found = np.where(counts.any(axis=1), counts.argmax(axis=1), usual)
        hits[:, :, voice] = found.reshape(windows.shape[:2]) == windows[:, :, voice]
    return hits


def _unknown(windows: chorale.Grid) -> NDArray[np.int64]:
    return np.full(len(windows), chorale.UNKNOWN)


def _refill_figures(hits: Hits) -> dict[str, Any]:
    return {"note_accuracy": float(hits.mean()), "note_accuracy_by_voice": _by_voice(hits)}


def _by_voice(hits: Hits) -> dict[str, float]:
    means = hits.mean(axis=(0, 1))
    return {name: float(mean) for name, mean in zip(chorale.VOICES, means, strict=True)}


def _ratio(values: NDArray[Any], weights: NDArray[Any]) -> float:
    return float(values.sum() / weights.sum())


def _interval(
    values: NDArray[Any], weights: NDArray[Any], pieces: NDArray[np.int64]
) -> list[float]:
    """Return the 95 % interval of a ratio of sums when whole chorales are drawn anew."""
    sums = np.zeros((2, int(pieces.max()) + 1))
    for row, column in zip(sums, (values, weights), strict=True):
        np.add.at(row, pieces, column.reshape(len(column), -1).sum(axis=1))
    present = sums[:, sums[1] > 0]
    random = np.random.default_rng(INTERVAL_SEED)
    drawn = random.integers(0, present.shape[1], (RESAMPLES, present.shape[1]))
    ratios = present[0][drawn].sum(axis=1) / present[1][drawn].sum(axis=1)
    return [float(edge) for edge in np.quantile(ratios, (0.025, 0.975))]


def batches(windows: chorale.Grid) -> Iterator[chorale.Grid]:
    """Yield windows in portions that fit into memory."""
    for start in range(0, len(windows), BATCH):
        yield windows[start : start + BATCH]

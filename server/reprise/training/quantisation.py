"""What fewer bits cost: the served graph against the network that was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.networks.ensemble import EnsembleNetwork
from reprise.runtime.ensemble_files import open_ensemble
from reprise.runtime.ensemble_model import EnsembleModel
from reprise.training.ensemble_graphs import Precision
from reprise.training.examples import Example
from reprise.training.export_ensemble import export
from reprise.training.torch_ensemble import TorchEnsemble

LARGEST_COST = 0.01
"""Of the bits of an answer, as a share."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bits that the same answers take.

    Attributes:
        trained: With the network as it was trained.
        served: With a model's folder.
    """

    trained: float
    served: float

    @property
    def share(self) -> float:
        """How much more bits the served one takes, as a share; below 0 where it takes fewer."""
        return self.served / self.trained - 1.0


def export_within(
    network: EnsembleNetwork,
    folder: Path,
    examples: Sequence[Example],
    facts: Mapping[str, Any],
    largest: float = LARGEST_COST,
) -> tuple[float, Cost]:
    """Write a model's folder in 8 bits, or in full where these would cost too much.

    Args:
        network: A trained network.
        folder: Where to write; its hashes are `checkpoint.write_sums`' to write.
        examples: What it was not trained on.
        facts: What else `config.json` says.
        largest: The largest cost, as a share.

    Returns:
        The largest difference of two logits of the network and of its graph in fp32, and the cost
        of what was written.

    Raises:
        ValueError: They differ by more than `export_ensemble.LARGEST_DIFFERENCE`.
    """
    difference = export(network, folder, facts=facts)
    found, precision = cost(network, folder, examples), Precision.INT8
    if found.share > largest:
        (folder / f"{precision}.onnx").unlink()
        precision = Precision.FP32
        export(network, folder, precision, precision, facts)
        found = cost(network, folder, examples)
    told = {**facts, "quantisation_cost": round(found.share, 6)}
    export(network, folder, precision, precision, told)
    return difference, found


def cost(network: EnsembleNetwork, folder: Path, examples: Sequence[Example]) -> Cost:
    """Return what the answers of examples cost in bits, trained and served."""
    models: tuple[EnsembleModel, ...] = (TorchEnsemble(network), open_ensemble(folder))
    trained, served = (sum(_bits(model, example) for example in examples) for model in models)
    return Cost(trained, served)


def _bits(model: EnsembleModel, example: Example) -> float:
    """Return the bits of the tokens of an answer that count."""
    answer = len(example) - example.answer_start
    logits = model.score(example.features, example.tau, answer)[:-1].astype(np.float64)
    tokens = example.features[example.answer_start :, 0]
    counts = example.weights[example.answer_start :] == 1.0
    chosen = logits[np.arange(answer), tokens]
    return float(((_log_sums(logits) - chosen)[counts]).sum() / np.log(2.0))


def _log_sums(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    peaks = logits.max(axis=1)
    sums: NDArray[np.float64] = peaks + np.log(np.exp(logits - peaks[:, None]).sum(axis=1))
    return sums

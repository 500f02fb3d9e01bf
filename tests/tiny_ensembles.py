"""Ensemble networks with random weights, small enough to be run thousands of times."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.ensemble_model import EnsembleShape
from reprise.tokenizers.ensemble import layout
from reprise.training.ensemble_graphs import Precision, Weights
from reprise.training.export_ensemble import random_tokens, write_model

Tokens = tuple[NDArray[np.int64], NDArray[np.float32]]


def shape() -> EnsembleShape:
    by_index, by_time = layout.rates(16)
    return EnsembleShape(
        width=64,
        layers=2,
        heads=4,
        key_heads=2,
        head_size=16,
        hidden=96,
        rows=layout.ROWS,
        tokens=layout.FEATURE_SIZES[0],
        index_rates=(*by_index, *[0.0] * len(by_index)),
        time_rates=(*[0.0] * len(by_time), *by_time),
    )


def weights(seed: int = 0) -> Weights:
    """Return weights of a size that lets every part be heard in the logits."""
    generator, sizes = np.random.default_rng(seed), shape()
    mixed = (sizes.heads + 2 * sizes.key_heads) * sizes.head_size
    width, hidden = sizes.width, sizes.hidden
    matrices = {
        "query_key_value": (mixed, width),
        "attention_out": (width, sizes.heads * sizes.head_size),
        "feed_in": (2 * hidden, width),
        "feed_out": (width, hidden),
    }
    norms = {
        "attention_norm": width,
        "feed_norm": width,
        "query_norm": sizes.head_size,
        "key_norm": sizes.head_size,
    }
    found = {
        "table": generator.normal(0.0, 0.3, (sizes.rows, width)),
        "norm": generator.uniform(0.5, 1.5, width),
    }
    for block in range(sizes.layers):
        for name, (outs, ins) in matrices.items():
            found[f"blocks.{block}.{name}.weight"] = generator.normal(0, ins**-0.5, (outs, ins))
        for name, size in norms.items():
            found[f"blocks.{block}.{name}"] = generator.uniform(0.5, 1.5, size)
    return {name: value.astype(np.float32) for name, value in found.items()}


def write(folder: Path, precision: Precision = Precision.FP32) -> Path:
    """Write a model's folder and return it."""
    write_model(shape(), weights(), folder, precision, precision)
    return folder


def tokens(count: int, seed: int = 0) -> Tokens:
    """Return features (count, F) and times (count,)."""
    return random_tokens(count, seed)

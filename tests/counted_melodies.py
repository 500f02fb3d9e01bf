"""An embedding of melodies without a network, for tests of what is made of embeddings."""

import numpy as np

from reprise.engines.theme.retrieval import Vectors
from reprise.tokenizers.melody_embedding import FEATURE_SIZES, Features


def counted(features: Features) -> Vectors:
    """Return how often each value of each feature occurs, as unit vectors."""
    counts = np.concatenate(
        [
            (features[:, :, index, None] == np.arange(1, size)).sum(axis=1)
            for index, size in enumerate(FEATURE_SIZES)
        ],
        axis=1,
    )
    unit: Vectors = (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)
    return unit

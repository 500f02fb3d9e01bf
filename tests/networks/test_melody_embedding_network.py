import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from reprise.networks.melody_embedding import (  # noqa: E402
    MelodyEmbedding,
    MelodyEmbeddingConfig,
)
from reprise.tokenizers.melody_embedding import FEATURE_SIZES  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture
def network() -> MelodyEmbedding:
    torch.manual_seed(1)
    return MelodyEmbedding(MelodyEmbeddingConfig(feature_width=6, hidden=10, width=8)).eval()


def rows(count: int, length: int) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    columns = [
        torch.randint(1, size, (count, length), generator=generator) for size in FEATURE_SIZES
    ]
    table: Tensor = torch.stack(columns, dim=-1)
    return table


def test_vectors_are_of_length_one(network: MelodyEmbedding) -> None:
    vectors = network(rows(5, 9))

    assert vectors.shape == (5, 8)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(5))


def test_padding_changes_nothing(network: MelodyEmbedding) -> None:
    features = rows(3, 7)
    padded = torch.cat([features, torch.zeros(3, 4, len(FEATURE_SIZES), dtype=torch.int64)], dim=1)

    assert torch.allclose(network(features), network(padded), atol=1e-6)


def test_the_order_of_notes_matters(network: MelodyEmbedding) -> None:
    features = rows(1, 7)

    assert not torch.allclose(network(features), network(features.flip(1)), atol=1e-3)


def test_both_directions_are_read(network: MelodyEmbedding) -> None:
    features = rows(1, 7)
    other_end = features.clone()
    other_end[0, -1, 1] = features[0, -1, 1] % 12 + 1
    other_start = features.clone()
    other_start[0, 0, 1] = features[0, 0, 1] % 12 + 1

    assert not torch.allclose(network(features), network(other_end), atol=1e-4)
    assert not torch.allclose(network(features), network(other_start), atol=1e-4)

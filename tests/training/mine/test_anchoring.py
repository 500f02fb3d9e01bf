"""While a folder is learnt, what comes without its style stays as the base has it."""

import copy
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

import tiny_songs  # noqa: E402
from reprise.library.corpus_file import write_corpus  # noqa: E402
from reprise.networks.ensemble import (  # noqa: E402
    EnsembleNetwork,
    EnsembleNetworkConfig,
)
from reprise.tokenizers.ensemble import layout, vocabulary  # noqa: E402
from reprise.training import ensemble  # noqa: E402
from reprise.training.batches import BatchSettings, batches  # noqa: E402
from reprise.training.examples import ExampleSettings  # noqa: E402
from reprise.training.mine.anchoring import AnchoredLoss  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = EnsembleNetworkConfig(16, 1, 2, 1, 8, 24, layout.ROWS, vocabulary.SIZE)
STYLE_ROW = vocabulary.STYLES.first

Asked = tuple[tuple[Tensor, Tensor, Tensor], Tensor, Tensor, Tensor]


@pytest.fixture
def base() -> EnsembleNetwork:
    torch.manual_seed(0)
    return EnsembleNetwork(CONFIG).eval()


def asked(folder: Path, styles: dict[str, int]) -> Asked:
    """A batch of examples, of which those of some kinds are told a style."""
    path = folder / "corpus.npz"
    write_corpus(path, tiny_songs.corpus())
    examples = ExampleSettings(longest=300, styles=styles)
    settings = BatchSettings(path, examples, 600, CONFIG.head_size, 0, 1)
    return ensemble.on_device(next(batches(settings, 0)), torch.device("cpu"))


def moved(network: EnsembleNetwork, loss: Tensor) -> float:
    """How strongly a loss would change a network."""
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    return float(sum(gradient.square().sum() for gradient in gradients).sqrt())


def test_replay_asks_nothing_of_a_network_that_is_still_its_base(
    base: EnsembleNetwork, tmp_path: Path
) -> None:
    question = asked(tmp_path, {})
    network = copy.deepcopy(base)
    loss, _ = AnchoredLoss(network, base, STYLE_ROW, 0.0, 2.0)(*question)
    plain, _ = ensemble.EnsembleLoss(network, 0.0)(*question)
    assert moved(network, loss) < 1e-3 * moved(network, plain)


def test_replay_draws_a_network_back_to_its_base(base: EnsembleNetwork, tmp_path: Path) -> None:
    question = asked(tmp_path, {})
    network = copy.deepcopy(base)
    with torch.no_grad():
        network.table.add_(0.3 * torch.randn_like(network.table))
    loss = AnchoredLoss(network, base, STYLE_ROW, 0.0, 2.0)
    away = _distance(network, base, question)
    optimizer = torch.optim.SGD(network.parameters(), 0.5)
    for _ in range(20):
        optimizer.zero_grad()
        loss(*question)[0].backward()
        optimizer.step()
    assert _distance(network, base, question) < 0.9 * away


def test_the_folder_itself_is_learnt_as_ever(base: EnsembleNetwork, tmp_path: Path) -> None:
    kinds = {piece.kind for piece in tiny_songs.corpus().pieces}
    question = asked(tmp_path, dict.fromkeys(kinds, 0))
    network = copy.deepcopy(base)
    loss, nats = AnchoredLoss(network, base, STYLE_ROW, 0.5, 2.0)(*question)
    plain, plain_nats = ensemble.EnsembleLoss(network, 0.5)(*question)
    assert torch.allclose(loss, plain)
    assert torch.allclose(nats, plain_nats)


def test_a_batch_of_both_counts_replay_by_its_weight(base: EnsembleNetwork, tmp_path: Path) -> None:
    inputs, chosen, targets, weights = asked(tmp_path, {})
    features = inputs[0].clone()
    features[0, :, 1:][features[0, :, 1:] == features[0, 0, 1]] = STYLE_ROW
    mixed = (features, *inputs[1:])
    is_own = chosen // features.shape[1] == 0
    assert 0 < int(is_own.sum()) < len(chosen)
    network = copy.deepcopy(base)
    loss, nats = AnchoredLoss(network, base, STYLE_ROW, 0.0, 3.0)(mixed, chosen, targets, weights)
    logits = base(*mixed).flatten(0, 1)[chosen]
    entropy = torch.distributions.Categorical(logits=logits).entropy()
    counted = torch.where(is_own, weights, 3.0 * weights)
    expected = torch.where(is_own, nats, entropy)
    assert torch.allclose(loss, (expected * counted).sum() / counted.sum(), atol=1e-4)


def _distance(network: EnsembleNetwork, base: EnsembleNetwork, question: Asked) -> float:
    inputs, chosen, _, _ = question
    with torch.no_grad():
        one, other = (
            torch.log_softmax(which(*inputs).flatten(0, 1)[chosen], -1) for which in (network, base)
        )
    return float((other.exp() * (other - one)).sum(-1).mean())

"""Low-rank adaptation: begins as the network it adapts, learns through little, merges exactly."""

import copy

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from reprise.networks import low_rank  # noqa: E402
from reprise.networks.ensemble import EnsembleNetwork  # noqa: E402
from reprise.tokenizers.ensemble import vocabulary  # noqa: E402

from .test_ensemble import random_inputs, small_network  # noqa: E402

pytestmark = pytest.mark.torch

ROWS = range(vocabulary.STYLES.first, vocabulary.STYLES.first + 1)


def adapted(rank: int = 2) -> tuple[EnsembleNetwork, EnsembleNetwork]:
    """A network, and the same made ready to learn."""
    network = small_network()
    learner = copy.deepcopy(network)
    low_rank.adapt(learner, rank, 2.0 * rank, ROWS)
    return network, learner


def taught(learner: EnsembleNetwork, steps: int = 3) -> None:
    """Take some steps towards another answer."""
    inputs = random_inputs(2, 12)
    inputs[0][:, 0, 0] = ROWS.start
    learnt = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=0.05)
    for _ in range(steps):
        logits = learner(*inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), torch.full((24,), 7))
        optimizer.zero_grad()
        torch.autograd.backward([loss])
        optimizer.step()


def test_an_adapted_network_begins_as_the_one_it_was() -> None:
    network, learner = adapted()
    inputs = random_inputs(2, 15)

    assert torch.equal(network(*inputs), learner(*inputs))


def test_only_the_thin_maps_and_the_style_are_learnt() -> None:
    _, learner = adapted(rank=2)
    learnt = {name: p.numel() for name, p in learner.named_parameters() if p.requires_grad}

    assert all(name.endswith((".up", ".down", ".learnt")) for name in learnt)
    assert sum(learnt.values()) < sum(p.numel() for p in learner.parameters()) / 4


def test_what_was_learnt_survives_merging_and_nothing_else_moved() -> None:
    network, learner = adapted()
    taught(learner)
    plain = low_rank.merged(learner)
    inputs = random_inputs(2, 15)

    assert torch.allclose(plain(*inputs), learner(*inputs), atol=1e-4)
    assert not torch.allclose(plain(*inputs), network(*inputs), atol=1e-3)
    before, after = network.state_dict(), plain.state_dict()
    assert before.keys() == after.keys()
    changed = (before["table"] != after["table"]).any(dim=1).nonzero().flatten().tolist()
    assert changed == [ROWS.start]
    assert torch.equal(before["norm"], after["norm"])


def test_adaptation_comes_back_from_a_checkpoint() -> None:
    _, learner = adapted()
    taught(learner)
    _, fresh = adapted()
    fresh.load_state_dict(learner.state_dict())
    inputs = random_inputs(1, 9)

    assert torch.equal(fresh(*inputs), learner(*inputs))

"""Low-rank adaptation: a trained network learns something new through few new numbers.

Each matrix of a block keeps its weights W and gets two thin ones, so that it computes
W x + (alpha / rank) U D x; only U and D are learnt (Hu et al. 2021, LoRA, section 4.1). U begins at
zero, so an adapted network begins as the one that it was. Merged, it is a plain network again.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.networks.ensemble import EnsembleNetwork


class LowRankLinear(nn.Module):
    """A linear map whose weights rest, with a low-rank one beside it that learns."""

    def __init__(self, resting: nn.Linear, rank: int, alpha: float) -> None:
        """Lay a map of a rank beside a linear map without bias.

        Args:
            resting: The map; its weights are no longer learnt.
            rank: Of what is added, 1 or more.
            alpha: What is added counts alpha / rank.
        """
        super().__init__()
        self.weight = nn.Parameter(resting.weight.detach(), requires_grad=False)
        self.down = nn.Parameter(torch.randn(rank, resting.in_features) * resting.in_features**-0.5)
        self.up = nn.Parameter(torch.zeros(resting.out_features, rank))
        self.scale = alpha / rank

    def forward(self, stream: Tensor) -> Tensor:
        """Return (..., out) for a stream (..., in)."""
        added = F.linear(F.linear(stream, self.down), self.up)
        return F.linear(stream, self.weight) + self.scale * added

    def merged(self) -> Tensor:
        """Return the weights (out, in) of one linear map that computes the same."""
        return (self.weight + self.scale * (self.up @ self.down)).detach()


class LearntRows(nn.Module):
    """Some rows of a table, learnt in place of those that rest there."""

    def __init__(self, table: Tensor, rows: range) -> None:
        """Begin with the rows that the table has."""
        super().__init__()
        self.learnt = nn.Parameter(table[rows.start : rows.stop].detach().clone())
        self.rows = rows

    def forward(self, table: Tensor) -> Tensor:
        """Return the whole table (R, D) with the learnt rows in it."""
        return torch.cat([table[: self.rows.start], self.learnt, table[self.rows.stop :]])


def adapt(network: EnsembleNetwork, rank: int, alpha: float, rows: range) -> None:
    """Have a network learn through low-rank maps and some rows of its table, and nothing else.

    Args:
        network: Changed in place; afterwards it computes what it did before.
        rank: Of each map, 1 or more.
        alpha: What the maps add counts alpha / rank.
        rows: Rows of the table that are learnt.
    """
    for parameter in network.parameters():
        parameter.requires_grad = False
    for block, name, linear in list(_linears(network)):
        setattr(block, name, LowRankLinear(linear, rank, alpha))
    nn.utils.parametrize.register_parametrization(
        network, "table", LearntRows(network.table, rows), unsafe=True
    )


def merged(network: EnsembleNetwork) -> EnsembleNetwork:
    """Return a plain network in eval mode that computes what an adapted one does."""
    plain = EnsembleNetwork(network.config)
    weights = {name: value.detach() for name, value in plain.state_dict().items()}
    adapted = dict(network.named_modules())
    for name in weights:
        owner, _, last = name.rpartition(".")
        module = adapted.get(owner)
        if isinstance(module, LowRankLinear):
            weights[name] = module.merged()
        else:
            weights[name] = getattr(module if owner else network, last).detach()
    plain.load_state_dict(weights)
    return plain.eval()


def _linears(network: EnsembleNetwork) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    for block in network.blocks:
        for name, child in block.named_children():
            if isinstance(child, nn.Linear):
                yield block, name, child

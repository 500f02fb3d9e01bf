"""The loss of fine-tuning: learn the folder's notes, and elsewhere stay what one was.

What comes with the style of the folder is learnt. What comes without it is replay, where the base's
own chances are the target and not the notes (Li and Hoiem 2016, learning without forgetting): they
say more of what it knows.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from reprise.networks.ensemble import EnsembleNetwork
from reprise.training.ensemble import EnsembleLoss


class AnchoredLoss(EnsembleLoss):
    """What a network loses on a folder, and how far it went from its base on replay."""

    def __init__(
        self,
        network: EnsembleNetwork,
        base: EnsembleNetwork,
        style_row: int,
        logit_weight: float,
        anchor_weight: float,
    ) -> None:
        """Remember the base, which stays as it is.

        Args:
            network: What learns.
            base: What it was.
            style_row: The row of the table that tells the folder's style.
            logit_weight: As in `EnsembleLoss`.
            anchor_weight: How much more a token of replay counts than one of the folder.
        """
        super().__init__(network, logit_weight)
        # In a list it is no part of this module: it neither learns nor is sent to other processes.
        self._base = [base]
        self._style_row = style_row
        self._anchor_weight = anchor_weight

    def forward(
        self, inputs: Sequence[Tensor], chosen: Tensor, targets: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the loss to be minimised, and each prediction's own in nats (N,)."""
        length = inputs[0].shape[1]
        is_replay = ~(inputs[0] == self._style_row).flatten(1).any(1)
        logits = self.network.logits(self.network.stream(*inputs).flatten(0, 1)[chosen])
        odds = torch.logsumexp(logits, dim=-1)
        nats = odds - logits.gather(1, targets[:, None]).squeeze(1)
        lost = nats + self.logit_weight * odds.square()
        is_anchor = is_replay[chosen // length]
        if is_anchor.any():
            chances = self._chances(
                [one[is_replay] for one in inputs], is_replay, chosen[is_anchor]
            )
            apart = odds[is_anchor] - (chances * logits[is_anchor]).sum(-1)
            lost = lost.masked_scatter(is_anchor, apart)
            weights = weights * torch.where(is_anchor, self._anchor_weight, 1.0)
        return (lost * weights).sum() / weights.sum(), nats.detach()

    def _chances(self, inputs: Sequence[Tensor], is_replay: Tensor, chosen: Tensor) -> Tensor:
        """Return the base's chances (M, V) at places of the whole batch that are replay.

        Args:
            inputs: The rows of the batch that are replay.
            is_replay: Which rows these are, (B,).
            chosen: Places b * T + t of the whole batch, (M,).
        """
        base, length = self._base[0], inputs[0].shape[1]
        row = torch.cumsum(is_replay, 0) - 1
        place = row[chosen // length] * length + chosen % length
        with torch.no_grad():
            return torch.softmax(base.logits(base.stream(*inputs).flatten(0, 1)[place]), dim=-1)

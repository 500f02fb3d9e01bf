"""What decides when a fine-tuning ends, and which of its weights are kept."""

import math
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import nn

from reprise.training import ensemble
from reprise.training.batches import BatchSettings
from reprise.training.mine import lessons as heard
from reprise.training.mine.lessons import Lessons
from reprise.training.mine.recipe import Recipe

_FORGETTING_WEIGHT: Final = 10.0


class Validation:
    """Measures a network on held-out pieces, and tells when it no longer gets better."""

    def __init__(
        self,
        recipe: Recipe,
        settings: BatchSettings,
        lessons: Lessons,
        device: torch.device,
        rest: Callable[[], object],
    ) -> None:
        self._most = 1.0 + recipe.adapting.most_forgotten
        self._patience = recipe.adapting.patience
        self._examine = {
            (name, split): ensemble.examination(
                heard.heard(settings, {kind: 1.0}, split),
                recipe.ensemble.valid_examples,
                device,
                rest,
            )
            for name, kind in heard.KINDS.items()
            for split in ("valid", "test")
            if any(piece.split == split for piece in getattr(lessons, name))
        }
        self._began: dict[str, float] = {}
        self._best, self._waited = math.inf, 0

    @property
    def has_settled(self) -> bool:
        """Whether it has waited for progress long enough."""
        return self._waited >= self._patience

    def begin(self, network: nn.Module) -> None:
        """Remember where the network begins."""
        self._began = self.losses(network, "valid")

    def losses(self, network: nn.Module, split: str) -> dict[str, float]:
        """Return the loss of a network on each kind of held-out pieces, nats a token."""
        was_learning = network.training
        network.eval()
        with torch.no_grad():
            found = {
                name: examine(network)["loss"]
                for (name, told), examine in self._examine.items()
                if told == split
            }
        network.train(was_learning)
        return found

    def __call__(self, network: nn.Module) -> Mapping[str, float]:
        """Return `loss`, which counts what was forgotten beyond the limit, and what it is of."""
        found = self.losses(network, "valid")
        loss = found["own"]
        if "replay" in found:
            forgotten = found["replay"] / self._began["replay"]
            loss += _FORGETTING_WEIGHT * max(0.0, forgotten - self._most)
        self._waited = 0 if loss < self._best else self._waited + 1
        self._best = min(self._best, loss)
        return {"loss": loss, **found}

"""The folk network: one or two LSTM layers over four bars, and the class of the step that follows.

Axes: B batch, T steps heard, C classes. It reads one class a step, and answers from the last state
of each direction, or from a weighted sum over all steps whose weights it learns (attention).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class FolkNetworkConfig:
    """The shape of a folk network.

    Attributes:
        classes: Classes of a step.
        layers: LSTM layers, 1 or 2.
        cells: Cells of a layer in each direction.
        is_bidirectional: Whether each layer also reads from the end to the start.
        attends: Whether it answers from all steps instead of the last.
        dropout: Share of each layer's inputs dropped while training, the same ones at every step.
    """

    classes: int
    layers: int = 2
    cells: int = 32
    is_bidirectional: bool = True
    attends: bool = False
    dropout: float = 0.4

    @property
    def width(self) -> int:
        """Size of what a layer says of a step."""
        return self.cells * (2 if self.is_bidirectional else 1)


class FolkNetwork(nn.Module):
    """Answers what follows some steps."""

    letters: Tensor

    def __init__(self, config: FolkNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("letters", torch.eye(config.classes), persistent=False)
        inputs = [config.classes, *[config.width] * (config.layers - 1)]
        self.layers = nn.ModuleList(
            nn.LSTM(size, config.cells, bidirectional=config.is_bidirectional) for size in inputs
        )
        with torch.no_grad():
            for name, parameter in self.layers.named_parameters():
                if "bias_ih" in name:
                    # In torch's order the second quarter is the gate that forgets: open at first.
                    parameter[config.cells : 2 * config.cells] = 1.0
        self.weigh = nn.Linear(config.width, 1) if config.attends else None
        self.answer = nn.Linear(config.width, config.classes)

    def forward(self, steps: Tensor) -> Tensor:
        """Return logits (B, C) of what follows integer classes (B, T)."""
        # (B, T) -> (T, B, C): LSTMs are faster with time in front.
        stream = self.letters[steps.transpose(0, 1)]
        last = stream
        for layer in self.layers:
            stream, (state, _) = layer(self._thinned(stream))
            # (directions, B, cells) -> (B, width)
            last = state.transpose(0, 1).reshape(steps.shape[0], -1)
        answer: Tensor = self.answer(last if self.weigh is None else _summed(stream, self.weigh))
        return answer

    def _thinned(self, stream: Tensor) -> Tensor:
        """Return a layer's inputs (T, B, size) with a share of them dropped at all steps alike."""
        if not self.training:
            return stream
        kept = torch.rand(stream.shape[1:]) >= self.config.dropout
        return stream * kept / (1.0 - self.config.dropout)


def _summed(stream: Tensor, weigh: nn.Linear) -> Tensor:
    """Return the sum of all steps (T, B, width) by their learned weights, (B, width)."""
    weights: Tensor = weigh(stream).softmax(dim=0)
    return (weights * stream).sum(dim=0)

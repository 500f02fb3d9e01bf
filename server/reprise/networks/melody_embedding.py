"""The melody embedding: two bars of melody become a unit vector, near where they are one theme.

Axes: B segments, T notes, F features of a note, D width. Rows are padded at the end with notes
whose features are all 0; a padded row has the vector that it has unpadded.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.melody_embedding import FEATURE_SIZES


@dataclass(frozen=True, slots=True)
class MelodyEmbeddingConfig:
    """The shape of the network.

    Attributes:
        feature_width: Size of the vector that each feature of a note is looked up as.
        hidden: Size of the memory of each reading direction.
        width: Size of the vector that comes out.
        dropout: Share of a note's numbers dropped while training.
    """

    feature_width: int = 32
    hidden: int = 128
    width: int = 128
    dropout: float = 0.1


class MelodyEmbedding(nn.Module):
    """Reads the notes forwards and backwards, and pools what it remembers at each by attention."""

    def __init__(self, config: MelodyEmbeddingConfig) -> None:
        super().__init__()
        self.config = config
        notes = config.feature_width * len(FEATURE_SIZES)
        self.tables = nn.ModuleList(
            nn.Embedding(size, config.feature_width, padding_idx=0) for size in FEATURE_SIZES
        )
        self.dropout = nn.Dropout(config.dropout)
        self.forwards = nn.GRU(notes, config.hidden, batch_first=True)
        self.backwards = nn.GRU(notes, config.hidden, batch_first=True)
        self.attention = nn.Linear(2 * config.hidden, 1)
        self.out = nn.Linear(2 * config.hidden, config.width)

    def forward(self, features: Tensor) -> Tensor:
        """Return unit vectors (B, D) for features (B, T, F)."""
        is_note = features[:, :, 0] > 0
        notes = torch.cat(
            [table(features[:, :, index]) for index, table in enumerate(self.tables)], dim=-1
        )
        notes = self.dropout(notes)
        order = _backward_order(is_note)
        there, _ = self.forwards(notes)
        back, _ = self.backwards(_reordered(notes, order))
        memory = torch.cat([there, _reordered(back, order)], dim=-1).float()
        scores = self.attention(memory).squeeze(-1).float().masked_fill(~is_note, -1e4)
        pooled = (torch.softmax(scores, dim=-1).unsqueeze(-1) * memory).sum(dim=1)
        return F.normalize(self.out(pooled).float(), dim=-1)


def _backward_order(is_note: Tensor) -> Tensor:
    """Return where each place (B, T) is read from when the notes of a row are turned around."""
    places = torch.arange(is_note.shape[1], device=is_note.device).unsqueeze(0)
    turned = is_note.sum(dim=1, keepdim=True) - 1 - places
    return torch.where(is_note, turned, places)


def _reordered(stream: Tensor, order: Tensor) -> Tensor:
    return stream.gather(1, order.unsqueeze(-1).expand(-1, -1, stream.shape[2]))

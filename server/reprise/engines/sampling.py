"""Drawing one choice from scores over choices: temperature, min-p, top-p and masks, seeded.

The order is that of the flagship's specification: temperature, mask, min-p, top-p, draw. A mask is
the grammar's word and always obeyed, whatever the scores say. It knows no music.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.errors import InvalidRequestError

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How adventurously one choice is drawn.

    Attributes:
        temperature: 0.0 always takes the best, 1.0 draws as the scores say; 0 or more.
        min_p: Choices less likely than this share of the likeliest are left out, 0.0-1.0.
        top_p: The likeliest choices that make up this share of the whole stay, above 0.0 to 1.0.
    """

    temperature: float = 0.95
    min_p: float = 0.03
    top_p: float = 0.98

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature < float("inf"):
            raise InvalidRequestError(f"temperature must be 0 or more, got {self.temperature}")
        if not 0.0 <= self.min_p <= 1.0:
            raise InvalidRequestError(f"min_p must be 0 to 1, got {self.min_p}")
        if not 0.0 < self.top_p <= 1.0:
            raise InvalidRequestError(f"top_p must be above 0, to 1, got {self.top_p}")


def sampling_from_surprise(surprise: float, temperature: float = 0.95) -> Sampling:
    """Return how to draw at a surprise of 0.0-1.0, `temperature` being the engine's own.

    | surprise | 0.0 | 0.25 | 0.5 | 1.0 |
    |---|---|---|---|---|
    | temperature x | 0 (greedy) | 0.925 | 1.05 | 1.3 |
    | min-p | 0.06 | 0.0475 | 0.035 | 0.01 |

    Above 0.25 the factor is 0.8 + 0.5 surprise; below, it falls to 0 in proportion, so that the
    slider's lowest end is greedy without a jump.
    """
    factor = (0.8 + 0.5 * surprise) * min(1.0, 4.0 * surprise)
    return Sampling(temperature * factor, 0.06 - 0.05 * surprise)


def generator(seed: int, candidate: int) -> np.random.Generator:
    """Return the random numbers of one candidate, independent of every other candidate's.

    Counter-based (Philox, keyed by both numbers): candidate 3 is the same whether or not
    candidates 0 to 2 were made, on every machine.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed, candidate], dtype=np.uint64)))


def probabilities(logits: Floats, sampling: Sampling, mask: Mask | None = None) -> Floats:
    """Return the probabilities, of shape (choices,), that a draw would follow.

    Scores that are not finite count as impossible; where every allowed choice is impossible, all
    allowed ones are equally likely.

    Args:
        logits: Scores of shape (choices,), in nats, not normalised.
        sampling: How adventurously to draw.
        mask: True where a choice is allowed, of shape (choices,); None allows all.
    """
    allowed = np.ones(len(logits), dtype=np.bool_) if mask is None else mask
    if not allowed.any():
        raise AssertionError("a grammar always leaves one choice")
    is_possible = allowed & np.isfinite(logits)
    if not is_possible.any():
        return np.asarray(allowed / allowed.sum())
    scores = np.where(is_possible, logits, -np.inf).astype(np.float64)
    if sampling.temperature == 0.0:
        greedy: Floats = np.eye(len(scores))[np.argmax(scores)]
        return greedy
    with np.errstate(over="ignore", under="ignore"):
        shares = np.exp((scores - scores.max()) / sampling.temperature)
    shares = np.where(shares >= sampling.min_p, shares, 0.0)
    return _top(shares / shares.sum(), sampling.top_p)


def sample(
    logits: Floats, sampling: Sampling, random: np.random.Generator, mask: Mask | None = None
) -> int:
    """Return the index of one choice; arguments as in `probabilities`."""
    cumulative = np.cumsum(probabilities(logits, sampling, mask))
    drawn = random.random() * cumulative[-1]
    return int(np.searchsorted(cumulative, drawn, side="right"))


def _top(shares: Floats, top_p: float) -> Floats:
    """Leave the likeliest choices that together reach `top_p`, and always the likeliest."""
    order = np.argsort(-shares, kind="stable")
    before = np.cumsum(shares[order]) - shares[order]
    kept = np.zeros_like(shares)
    chosen = order[before < top_p]
    kept[chosen] = shares[chosen]
    total: Floats = kept / kept.sum()
    return total

"""Where a training runs: on the GPU, or on the processor where there is none or it is too small."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import torch
from torch import distributed

PROCESSOR: Final = torch.device("cpu")

Made = TypeVar("Made")


def found() -> tuple[torch.device, ...]:
    """Return what there is, the fastest first and the processor last.

    Of several processes none can change to another device by itself, so there is one for each.
    """
    if not torch.cuda.is_available():
        return (PROCESSOR,)
    card = torch.device("cuda")
    return (card,) if distributed.is_torchelastic_launched() else (card, PROCESSOR)


def on_first_that_holds(
    devices: Sequence[torch.device],
    train: Callable[[torch.device], Made],
    say: Callable[[str], None] = lambda _: None,
) -> Made:
    """Return what a training makes on the first device whose memory is enough.

    Args:
        devices: To try in turn; the last one's own error is raised.
        train: Trains on a device; called again it goes on from its last checkpoint.
        say: Told in words where a device was too small.
    """
    first, *others = devices
    if not others:
        return train(first)
    try:
        return train(first)
    except torch.OutOfMemoryError:
        say(
            f"The memory of the graphics card is not enough: training goes on with the "
            f"{'processor' if others[0] == PROCESSOR else others[0]}, which takes longer. Close "
            "other programs that use the card and start again with --resume to go back to it."
        )
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return on_first_that_holds(others, train, say)

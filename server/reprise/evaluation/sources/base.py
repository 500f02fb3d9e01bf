"""What the suite of the source systems asks of each system: rows of one table."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceSetup:
    """What is measured on what.

    Attributes:
        data: The folder of data sets; None where it was not named.
        models: The folder of model directories; None for those that ship.
        is_quick: Whether a few examples are enough, to see that it runs.
        seed: Draws everything.
        progress: Called with the share that is done, 0.0-1.0, and a word on what comes.
    """

    data: Path | None
    models: Path | None = None
    is_quick: bool = False
    seed: int = 0
    progress: Callable[[float, str], None] = lambda _share, _stage: None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        system: Of the five, S1 to S5.
        model: What was measured, a baseline included.
        figure: What of it, with its unit.
        found: The figure; None where it cannot be had here, and `remark` says why.
        text: What the source text reports of the same.
        goal: What it should reach.
        higher_is_better: Which way; it tells on which side of the goal the figure must lie.
        remark: What must be known to read it.
    """

    system: str
    model: str
    figure: str
    found: float | None
    text: float | None = None
    goal: float | None = None
    higher_is_better: bool = True
    remark: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where there is no goal or no figure."""
        if self.goal is None or self.found is None:
            return None
        return self.found >= self.goal if self.higher_is_better else self.found <= self.goal

    @property
    def told(self) -> dict[str, Any]:
        """The row as JSON has it."""
        return {**asdict(self), "is_met": self.is_met}

"""What every training of a source system is told, and what it tells of itself at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MODEL_FOLDER: Final = "model"

Progress = Callable[[str, float, Mapping[str, float]], None]
"""Called with what is being trained, the share of it that is done (0.0-1.0), and a log line."""


@dataclass(frozen=True, slots=True)
class Order:
    """What `reprise train NAME` was told.

    Attributes:
        data: The folder of data sets; None where it was not named.
        out: The run's folder, with checkpoints and logs; the model goes into a folder inside.
        recipe: A TOML file in place of the published recipe.
        is_quick: Whether to train a small version on made-up music, to see that it learns.
        options: The system's own choices by name, such as {"set": "nottingham"}.
        progress: Hears every line of every log.
        is_stopped: Asked often; True writes a checkpoint and ends the training.
    """

    data: Path | None
    out: Path
    recipe: Path | None = None
    is_quick: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = lambda _what, _share, _line: None
    is_stopped: Callable[[], bool] = lambda: False

    @property
    def model(self) -> Path:
        """Where the model goes."""
        return self.out / MODEL_FOLDER


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training.

    Attributes:
        model: The model directory.
        loss: On held-out music, in nats a token unless `figures` say otherwise.
        baseline: The same of a model that needs no network, on the same music.
        baseline_name: What that model does, such as "most frequent pitch".
        figures: Whatever else is worth telling, by name.
    """

    model: Path
    loss: float
    baseline: float
    baseline_name: str
    figures: Mapping[str, float] = field(default_factory=dict)

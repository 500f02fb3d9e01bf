"""What every training on the command line shares: its folder, its flags, its figures in words."""

import os
from collections.abc import Mapping
from pathlib import Path

from reprise.cli.parser import VerbParser


def add_run_flags(parser: VerbParser, name: str) -> None:
    """Add the run's folder, the recipe, and going on."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("runs") / name,
        metavar="DIR",
        help=f"folder for checkpoints, logs and the model (default runs/{name})",
    )
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="a TOML file (default: the published recipe)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where a run in --out was stopped"
    )


def figures_text(log: Mapping[str, float]) -> str:
    """Return the losses and accuracies of a log line in words."""
    shown = [name for name in log if name.endswith("loss") or "accuracy" in name]
    return ", ".join(f"{name.replace('_', ' ')} {log[name]:.4f}" for name in shown)


def is_first_process() -> bool:
    """Return whether this is the only process, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"

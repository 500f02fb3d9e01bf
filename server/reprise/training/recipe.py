"""Reads the recipe of a system: a TOML file, and what a quick training changes of it."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

QUICK: Final = "quick"
"""The table of what a quick training changes; it has the form of the recipe itself."""


def read_table(system: str, path: Path | None = None, *, is_quick: bool = False) -> dict[str, Any]:
    """Return a system's recipe: the published one, or that of a file.

    Args:
        system: Name of the published recipe, such as "bach".
        path: A TOML file in its place.
        is_quick: Whether to lay the table `quick` over the rest.
    """
    if path is None:
        file = resources.files("reprise.training") / "recipes" / f"{system}.toml"
        text = file.read_text("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    changes = table.pop(QUICK, {})
    return laid_over(table, changes) if is_quick else table


def laid_over(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table in which changes stand in place of what they name, table by table."""
    answer = dict(table)
    for name, value in changes.items():
        below = answer.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            answer[name] = laid_over(below, value)
        else:
            answer[name] = value
    return answer

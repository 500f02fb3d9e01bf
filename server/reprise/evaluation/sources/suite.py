"""The suite of the source systems: every figure of each, the text's own beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reprise.evaluation.sources import (
    bach,
    chords,
    folk,
    home_rows,
    rmvae,
    theme,
    theme_retrieval,
)
from reprise.evaluation.sources.base import Row, SourceSetup

Measure = Callable[[SourceSetup], list[Row]]

SYSTEMS: Final[Mapping[str, tuple[Measure, ...]]] = {
    "theme": (theme_retrieval.rows, theme.rows),
    "rmvae": (rmvae.rows,),
    "bach": (bach.rows,),
    "folk": (folk.rows,),
    "chords": (chords.rows,),
    "home": (home_rows.rows,),
}
"""What measures each system, S1 to S5; "home" asks every engine on the home ground of each."""


def measure(setup: SourceSetup, systems: Sequence[str] = tuple(SYSTEMS)) -> list[Row]:
    """Return the rows of some systems, in their order.

    Args:
        setup: What is measured on what.
        systems: Names of `SYSTEMS`.
    """
    measures = [(name, one) for name in systems for one in SYSTEMS[name]]
    rows: list[Row] = []
    for index, (name, one) in enumerate(measures):
        rows += one(replace(setup, progress=_within(setup, name, index, len(measures))))
    return rows


def _within(setup: SourceSetup, name: str, index: int, count: int) -> Callable[[float, str], None]:
    def progress(share: float, stage: str) -> None:
        setup.progress((index + share) / count, f"{name}: {stage}")

    return progress


def told(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the rows as JSON has them, with how many goals are met and missed."""
    goals = [row for row in rows if row.is_met is not None]
    return {
        "rows": [row.told for row in rows],
        "goals_met": sum(row.is_met is True for row in goals),
        "goals_missed": [
            f"{row.system} {row.model}: {row.figure}" for row in goals if not row.is_met
        ],
    }


HEAD: Final = ("system", "model", "figure", "found", "text", "goal", "met", "remark")


def as_table(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return the rows for people, the head first."""
    return [HEAD, *(_line(row) for row in rows)]


def _line(row: Row) -> tuple[str, ...]:
    sign = ">=" if row.higher_is_better else "<="
    goal = "" if row.goal is None else f"{sign} {_figure(row.goal)}"
    met = {None: "", True: "yes", False: "NO"}[row.is_met]
    return (
        *(row.system, row.model, row.figure, _figure(row.found), _figure(row.text)),
        *(goal, met, row.remark),
    )


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"

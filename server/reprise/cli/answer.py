"""What a verb hands back: one object for programs, one text for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb found or did.

    Attributes:
        data: The one object that `--json` prints; only what JSON can hold.
        text: The same for people, without the last line break.
        exit_code: 0 where all is well, 1 where the verb ran and what it looked at is not well.
    """

    data: Mapping[str, object]
    text: str = ""
    exit_code: int = field(default=0, kw_only=True)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under a head in columns; numbers stand to the right."""
    rows = [tuple(row) for row in rows]
    cells = [tuple(head), *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    is_number = [
        bool(rows) and all(isinstance(row[column], int | float) for row in rows)
        for column in range(len(head))
    ]
    return "\n".join(_line(row, widths, is_number) for row in cells)


def _line(row: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(row, widths, is_number)
    )
    return "  ".join(padded).rstrip()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 10 else f"{value:.0f}"
    return str(value)

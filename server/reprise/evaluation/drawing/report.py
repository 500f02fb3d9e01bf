"""What a suite leaves behind: its figures, its plots, and cases that can be looked at.

Each suite that is written into a folder is one part of the folder's one page, so suites may be run
one by one and still give one report.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from reprise.errors import FileError
from reprise.evaluation.drawing import piano_roll, plots
from reprise.evaluation.drawing.piano_roll import Picture

PAGE: Final = "report.html"
_PART: Final = ".part.html"

STYLE: Final = """\
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:0 auto;padding:1rem}
h1,h2,h3{line-height:1.2}section{margin:2rem 0}
.cases{display:grid;gap:1rem}.case{border:1px solid #8884;border-radius:8px;padding:.6rem}
.case h4{margin:.2rem 0}.case p{margin:.2rem 0;opacity:.8}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .6rem;text-align:left;border-bottom:1px solid #8883}
.scroll{overflow-x:auto}details pre{overflow:auto;max-height:30rem;font-size:12px}
"""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case to look at.

    Attributes:
        title: Such as "pop, half: worst".
        remark: A few words on it.
        truth: What was there.
        answer: What the engine made of it.
    """

    title: str
    remark: str
    truth: Picture
    answer: Picture


@dataclass(frozen=True)
class SuiteResult:
    """What came of a suite.

    Attributes:
        suite: Its name.
        model: What was measured.
        figures: What `--json` prints.
        plots: As SVG.
        cases: To look at.
        summary: Lines for people.
        table: Its head and rows, () where the summary says all.
    """

    suite: str
    model: str
    figures: Mapping[str, Any]
    plots: Sequence[str] = ()
    cases: Sequence[ShownCase] = ()
    summary: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()

    @property
    def told(self) -> dict[str, Any]:
        """The figures with what they say in words, as JSON has them."""
        table = [list(row) for row in self.table]
        return {"suite": self.suite, **self.figures, "summary": list(self.summary), "table": table}


def write_report(folder: Path, result: SuiteResult) -> Path:
    """Write a suite's figures and its part of the page; return the page.

    Raises:
        FileError: The folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        figures = json.dumps(result.told, indent=1, ensure_ascii=False)
        (folder / f"{result.suite}.json").write_text(figures + "\n", encoding="utf-8")
        (folder / f"{result.suite}{_PART}").write_text(part(result), encoding="utf-8")
        parts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{_PART}"))]
        page = folder / PAGE
        page.write_text(_page(parts), encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"the report cannot be written to {folder} ({error.strerror}); "
            "choose another folder with --out"
        ) from error
    return page


def part(result: SuiteResult) -> str:
    """Return a suite's section of the page."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in result.summary)
    drawn = "\n".join(result.plots)
    cases = "\n".join(map(_case, result.cases))
    figures = escape(json.dumps(result.figures, indent=1, ensure_ascii=False))
    return (
        f"<section>\n<h2>{escape(result.suite)}: {escape(result.model)}</h2>\n{lines}\n"
        f"{_table(result.table)}\n{drawn}\n"
        f'<div class="cases">{cases}</div>\n'
        f"<details><summary>All figures</summary><pre>{figures}</pre></details>\n</section>"
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _case(case: ShownCase) -> str:
    return (
        f'<div class="case"><h4>{escape(case.title)}</h4><p>{escape(case.remark)}</p>\n'
        f"<p>there</p>{piano_roll.svg(case.truth, case.title + ', the truth')}\n"
        f"<p>answered</p>{piano_roll.svg(case.answer, case.title + ', the answer')}</div>"
    )


def _page(parts: Sequence[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<title>Reprise: evaluation</title>\n"
        f"<style>{STYLE}{plots.STYLE}{piano_roll.STYLE}</style></head><body>\n"
        "<h1>Reprise: evaluation</h1>\n<p>Hatched notes are those that were hidden and those that "
        "were answered in their place; plain notes were heard by everybody. Whiskers are 95 % "
        "intervals when whole songs are drawn anew.</p>\n" + "\n".join(parts) + "\n</body></html>\n"
    )

"""The report on a corpus as one page that fetches nothing.

Everything that a user, or whoever made a file, may have named is escaped here, where it enters the
page, and made fit to be shown before.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from reprise.library.ingest.summary import Summary
from reprise.library.ingest.walk import shown

MAX_ROWS: Final = 500
"""Of one list; the rest is in report.json."""

_STYLE: Final = """
body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;
color:#1d1d1f;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
.numbers{display:flex;flex-wrap:wrap;gap:1rem}.numbers div{padding:.6rem .9rem;background:#f3f3f5;
border-radius:.5rem}.numbers b{display:block;font-size:1.3rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;
vertical-align:top;overflow-wrap:anywhere}td.number{text-align:right;width:6rem}
tr+tr td{border-top:1px solid #e4e4e8}summary{cursor:pointer}
@media(prefers-color-scheme:dark){body{color:#eee;background:#18181a}
.numbers div{background:#26262a}
tr+tr td{border-color:#333}}
"""

_TABLES: Final = {
    "kinds": "Kinds of files",
    "programs": "Written by",
    "places": "Where clips were found",
    "meters": "Meters",
    "tempi": "Tempi, quarter notes per minute",
    "keys": "Keys",
    "lengths": "Lengths",
    "drums": "Drums, and what told them",
}


def page(name: str, sources: Sequence[str], found: Summary) -> str:
    """Return the page.

    Args:
        name: Of the corpus.
        sources: Folders that were added.
        found: What they hold.
    """
    sections = [
        _numbers(found),
        *(
            _section(title, found.tables()[table].most_common())
            for table, title in _TABLES.items()
            if found.tables()[table]
        ),
        _section("Files of other kinds", found.others.most_common()),
        _listed("Drum tracks", ("where", "track", "told by"), found.drum_tracks),
        _left_out(found),
        _listed("Good to know", ("where", "what"), found.remarks),
        _listed("Files to learn from", ("file", "clips"), found.kept),
    ]
    folders = ", ".join(map(_safe, sources))
    title = f"The corpus {_safe(name)}"
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv='
        "\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style>\n<h1>{title}</h1><p>Read from {folders}. Nothing of it left "
        f"this machine.</p>\n{''.join(sections)}</html>\n"
    )


def _numbers(found: Summary) -> str:
    facts = (
        (f"{found.files:,}", "files with music"),
        (f"{found.clips:,}", "clips to learn from"),
        (f"{found.loops:,}", "of them loops"),
        (f"{found.bars:,}", "bars"),
        (f"{found.notes:,}", "notes"),
        (f"{found.softest} to {found.loudest}", f"velocity, {found.mean_velocity:.0f} on average"),
        (f"{len(found.rejects):,}", "files and clips left out"),
    )
    boxes = "".join(f"<div><b>{_safe(value)}</b>{_safe(what)}</div>" for value, what in facts)
    return f'<div class="numbers">{boxes}</div>\n'


def _left_out(found: Summary) -> str:
    """Return what is left out, reason by reason."""
    if not found.rejects:
        return ""
    parts = ["<h2>Left out, and why</h2>\n"]
    for reason, count in found.reasons.most_common():
        rows = [
            (reject.name, reject.details) for reject in found.rejects if reject.reason == reason
        ]
        inside = _rows(("file or clip", "details"), rows)
        parts.append(f"<details><summary>{_safe(reason)} ({count:,})</summary>{inside}</details>\n")
    return "".join(parts)


def _section(title: str, rows: Sequence[tuple[str, int]]) -> str:
    return f"<h2>{_safe(title)}</h2>{_rows((), rows)}\n" if rows else ""


def _listed(title: str, head: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> str:
    if not rows:
        return ""
    inside = _rows(head, rows)
    count = f"{len(rows):,}"
    return f"<details><summary>{_safe(title)} ({count})</summary>{inside}</details>\n"


def _rows(head: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> str:
    top = "".join(f"<th>{_safe(name)}</th>" for name in head)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows[:MAX_ROWS])
    rest = len(rows) - MAX_ROWS
    more = f"<p>and {rest:,} more, in report.json</p>" if rest > 0 else ""
    return f"<table>{f'<tr>{top}</tr>' if top else ''}{body}</table>{more}"


def _cells(row: Iterable[str | int]) -> str:
    return "".join(
        f'<td class="number">{cell:,}</td>' if isinstance(cell, int) else f"<td>{_safe(cell)}</td>"
        for cell in row
    )


def _safe(text: str) -> str:
    return escape(shown(text))

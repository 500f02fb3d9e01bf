"""The page of the demo: one HTML file with rolls and a player that fetches nothing.

Everything that a user may have named is escaped here, once, where it enters the page.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import count
from string import Template
from urllib.parse import quote

from reprise.evaluation.drawing import piano_roll
from reprise.evaluation.drawing.piano_roll import DrawnNote, Picture
from reprise.music.tempo import TempoMap


@dataclass(frozen=True, slots=True)
class Card:
    """One piece that can be seen and heard.

    Attributes:
        title: Its headline.
        facts: Pairs of a name and a value, shown in one line.
        picture: What the roll shows.
        tempo_map: How fast it plays.
        file_name: The .mid file beside the page.
        remarks: What guards did and warnings, as sentences.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    picture: Picture
    tempo_map: TempoMap
    file_name: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Cards that belong together.

    Attributes:
        title: Its headline.
        text: What was asked, in a sentence.
        cards: The original first.
    """

    title: str
    text: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class RequestTable:
    """What was asked over the wire and how long it took.

    Attributes:
        head: Names of the columns.
        rows: One a request.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def page(
    title: str, lead: str, footer: str, sections: Sequence[Section], requests: RequestTable
) -> str:
    """Return the whole page."""
    cards = [card for section in sections for card in section.cards]
    numbers = count()
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        lead=escape(lead),
        footer=escape(footer),
        style=piano_roll.STYLE + _asset("page.css"),
        legend=_legend(),
        sections="\n".join(_section(section, numbers) for section in sections),
        requests=_requests(requests),
        music=_json([_music(card) for card in cards]),
        script=_asset("player.js"),
    )


def _asset(name: str) -> str:
    return (resources.files("reprise.cli.show") / "assets" / name).read_text(encoding="utf-8")


def _section(section: Section, numbers: "count[int]") -> str:
    cards = "\n".join(_card(card, next(numbers)) for card in section.cards)
    head = f"<section>\n<h2>{escape(section.title)}</h2>\n<p>{escape(section.text)}</p>"
    return f"{head}\n{cards}\n</section>"


def _card(card: Card, number: int) -> str:
    facts = "".join(
        f"<span>{escape(name)} <b>{escape(value)}</b></span>" for name, value in card.facts
    )
    remarks = "".join(f'<p class="note-line">{escape(remark)}</p>' for remark in card.remarks)
    name = escape(card.file_name)
    return (
        f'<article data-piece="{number}">\n<div class="top">'
        f'<button type="button" aria-pressed="false">▶ Play</button>'
        f'<h3>{escape(card.title)}</h3><p class="facts">{facts}</p>'
        f'<a href="{quote(card.file_name)}" download>{name}</a></div>\n'
        f"{piano_roll.svg(card.picture, card.title)}\n{remarks}</article>"
    )


def _requests(requests: RequestTable) -> str:
    head = "".join(
        f"<th{_number(value)}>{escape(name)}</th>"
        for name, value in zip(requests.head, requests.rows[0])
    )
    rows = "\n".join(
        "<tr>" + "".join(f"<td{_number(cell)}>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in requests.rows
    )
    return (
        "<section>\n<h2>Requests</h2>\n<p>What went over OSC on this machine, and how long the "
        'client waited.</p>\n<div class="scroll"><table><thead><tr>'
        f"{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n</section>"
    )


def _number(value: str | int) -> str:
    return ' class="number"' if isinstance(value, int) else ""


def _legend() -> str:
    return (
        '<ul class="legend" aria-label="Legend">'
        f"{_key('v0', 'original or kept, exactly as it was')}"
        f"{_key('new', 'new')}{_key('replaced', 'replaced')}"
        "<li>fainter: softer</li></ul>"
    )


def _key(kind: str, text: str) -> str:
    hatch = '<path class="hatch" d="M8 11l6 -10M16 11l6 -10M24 11l6 -10M32 11l6 -10"/>'
    return (
        '<li><svg class="roll" viewBox="0 0 44 12" aria-hidden="true">'
        f'<rect class="{kind}" x="1" y="1" width="42" height="10" rx="1.5"/>'
        f"{hatch if kind == 'new' else ''}</svg>{text}</li>"
    )


def _music(card: Card) -> dict[str, object]:
    picture, tempo_map = card.picture, card.tempo_map
    notes = [_played(drawn, tempo_map, number) for number, drawn in enumerate(picture.sounding)]
    starts = [start for start, _ in tempo_map.changes if start < picture.length]
    return {
        "seconds": round(tempo_map.seconds_at(picture.length), 4),
        "beats": [[round(tempo_map.seconds_at(at), 4), at] for at in (*starts, picture.length)],
        "voices": [
            {
                "index": index,
                "count": len(picture.voices),
                "program": voice.program,
                "drums": piano_roll.is_drums(picture, index),
            }
            for index, voice in enumerate(picture.voices)
        ],
        "notes": sorted(notes),
    }


def _played(
    drawn: DrawnNote, tempo_map: TempoMap, number: int
) -> tuple[float, float, int, int, int, int]:
    note = drawn.note
    start = tempo_map.seconds_at(note.start)
    duration = tempo_map.seconds_at(note.end) - start
    return round(start, 4), round(duration, 4), note.pitch, note.velocity, drawn.voice, number


def _json(value: object) -> str:
    # "</script>" inside the text would end the element.
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")

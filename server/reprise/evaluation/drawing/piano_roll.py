"""Piano rolls as SVG: what was there, what stayed and what is new, told apart by more than colour.

Kept notes are plain, new notes are hatched with a strong edge, replaced ones are dashed outlines.
Pure strings; `STYLE` goes into the page once, colours follow its light or dark mode.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.pitch import pitch_name
from reprise.music.score import Score
from reprise.music.voice import Voice

WIDTH: Final = 1000.0
GUTTER: Final = 58.0
_HEAD: Final = 16.0
_GAP: Final = 8.0
_BLACK_KEYS: Final = frozenset({1, 3, 6, 8, 10})
_MIN_ROWS: Final = 14
_TINTS: Final = 4

STYLE: Final = """\
.roll{display:block;width:100%;height:auto;font:9px system-ui,sans-serif;
--line:#d5d9e0;--bar:#9aa3b2;--row:#f1f3f6;--name:#5b6473;--paper:#fff;
--t0:#0b4f8a;--t1:#2f7fc1;--t2:#6aa9dc;--t3:#274a6d;--new:#e8821a;--edge:#7a3300;--hatch:#7a3300;--gone:#7d8696}
@media (prefers-color-scheme:dark){.roll{--line:#2b313c;--bar:#566072;--row:#1f242d;--name:#9aa5b8;
--paper:#181c23;--t0:#5aa9ee;--t1:#8cc4f5;--t2:#b9dcfa;--t3:#3f83c4;--new:#ffa53d;--edge:#ffe3bf;
--hatch:#5c2700;--gone:#8a94a6}}
.roll .paper{fill:var(--paper)}.roll .row{fill:var(--row)}
.roll .beat{stroke:var(--line);stroke-width:.6}.roll .bar{stroke:var(--bar);stroke-width:1}
.roll .seam{stroke:var(--edge);stroke-width:1.6;stroke-dasharray:5 3}
.roll text{fill:var(--name)}.roll .pitch{text-anchor:end}
.roll .v0{fill:var(--t0)}.roll .v1{fill:var(--t1)}.roll .v2{fill:var(--t2)}.roll .v3{fill:var(--t3)}
.roll .new{fill:var(--new);stroke:var(--edge);stroke-width:1}
.roll .hatch{stroke:var(--hatch);stroke-width:1.1;opacity:.65}
.roll .replaced{fill:none;stroke:var(--gone);stroke-width:.9;stroke-dasharray:2.5 2}
"""


class NoteKind(StrEnum):
    """What became of a note."""

    ORIGINAL = "original"
    KEPT = "kept"
    NEW = "new"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class DrawnNote:
    """A note with what the picture has to tell of it.

    Attributes:
        note: The note itself.
        voice: Index of its voice, from 0.
        kind: What became of it.
    """

    note: Note
    voice: int
    kind: NoteKind


@dataclass(frozen=True, slots=True)
class Picture:
    """What one piano roll shows.

    Attributes:
        voices: Names, drums and pads of the voices; their notes are not drawn.
        notes: What is drawn, in the order in which it is drawn.
        length: In beats, above 0.
        meter_map: Where bars and beats lie.
        seam: Where the answer begins to reach beyond the source, in beats; None where it does not.
    """

    voices: tuple[Voice, ...]
    notes: tuple[DrawnNote, ...]
    length: float
    meter_map: MeterMap
    seam: float | None = None

    @property
    def sounding(self) -> tuple[DrawnNote, ...]:
        """The notes that are heard: all but the replaced and the muted ones."""
        return tuple(
            drawn
            for drawn in self.notes
            if drawn.kind is not NoteKind.REPLACED and not drawn.note.is_muted
        )


def picture_of(score: Score) -> Picture:
    """Return the picture of a score as it stands."""
    notes = tuple(DrawnNote(note, voice, NoteKind.ORIGINAL) for _, voice, note in score.places())
    return Picture(score.voices, notes, score.length, score.meter_map)


def picture_of_answer(
    source: Score,
    kept: Iterable[int],
    new_notes: Sequence[Sequence[Note]],
    length: float,
) -> Picture:
    """Return the picture of an answer over its source.

    Args:
        source: What was asked about.
        kept: Places of the source notes that stayed.
        new_notes: One sequence a voice of the source.
        length: Of the answer in beats.
    """
    stayed = frozenset(kept)
    old = [
        DrawnNote(note, voice, NoteKind.KEPT if place in stayed else NoteKind.REPLACED)
        for place, voice, note in source.places()
    ]
    new = [
        DrawnNote(note, voice, NoteKind.NEW)
        for voice, notes in enumerate(new_notes)
        for note in notes
    ]
    replaced = [drawn for drawn in old if drawn.kind is NoteKind.REPLACED]
    kept_notes = [drawn for drawn in old if drawn.kind is NoteKind.KEPT]
    seam = source.length if length > source.length else None
    return Picture(source.voices, (*replaced, *kept_notes, *new), length, source.meter_map, seam)


def svg(picture: Picture, title: str) -> str:
    """Return the picture as one `<svg>` element; `STYLE` has to be on the page.

    Each sounding note carries `data-note`, its number in `picture.sounding`, for a player.
    """
    lanes = _lanes(picture)
    height = _HEAD + sum(lane.height for lane in lanes) + _GAP * (len(lanes) - 1) + 2
    body = [
        *_lane_paper(lanes),
        *_grid(picture, height),
        *_notes(picture, lanes),
        *(_labels(lanes)),
    ]
    head = (
        f'<svg class="roll" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'data-gutter="{GUTTER:g}" data-width="{WIDTH:g}" data-beats="{picture.length:g}" '
        f'aria-label="{escape(title)}">'
    )
    return "\n".join([head, *body, "</svg>"])


def document(picture: Picture, title: str, width: float = WIDTH) -> str:
    """Return the picture as an SVG file, drawn so many pixels wide."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" '
    alone = svg(picture, title).replace("<svg ", head, 1)
    return alone.replace(">", f"><style>{STYLE}</style>", 1) + "\n"


@dataclass(frozen=True, slots=True)
class _Lane:
    """Voices that share one pitch axis.

    Attributes:
        rows: Pitches from the top row down.
        names: What stands before a row, by pitch.
        top: Upper edge.
        row_height: Of one row.
        is_drums: Whether this is the lane of the drums.
    """

    rows: tuple[int, ...]
    names: dict[int, str]
    top: float
    row_height: float
    is_drums: bool

    @property
    def height(self) -> float:
        return self.row_height * len(self.rows)

    def y(self, pitch: int) -> float:
        return self.top + self.rows.index(pitch) * self.row_height


def is_drums(picture: Picture, voice: int) -> bool:
    """Tell whether a voice of a picture is drums: as the host says, else by channel 10."""
    known = picture.voices[voice].is_drums
    if known is not None:
        return known
    return any(drawn.note.channel == 9 for drawn in picture.notes if drawn.voice == voice)


def _lanes(picture: Picture) -> list[_Lane]:
    drum_voices = {voice for voice in range(len(picture.voices)) if is_drums(picture, voice)}
    tuned = {drawn.note.pitch for drawn in picture.notes if drawn.voice not in drum_voices}
    pads = {drawn.note.pitch for drawn in picture.notes if drawn.voice in drum_voices}
    lanes = [_tuned_lane(tuned)] if tuned or not pads else []
    if pads:
        top = _HEAD + sum(lane.height + _GAP for lane in lanes)
        lanes.append(_drum_lane(pads, _pad_names(picture, drum_voices), top))
    return lanes


def _tuned_lane(pitches: set[int]) -> _Lane:
    low, high = min(pitches, default=60), max(pitches, default=72)
    missing = max(0, _MIN_ROWS - (high - low + 1))
    low, high = max(0, low - 1 - missing // 2), min(127, high + 1 + (missing + 1) // 2)
    rows = tuple(range(high, low - 1, -1))
    names = {pitch: pitch_name(pitch) for pitch in rows if pitch % 12 == 0}
    return _Lane(rows, names, _HEAD, min(9.0, max(4.0, 240.0 / len(rows))), is_drums=False)


def _drum_lane(pads: set[int], names: dict[int, str], top: float) -> _Lane:
    rows = tuple(sorted(pads, reverse=True))
    shown = {pitch: names.get(pitch) or pitch_name(pitch) for pitch in rows}
    return _Lane(rows, shown, top, 13.0, is_drums=True)


def _pad_names(picture: Picture, drum_voices: set[int]) -> dict[int, str]:
    named = {pitch: name for voice in drum_voices for pitch, name in picture.voices[voice].pads}
    return {**_GENERAL_MIDI_DRUMS, **named}


def _lane_paper(lanes: Sequence[_Lane]) -> Iterator[str]:
    width = WIDTH - GUTTER
    for lane in lanes:
        yield _rect("paper", GUTTER, lane.top, width, lane.height)
        for index, pitch in enumerate(lane.rows):
            is_shaded = index % 2 if lane.is_drums else pitch % 12 in _BLACK_KEYS
            if is_shaded:
                yield _rect("row", GUTTER, lane.y(pitch), width, lane.row_height)


def _grid(picture: Picture, height: float) -> Iterator[str]:
    bars = list(picture.meter_map.bars(picture.length))
    every = 1 if len(bars) <= 32 else 4
    for index, bar in enumerate(bars):
        pulse = picture.meter_map.at(bar.start).pulse
        beat = bar.start + pulse
        while len(bars) <= 32 and beat < min(bar.end, picture.length) - 1e-6:
            yield _vertical("beat", _x(beat, picture), height)
            beat += pulse
        yield _vertical("bar", _x(bar.start, picture), height)
        if index % every == 0:
            yield f'<text x="{_x(bar.start, picture) + 3:.1f}" y="{_HEAD - 5:g}">{index + 1}</text>'
    if picture.seam is not None:
        yield _vertical("seam", _x(picture.seam, picture), height)


def _notes(picture: Picture, lanes: Sequence[_Lane]) -> Iterator[str]:
    number = 0
    for drawn in picture.notes:
        is_heard = drawn.kind is not NoteKind.REPLACED and not drawn.note.is_muted
        yield from _note(
            drawn, picture, _lane_of(drawn, picture, lanes), number if is_heard else -1
        )
        number += is_heard


def _lane_of(drawn: DrawnNote, picture: Picture, lanes: Sequence[_Lane]) -> _Lane:
    wants_drums = is_drums(picture, drawn.voice)
    return next(lane for lane in lanes if lane.is_drums == wants_drums)


def _note(drawn: DrawnNote, picture: Picture, lane: _Lane, number: int) -> Iterator[str]:
    note = drawn.note
    left = _x(note.start, picture)
    shortest = 5.0 if lane.is_drums else 2.0
    width = max(shortest, _x(min(note.end, picture.length), picture) - left - 0.8)
    top, height = lane.y(note.pitch) + 0.5, lane.row_height - 1.0
    data = f' data-note="{number}"' if number >= 0 else ""
    strength = f' fill-opacity="{0.45 + 0.55 * note.velocity / 127:.2f}"'
    yield _rect(_classes(drawn), left, top, width, height, f' rx="1.5"{data}{strength}')
    if drawn.kind is NoteKind.NEW:
        yield from _hatch(left, top, width, height)


def _classes(drawn: DrawnNote) -> str:
    if drawn.kind in (NoteKind.NEW, NoteKind.REPLACED):
        return drawn.kind.value
    return f"{drawn.kind.value} v{drawn.voice % _TINTS}"


def _hatch(left: float, top: float, width: float, height: float) -> Iterator[str]:
    """Yield slanted strokes through a note, so that new notes are told without colour."""
    lean, step = height * 0.6, 6.0
    starts = [left + step * index + 2.0 for index in range(int((width - lean - 2.0) // step) + 1)]
    strokes = " ".join(
        f"M{start:.1f} {top + height:.1f}l{lean:.1f} {-height:.1f}"
        for start in starts
        if start + lean <= left + width
    )
    if strokes:
        yield f'<path class="hatch" d="{strokes}"/>'


def _labels(lanes: Sequence[_Lane]) -> Iterator[str]:
    for lane in lanes:
        for pitch, name in lane.names.items():
            y = lane.y(pitch) + lane.row_height / 2 + 3
            yield f'<text class="pitch" x="{GUTTER - 5:g}" y="{y:.1f}">{escape(name)}</text>'


def _x(beat: float, picture: Picture) -> float:
    return GUTTER + (WIDTH - GUTTER) * beat / picture.length


def _vertical(kind: str, x: float, height: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD:g}" y2="{height - 2:g}"/>'


def _rect(kind: str, x: float, y: float, width: float, height: float, more: str = "") -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}"{more}/>'
    )


_GENERAL_MIDI_DRUMS: Final = {
    35: "Kick 2",
    36: "Kick",
    37: "Side stick",
    38: "Snare",
    39: "Clap",
    40: "Snare 2",
    41: "Low tom",
    42: "Closed hat",
    43: "Low tom 2",
    44: "Pedal hat",
    45: "Mid tom",
    46: "Open hat",
    47: "Mid tom 2",
    48: "High tom",
    49: "Crash",
    50: "High tom 2",
    51: "Ride",
    52: "China",
    53: "Ride bell",
    54: "Tambourine",
    55: "Splash",
    56: "Cowbell",
}

"""A picture of the presentation view as SVG: for the guide and for eyes, not Live's own drawing."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from text_width import wrapped

Box = dict[str, Any]


@dataclass(frozen=True)
class Theme:
    """Colours of the parts that Live draws, as SVG writes them."""

    surface: str
    field: str
    text: str
    on: str
    text_on: str
    frame: str
    arc: str
    arc_ground: str
    screen: str
    screen_text: str


LIGHT = Theme(
    surface="#c4c4c4",
    field="#dedede",
    text="#1c1c1c",
    on="#f7b23b",
    text_on="#1c1c1c",
    frame="#9a9a9a",
    arc="#1f8fb8",
    arc_ground="#8f8f8f",
    screen="#20262b",
    screen_text="#e8ecee",
)
DARK = Theme(
    surface="#3b3b3b",
    field="#232323",
    text="#c9c9c9",
    on="#f0a92e",
    text_on="#141414",
    frame="#1c1c1c",
    arc="#5fc3e4",
    arc_ground="#1f1f1f",
    screen="#15191c",
    screen_text="#dfe5e8",
)


@dataclass(frozen=True)
class Moment:
    """What the script shows at the moment of the picture.

    Attributes:
        texts: Texts of comments by the name of their box.
        values: Values of controls by the name of their box, in place of the first ones.
        strip: SVG inside the Bars strip, from its own script.
        grey: Buttons that are not active, by the name of their box.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    strip: str = ""
    grey: Collection[str] = ()


def picture(patcher: Mapping[str, Any], theme: Theme, moment: Moment) -> str:
    """Return the presentation view of a patcher as an SVG of twice its size."""
    left, top, width, height = patcher.get("openrect") or [0, 0, *patcher["rect"][2:]]
    brush = Brush(theme, moment)
    # Max draws the first box in front, SVG the last.
    shown = [box["box"] for box in reversed(patcher["boxes"]) if box["box"].get("presentation")]
    for box in shown:
        brush.box(box)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * 2:g}" height="{height * 2:g}" '
        f'viewBox="{left:g} {top:g} {width:g} {height:g}" '
        'font-family="Helvetica Neue, Helvetica, Arial, sans-serif">'
    )
    ground = f'<rect width="{width:g}" height="{height:g}" fill="{theme.surface}"/>'
    return "\n".join([head, ground, *brush.parts, "</svg>", ""])


class Brush:
    """Draws one box after another in one theme."""

    def __init__(self, theme: Theme, moment: Moment) -> None:
        self.theme = theme
        self.moment = moment
        self.parts: list[str] = []

    def box(self, box: Box) -> None:
        """Draw a box of any kind that is shown."""
        drawers = {
            "comment": self._readout,
            "live.comment": self._label,
            "live.dial": self._dial,
            "live.line": self._divider,
            "live.menu": self._menu,
            "live.numbox": self._number,
            "live.tab": self._tabs,
            "live.text": self._button,
            "number": self._number,
            "panel": self._ground,
            "tab": self._tabs,
            "textbutton": self._button,
            "umenu": self._menu,
            "v8ui": self._strip,
        }
        drawers[box["maxclass"]](box)

    def _label(self, box: Box) -> None:
        left, top, width, height = box["presentation_rect"]
        is_right = box.get("textjustification") == 2
        x = left + width - 2 if is_right else left + 2
        anchor = "end" if is_right else "start"
        self._text(x, top + height / 2 + 3.3, box["text"], self.theme.text, anchor)

    def _readout(self, box: Box) -> None:
        left, top, width, _ = box["presentation_rect"]
        text = self.moment.texts.get(_name(box), box["text"])
        for number, line in enumerate(wrapped(text, width - 8)):
            self._text(left + 4, top + 11 + number * 12, line, self.theme.screen_text, "start")

    def _ground(self, box: Box) -> None:
        self._rectangle(box["presentation_rect"], self.theme.screen, rounded=4)

    def _divider(self, box: Box) -> None:
        left, top, width, height = box["presentation_rect"]
        rect = [left + width // 2, top, 1, height]
        self._rectangle(rect, self.theme.frame, rounded=0)

    def _button(self, box: Box) -> None:
        is_on = box.get("mode") == 1 and self._value(box) > 0
        text = box["texton"] if is_on else box["text"]
        ground = self.theme.on if is_on else self.theme.field
        words = self.theme.text_on if is_on else self.theme.text
        self._framed(box, ground)
        self._centred(box, text, self.theme.frame if _name(box) in self.moment.grey else words)

    def _number(self, box: Box) -> None:
        self._framed(box, self.theme.field)
        self._centred(box, self._said(box), self.theme.text)

    def _menu(self, box: Box) -> None:
        left, top, width, height = box["presentation_rect"]
        self._framed(box, self.theme.field)
        self._text(left + 5, top + height / 2 + 3.3, self._said(box), self.theme.text, "start")
        x, y = left + width - 11, top + height / 2 - 1.5
        self.parts.append(f'<path d="M{x:g} {y:g}h6l-3 4z" fill="{self.theme.text}"/>')

    def _tabs(self, box: Box) -> None:
        left, top, width, height = box["presentation_rect"]
        names = box.get("tabs") or _parameter(box)["parameter_enum"]
        each = width / len(names)
        self._framed(box, self.theme.field)
        for number, name in enumerate(names):
            is_on = number == self._value(box)
            if is_on:
                rect = [left + number * each, top, each, height]
                self._rectangle(rect, self.theme.on, rounded=2)
            color = self.theme.text_on if is_on else self.theme.text
            self._text(left + (number + 0.5) * each, top + height / 2 + 3.3, name, color)

    def _dial(self, box: Box) -> None:
        left, top, width, height = box["presentation_rect"]
        value = _parameter(box)
        least, greatest = value["parameter_mmin"], value["parameter_mmax"]
        share = (self._value(box) - least) / (greatest - least)
        start = (0 - least) / (greatest - least)
        middle, centre, radius = left + width / 2, top + height / 2 + 2, 9.5
        self._text(middle, top + 9, value["parameter_shortname"], self.theme.text)
        self._arc(middle, centre, radius, (0, 1), self.theme.arc_ground)
        self._arc(middle, centre, radius, (min(start, share), max(start, share)), self.theme.arc)
        x, y = _on_circle(middle, centre, radius, share)
        self.parts.append(
            f'<path d="M{middle:g} {centre:g}L{x:.2f} {y:.2f}" stroke="{self.theme.text}" '
            'stroke-width="2" fill="none"/>'
        )
        self._text(middle, top + height - 1, self._said(box), self.theme.text)

    def _strip(self, box: Box) -> None:
        left, top, _, _ = box["presentation_rect"]
        self.parts.append(f'<g transform="translate({left:g} {top:g})">{self.moment.strip}</g>')

    def _value(self, box: Box) -> float:
        first = _parameter(box).get("parameter_initial", [box.get("minimum", 0)])[0]
        return float(self.moment.values.get(_name(box), first))

    def _said(self, box: Box) -> str:
        value = self._value(box)
        if box["maxclass"] == "umenu":
            shown = self.moment.texts.get(_name(box))
            return shown or str([one for one in box["items"] if one != ","][int(value)])
        parameter = _parameter(box)
        if "parameter_enum" in parameter:
            return str(parameter["parameter_enum"][int(value)])
        unit = parameter.get("parameter_unitstyle")
        if unit == 8 or box.get("format") == 4:
            return _note_name(int(value))
        return f"{value:g} %" if unit == 5 else f"{value:.0f}"

    def _framed(self, box: Box, ground: str) -> None:
        self._rectangle(box["presentation_rect"], ground, rounded=2, frame=self.theme.frame)

    def _rectangle(self, rect: list[float], color: str, *, rounded: float, frame: str = "") -> None:
        left, top, width, height = rect
        stroke = f' stroke="{frame}" stroke-width="0.6"' if frame else ""
        self.parts.append(
            f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" '
            f'rx="{rounded:g}" fill="{color}"{stroke}/>'
        )

    def _centred(self, box: Box, text: str, color: str) -> None:
        left, top, width, height = box["presentation_rect"]
        self._text(left + width / 2, top + height / 2 + 3.3, text, color)

    def _text(self, x: float, y: float, text: str, color: str, anchor: str = "middle") -> None:
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="9.5" text-anchor="{anchor}" '
            f'fill="{color}">{escape(text)}</text>'
        )

    def _arc(
        self, x: float, y: float, radius: float, share: tuple[float, float], color: str
    ) -> None:
        (left, top), (right, bottom) = (_on_circle(x, y, radius, one) for one in share)
        is_large = int((share[1] - share[0]) * 270 > 180)
        self.parts.append(
            f'<path d="M{left:.2f} {top:.2f}A{radius} {radius} 0 {is_large} 1 {right:.2f} '
            f'{bottom:.2f}" stroke="{color}" stroke-width="2.6" fill="none"/>'
        )


def _on_circle(x: float, y: float, radius: float, share: float) -> tuple[float, float]:
    angle = math.radians(135 + 270 * share)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _note_name(pitch: int) -> str:
    # Live calls middle C, pitch 60, C3.
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{names[pitch % 12]}{pitch // 12 - 2}"


def _parameter(box: Box) -> dict[str, Any]:
    attributes: dict[str, Any] = box.get("saved_attribute_attributes", {})
    found: dict[str, Any] = attributes.get("valueof", {})
    return found


def _name(box: Box) -> str:
    return str(box["id"]).removeprefix("obj-")

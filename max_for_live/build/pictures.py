"""The pictures of the guide: docs/pictures/*.svg, painted from the built device."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder import HOME
from errors import BuildError
from render import DARK, LIGHT, Moment, Theme, picture

FOLDER = HOME.parent / "docs" / "pictures"
PAINTER = Path(__file__).with_name("paint_strip.mjs")
COLORS = {
    "live_lcd_bg": "screen",
    "live_lcd_title": "screen_text",
    "live_lcd_control_fg": "on",
}
HALF_SEEN = {"live_lcd_frame": 0.22, "live_lcd_control_fg_zombie": 0.5}
AT_WORK = [
    ["light", 1],
    ["barstate", 0, 0, 1, 1, 0, 0, 0, 0],
    ["barnotes", 11, 9, 14, 10, 11, 9, 13, 6],
]
AT_REST = [["light", 1], ["barstate", *[1] * 8], ["barnotes", 16, 14, 16, 12, 16, 15, 16, 8]]
WORDS = {
    "line": "Vary 24 notes · bars 3 to 4 · hearing Chords · Drums · F minor (found)",
    "show": "3 / 8 · change 42 % · 31 notes",
}


def pictures(patcher: dict[str, Any], node: str) -> dict[str, str]:
    """Return every picture of the guide by its file name.

    Args:
        patcher: Of the device.
        node: The program that runs the Bars strip's script.
    """
    found = Moment(WORDS)
    limited = Moment(
        {
            "line": "Continue Hymn · bars 1 to 8 · G major (found) · clip Hymn · Bach cannot "
            "Vary · Refill · Rewrite · Accompany · Morph or Develop",
            "show": " ",
            "menu_model": "Bach",
        },
        grey=("vary", "refill", "redo", "accompany", "morph", "develop"),
    )
    busy = Moment(
        {
            "line": "Varying 24 notes · bars 3 to 4 · hearing Chords · Drums · F minor (found)",
            "show": " ",
        },
    )
    missing = Moment(
        {"line": "Reprise is not running. Start it in a terminal with: reprise start", "show": " "}
    )
    return {
        "live-device.svg": _painted(patcher, LIGHT, found, AT_WORK, node),
        "live-device-dark.svg": _painted(patcher, DARK, found, AT_WORK, node),
        "live-busy.svg": _painted(
            patcher, LIGHT, busy, [*AT_WORK, ["light", 3], ["busy", 35]], node
        ),
        "live-model.svg": _painted(patcher, LIGHT, limited, AT_REST, node),
        "live-not-running.svg": _painted(patcher, LIGHT, missing, [["light", 4]], node),
    }


def find_node() -> str:
    """Return where Node is.

    Raises:
        BuildError: It is nowhere.
    """
    node = shutil.which("node")
    if node is None:
        raise BuildError("pictures need Node on the PATH: the Bars strip paints itself")
    return node


def _painted(
    patcher: dict[str, Any], theme: Theme, moment: Moment, messages: list[list[Any]], node: str
) -> str:
    strip = next(box["box"] for box in patcher["boxes"] if box["box"]["maxclass"] == "v8ui")
    order = {
        "code": strip["textfile"]["text"],
        "size": strip["presentation_rect"][2:],
        "messages": messages,
        "colors": _colors(theme),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [node, PAINTER], input=json.dumps(order), capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise BuildError(f"the Bars strip does not paint itself: {done.stderr.strip()}")
    return picture(patcher, theme, replace(moment, strip=done.stdout))


def _colors(theme: Theme) -> dict[str, list[float]]:
    colors = {name: _shares(getattr(theme, ours)) for name, ours in COLORS.items()}
    for name, share in HALF_SEEN.items():
        pairs = zip(_shares(theme.screen), _shares(theme.screen_text))
        colors[name] = [back + share * (front - back) for back, front in pairs]
    return colors


def _shares(color: str) -> list[float]:
    return [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]

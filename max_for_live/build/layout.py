"""The patch as data: reads and checks src/patch/*.toml. Knows no Max objects."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from errors import BuildError

Rect = tuple[int, int, int, int]
Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something to press; says a message and stores nothing.

    Attributes:
        name: Its word in code.
        text: What stands on it.
        long: Its permanent Long Name in Live.
        rect: Left, top, width and height in the presentation, in pixels.
        says: The message that a press sends.
        info: For Live's Info View.
        visibility: "hidden" from automation, undo and presets, "stored" or "automated".
    """

    name: str
    text: str
    long: str
    rect: Rect
    says: str
    info: str
    visibility: str = "hidden"


@dataclass(frozen=True, kw_only=True)
class Control:
    """A parameter that Live stores and automates.

    Attributes:
        name: Its word in code.
        maxclass: The live.* object.
        long: Its permanent Long Name.
        short: Its name where there is little room.
        rect: As for a button.
        info: For Live's Info View.
        initial: The first value; of a choice, its number.
        choices: Names of the values, empty where there is a range.
        range: Least and greatest value, where there are no choices.
        unit: "percent", "number" or "midi note" where there is a range.
        text: What stands on a toggle.
        text_on: The same while it is on, "" for the same words.
    """

    name: str
    maxclass: str
    long: str
    short: str
    rect: Rect
    info: str
    initial: int
    choices: tuple[str, ...] = ()
    range: tuple[int, int] = (0, 0)
    unit: str = "number"
    text: str = ""
    text_on: str = ""


@dataclass(frozen=True, kw_only=True)
class Menu:
    """A menu whose rows the script fills.

    Attributes:
        name: Its word in code.
        rect: As for a button.
        first: The row that stands there before.
        info: For Live's Info View.
    """

    name: str
    rect: Rect
    first: str
    info: str


@dataclass(frozen=True, kw_only=True)
class Label:
    """Words that never change."""

    text: str
    rect: Rect


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Where light, bars, the coming action and the heard result are shown.

    Attributes:
        panel: The ground behind all of it.
        strip: Light, progress and bars.
        line: What will happen, or how the server is.
        show: Which result is heard.
        first_line: What the line says before the script runs.
        first_show: The same of the result.
    """

    panel: Rect
    strip: Rect
    line: Rect
    show: Rect
    first_line: str
    first_show: str


@dataclass(frozen=True, kw_only=True)
class Bank:
    """Up to eight Long Names under the knobs of a control surface."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Device:
    """All that a producer sees of a device.

    Attributes:
        kind: As in `container.KINDS`.
        width: Of the presentation, in pixels.
        dividers: Where upright lines stand, in pixels from the left.
        live: The oldest Live that runs it.
        max: The oldest Max that runs it.
        script: The entry module, from src/.
        strip: The script that draws the Bars strip, from src/.
        version_rect: Where the version stands.
        screen: The display.
        buttons: What can be pressed.
        controls: What can be set.
        menus: What the script fills.
        labels: What is only read.
        banks: For control surfaces.
    """

    kind: str
    width: int
    dividers: tuple[int, ...]
    live: str
    max: str
    script: str
    strip: str
    version_rect: Rect
    screen: Screen
    buttons: tuple[Button, ...]
    controls: tuple[Control, ...]
    menus: tuple[Menu, ...]
    labels: tuple[Label, ...]
    banks: tuple[Bank, ...]


SECTIONS = ("device", "button", "control", "menu", "label", "screen", "version", "bank")


def read_device(path: Path) -> Device:
    """Return the device that a file describes.

    Raises:
        BuildError: A section or key is missing or unknown.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(data) - set(SECTIONS)
    if unknown or set(SECTIONS) - set(data):
        raise BuildError(f"{path.name} must have the sections {', '.join(SECTIONS)} and no others")
    for control in data["control"]:
        control["maxclass"] = control.pop("class", None)
    try:
        return Device(
            **_frozen(data["device"]),
            version_rect=tuple(data["version"]["rect"]),
            screen=_part(Screen, data["screen"]),
            buttons=tuple(_part(Button, one) for one in data["button"]),
            controls=tuple(_part(Control, one) for one in data["control"]),
            menus=tuple(_part(Menu, one) for one in data["menu"]),
            labels=tuple(_part(Label, one) for one in data["label"]),
            banks=tuple(_part(Bank, one) for one in data["bank"]),
        )
    except TypeError as error:
        raise BuildError(f"{path.name}: {error}") from error


def _part(kind: type[Part], data: dict[str, Any]) -> Part:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    unknown = set(data) - known
    if unknown:
        raise BuildError(
            f"{kind.__name__} {data.get('name', '')!r} has no {', '.join(sorted(unknown))}"
        )
    return kind(**_frozen(data))


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}

"""How each thing that a producer sees looks in Max: attributes of boxes. Knows no cords."""

from typing import Any

from canvas import Canvas, shown
from errors import BuildError
from layout import Button, Control, Label, Menu, Rect, Screen

FLOAT, INT, ENUM, BLOB = range(4)
STORED_ONLY, HIDDEN = 1, 2
VISIBILITIES: dict[str, dict[str, int]] = {
    "automated": {},
    "stored": {"parameter_invisible": STORED_ONLY},
    "hidden": {"parameter_invisible": HIDDEN},
}
UNITS = {"number": 0, "percent": 5, "midi note": 8}
GREATEST_INT_PARAMETER = 255
FONT: dict[str, Any] = {"fontname": "Ableton Sans Medium", "fontsize": 9.5}


def button_box(canvas: Canvas, button: Button) -> str:
    """Draw a button of Live's own look that leaves no undo step."""
    return canvas.add(
        button.name,
        "live.text",
        text=button.text,
        texton=button.text,
        mode=0,
        outputmode=1,
        varname=button.long,
        annotation=button.info,
        annotation_name=button.long,
        parameter_enable=1,
        saved_attribute_attributes={
            "valueof": _parameter(button.long, button.text, button.info, ENUM)
            | {"parameter_enum": ["Off", "On"], "parameter_mmax": 1}
            | VISIBILITIES[button.visibility]
        },
        **shown(button.rect),
    )


def control_box(canvas: Canvas, control: Control) -> str:
    """Draw a control that Live stores and automates.

    Raises:
        BuildError: It has neither a range nor choices, or both.
    """
    if any(control.range) == bool(control.choices):
        raise BuildError(f"{control.long} needs a range or choices, not both")
    more: dict[str, Any] = {}
    if control.maxclass == "live.text":
        more = {"text": control.text, "texton": control.text_on or control.text, "mode": 1}
    return canvas.add(
        control.name,
        control.maxclass,
        varname=control.long,
        annotation=control.info,
        annotation_name=control.long,
        parameter_enable=1,
        saved_attribute_attributes={"valueof": _value_of(control)},
        **more,
        **shown(control.rect),
    )


def menu_box(canvas: Canvas, menu: Menu) -> str:
    """Draw a menu whose rows the script fills."""
    return canvas.add(
        f"menu_{menu.name}",
        "umenu",
        items=[menu.first],
        annotation=menu.info,
        annotation_name=menu.name.capitalize(),
        parameter_enable=0,
        saved_attribute_attributes=menu_colors(),
        **FONT,
        **shown(menu.rect),
    )


def label_box(canvas: Canvas, label: Label) -> str:
    """Draw words that never change, in the colours of Live's theme."""
    name = f"label_{label.text.lower()}"
    return canvas.add(
        name, "live.comment", text=label.text, textjustification=0, **shown(label.rect)
    )


def divider_box(canvas: Canvas, left: int) -> str:
    """Draw an upright line between two groups."""
    # Max draws the line in the middle of a box of at least five pixels.
    rect = (left - 2, 8, 5, 149)
    return canvas.add(f"divider_{left}", "live.line", justification=1, ignoreclick=1, **shown(rect))


def screen_boxes(canvas: Canvas, screen: Screen, strip_code: str) -> None:
    """Draw the display: ground, Bars strip, two lines of text.

    The boxes that are drawn first lie in front.
    """
    canvas.add(
        "strip",
        "v8ui",
        filename="none",
        border=0,
        ignoreclick=0,
        parameter_enable=0,
        textfile={"text": strip_code, "filename": "none", "flags": 0, "embed": 1, "autowatch": 0},
        annotation="The bars of the clip. Click or drag over bars to mark those that may change.",
        annotation_name="Bars",
        **shown(screen.strip),
    )
    _readout(canvas, "line", screen.line, screen.first_line)
    _readout(canvas, "show", screen.show, screen.first_show)
    canvas.add(
        "ground",
        "panel",
        mode=0,
        background=1,
        rounded=4,
        ignoreclick=1,
        saved_attribute_attributes={"bgfillcolor": theme("live_lcd_bg")},
        **shown(screen.panel),
    )


def menu_colors() -> dict[str, dict[str, str]]:
    """Return the attributes that give a plain Max menu the colours of Live's theme."""
    return {
        "bgfillcolor": theme("live_control_text_bg"),
        "textcolor": theme("live_control_fg"),
        "color": theme("live_control_fg"),
    }


def theme(color: str) -> dict[str, str]:
    """Return the attribute value that follows Live's theme."""
    return {"expression": f"themecolor.{color}"}


def _readout(canvas: Canvas, name: str, rect: Rect, text: str) -> None:
    canvas.add(
        name,
        "comment",
        text=text,
        ignoreclick=1,
        saved_attribute_attributes={"textcolor": theme("live_lcd_title")},
        **FONT,
        **shown(rect),
    )


def _value_of(control: Control) -> dict[str, Any]:
    value = _parameter(control.long, control.short, control.info, _type(control))
    number = float if value["parameter_type"] == FLOAT else int
    value |= {"parameter_initial": [number(control.initial)], "parameter_initial_enable": 1}
    if control.choices:
        choices = list(control.choices)
        return value | {"parameter_enum": choices, "parameter_mmax": len(choices) - 1}
    least, greatest = control.range
    return value | {
        "parameter_mmin": number(least),
        "parameter_mmax": number(greatest),
        "parameter_unitstyle": UNITS[control.unit],
    }


def _type(control: Control) -> int:
    if control.choices:
        return ENUM
    least, greatest = control.range
    # Live's int parameters hold a byte; a float that is shown as a whole number holds the rest.
    whole = control.unit != "percent" and least >= 0 and greatest <= GREATEST_INT_PARAMETER
    return INT if whole else FLOAT


def _parameter(long: str, short: str, info: str, kind: int) -> dict[str, Any]:
    return {
        "parameter_longname": long,
        "parameter_shortname": short,
        "parameter_annotation_name": long,
        "parameter_info": info,
        "parameter_type": kind,
        "parameter_modmode": 0,
    }

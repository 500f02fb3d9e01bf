"""The floating window: the same controls once more, as plain Max objects that store nothing.

It says what the device says ("press vary", "turn change 35", "pick model 2") and hears what the
device's controls and the script say ("set change 35", "line ..."), so both always show the same.
"""

from collections.abc import Iterator
from typing import Any

from canvas import Canvas, shown
from faces import FONT, divider_box, label_box, menu_box, menu_colors, screen_boxes, theme
from layout import Button, Control, Device, Label
from presses import SHOWN, wire_display, wire_presses

HEIGHT = 169
MIDI_NOTE_FORMAT = 4
# Once a click; without it some versions of Max bang on the way down and on the way up.
MOUSE_UP = 1
NUMBER_LOOK = {
    "bgcolor": theme("live_control_text_bg"),
    "textcolor": theme("live_control_fg"),
}
TAB_LOOK = {
    "tabcolor": theme("live_control_bg"),
    "htabcolor": theme("live_control_selection"),
    "textcolor": theme("live_control_fg"),
    "htextcolor": theme("live_control_fg_on"),
}
LOOK = {
    "bgcolor": theme("live_control_bg"),
    "textcolor": theme("live_control_fg"),
    "bgoncolor": theme("live_control_selection"),
    "textoncolor": theme("live_control_fg_on"),
}


def window_patcher(device: Device, strip_code: str) -> dict[str, Any]:
    """Return the patcher of the floating window."""
    canvas = Canvas()
    canvas.add("heard", "inlet", index=1, comment="what the device and its script say")
    canvas.add("said", "outlet", index=1, comment="what is pressed, turned and picked here")
    _draw(canvas, device, strip_code)
    wire_presses(canvas, device, _buttons(device), "said")
    _wire_controls(canvas, device)
    wire_display(canvas, device, "hear", 1)
    canvas.cords("strip -> said")
    _wire_window(canvas)
    return {
        "fileversion": 1,
        "appversion": {"major": 9, "minor": 0, "revision": 0, "architecture": "x64", "modernui": 1},
        "classnamespace": "box",
        "rect": [120.0, 120.0, float(device.width), float(HEIGHT)],
        "openinpresentation": 1,
        "toolbarvisible": 0,
        "enablehscroll": 0,
        "enablevscroll": 0,
        "boxes": [{"box": box} for box in canvas.boxes],
        "lines": canvas.lines,
        "saved_attribute_attributes": {"locked_bgcolor": theme("live_surface_bg")},
    }


def _draw(canvas: Canvas, device: Device, strip_code: str) -> None:
    for button in _buttons(device):
        canvas.add(
            button.name,
            "textbutton",
            text=button.text,
            mode=0,
            outputmode=MOUSE_UP,
            annotation=button.info,
            parameter_enable=0,
            saved_attribute_attributes=LOOK,
            **FONT,
            **shown(button.rect),
        )
    for control in device.controls:
        _draw_control(canvas, control)
    for menu in device.menus:
        menu_box(canvas, menu)
    for label in device.labels:
        label_box(canvas, label)
    for left in device.dividers:
        divider_box(canvas, left)
    screen_boxes(canvas, device.screen, strip_code)


def _buttons(device: Device) -> Iterator[Button]:
    return (button for button in device.buttons if button.says != "window")


def _draw_control(canvas: Canvas, control: Control) -> None:
    left, top, width, height = control.rect
    if control.maxclass == "live.dial":
        label_box(canvas, Label(text=control.short, rect=(left, top + 2, width, 15)))
        _draw_number(canvas, control, (left, top + 20, width, 18))
        return
    if control.maxclass == "live.numbox":
        _draw_number(canvas, control, (left, top - 1, width, 18))
        return
    kind, more = _choice_box(control)
    canvas.add(
        control.name,
        kind,
        annotation=control.info,
        parameter_enable=0,
        **more,
        **FONT,
        **shown((left, top, width, height)),
    )


def _draw_number(canvas: Canvas, control: Control, rect: tuple[int, int, int, int]) -> None:
    canvas.add(
        control.name,
        "number",
        minimum=control.range[0],
        maximum=control.range[1],
        format=MIDI_NOTE_FORMAT if control.unit == "midi note" else 0,
        saved_attribute_attributes=NUMBER_LOOK,
        annotation=control.info,
        parameter_enable=0,
        **FONT,
        **shown(rect),
    )


def _choice_box(control: Control) -> tuple[str, dict[str, Any]]:
    if control.maxclass == "live.tab":
        return "tab", {
            "tabs": list(control.choices),
            "rounded": 2.0,
            "saved_attribute_attributes": TAB_LOOK,
        }
    if control.maxclass == "live.menu":
        items = [part for choice in control.choices for part in (choice, ",")]
        return "umenu", {"items": items[:-1], "saved_attribute_attributes": menu_colors()}
    texton = control.text_on or control.text
    return "textbutton", {
        "mode": 1,
        "text": control.text,
        "texton": texton,
        "usebgoncolor": 1,
        "saved_attribute_attributes": LOOK,
    }


def _wire_controls(canvas: Canvas, device: Device) -> None:
    canvas.object("hear", f"route set {SHOWN}")
    canvas.object("values", "route " + " ".join(control.name for control in device.controls))
    canvas.cords("heard -> hear -> values")
    for number, control in enumerate(device.controls):
        canvas.object(f"set_{control.name}", "prepend set")
        canvas.object(f"turn_{control.name}", f"prepend turn {control.name}")
        canvas.cords(
            f"values:{number} -> set_{control.name} -> {control.name}",
            f"{control.name} -> turn_{control.name} -> said",
        )


def _wire_window(canvas: Canvas) -> None:
    canvas.object("loaded", "loadbang")
    canvas.object("later", "deferlow")
    canvas.message(
        "floating",
        "window flags float, window flags nogrow, window flags nozoom, window exec",
    )
    canvas.object("this_patcher", "thispatcher")
    canvas.cords("loaded -> later -> floating -> this_patcher")

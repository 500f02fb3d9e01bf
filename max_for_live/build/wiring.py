"""The device's patcher: what stands in src/patch, wired to the script. Knows no bytes.

Everything that reaches the script goes through one [deferlow], since the Live API may be used in
the main thread only. Everything that acts goes through one [gate], which opens half a second after
Live has restored the device, so that restoring a Set or a preset never presses a button.
"""

from typing import Any

from canvas import Canvas, shown
from container import kind_number
from faces import (
    BLOB,
    STORED_ONLY,
    button_box,
    control_box,
    divider_box,
    label_box,
    menu_box,
    screen_boxes,
)
from layout import Device
from presses import SHOWN, wire_display, wire_presses
from window import window_patcher

HEIGHT = 169
FIRST_SERVER_PORT = 17765
# Any moment does, so it is the same for all builds.
CREATED = 3_660_681_600


def device_patcher(device: Device, code: str, strip_code: str, version: str) -> dict[str, Any]:
    """Return the patcher of a device.

    Args:
        device: What a producer sees.
        code: The plain script for the codebox.
        strip_code: The plain script that draws the Bars strip.
        version: Of Reprise, shown in a corner.
    """
    canvas = Canvas()
    _draw_faces(canvas, device, strip_code, version)
    _draw_script(canvas, code)
    _wire_start(canvas)
    _wire_wire(canvas)
    _wire_state(canvas)
    _wire_actions(canvas, device)
    _wire_controls(canvas, device)
    _wire_display(canvas, device)
    canvas.object("window", "p Reprise", patcher=window_patcher(device, strip_code))
    canvas.cords("open_window -> window_control -> window -> gate:1")
    canvas.cords("out:5 -> window", *(f"say_{one.name} -> window" for one in device.controls))
    return _patcher(canvas, device)


def _draw_faces(canvas: Canvas, device: Device, strip_code: str, version: str) -> None:
    for button in device.buttons:
        button_box(canvas, button)
    for control in device.controls:
        control_box(canvas, control)
    for menu in device.menus:
        menu_box(canvas, menu)
    for label in device.labels:
        label_box(canvas, label)
    canvas.add(
        "version",
        "live.comment",
        text=f"Reprise {version}",
        textjustification=2,
        **shown(device.version_rect),
    )
    for left in device.dividers:
        divider_box(canvas, left)
    screen_boxes(canvas, device.screen, strip_code)


def _draw_script(canvas: Canvas, code: str) -> None:
    canvas.object("main_thread", "deferlow")
    canvas.add(
        "script",
        "v8.codebox",
        code=code.replace("\n", "\r\n"),
        filename="none",
        fontface=0,
        fontname="<Monospaced>",
        fontsize=12.0,
        saved_object_attributes={"parameter_enable": 0},
    )
    canvas.object("out", "route udp port listen save value")
    canvas.cords("main_thread -> script -> out")


def _wire_start(canvas: Canvas) -> None:
    canvas.object("midi_in", "midiin")
    canvas.object("midi_out", "midiout")
    canvas.object("this_device", "live.thisdevice")
    canvas.object("after_restore", "deferlow")
    canvas.object("start", "t b b 0")
    canvas.message("ready", "ready")
    canvas.object("half_a_second", "delay 500")
    canvas.message("open_gate", "1")
    canvas.object("gate", "gate")
    canvas.object("freed", "freebang")
    canvas.message("closing", "closing")
    canvas.cords(
        "midi_in -> midi_out",
        "this_device -> after_restore -> start",
        "start:2 -> gate",
        "start:1 -> ready -> main_thread",
        "start -> half_a_second -> open_gate -> gate",
        "freed -> closing -> script",
    )


def _wire_wire(canvas: Canvas) -> None:
    canvas.object("send", f"udpsend 127.0.0.1 {FIRST_SERVER_PORT}")
    canvas.object("send_port", "prepend port")
    # Without a number it listens nowhere until the script says a port.
    canvas.object("receive", "udpreceive")
    canvas.object("receive_port", "prepend port")
    canvas.object("datagrams", "deferlow")
    canvas.object("datagram", "prepend osc")
    canvas.cords(
        "out -> send",
        "out:1 -> send_port -> send",
        "out:2 -> receive_port -> receive",
        "receive -> datagrams -> datagram -> script",
    )


def _wire_state(canvas: Canvas) -> None:
    value = {
        "parameter_longname": "Results",
        "parameter_shortname": "Results",
        "parameter_type": BLOB,
        "parameter_invisible": STORED_ONLY,
        "parameter_modmode": 0,
    }
    canvas.object(
        "results",
        "pattr Results",
        varname="Results",
        saved_attribute_attributes={"valueof": value},
        saved_object_attributes={"parameter_enable": 1, "parameter_mappable": 0},
    )
    canvas.object("state", "prepend state")
    canvas.cords("out:3 -> results -> state -> main_thread")


def _wire_actions(canvas: Canvas, device: Device) -> None:
    canvas.object("act", "route turn window")
    canvas.object("turn", "route " + " ".join(control.name for control in device.controls))
    canvas.message("open_window", "open")
    canvas.object("window_control", "pcontrol")
    canvas.cords("gate -> act", "act -> turn", "act:1 -> open_window", "act:2 -> main_thread")
    canvas.cords("out:4 -> turn", "strip -> gate:1")
    wire_presses(canvas, device, device.buttons, "gate:1")


def _wire_controls(canvas: Canvas, device: Device) -> None:
    for number, control in enumerate(device.controls):
        canvas.object(f"say_{control.name}", f"prepend set {control.name}")
        canvas.cords(
            f"{control.name} -> say_{control.name} -> main_thread",
            f"turn:{number} -> {control.name}",
        )


def _wire_display(canvas: Canvas, device: Device) -> None:
    canvas.object("display", f"route {SHOWN}")
    canvas.cords("out:5 -> display")
    wire_display(canvas, device, "display", 0)


def _patcher(canvas: Canvas, device: Device) -> dict[str, Any]:
    return {
        "fileversion": 1,
        "appversion": {"major": 9, "minor": 0, "revision": 0, "architecture": "x64", "modernui": 1},
        "classnamespace": "box",
        "rect": [80.0, 90.0, 1400.0, 760.0],
        "openrect": [0.0, 0.0, float(device.width), float(HEIGHT)],
        "openinpresentation": 1,
        "default_fontsize": 10.0,
        "default_fontname": "Arial Bold",
        "gridsize": [8.0, 8.0],
        "boxanimatetime": 500,
        "devicewidth": float(device.width),
        "boxes": [{"box": box} for box in canvas.boxes],
        "lines": canvas.lines,
        "parameters": _registry(canvas, device),
        "dependency_cache": [],
        "latency": 0,
        "is_mpe": 1,
        "external_mpe_tuning_enabled": 0,
        "minimum_live_version": device.live,
        "minimum_max_version": device.max,
        "platform_compatibility": 0,
        "project": _project(device),
        "autosave": 0,
    }


def _registry(canvas: Canvas, device: Device) -> dict[str, Any]:
    named = {}
    for box in canvas.boxes:
        value = box.get("saved_attribute_attributes", {}).get("valueof")
        if value:
            named[box["id"]] = [value["parameter_longname"], value["parameter_shortname"], 0]
    banks = {
        str(number): {
            "index": number,
            "name": bank.name,
            "parameters": (list(bank.parameters) + ["-"] * 8)[:8],
        }
        for number, bank in enumerate(device.banks)
    }
    return named | {"parameterbanks": banks, "inherited_shortname": 1}


def _project(device: Device) -> dict[str, Any]:
    return {
        "version": 1,
        "creationdate": CREATED,
        "modificationdate": CREATED,
        "viewrect": [0.0, 0.0, 300.0, 500.0],
        "autoorganize": 1,
        "hideprojectwindow": 1,
        "showdependencies": 1,
        "autolocalize": 0,
        "contents": {"patchers": {}},
        "layout": {},
        "searchpath": {},
        "detailsvisible": 0,
        "amxdtype": kind_number(device.kind),
        "readonly": 0,
        "devpathtype": 0,
        "devpath": ".",
        "sortmode": 0,
        "viewmode": 0,
        "includepackages": 0,
    }

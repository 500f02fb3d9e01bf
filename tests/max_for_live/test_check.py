"""Every rule of the patch checker finds the fault that it is there for."""

import copy
from collections.abc import Callable
from typing import Any, get_args

import pytest

from builder import PRODUCTS, build
from check import findings
from container import pack, unpack
from reading import Rule

Patcher = dict[str, Any]
Fault = Callable[[Patcher], object]

DEVICE = build(PRODUCTS[0])


def box(patcher: Patcher, name: str) -> dict[str, Any]:
    """Return the box of this name."""
    return next(entry["box"] for entry in patcher["boxes"] if entry["box"]["id"] == f"obj-{name}")


def value(patcher: Patcher, name: str) -> dict[str, Any]:
    """Return what Live stores of the parameter of this name."""
    stored: dict[str, Any] = box(patcher, name)["saved_attribute_attributes"]["valueof"]
    return stored


def window(patcher: Patcher) -> Patcher:
    """Return the patcher of the floating window."""
    inner: Patcher = box(patcher, "window")["patcher"]
    return inner


def script(patcher: Patcher, code: str) -> None:
    """Put a line in front of the script."""
    box(patcher, "script")["code"] = code + "\r\n" + box(patcher, "script")["code"]


def cord(patcher: Patcher, source: str, outlet: int, target: str, inlet: int = 0) -> None:
    """Draw one cord more."""
    ends = {"source": [f"obj-{source}", outlet], "destination": [f"obj-{target}", inlet]}
    patcher["lines"].append({"patchline": ends})


def uncord(patcher: Patcher, source: str, target: str) -> None:
    """Take a cord out."""
    patcher["lines"] = [
        line
        for line in patcher["lines"]
        if (line["patchline"]["source"][0], line["patchline"]["destination"][0])
        != (f"obj-{source}", f"obj-{target}")
    ]


def added(patcher: Patcher, text: str, inlets: int = 1, outlets: int = 1) -> None:
    """Draw one object more."""
    new = {
        "id": "obj-new",
        "maxclass": "newobj",
        "text": text,
        "numinlets": inlets,
        "numoutlets": outlets,
    }
    patcher["boxes"].append({"box": new})


def around_the_gate(patcher: Patcher) -> None:
    uncord(patcher, "word_vary", "gate")
    cord(patcher, "word_vary", 0, "main_thread")


def straight_into_the_script(patcher: Patcher) -> None:
    uncord(patcher, "receive", "datagrams")
    cord(patcher, "receive", 0, "datagram")


def change_presses_vary(patcher: Patcher) -> None:
    cord(patcher, "change", 0, "press_vary")


def without(key: str, name: str) -> Fault:
    return lambda patcher: value(patcher, name).pop(key)


def with_value(name: str, **more: object) -> Fault:
    return lambda patcher: value(patcher, name).update(more)


def with_box(name: str, **more: object) -> Fault:
    return lambda patcher: box(patcher, name).update(more)


FAULTS: dict[str, tuple[Rule, Fault]] = {
    "a box drawn twice": ("same id", lambda p: p["boxes"].append(copy.deepcopy(p["boxes"][0]))),
    "an object that nobody looked up": ("unknown object", lambda p: added(p, "node.script a.js")),
    "a print left behind": ("unknown object", lambda p: added(p, "print", 1, 0)),
    "a send that is heard in every device": ("unknown object", lambda p: added(p, "s loud", 1, 0)),
    "an inlet too many": ("wrong ports", with_box("gate", numinlets=3)),
    "a cord to nowhere": ("loose cord", lambda p: cord(p, "script", 0, "nobody")),
    "a cord from an outlet that is not there": (
        "no such outlet",
        lambda p: cord(p, "midi_in", 4, "midi_out"),
    ),
    "a cord into an inlet that is not there": (
        "no such inlet",
        lambda p: cord(p, "midi_in", 0, "midi_out", 3),
    ),
    "a cord drawn twice": ("cord twice", lambda p: cord(p, "midi_in", 0, "midi_out")),
    "a message called float": ("reserved word", with_box("word_float", text="float 1")),
    "a loose cord in the window": ("loose cord", lambda p: cord(window(p), "vary", 0, "nobody")),
    "opens in the patching view": ("not presentation", lambda p: p.update(openinpresentation=0)),
    "a device of 200 pixels": ("too high", lambda p: p.update(openrect=[0.0, 0.0, 718.0, 200.0])),
    "a button on half a pixel": (
        "half pixels",
        with_box("vary", presentation_rect=[8.5, 8.0, 138.0, 24.0]),
    ),
    "a dial below the edge": (
        "outside",
        with_box("change", presentation_rect=[426.0, 150.0, 48.0, 48.0]),
    ),
    "a button on another": ("overlap", with_box("morph", presentation_rect=[8.0, 8.0, 67.0, 19.0])),
    "words wider than their button": (
        "words too wide",
        with_box("next", text="Next of all results"),
    ),
    "a colour that no theme changes": ("fixed colour", with_box("keep", bgcolor=[1, 0, 0, 1])),
    "two controls of one Long Name": (
        "same Long Name",
        with_value("surprise", parameter_longname="Change"),
    ),
    "two controls of one Scripting Name": (
        "same Scripting Name",
        with_box("surprise", varname="Change"),
    ),
    "a name that Max has numbered": (
        "numbered name",
        with_value("density", parameter_longname="Density[1]"),
    ),
    "a Short Name that Push cuts": (
        "long Short Name",
        with_value("highest", parameter_shortname="Highest Pitch"),
    ),
    "a control without a word of help": ("no info text", without("parameter_info", "scale")),
    "a control without a modulation mode": (
        "no modulation mode",
        without("parameter_modmode", "count"),
    ),
    "results that can be automated": (
        "state not stored only",
        with_value("results", parameter_invisible=0),
    ),
    "a control that cannot be automated": (
        "control out of sight",
        with_value("length", parameter_invisible=1),
    ),
    "a control without a first value": (
        "no first value",
        with_value("change", parameter_initial_enable=0),
    ),
    "a button that can be automated": ("button not hidden", without("parameter_invisible", "vary")),
    "a button that acts on mouse down": ("button acts early", with_box("discard", outputmode=0)),
    "a button that a preset presses": (
        "button with a value",
        with_value("discard", parameter_initial_enable=1),
    ),
    "one choice too few": ("choices miscounted", with_value("context", parameter_mmax=2)),
    "a choice called val2": (
        "choice without a name",
        with_value("rhythm", parameter_enum=["val1", "val2"]),
    ),
    "a seed in a byte": ("int too wide", with_value("seed", parameter_type=1)),
    "a percentage without a unit": ("float without unit", without("parameter_unitstyle", "change")),
    "a first value out of range": (
        "first value outside",
        with_value("count", parameter_initial=[17]),
    ),
    "a parameter that the registry forgot": (
        "registry differs",
        lambda p: p["parameters"].pop("obj-seed"),
    ),
    "a bank of seven": (
        "bank of odd size",
        lambda p: p["parameters"]["parameterbanks"]["0"]["parameters"].pop(),
    ),
    "a bank with a button": (
        "bank names nobody",
        lambda p: p["parameters"]["parameterbanks"]["1"]["parameters"].__setitem__(7, "Vary"),
    ),
    "no MIDI to the instrument": ("MIDI stops", lambda p: uncord(p, "midi_in", "midi_out")),
    "datagrams outside the main thread": ("wrong thread", straight_into_the_script),
    "a button past the gate": ("no gate", around_the_gate),
    "a gate that stands open": ("gate open", with_box("gate", text="gate 1 1")),
    "automation that presses Vary": ("control acts", change_presses_vary),
    "clips sent to another machine": (
        "sends abroad",
        with_box("send", text="udpsend 10.0.0.1 17765"),
    ),
    "a reply port for all devices": ("fixed port", with_box("receive", text="udpreceive 7400")),
    "a Max that has no v8": ("old Max", lambda p: p.update(minimum_max_version="8.6")),
    "a Live that has no Max 9": ("old Live", lambda p: p.update(minimum_live_version="12.1")),
    "a script beside the device": (
        "needs a file",
        lambda p: p["dependency_cache"].append({"name": "core.js"}),
    ),
    "a drawing beside the device": (
        "needs a file",
        lambda p: box(p, "strip")["textfile"].update(embed=0),
    ),
    "a timer of browsers": ("not in Max", lambda p: script(p, "setTimeout(() => {}, 1);")),
    "a console of browsers": ("not in Max", lambda p: script(p, "console.log(1);")),
    "outlet.apply": ("outlet.apply", lambda p: script(p, "outlet.apply(this, [0, 1]);")),
    "LiveAPI before Live is there": (
        "early LiveAPI",
        lambda p: script(p, 'const set = new LiveAPI("live_set");'),
    ),
    "an import left in the script": ("module words", lambda p: script(p, 'import "./a.js";')),
    "a message that no function hears": (
        "nobody listens",
        lambda p: box(p, "script").update(
            code=box(p, "script")["code"].replace("function press(", "function pressed(")
        ),
    ),
    "a stored control in the window": (
        "parameter in the window",
        lambda p: box(window(p), "change").update(parameter_enable=1),
    ),
    "an audio effect's number": ("other kind", lambda p: p["project"].update(amxdtype=1633771873)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    rule, plant = FAULTS[name]
    kind, patcher = unpack(DEVICE)
    plant(patcher)

    found = findings(pack(kind, patcher))

    assert rule in {one.rule for one in found}, found
    assert all(one.sentence for one in found)


def test_the_device_without_a_fault_has_none() -> None:
    assert findings(DEVICE) == []


def test_bytes_that_are_no_device_are_one_finding() -> None:
    assert [one.rule for one in findings(DEVICE[:-1])] == ["container"]
    assert [one.rule for one in findings(DEVICE + b"\x00")] == ["container"]


def test_every_rule_is_proved_by_a_planted_fault() -> None:
    proved = {rule for rule, _ in FAULTS.values()}

    assert proved | {"container"} == set(get_args(Rule))
    assert len(FAULTS) >= 25

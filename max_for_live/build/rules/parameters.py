"""What Live stores: names for ever, whole ranges, buttons that leave no undo step."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from faces import ENUM, FLOAT, GREATEST_INT_PARAMETER, HIDDEN, INT, STORED_ONLY
from reading import Box, Finding, Reading, is_button, object_name

MOUSE_UP = 1
LONGEST_SHORT_NAME = 9
SLOTS = 8
EMPTY_SLOT = "-"
Value = dict[str, Any]


def findings(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with the parameters of a device."""
    parameters = list(reading.parameters())
    for name in _repeated(value["parameter_longname"] for _, value in parameters):
        yield Finding("same Long Name", f"two parameters are called {name!r}")
    for name in _repeated(box["varname"] for box, _ in parameters):
        yield Finding("same Scripting Name", f"two parameters are scripted as {name!r}")
    for box, value in parameters:
        yield from _name_findings(box, value)
        yield from _kind_findings(box, value)
    yield from _registry_findings(reading)
    yield from _bank_findings(reading)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _name_findings(box: Box, value: Value) -> Iterator[Finding]:
    name = value["parameter_longname"]
    if re.search(r"\[\d+\]$", name):
        yield Finding("numbered name", f"{name!r}: Max gave it a number, give it a name")
    if len(value["parameter_shortname"]) > LONGEST_SHORT_NAME:
        yield Finding("long Short Name", f"{name!r}: its Short Name has no room on Push")
    if object_name(box) != "pattr" and not (value.get("parameter_info") and box.get("annotation")):
        yield Finding("no info text", f"{name!r} says nothing in the Info View")
    if "parameter_modmode" not in value:
        yield Finding("no modulation mode", f"{name!r} does not say how it is modulated")


def _kind_findings(box: Box, value: Value) -> Iterator[Finding]:
    name = value["parameter_longname"]
    if object_name(box) == "pattr":
        if value.get("parameter_invisible") != STORED_ONLY:
            yield Finding("state not stored only", f"{name!r} must be stored and not automated")
        return
    if is_button(box):
        yield from _button_findings(box, value)
        return
    if value.get("parameter_invisible"):
        yield Finding("control out of sight", f"{name!r} cannot be automated or reached from Push")
    if not value.get("parameter_initial_enable"):
        yield Finding("no first value", f"{name!r} has no first value")
    yield from _range_findings(name, value)


def _button_findings(box: Box, value: Value) -> Iterator[Finding]:
    name = value["parameter_longname"]
    if value.get("parameter_invisible") != HIDDEN:
        yield Finding("button not hidden", f"{name!r} leaves an undo step with every press")
    if box.get("outputmode") != MOUSE_UP:
        yield Finding("button acts early", f"{name!r} must act when the mouse is let go")
    if value.get("parameter_initial_enable"):
        yield Finding("button with a value", f"{name!r} has a first value, which may press it")


def _range_findings(name: str, value: Value) -> Iterator[Finding]:
    kind = value["parameter_type"]
    if kind == ENUM:
        choices = value.get("parameter_enum", [])
        if value.get("parameter_mmax") != len(choices) - 1:
            yield Finding("choices miscounted", f"{name!r} has {len(choices)} choices, not so many")
        if any(re.match(r"val\d", choice) for choice in choices):
            yield Finding("choice without a name", f"{name!r}: {choices}")
        least, greatest = 0, len(choices) - 1
    else:
        least, greatest = value.get("parameter_mmin", 0), value.get("parameter_mmax", 127)
    if kind == INT and not 0 <= least <= greatest <= GREATEST_INT_PARAMETER:
        yield Finding("int too wide", f"{name!r}: an int parameter holds 0 to 255; use a float")
    if kind == FLOAT and "parameter_unitstyle" not in value:
        yield Finding("float without unit", f"{name!r} would show as an integer")
    if not least <= value.get("parameter_initial", [least])[0] <= greatest:
        yield Finding("first value outside", f"{name!r} starts outside {least} to {greatest}")


def _registry_findings(reading: Reading) -> Iterator[Finding]:
    listed = {
        key: entry[:2]
        for key, entry in reading.patcher["parameters"].items()
        if key.startswith("obj-")
    }
    there = {
        box["id"]: [value["parameter_longname"], value["parameter_shortname"]]
        for box, value in reading.parameters()
    }
    for key in sorted(listed.keys() | there.keys()):
        if listed.get(key) != there.get(key):
            yield Finding(
                "registry differs",
                f"{key}: the registry says {listed.get(key)}, the box {there.get(key)}",
            )


def _bank_findings(reading: Reading) -> Iterator[Finding]:
    hidden = {
        value["parameter_longname"]: bool(value.get("parameter_invisible"))
        for _, value in reading.parameters()
    }
    for bank in reading.patcher["parameters"]["parameterbanks"].values():
        names = bank["parameters"]
        if len(names) != SLOTS:
            yield Finding(
                "bank of odd size", f"bank {bank['name']!r} has {len(names)} slots, not 8"
            )
        for name in (name for name in names if name != EMPTY_SLOT):
            if hidden.get(name, True):
                yield Finding("bank names nobody", f"bank {bank['name']!r}: {name!r} is not there")

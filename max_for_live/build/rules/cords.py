"""Boxes are known and whole, cords end where something is."""

from collections import Counter
from collections.abc import Iterator

from errors import BuildError
from objects import ports_of
from reading import Box, Cord, Finding, Reading, object_name

RESERVED = {"bang", "int", "float", "list", "symbol"}


def findings(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with boxes and cords."""
    for identity, count in Counter(box["id"] for box in reading.boxes).items():
        if count > 1:
            yield Finding("same id", f"{count} boxes have the id {identity}")
    for box in reading.boxes:
        yield from _box_findings(box)
        yield from _word_findings(box)
    for cord, count in Counter(reading.cords).items():
        if count > 1:
            yield Finding("cord twice", f"{cord} lies there {count} times")
        yield from _cord_findings(reading, cord)


def _box_findings(box: Box) -> Iterator[Finding]:
    try:
        ports = ports_of(box["maxclass"], box.get("text", ""))
    except BuildError as error:
        yield Finding("unknown object", f"{box['id']}: {error}")
        return
    if (box["numinlets"], box["numoutlets"]) != (ports.inlets, len(ports.outlets)):
        yield Finding(
            "wrong ports",
            f"{box['id']} says {box['numinlets']} inlets and {box['numoutlets']} outlets, it has "
            f"{ports.inlets} and {len(ports.outlets)}",
        )


def _word_findings(box: Box) -> Iterator[Finding]:
    words = str(box.get("text", "")).split()
    if box["maxclass"] == "message":
        words = words[:1]
    elif object_name(box) not in ("route", "prepend"):
        return
    for word in RESERVED & set(words):
        yield Finding("reserved word", f"{box['id']}: Max takes {word!r} for a type of message")


def _cord_findings(reading: Reading, cord: Cord) -> Iterator[Finding]:
    if cord.source not in reading.by_id or cord.target not in reading.by_id:
        yield Finding("loose cord", f"{cord} ends at no box")
        return
    if cord.outlet >= reading.by_id[cord.source]["numoutlets"]:
        yield Finding("no such outlet", f"{cord}: {cord.source} has no outlet {cord.outlet}")
    if cord.inlet >= reading.by_id[cord.target]["numinlets"]:
        yield Finding("no such inlet", f"{cord}: {cord.target} has no inlet {cord.inlet}")

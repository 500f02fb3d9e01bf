"""Which Max objects the patch uses and what inlets and outlets they have. Knows no patch."""

from dataclasses import dataclass

from errors import BuildError


@dataclass(frozen=True)
class Ports:
    """The inlets and outlets of an object.

    Attributes:
        inlets: How many.
        outlets: The type of each, "" where any message may come.
    """

    inlets: int
    outlets: tuple[str, ...] = ()


BOXES = {
    "comment": Ports(1),
    "dial": Ports(1, ("float",)),
    "inlet": Ports(0, ("",)),
    "live.comment": Ports(1),
    "live.dial": Ports(1, ("", "float")),
    "live.line": Ports(1),
    "live.menu": Ports(1, ("", "", "float")),
    "live.numbox": Ports(1, ("", "float")),
    "live.tab": Ports(1, ("", "", "float")),
    "live.text": Ports(1, ("", "")),
    "message": Ports(2, ("",)),
    "number": Ports(1, ("", "bang")),
    "outlet": Ports(1),
    "panel": Ports(1),
    "tab": Ports(1, ("int", "", "")),
    "textbutton": Ports(1, ("", "", "int")),
    "umenu": Ports(1, ("int", "", "")),
    "v8.codebox": Ports(1, ("",)),
    "v8ui": Ports(1, ("",)),
}

OBJECTS = {
    "deferlow": Ports(1, ("",)),
    "delay": Ports(2, ("bang",)),
    "freebang": Ports(0, ("bang",)),
    "gate": Ports(2, ("",)),
    "live.thisdevice": Ports(1, ("bang", "int", "int")),
    "loadbang": Ports(1, ("bang",)),
    "midiin": Ports(1, ("int",)),
    "midiout": Ports(1),
    "pattr": Ports(1, ("", "", "")),
    "pcontrol": Ports(1, ("",)),
    "prepend": Ports(1, ("",)),
    "thispatcher": Ports(1, ("", "")),
    "udpreceive": Ports(1, ("",)),
    "udpsend": Ports(1),
}

TRIGGERS = {"b": "bang", "i": "int", "f": "float", "l": "", "s": "", "a": ""}


def ports_of(maxclass: str, text: str) -> Ports:
    """Return the ports of a box.

    Args:
        maxclass: The box's class; "newobj" for one that is only its text.
        text: What stands in the box, such as "route vary keep".

    Raises:
        BuildError: The object is not in the table.
    """
    if maxclass != "newobj":
        return _known(BOXES, maxclass)
    name, *arguments = text.split()
    if name in ("route", "routepass"):
        return Ports(len(arguments) + 1, ("",) * (len(arguments) + 1))
    if name == "t":
        return Ports(1, tuple(TRIGGERS.get(one, "int") for one in arguments))
    if name == "p":
        return Ports(1, ("",))
    return _known(OBJECTS, name)


def _known(table: dict[str, Ports], name: str) -> Ports:
    if name not in table:
        raise BuildError(
            f"{name!r} is not in the table of objects; add its inlets and outlets from its "
            "reference page"
        )
    return table[name]

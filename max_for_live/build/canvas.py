"""A patcher while it is being drawn: boxes by name, cords between them. Knows no device."""

import re
from dataclasses import dataclass, field
from typing import Any

from errors import BuildError
from layout import Rect
from objects import Ports, ports_of

END = re.compile(r"^(\w+)(?::(\d+))?$")
COLUMN_WIDTH = 190.0
ROW_HEIGHT = 26.0
ROWS = 24


def shown(rect: Rect) -> dict[str, Any]:
    """Return the attributes that put a box into the presentation."""
    return {"presentation": 1, "presentation_rect": [float(one) for one in rect]}


@dataclass
class Canvas:
    """Boxes and cords of one patcher, in the order in which they were drawn.

    Attributes:
        boxes: The boxes as Max writes them, the frontmost first.
        lines: The cords as Max writes them.
    """

    boxes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    _ports: dict[str, Ports] = field(default_factory=dict)

    def add(self, name: str, maxclass: str, text: str = "", **more: object) -> str:
        """Draw a box and return its name.

        Raises:
            BuildError: There is one of that name, or its object is not known.
        """
        if name in self._ports:
            raise BuildError(f"two boxes are called {name!r}")
        ports = ports_of(maxclass, text)
        self._ports[name] = ports
        box = {
            "id": f"obj-{name}",
            "maxclass": maxclass,
            "numinlets": ports.inlets,
            "numoutlets": len(ports.outlets),
            "patching_rect": self._next_place(),
        }
        if ports.outlets:
            box["outlettype"] = list(ports.outlets)
        if text:
            box["text"] = text
        self.boxes.append(box | more)
        return name

    def object(self, name: str, text: str, **more: object) -> str:
        """Draw an object that is only its text, such as "deferlow"."""
        return self.add(name, "newobj", text, **more)

    def message(self, name: str, text: str) -> str:
        """Draw a message box."""
        return self.add(name, "message", text)

    def cords(self, *chains: str) -> None:
        """Draw cords: "a:1 -> b -> c:2" goes out of a's outlet 1, through b, into c's inlet 2.

        Raises:
            BuildError: A name or port is not there, or a box in the middle has a number.
        """
        for chain in chains:
            first, *middle, last = (self._end(end) for end in chain.split("->"))
            if any(number for _, number in middle):
                raise BuildError(f"{chain!r}: only the first and the last box may have a number")
            outlets = [first, *middle]
            inlets = [*middle, last]
            for (source, outlet), (target, inlet) in zip(outlets, inlets):
                self._cord(source, outlet, target, inlet)

    def _end(self, end: str) -> tuple[str, int]:
        match = END.match(end.strip())
        if match is None or match[1] not in self._ports:
            raise BuildError(f"a cord ends at {end.strip()!r}, and there is no such box")
        return match[1], int(match[2] or 0)

    def _cord(self, source: str, outlet: int, target: str, inlet: int) -> None:
        if outlet >= len(self._ports[source].outlets):
            raise BuildError(f"{source} has no outlet {outlet}")
        if inlet >= self._ports[target].inlets:
            raise BuildError(f"{target} has no inlet {inlet}")
        cord = {"source": [f"obj-{source}", outlet], "destination": [f"obj-{target}", inlet]}
        self.lines.append({"patchline": cord})

    def _next_place(self) -> list[float]:
        column, row = divmod(len(self.boxes), ROWS)
        return [20.0 + column * COLUMN_WIDTH, 20.0 + row * ROW_HEIGHT, 160.0, 22.0]

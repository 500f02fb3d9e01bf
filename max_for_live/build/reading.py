"""A built patcher as rules look at it: boxes by id, who is wired to whom. Judges nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Box = dict[str, Any]
Rule = Literal[
    "container",
    "other kind",
    # boxes and cords
    "same id",
    "unknown object",
    "wrong ports",
    "loose cord",
    "no such outlet",
    "no such inlet",
    "cord twice",
    "reserved word",
    # what is seen
    "not presentation",
    "too high",
    "half pixels",
    "outside",
    "overlap",
    "words too wide",
    "fixed colour",
    # parameters
    "same Long Name",
    "same Scripting Name",
    "numbered name",
    "long Short Name",
    "no info text",
    "no modulation mode",
    "state not stored only",
    "control out of sight",
    "no first value",
    "button not hidden",
    "button acts early",
    "button with a value",
    "choices miscounted",
    "choice without a name",
    "int too wide",
    "float without unit",
    "first value outside",
    "registry differs",
    "bank of odd size",
    "bank names nobody",
    "parameter in the window",
    # where messages go
    "MIDI stops",
    "wrong thread",
    "no gate",
    "gate open",
    "control acts",
    "sends abroad",
    "fixed port",
    # scripts
    "old Max",
    "old Live",
    "needs a file",
    "not in Max",
    "outlet.apply",
    "early LiveAPI",
    "module words",
    "nobody listens",
]


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        rule: The rule that was broken.
        sentence: Where, what is wrong and what would be right.
    """

    rule: Rule
    sentence: str


@dataclass(frozen=True)
class Cord:
    """One cord, from an outlet to an inlet; both are counted from 0."""

    source: str
    outlet: int
    target: str
    inlet: int


class Reading:
    """A patcher, read once."""

    def __init__(self, patcher: dict[str, Any]) -> None:
        self.patcher = patcher
        self.boxes: list[Box] = [entry["box"] for entry in patcher["boxes"]]
        self.by_id = {box["id"]: box for box in self.boxes}
        self.cords = [
            Cord(*entry["patchline"]["source"], *entry["patchline"]["destination"])
            for entry in patcher["lines"]
        ]

    def of_class(self, *classes: str) -> list[Box]:
        """Return the boxes of these classes."""
        return [box for box in self.boxes if box["maxclass"] in classes]

    def objects(self, name: str) -> list[Box]:
        """Return the boxes whose text begins with this object."""
        return [box for box in self.boxes if object_name(box) == name]

    def parameters(self) -> Iterator[tuple[Box, dict[str, Any]]]:
        """Yield each box that is a parameter with what Live stores of it."""
        for box in self.boxes:
            value = box.get("saved_attribute_attributes", {}).get("valueof")
            if value is not None:
                yield box, value

    def upstream(self, start: str, is_wall: Callable[[Box], bool]) -> set[str]:
        """Return all boxes from which a message reaches another, not looking through walls."""
        return self._reached(start, is_wall, lambda cord: (cord.target, cord.source))

    def downstream(self, start: str, is_wall: Callable[[Box], bool]) -> set[str]:
        """Return all boxes that a message from one reaches, not looking through walls."""
        return self._reached(start, is_wall, lambda cord: (cord.source, cord.target))

    def _reached(
        self,
        start: str,
        is_wall: Callable[[Box], bool],
        ends: Callable[[Cord], tuple[str, str]],
    ) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for near, far in map(ends, self.cords):
                if near != here or far in seen or far not in self.by_id:
                    continue
                seen.add(far)
                if not is_wall(self.by_id[far]):
                    waiting.append(far)
        return seen


def object_name(box: Box) -> str:
    """Return the object's name, "" of a box that is more than its text."""
    return str(box["text"]).split()[0] if box["maxclass"] == "newobj" and box.get("text") else ""


def is_button(box: Box) -> bool:
    """Return whether a press of this box stores nothing and acts."""
    return bool(box["maxclass"] == "live.text" and box.get("mode") == 0)


def subpatchers(patcher: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the patchers inside a patcher's boxes."""
    for entry in patcher["boxes"]:
        if "patcher" in entry["box"]:
            yield entry["box"]["patcher"]

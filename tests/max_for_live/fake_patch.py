"""A patch that runs without Max: messages go along the cords of a built device, as Max sends them.

Knows just the objects that the device uses. What Max leaves open, such as what [prepend] makes of
a bang, is an error here, so that the patch cannot lean on it.
"""

from collections.abc import Callable
from typing import Any

Atom = int | float | str
Message = list[Atom]
TURNED = ("live.dial", "live.numbox", "live.menu", "live.tab", "number", "tab", "umenu")
PRESSED = ("live.text", "textbutton")
BANG: Message = ["bang"]


def atoms_of(text: str) -> Message:
    """Return what a text in a box means: whole numbers and words."""
    return [int(word) if word.lstrip("-").isdigit() else word for word in text.split()]


class FakePatch:
    """One patcher with what its boxes show and have heard.

    Attributes:
        heard: Messages that came to a box, by its name.
        shown: What controls and texts show, by name.
        grey: Buttons that are not active, so that a click on them says nothing.
        said: Messages that left an inner patcher.
        inner: Patchers inside boxes, by name.
    """

    def __init__(self, patcher: dict[str, Any]) -> None:
        boxes = [entry["box"] for entry in patcher["boxes"]]
        self.boxes = {box["id"].removeprefix("obj-"): box for box in boxes}
        self.cords: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for entry in patcher["lines"]:
            (source, outlet), (target, inlet) = (
                (end[0].removeprefix("obj-"), end[1])
                for end in (entry["patchline"]["source"], entry["patchline"]["destination"])
            )
            self.cords.setdefault((source, outlet), []).append((target, inlet))
        self.heard: dict[str, list[Message]] = {name: [] for name in self.boxes}
        self.shown: dict[str, Any] = {}
        self.rows: dict[str, list[str]] = {}
        self.grey: set[str] = set()
        self.waiting: list[str] = []
        self.open_gates: set[str] = set()
        self.said: list[Message] = []
        self.inner = {
            name: FakePatch(box["patcher"]) for name, box in self.boxes.items() if "patcher" in box
        }

    def press(self, name: str) -> None:
        """Click on a button."""
        if name not in self.grey:
            self.send(name, 0, BANG)

    def turn(self, name: str, value: Atom) -> None:
        """Move a control, or pick a row of a menu."""
        self.shown[name] = value
        self.send(name, 0, [value])

    def pass_time(self) -> None:
        """Let every [delay] end."""
        waiting, self.waiting = self.waiting, []
        for name in waiting:
            self.send(name, 0, BANG)

    def send(self, name: str, outlet: int, message: Message) -> None:
        """Send a message out of a box."""
        for target, inlet in self.cords.get((name, outlet), []):
            self._hear(target, inlet, message)

    def _hear(self, name: str, inlet: int, message: Message) -> None:
        box = self.boxes[name]
        self.heard[name].append(message)
        kind = box["maxclass"]
        if kind == "newobj" and box["text"] == "gate":
            self._gate(name, inlet, message)
        elif kind == "newobj":
            self._objects()[box["text"].split()[0]](name, message)
        elif kind == "message":
            for part in box["text"].split(","):
                self.send(name, 0, atoms_of(part))
        elif kind in (*TURNED, *PRESSED, "comment"):
            self._set(name, kind, message)
        elif kind == "outlet":
            self.said.append(message)
        else:
            assert kind in ("v8.codebox", "v8ui"), f"{kind} hears nothing"

    def _set(self, name: str, kind: str, message: Message) -> None:
        if message[0] == "set":
            assert len(message) > 1, f"{name} is told to show nothing"
            self.shown[name] = message[1:] if kind == "comment" else message[1]
        elif kind in PRESSED and message[0] == "active":
            (self.grey.discard if message[1] else self.grey.add)(name)
        elif kind == "umenu" and message[0] == "clear":
            self.rows[name] = []
        elif kind == "umenu" and message[0] == "append":
            self.rows.setdefault(name, []).append(" ".join(map(str, message[1:])))
        else:
            assert len(message) == 1, f"{name} does not understand {message}"
            assert isinstance(message[0], int | float), f"{name} does not understand {message}"
            self.turn(name, message[0])

    def _objects(self) -> dict[str, Callable[[str, Message], None]]:
        return {
            "deferlow": self._through,
            "delay": lambda name, _: self.waiting.append(name),
            "midiout": lambda *_: None,
            "p": self._enter,
            "pattr": self._through,
            "pcontrol": lambda *_: None,
            "prepend": self._prepend,
            "route": self._route,
            "t": lambda name, _: self._trigger(name),
            "thispatcher": lambda *_: None,
            "udpreceive": lambda *_: None,
            "udpsend": lambda *_: None,
        }

    def _through(self, name: str, message: Message) -> None:
        self.send(name, 0, message)

    def _gate(self, name: str, inlet: int, message: Message) -> None:
        if inlet == 0:
            (self.open_gates.add if message[0] else self.open_gates.discard)(name)
        elif name in self.open_gates:
            self.send(name, 0, message)

    def _prepend(self, name: str, message: Message) -> None:
        assert message != BANG, f"what {name} makes of a bang is not said"
        self.send(name, 0, atoms_of(self.boxes[name]["text"])[1:] + message)

    def _route(self, name: str, message: Message) -> None:
        words = atoms_of(self.boxes[name]["text"])[1:]
        if message[0] in words:
            self.send(name, words.index(message[0]), message[1:] or BANG)
        else:
            self.send(name, len(words), message)

    def _trigger(self, name: str) -> None:
        words = atoms_of(self.boxes[name]["text"])[1:]
        for outlet in reversed(range(len(words))):
            word = words[outlet]
            self.send(name, outlet, BANG if word == "b" else [word])

    def _enter(self, name: str, message: Message) -> None:
        inner = self.inner[name]
        inner.send("heard", 0, message)
        self.hear_inner(name)

    def hear_inner(self, name: str) -> None:
        """Pass on what an inner patcher has said since."""
        inner = self.inner[name]
        said, inner.said = inner.said, []
        for message in said:
            self.send(name, 0, message)

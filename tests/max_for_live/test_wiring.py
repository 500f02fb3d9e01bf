"""The built patch: what a hand does reaches the script, what the script says is seen."""

import re

import pytest

from builder import HOME, PRODUCTS, build
from container import unpack
from layout import read_device

from .fake_patch import Atom, FakePatch, Message

_, PATCHER = unpack(build(PRODUCTS[0]))
DEVICE = read_device(HOME / "src" / "patch" / PRODUCTS[0].patch)
BUTTONS = {button.name: button.says.split() for button in DEVICE.buttons}
ACTIONS = {name: words for name, words in BUTTONS.items() if words[0] == "press"}
# Words of src/ that are said to the patch, and where each is seen.
SAID_BY_SCRIPT = {
    *("udp", "port", "listen", "save", "value", "line", "show", "menu"),
    *("light", "busy", "barstate", "barnotes", "bargroup", "able"),
}


class Room:
    """A restored device with its window."""

    def __init__(self) -> None:
        self.patch = FakePatch(PATCHER)
        self.window = self.patch.inner["window"]
        self.restore()
        self.patch.pass_time()
        self.forget()

    def restore(self) -> None:
        self.patch.send("this_device", 0, ["bang"])

    def forget(self) -> None:
        for patch in (self.patch, self.window):
            for heard in patch.heard.values():
                heard.clear()

    @property
    def heard(self) -> list[Message]:
        """What came to the script."""
        return self.patch.heard["script"]

    def say(self, *atoms: Atom) -> None:
        """Let the script say something."""
        self.patch.send("script", 0, list(atoms))

    def press_in_window(self, name: str) -> None:
        self.window.press(name)
        self.patch.hear_inner("window")

    def turn_in_window(self, name: str, value: int) -> None:
        self.window.turn(name, value)
        self.patch.hear_inner("window")


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.mark.parametrize("name", ACTIONS)
def test_a_button_presses_once_in_the_device_and_in_the_window(room: Room, name: str) -> None:
    room.patch.press(name)
    room.press_in_window(name)

    assert room.heard == [ACTIONS[name], ACTIONS[name]]


def test_no_button_no_menu_and_no_bar_acts_before_the_device_is_restored() -> None:
    patch = FakePatch(PATCHER)
    for name in BUTTONS:
        patch.press(name)
    patch.turn("menu_model", 1)
    patch.send("strip", 0, ["bars", 0, 1])

    assert patch.heard["script"] == []
    assert "change" not in patch.shown


def test_a_preset_shuts_the_gate_for_half_a_second_again(room: Room) -> None:
    room.restore()
    room.patch.press("vary")
    assert room.heard == [["ready"]]

    room.patch.pass_time()
    room.patch.press("vary")
    assert room.heard == [["ready"], ["press", "vary"]]


def test_restored_values_reach_the_script_while_the_gate_is_shut() -> None:
    patch = FakePatch(PATCHER)
    patch.turn("change", 62)

    assert patch.heard["script"] == [["set", "change", 62]]


@pytest.mark.parametrize("name", [control.name for control in DEVICE.controls])
def test_a_control_and_its_twin_in_the_window_show_the_same(room: Room, name: str) -> None:
    room.patch.turn(name, 1)
    assert room.window.shown[name] == 1

    room.turn_in_window(name, 0)
    assert room.patch.shown[name] == 0
    assert room.window.shown[name] == 0
    assert room.heard == [["set", name, 1], ["set", name, 0]]


@pytest.mark.parametrize(
    ("name", "percent"), [("subtle", 15), ("medium", 35), ("bold", 65), ("new", 100)]
)
def test_a_detent_turns_change(room: Room, name: str, percent: int) -> None:
    room.patch.press(name)
    room.press_in_window(name)

    assert room.patch.shown["change"] == percent
    assert room.heard == [["set", "change", percent]] * 2


@pytest.mark.parametrize("name", ["model", "style", "part", "recall"])
def test_menus_are_filled_and_picked_in_both_places(room: Room, name: str) -> None:
    room.say("menu", name, "clear")
    for row in ("Auto", "Bach chorale"):
        room.say("menu", name, "append", row)
    room.say("menu", name, "set", 1)
    room.patch.turn(f"menu_{name}", 0)
    room.turn_in_window(f"menu_{name}", 1)

    for patch in (room.patch, room.window):
        assert patch.rows[f"menu_{name}"] == ["Auto", "Bach chorale"]
    assert room.heard == [["pick", name, 0], ["pick", name, 1]]


def test_lines_are_shown_in_both_places(room: Room) -> None:
    room.say("line", "Vary", 24, "notes")
    room.say("show", 3, "/", 8)

    for patch in (room.patch, room.window):
        assert patch.shown["line"] == ["Vary", 24, "notes"]
        assert patch.shown["show"] == [3, "/", 8]


def test_a_verb_that_the_model_lacks_is_grey_and_dead_in_both_places(room: Room) -> None:
    room.say("able", "develop", 0)
    room.patch.press("develop")
    room.press_in_window("develop")
    assert room.heard == []

    room.say("able", "develop", 1)
    room.patch.press("develop")
    room.press_in_window("develop")
    assert room.heard == [["press", "develop"]] * 2


@pytest.mark.parametrize(
    "said",
    [
        ["light", 3],
        ["busy", 35],
        ["barstate", 0, 1],
        ["barstate"],
        ["barnotes", 4],
        ["bargroup", 2],
    ],
)
def test_both_strips_hear_what_they_draw(room: Room, said: Message) -> None:
    room.say(*said)

    assert room.patch.heard["strip"] == [said]
    assert room.window.heard["strip"] == [said]


def test_bars_are_marked_from_both_strips(room: Room) -> None:
    room.patch.send("strip", 0, ["bars", 2, 1])
    room.window.send("strip", 0, ["bars", 3, 1])
    room.patch.hear_inner("window")

    assert room.heard == [["bars", 2, 1], ["bars", 3, 1]]


def test_the_wire_goes_out_and_comes_in(room: Room) -> None:
    room.say("listen", 20_001)
    room.say("port", 17_766)
    room.say("udp", "/reprise/ack", 424242, 4)
    room.patch.send("receive", 0, ["/reprise/ack/reply", 424242, 1])

    assert room.patch.heard["receive"] == [["port", 20_001]]
    assert room.patch.heard["send"] == [["port", 17_766], ["/reprise/ack", 424242, 4]]
    assert room.heard == [["osc", "/reprise/ack/reply", 424242, 1]]


def test_what_is_saved_is_stored_and_comes_back(room: Room) -> None:
    room.say("save", 82, 101, 112)

    assert room.patch.heard["results"] == [[82, 101, 112]]
    assert room.heard == [["state", 82, 101, 112]]


def test_the_script_can_turn_the_seed(room: Room) -> None:
    room.say("value", "seed", 4711)

    assert room.patch.shown["seed"] == 4711
    assert room.heard == [["set", "seed", 4711]]


def test_float_opens_the_window(room: Room) -> None:
    room.patch.press("float")

    assert room.patch.heard["window_control"] == [["open"]]
    assert room.heard == []


def test_the_window_floats_from_the_start() -> None:
    window = FakePatch(PATCHER).inner["window"]
    window.send("loaded", 0, ["bang"])

    assert window.heard["this_patcher"][0] == ["window", "flags", "float"]
    assert window.heard["this_patcher"][-1] == ["window", "exec"]


def test_notes_pass_through_and_the_end_is_told(room: Room) -> None:
    room.patch.send("midi_in", 0, [144])
    room.patch.send("freed", 0, ["bang"])

    assert room.patch.heard["midi_out"] == [[144]]
    assert room.heard == [["closing"]]


def test_the_patch_understands_every_word_that_the_sources_say() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (HOME / "src").glob("**/*.js")]
    words = {
        word for text in texts for word in re.findall(r'\bout(?:let)?\((?:0, \[?)?"(\w+)"', text)
    }

    assert words - SAID_BY_SCRIPT == {"bars"}  # what the strip says


def test_the_guide_names_everything_on_the_device() -> None:
    guide = (HOME.parent / "docs" / "live.md").read_text(encoding="utf-8")
    names = {button.text for button in DEVICE.buttons} | {label.text for label in DEVICE.labels}
    names |= {control.short for control in DEVICE.controls if control.maxclass == "live.dial"}

    unnamed = {name for name in names if name not in guide}
    assert unnamed == set()

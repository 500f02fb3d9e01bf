"""What the device and its window wire alike: buttons and menus that speak, and what they are shown.

It does not know where words go to or come from: each of the two names its own box for that.
"""

from collections.abc import Iterable

from canvas import Canvas
from layout import Button, Device


def wire_presses(canvas: Canvas, device: Device, buttons: Iterable[Button], goal: str) -> None:
    """Let each button say its word, and each menu its choice, to a port such as "gate:1"."""
    for button in buttons:
        canvas.object(f"press_{button.name}", "t b")
        canvas.message(f"word_{button.name}", button.says)
        canvas.cords(f"{button.name} -> press_{button.name} -> word_{button.name} -> {goal}")
    for menu in device.menus:
        canvas.object(f"pick_{menu.name}", f"prepend pick {menu.name}")
        canvas.cords(f"menu_{menu.name} -> pick_{menu.name} -> {goal}")


SHOWN = "menu line show able"
"""First words of what `wire_display` shows; all else is the strip's."""


def wire_display(canvas: Canvas, device: Device, router: str, first: int) -> None:
    """Show what outlets of a router bring: of the words in `SHOWN`, and of all others at last."""
    pressed = [button.name for button in device.buttons if button.says.startswith("press ")]
    canvas.object("rows", "route " + " ".join(menu.name for menu in device.menus))
    canvas.object("able", "route " + " ".join(pressed))
    canvas.object("set_line", "prepend set")
    canvas.object("set_show", "prepend set")
    canvas.cords(
        f"{router}:{first} -> rows",
        f"{router}:{first + 1} -> set_line -> line",
        f"{router}:{first + 2} -> set_show -> show",
        f"{router}:{first + 3} -> able",
        f"{router}:{first + 4} -> strip",
        *(f"rows:{number} -> menu_{menu.name}" for number, menu in enumerate(device.menus)),
    )
    for number, name in enumerate(pressed):
        canvas.object(f"grey_{name}", "prepend active")
        canvas.cords(f"able:{number} -> grey_{name} -> {name}")

"""What is seen: inside the device, on whole pixels, nothing over another, words that fit."""

from collections.abc import Iterator
from itertools import combinations

from reading import Box, Finding, Reading
from text_width import text_width

HEIGHT = 169
MARGIN = 2
WITH_WORDS = ("live.text", "textbutton", "live.comment")


def findings(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with the presentation view."""
    if not reading.patcher.get("openinpresentation"):
        yield Finding("not presentation", "the patcher must open in the presentation view")
    width, height = _size(reading)
    if height > HEIGHT:
        yield Finding("too high", f"the device is {height:g} px high, Live shows {HEIGHT}")
    shown = [box for box in reading.boxes if box.get("presentation")]
    for box in shown:
        yield from _box_findings(box, width, height)
    solid = [box for box in shown if not box.get("background")]
    for one, other in combinations(solid, 2):
        if _overlap(one["presentation_rect"], other["presentation_rect"]):
            yield Finding("overlap", f"{one['id']} and {other['id']} lie over each other")


def _size(reading: Reading) -> tuple[float, float]:
    rect = reading.patcher.get("openrect", reading.patcher["rect"])
    return rect[2], rect[3]


def _box_findings(box: Box, width: float, height: float) -> Iterator[Finding]:
    left, top, box_width, box_height = rect = box["presentation_rect"]
    if any(number != int(number) for number in rect):
        yield Finding("half pixels", f"{box['id']} lies at {rect}, which is not whole pixels")
    if left < 0 or top < 0 or left + box_width > width or top + box_height > height:
        yield Finding("outside", f"{box['id']} at {rect} is not inside {width:g} x {height:g}")
    words = (box.get("text", ""), box.get("texton", ""))
    widest = max(map(text_width, words))
    if box["maxclass"] in WITH_WORDS and widest > box_width - MARGIN:
        yield Finding("words too wide", f"{words[0]!r} needs {widest:.0f} px, has {box_width:g}")
    if box["maxclass"].startswith("live."):
        for key in (key for key in box if key.endswith("color")):
            yield Finding("fixed colour", f"{box['id']} has its own {key}; leave it to the theme")


def _overlap(one: list[float], other: list[float]) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )

"""How wide words are at 9.5 points, within a pixel or two: Live's own font is not at hand."""

NARROW = frozenset("iljt.,:;'|!()[]fI·")
WIDE = frozenset("mwMWOQGD%@")
NARROW_PIXELS, PIXELS, WIDE_PIXELS = 3.0, 5.3, 7.8


def text_width(text: str) -> float:
    """Return about how many pixels a line of text takes."""
    return sum(map(_character_width, text))


def wrapped(text: str, width: float) -> list[str]:
    """Return the lines into which a text breaks in a box so many pixels wide."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _character_width(character: str) -> float:
    if character in NARROW:
        return NARROW_PIXELS
    return WIDE_PIXELS if character in WIDE else PIXELS

"""The text of a REAPER project as blocks and lines; knows its quotes, not its words' meaning.

A block is `<NAME words` up to a line with `>` alone. Blocks that nobody asks for, such as plug-ins'
data, are passed over by their depth.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_DEPTH, MAX_LINE_BYTES, MAX_LINES
from reprise.music.smf_facts import text_of

_QUOTES: Final = "\"'`"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Kind(Enum):
    """What a line does."""

    OPENS = "opens"
    CLOSES = "closes"
    SAYS = "says"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        kind: What it does.
        words: Of an opening line the block's name and what follows, of any other its words; of free
            text one word, without the bar in front.
    """

    kind: Kind
    words: tuple[str, ...]


def lines(chunks: Iterable[bytes], wanted: Collection[str]) -> Iterator[Line]:
    """Yield the lines of a project that stand in wanted blocks only.

    Args:
        chunks: The file's bytes.
        wanted: Names of blocks.

    Raises:
        RefusedError: A line is longer, or blocks stand deeper in each other, than any host writes;
            a block is closed that was not opened, or stays open.
    """
    depth = skipped = 0
    for number, raw in enumerate(_raw_lines(chunks)):
        if number >= MAX_LINES:
            raise RefusedError(Reason.TOO_LARGE, f"it has more than {MAX_LINES:,} lines")
        opens = raw.startswith(b"<")
        closes = raw == b">"
        depth += opens - closes
        if depth > MAX_DEPTH or depth < 0:
            raise RefusedError(Reason.DAMAGED, "its blocks do not fit together; save it again")
        if not raw:
            continue
        if skipped or (opens and _name(raw) not in wanted):
            skipped += opens - closes
            continue
        yield _line(raw)
    if depth:
        raise RefusedError(Reason.DAMAGED, "it ends too early; save or copy it again")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a line; one in quotes ends where its own quote stands before a gap."""
    found: list[str] = []
    place, size = 0, len(text)
    while place < size:
        if text[place].isspace():
            place += 1
            continue
        word, place = _word(text, place)
        found.append(word)
    return tuple(found)


def _raw_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.strip(b" \t\r").removeprefix(_BYTE_ORDER_MARK)
        if len(rest) > MAX_LINE_BYTES:
            raise RefusedError(
                Reason.TOO_LARGE, f"one line of it is longer than {MAX_LINE_BYTES:,} bytes"
            )
    yield rest.strip(b" \t\r")


def _name(raw: bytes) -> str:
    return raw[1:].split(maxsplit=1)[0].decode("latin-1") if len(raw) > 1 else ""


def _line(raw: bytes) -> Line:
    text = text_of(raw)
    if text == ">":
        return Line(Kind.CLOSES, ())
    if text.startswith("<"):
        return Line(Kind.OPENS, words_of(text[1:]))
    if text.startswith("|"):
        return Line(Kind.TEXT, (text[1:],))
    has_quotes = any(quote in text for quote in _QUOTES)
    return Line(Kind.SAYS, words_of(text) if has_quotes else tuple(text.split()))


def _word(text: str, place: int) -> tuple[str, int]:
    """Return the word that begins at a place, and where it ends."""
    quote = text[place]
    if quote in _QUOTES:
        end = place + 1
        while (end := text.find(quote, end)) >= 0:
            if end + 1 == len(text) or text[end + 1].isspace():
                return text[place + 1 : end], end + 1
            end += 1
        return text[place + 1 :], len(text)
    end = place
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[place:end], end

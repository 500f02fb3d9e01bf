"""XML as a stream: only what is asked for is kept, and nothing can be declared or fetched.

The standard library's expat does it without a further dependency. Its own guard against expanding
entities is not relied on: a document that declares an entity, or carries any declarations of its
own, is refused, and what a DOCTYPE names outside the document is never asked for. A document may be
far larger than memory; what is kept of it may not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn
from xml.parsers import expat

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_TAGS,
    MAX_TEXT_LENGTH,
    MAX_TOKEN_BYTES,
)

Keep = Mapping[str, "Keep"]
"""Which children of an element are kept, by name, and what of theirs. What is not named is passed
over, unless `ANYWHERE` is there: then the children inside it are looked for at any depth."""

_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
"""What expat reads by itself."""

ANYWHERE: Final = "*"
NOTHING: Final[Keep] = MappingProxyType({})


class Element:
    """An element that was kept.

    Attributes:
        name: Of the tag.
        attributes: By name.
        children: Those that were kept, in order; none once `content` took their place.
        text: What stands in it between tags, where the plan asks for text.
        content: What a plan made of it when it ended.
    """

    __slots__ = ("attributes", "children", "content", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""
        self.content: object = None

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the children of a name."""
        return (child for child in self.children if child.name == name)

    def find(self, path: str) -> "Element | None":
        """Return the first element on a path such as "Loop/LoopStart", or None."""
        here: Element | None = self
        for name in path.split("/"):
            here = next(here.all(name), None) if here is not None else None
        return here

    def value(self, path: str) -> str | None:
        """Return the attribute `Value` of an element on a path, None where there is none."""
        found = self.find(path)
        return None if found is None else found.attributes.get("Value")

    def text_of(self, path: str) -> str | None:
        """Return the text of an element on a path, None where there is none."""
        found = self.find(path)
        return None if found is None else found.text.strip()


@dataclass(frozen=True)
class Plan:
    """What is kept of a document, and what is made of it on the way.

    Attributes:
        keep: What of the root's children is kept.
        leaves: For elements of these names nothing is kept: the call gets the element that they
            stand in, and their attributes.
        made: What elements of these names become when they end: `content`, for their children.
        has_text: Text between tags is kept.
    """

    keep: Keep
    leaves: Mapping[str, Callable[[Element, dict[str, str]], None]] = field(default_factory=dict)
    made: Mapping[str, Callable[[Element], object]] = field(default_factory=dict)
    has_text: bool = False


def parsed(chunks: Iterable[bytes], plan: Plan) -> Element:
    """Return the root of a document with what a plan keeps of it.

    Raises:
        RefusedError: It is no XML, cut short, declares entities, nests too deeply, or too much of
            it would have to be kept.
    """
    stream = _Stream(plan)
    for chunk in chunks:
        stream.feed(chunk)
    return stream.finished()


class _Stream:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._root = Element("", {})
        self._open: list[tuple[Keep, Element, bool]] = []
        self._skipped = 0
        self._kept = self._tags = 0
        self._fed = 0
        self._parser = _parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        if plan.has_text:
            self._parser.CharacterDataHandler = self._text

    def feed(self, chunk: bytes) -> None:
        self._fed += len(chunk)
        self._parse(chunk, is_last=False)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > MAX_TOKEN_BYTES:
            raise RefusedError(
                Reason.TOO_LARGE, f"one tag of it is longer than {MAX_TOKEN_BYTES:,} bytes"
            )

    def finished(self) -> Element:
        self._parse(b"", is_last=True)
        return self._root

    def _parse(self, chunk: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise RefusedError(
                Reason.DAMAGED, f"no XML can be read in line {error.lineno}; save it again"
            ) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise RefusedError(Reason.TOO_LARGE, f"it has more than {MAX_TAGS:,} elements")
        if self._skipped:
            self._skipped += 1
            self._check_depth()
            return
        if not self._open:
            self._root = Element(name, attributes)
            self._open.append((self._plan.keep, self._root, True))
            return
        keep, parent, _ = self._open[-1]
        if name in keep:
            self._keep(name, attributes, keep[name], parent)
        elif ANYWHERE in keep:
            self._open.append((keep[ANYWHERE], parent, False))
            self._check_depth()
        else:
            self._skipped = 1

    def _keep(self, name: str, attributes: dict[str, str], keep: Keep, parent: Element) -> None:
        leaf = self._plan.leaves.get(name)
        if leaf is not None:
            leaf(parent, attributes)
            self._skipped = 1
            return
        element = Element(name, attributes)
        parent.children.append(element)
        self._open.append((keep, element, True))
        self._kept += 1
        self._check_depth()
        if self._kept > MAX_ELEMENTS:
            raise RefusedError(
                Reason.TOO_LARGE,
                f"more than {MAX_ELEMENTS:,} of its elements would have to be kept; export less",
            )

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        _, element, is_own = self._open.pop()
        if is_own and name in self._plan.made:
            element.content = self._plan.made[name](element)
            self._kept -= _count(element.children)
            element.children = []

    def _text(self, text: str) -> None:
        if self._skipped or not self._open:
            return
        _, element, is_own = self._open[-1]
        if is_own and len(element.text) < MAX_TEXT_LENGTH:
            element.text += text[:MAX_TEXT_LENGTH]

    def _check_depth(self) -> None:
        if len(self._open) + self._skipped > MAX_DEPTH:
            raise RefusedError(
                Reason.TOO_LARGE, f"its elements stand more than {MAX_DEPTH} inside each other"
            )


def _parser() -> expat.XMLParserType:
    """Return a parser for which every declaration, and every name of one, is an error."""
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.XmlDeclHandler = _declaration
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _refuse_entities
    parser.UnparsedEntityDeclHandler = _refuse_entities
    parser.ExternalEntityRefHandler = _refuse_entities
    parser.SkippedEntityHandler = _refuse_entities
    parser.buffer_text = True
    return parser


def _declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise RefusedError(
            Reason.DAMAGED, f"its text is said to be {encoding[:20]!r}; save it again as UTF-8"
        )


def _doctype(_name: str, _system: str | None, _public: str | None, has_own: int) -> None:
    if has_own:
        _refuse_entities()


def _refuse_entities(*_: object) -> NoReturn:
    raise RefusedError(
        Reason.ENTITIES,
        "no program that writes music does that, and it can be used to do harm: it is not read",
    )


def _count(elements: Iterable[Element]) -> int:
    return sum(1 + _count(element.children) for element in elements)

from collections.abc import Iterator

import pytest

from reprise.library.ingest import xml_stream
from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_DEPTH, MAX_TOKEN_BYTES
from reprise.library.ingest.xml_stream import ANYWHERE, NOTHING, Keep, Plan, parsed


def chunks(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def reason(data: bytes, plan: Plan | None = None) -> Reason:
    with pytest.raises(RefusedError) as refused:
        parsed(chunks(data), plan or Plan({}))
    return refused.value.reason


def test_only_what_is_asked_for_is_kept() -> None:
    root = parsed([b'<a><b Value="1"><c Value="2"/></b><d/></a>'], Plan({"b": NOTHING}))
    assert [child.name for child in root.children] == ["b"]
    assert root.value("b") == "1"
    assert root.value("b/c") is None


def test_what_is_looked_for_anywhere_hangs_below_what_is_kept() -> None:
    rack: dict[str, Keep] = {}
    rack |= {"pad": rack, ANYWHERE: rack}
    data = b"<a><x><y><pad N='1'><z><pad N='2'/></z></pad></y></x><pad N='3'/></a>"
    root = parsed([data], Plan(rack))
    assert [pad.attributes["N"] for pad in root.all("pad")] == ["1", "3"]
    assert [pad.attributes["N"] for pad in root.children[0].all("pad")] == ["2"]


def test_text_is_kept_where_it_is_asked_for() -> None:
    root = parsed([b"<a><b> x<c>no</c>y </b></a>"], Plan({"b": NOTHING}, has_text=True))
    assert root.text_of("b") == "xy"


def test_what_is_made_of_an_element_takes_the_place_of_its_children() -> None:
    plan = Plan({"b": {"c": NOTHING}}, made={"b": lambda element: len(element.children)})
    root = parsed([b"<a><b><c/><c/></b></a>"], plan)
    assert root.children[0].content == 2
    assert root.children[0].children == []


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        b"<!DOCTYPE a [<!ELEMENT a ANY>]>",
    ],
)
def test_a_document_with_declarations_of_its_own_is_refused(doctype: bytes) -> None:
    assert reason(doctype + b"<a/>") == Reason.ENTITIES


def test_entities_that_expand_into_each_other_are_refused_at_once() -> None:
    declared = "".join(
        f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 10)
    )
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "ha">{declared}]><a>&e9;</a>'
    assert reason(bomb.encode()) == Reason.ENTITIES


def test_what_lies_outside_the_document_is_never_asked_for() -> None:
    doctype = b'<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1:9/a.dtd">'
    assert parsed([doctype + b'<a><b Value="1"/></a>'], Plan({"b": NOTHING})).value("b") == "1"
    assert reason(doctype + b"<a>&from_outside;</a>") == Reason.ENTITIES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        b"<a>",
        b"<a></b>",
        b"<a/><a/>",
        b"\x00\x01\x02",
        b'<?xml version="1.0" encoding="HTF-8"?><a/>',
        b'<?xml version="1.0" encoding="euc-jp"?><a/>',
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    assert reason(data) == Reason.DAMAGED


@pytest.mark.parametrize("keep", [{}, {ANYWHERE: {}}])
def test_elements_do_not_nest_for_ever(keep: Keep) -> None:
    deep = MAX_DEPTH + 1
    assert reason(b"<a>" * deep + b"</a>" * deep, Plan(keep)) == Reason.TOO_LARGE


def test_no_more_is_kept_than_memory_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_ELEMENTS", 1000)
    data = b"<a>" + b"<b/>" * 1001 + b"</a>"
    assert reason(data, Plan({"b": NOTHING})) == Reason.TOO_LARGE
    assert parsed([data], Plan({})).children == []


def test_one_endless_tag_is_not_waited_for() -> None:
    def endless() -> Iterator[bytes]:
        yield b'<a b="'
        for _ in range(100 * MAX_TOKEN_BYTES // 1_000_000):
            yield b"x" * 1_000_000

    with pytest.raises(RefusedError) as refused:
        parsed(endless(), Plan({}))
    assert refused.value.reason == Reason.TOO_LARGE


def test_elements_that_nobody_keeps_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MAX_TAGS", 1000)
    assert reason(b"<a>" + b"<b/>" * 1000 + b"</a>") == Reason.TOO_LARGE

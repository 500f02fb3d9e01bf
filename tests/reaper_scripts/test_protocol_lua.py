"""The Lua side of the protocol, run by the Lua versions of REAPER 6 and 7."""

import json
from typing import Any

import pytest

from lua_host import ROOT, VERSIONS, LuaHost, from_lua, to_lua

Value = Any
FIXTURES = ROOT / "tests" / "fixtures" / "protocol"
TABLE = json.loads((FIXTURES / "table.json").read_text(encoding="utf-8"))
CASES = [
    pytest.param(kind, row, case, id=f"{kind}: {case['name']}")
    for kind, row in TABLE["messages"].items()
    for case in json.loads((FIXTURES / f"{kind}.json").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module", params=VERSIONS)
def lua(request: pytest.FixtureRequest) -> Value:
    return LuaHost(request.param).lua


@pytest.fixture(scope="module")
def protocol(lua: Value) -> Value:
    return lua.eval('(require("protocol"))')


def texts(protocol: Value, row: dict[str, Value]) -> Value:
    is_client = row["from"] == "client"
    return protocol.inline_texts() if is_client else protocol.numbered_texts()


@pytest.mark.parametrize(("kind", "row", "case"), CASES)
def test_a_message_goes_to_atoms_and_back(
    lua: Value, protocol: Value, kind: str, row: dict[str, Value], case: dict[str, Value]
) -> None:
    plain = {"kind": kind, **case["plain"]}

    atoms = protocol.encode(to_lua(lua, plain), texts(protocol, row))
    back = protocol.decode(case["address"], to_lua(lua, case["atoms"]), texts(protocol, row))

    assert list(atoms.values()) == case["atoms"]
    assert from_lua(back, plain) == plain


@pytest.mark.parametrize(("kind", "row", "case"), CASES)
def test_a_message_cut_short_is_refused_with_a_sentence(
    lua: Value, protocol: Value, kind: str, row: dict[str, Value], case: dict[str, Value]
) -> None:
    assert kind in TABLE["messages"]
    for length in range(min(len(case["atoms"]), 60)):
        cut = to_lua(lua, case["atoms"][:length])
        found, sentence = protocol.decode(case["address"], cut, texts(protocol, row))
        assert found is None
        assert sentence


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ({"kind": "sing"}, "no kind"),
        ({"kind": "cancel"}, "needs request_id"),
        ({"kind": "cancel", "request_id": 1, "soon": True}, "no soon"),
        ({"kind": "cancel", "request_id": 2**40}, "int32"),
        ({"kind": "history", "request_id": 1, "action": "burn"}, "one of"),
        ({"kind": "history", "request_id": 1, "result_id": "7F3K2"}, "no result id"),
    ],
)
def test_what_the_protocol_does_not_know_is_refused(
    lua: Value, protocol: Value, message: dict[str, Value], part: str
) -> None:
    found, sentence = protocol.encode(to_lua(lua, message))

    assert found is None
    assert part in sentence


def test_a_text_comes_again_as_its_number_only(lua: Value, protocol: Value) -> None:
    error = to_lua(lua, {"kind": "error", "request_id": 1, "code": 10, "sentence": "too long"})
    said = protocol.numbered_texts()

    assert list(protocol.encode(error, said).values()) == [1, 10, -1, "too long"]
    assert list(protocol.encode(error, said).values()) == [1, 10, 1]


def test_floats_are_read_as_the_whole_numbers_that_they_stand_for(
    lua: Value, protocol: Value
) -> None:
    heard = protocol.inline_texts()

    assert protocol.decode("/reprise/cancel", to_lua(lua, [5.0]), heard).request_id == 5
    assert protocol.decode("/reprise/cancel", to_lua(lua, [1e10]), heard)[0] is None
    assert protocol.decode("/reprise/cancel", to_lua(lua, [float("nan")]), heard)[0] is None

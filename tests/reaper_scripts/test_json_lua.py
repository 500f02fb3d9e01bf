"""The JSON of REAPER's scripts: strict, bounded, and the same as everybody else's."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lua_host import VERSIONS, LuaHost

Value = Any
STATES = {version: LuaHost(version).require("json") for version in VERSIONS}
LUA = pytest.mark.parametrize("lua_json", STATES.values(), ids=STATES)

NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(TEXTS, inner, min_size=1),
    max_leaves=20,
)


@LUA
@given(value=VALUES)
def test_what_goes_in_comes_out(lua_json: Value, value: Value) -> None:
    text = json.dumps(value)

    found = json.loads(lua_json.encode(lua_json.decode(text)))

    assert found == value


@LUA
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=50))
def test_lists_of_numbers_are_read_to_the_last_bit(lua_json: Value, numbers: list[float]) -> None:
    text = json.dumps(numbers, separators=(",", ":"))

    assert list(lua_json.decode(text).values()) == numbers


@LUA
@given(text=st.text('[]{},:"\\0123456789.-+eEtrufalsn \n\x00é', max_size=30))
def test_texts_that_are_no_json_are_refused_and_no_other(lua_json: Value, text: str) -> None:
    found = lua_json.decode(text)

    assert _is_refused(found) == (_strict(text) is Refused)


class Refused:
    """Stands for a text that is no JSON."""


def _is_refused(found: Value) -> bool:
    return isinstance(found, tuple) and found[0] is None and len(found[1]) > 5


def _strict(text: str) -> Value:
    def once(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def finite(token: str) -> float:
        if not math.isfinite(float(token)):
            raise ValueError
        return float(token)

    try:
        return json.loads(text, object_pairs_hook=once, parse_float=finite, parse_constant=finite)
    except ValueError:
        return Refused


@LUA
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "ends"),
        ("[1", "ends inside"),
        ("[1;2]", "comma"),
        ("[01,2]", "no number"),
        ("[1.,2]", "no number"),
        ("[1,,2]", "no value"),
        ("[1-2,3]", "no number"),
        ("1e999", "no number"),
        ('{"a":1,"a":2}', "twice"),
        ("{1:2}", "a key"),
        ('{"a" 1}', "colon"),
        ('"\\ud800"', "cut escape"),
        ('"\\ud800\\u0041"', "half a character"),
        ('"\\udc00"', "half a character"),
        ('"\\x"', "unknown escape"),
        ('"a\nb"', "control"),
        ('"open', "no end"),
        ("nul", "no value"),
        ("1 2", "follows"),
        ("[" * 33 + "]" * 33, "32 levels"),
        ('{"a":' * 33 + "1" + "}" * 33, "32 levels"),
        (b'"\xff"', "UTF-8"),
    ],
)
def test_a_refusal_says_what_is_wrong(lua_json: Value, text: str | bytes, part: str) -> None:
    found, sentence = lua_json.decode(text)

    assert found is None
    assert part in sentence


@LUA
def test_null_is_no_key_in_an_object_and_a_value_in_a_list(lua_json: Value) -> None:
    found = lua_json.decode('{"a":null,"b":[null,1]}')

    assert found.a is None
    assert lua_json.encode(found) == '{"b":[null,1]}'
    assert lua_json.encode(lua_json.decode("null")) == "null"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("{}", "[]"),
        ("json.object({})", "{}"),
        ("3.0", "3"),
        ("0.1", "0.1"),
        ("1/3", "0.33333333333333331"),
        ("-2^53 * 4", "-36028797018963968"),
        ("'a\"\\n\\1\\127'", '"a\\"\\n\\u0001\\u007f"'),
        ("'caf\\xe9'", '"caf?"'),
        ("{b=1, a={true, false}}", '{"a":[true,false],"b":1}'),
    ],
)
def test_values_are_written_as_they_are_meant(version: str, expression: str, text: str) -> None:
    host = LuaHost(version)

    found = host.lua.execute(f"local json = require('json') return json.encode({expression})")

    assert found == text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("0/0", "no number"),
        ("1/0", "no number"),
        ("print", "no function"),
        ("{1, nil, 3}", "a hole"),
        ("{1, a=2}", "the key a"),
        ("{[1.5]=2}", "a key of an object"),
        ("(function() local t = {} t[1] = t return t end)()", "32 levels"),
    ],
)
def test_what_json_cannot_say_is_refused(version: str, expression: str, part: str) -> None:
    host = LuaHost(version)

    found, sentence = host.lua.execute(
        f"local json = require('json') return json.encode({expression})"
    )

    assert found is None
    assert part in sentence


@pytest.mark.parametrize("version", VERSIONS)
def test_long_values_are_handed_over_piece_by_piece(version: str) -> None:
    host = LuaHost(version)

    pieces = host.lua.execute("""
        local json, values, pieces = require("json"), {}, 0
        for index = 1, 5000 do values[index] = { index } end
        assert(json.encode_into(values, function() pieces = pieces + 1 end))
        return pieces
    """)

    assert pieces > 10

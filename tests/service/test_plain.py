"""Messages survive the plain form, and what is wrong with one is named by its path."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.errors import InvalidRequestError, MalformedMessageError, TooLargeError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.service import messages as m
from reprise.service.plain import from_plain, score_from_plain, score_to_plain, to_plain


def _vary(**changes: object) -> dict[str, Any]:
    voice = Voice("lead", (Note(0.0, 60, 1.0), Note(1.0, 62, 1.0)))
    plain = to_plain(m.Vary(request_id=1, source=Score((voice,), 4.0)))
    return {**plain, **changes}


@given(strategies.messages)
def test_every_message_survives_json(message: m.Message) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(message)))) == message


@given(strategies.scores)
def test_every_score_survives_json(score: Score) -> None:
    assert score_from_plain(json.loads(json.dumps(score_to_plain(score)))) == score


def test_every_message_class_has_a_strategy() -> None:
    assert set(strategies.client_messages) == set(m.CLIENT_MESSAGES)
    assert set(strategies.server_messages) == set(m.SERVER_MESSAGES)


def test_plain_notes_leave_out_what_is_usual() -> None:
    assert _vary()["source"]["voices"][0]["notes"][1] == {
        "start": 1.0,
        "pitch": 62,
        "duration": 1.0,
    }


def test_fields_with_a_default_may_be_left_out() -> None:
    short = {"kind": "vary", "request_id": 3, "source": _vary()["source"]}

    message = from_plain(short)

    assert isinstance(message, m.Vary)
    assert (message.count, message.engine, message.seed) == (4, "auto", None)


def test_whole_numbers_are_taken_where_beats_are_wanted() -> None:
    message = from_plain(_vary(span={"start": 0, "end": 2}))

    assert isinstance(message, m.Vary)
    assert message.span is not None
    assert type(message.span.end) is float


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("source", "voices", 0, "notes", 1, "pitch"), "C4", "source.voices[0].notes[1].pitch: "),
        (("source", "voices", 0, "notes", 1, "pitch"), True, "whole number is wanted, got True"),
        (("source", "voices", 0, "notes", 1, "pitch"), 60.0, "whole number is wanted, got 60.0"),
        (("source", "voices", 0, "notes", 0, "start"), math.nan, "a number that has an end"),
        (("source", "voices", 0, "notes", 0, "duration"), math.inf, "a number that has an end"),
        (("source", "voices", 0, "notes", 0, "start"), None, "a number is wanted, got None"),
        (("source", "voices", 0, "notes", 0, "veloctiy"), 90, "no key 'veloctiy'; known are start"),
        (("source", "voices", 0, "name"), 7, "source.voices[0].name: a text is wanted, got 7"),
        (("source", "voices", 0, "name"), "a\0b", "a zero or half a surrogate"),
        (("source", "voices", 0, "name"), "\ud800", "a zero or half a surrogate"),
        (("source", "voices", 0, "is_drums"), 1, "true or false is wanted"),
        (("source", "voices", 0, "pads"), [[36]], "source.voices[0].pads[0]: a list of 2"),
        (("source", "voices", 0, "pads"), [[36, 1]], "source.voices[0].pads[0][1]: a text"),
        (("source", "voices"), {}, "source.voices: a list is wanted, got dict"),
        (("source",), [], "source: an object is wanted, got list"),
        (("source",), {"voices": []}, "source: the key 'length' is missing"),
        (("controls", "scale"), "loose", "controls.scale: one of off, guide, strict is wanted"),
        (("locks", "notes"), [0, "one"], "locks.notes[1]: a whole number is wanted, got 'one'"),
        (("kind",), "veri", "kind: 'veri' is no kind of message"),
        (("kind",), ["vary"], "kind: list is no kind of message"),
    ],
)
def test_a_malformed_field_is_named_by_its_path(
    path: tuple[str | int, ...], value: object, sentence: str
) -> None:
    plain = json.loads(json.dumps(_vary()))
    inner = plain
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    with pytest.raises(MalformedMessageError) as caught:
        from_plain(plain)

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"project": "x" * 201}, "project: a text has at most 200 characters, got 201"),
        ({"request_id": 2**60}, "request_id: numbers go up to 2**53"),
        ({"request_id": 10**5000}, "one of 16610 bits"),
        ({"strength": 1e300}, "strength: numbers go up to 2**53, got 1e+300"),
        ({"not_like": ["7F3K2M"] * 1001}, "not_like: at most 1000 are taken here, got 1001"),
        ({"locks": {"notes": [0] * 20_001}}, "locks.notes: at most 20000"),
        (
            {"source": {"length": 4, "voices": [{"name": "", "notes": []}] * 65}},
            "source.voices: at most 64",
        ),
    ],
)
def test_what_is_too_large_is_named_by_its_path(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TooLargeError) as caught:
        from_plain(_vary(**changes))

    assert sentence in str(caught.value)


@pytest.mark.parametrize("plain", [None, [], "vary", 7, {}, {"kind": None}, {"kind": 10**5000}])
def test_what_is_no_message_is_malformed(plain: object) -> None:
    with pytest.raises(MalformedMessageError):
        from_plain(plain)


def test_a_strength_of_7_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidRequestError, match=r"strength must be 0 to 1, got 7(.0)?; 0 keeps"):
        from_plain(_vary(strength=7))


def test_a_note_out_of_range_is_found_by_its_place() -> None:
    plain = _vary()
    plain["source"]["voices"][0]["notes"][0]["pitch"] = 128

    with pytest.raises(InvalidRequestError) as caught:
        from_plain(plain)

    assert str(caught.value).startswith("source.voices[0].notes[0]: a note's pitch must be 0 to")


def test_a_negative_start_is_refused() -> None:
    plain = _vary()
    plain["source"]["voices"][0]["notes"][0]["start"] = -1.0

    with pytest.raises(InvalidRequestError, match=r"start must be 0 or more beats, got -1"):
        from_plain(plain)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(_vary())), JSON_VALUES)
def test_any_value_in_any_field_is_a_message_or_a_named_error(field: str, value: object) -> None:
    message: m.Message | None = None
    with contextlib.suppress(InvalidRequestError):
        message = from_plain(_vary(**{field: value}))

    assert message is None or isinstance(message, m.Message)


def test_five_thousand_notes_survive() -> None:
    notes = tuple(Note(i / 4, 40 + i % 40, 0.25, velocity=90) for i in range(5000))
    message = m.Vary(request_id=1, source=Score((Voice("", notes),), 1250.0))

    assert from_plain(to_plain(message)) == message


@pytest.mark.parametrize("kind", ["cancel", "history", "status"])
@pytest.mark.parametrize("request_id", [-1, 2**31])
def test_a_request_id_that_no_wire_carries_is_refused(kind: str, request_id: int) -> None:
    with pytest.raises(InvalidRequestError, match="request_id"):
        from_plain({"kind": kind, "request_id": request_id})

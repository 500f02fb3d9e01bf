import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.errors import (
    InvalidRequestError,
    MalformedMessageError,
    TooLargeError,
    UnsupportedVersionError,
)
from reprise.music.note import Note
from reprise.service import messages as m
from reprise.service.plain import from_plain, to_plain
from reprise.transports.mailbox_codec import (
    HalfWrittenError,
    decode,
    dumped,
    encode,
    packed,
    unpacked,
)

FIELDS = tuple(one.name for one in fields(Note))
DEFAULTS = {one.name: one.default for one in fields(Note)}
requests = st.one_of(*strategies.client_messages.values())
replies = st.one_of(*strategies.server_messages.values())


def joined(files: list[bytes]) -> dict[str, Any]:
    """Return a message in its plain form from its files, as a script reads them."""
    held: dict[tuple[Any, ...], list[Any]] = {}
    *parts, last = [json.loads(data) for data in files]
    for part in parts:
        assert part["kind"] == "part"
        for piece in part["slices"]:
            notes = piece.get("notes")
            values = piece["items"] if notes is None else with_defaults_left_out(notes)
            held.setdefault(tuple(piece["path"]), []).extend(values)
    message: dict[str, Any] = last
    unpack(message)
    for path, values in held.items():
        node: Any = message
        for step in path[:-1]:
            node = node[step]
        assert node[path[-1]] == []
        node[path[-1]] = values
    return message


def with_defaults_left_out(flat: list[Any]) -> list[dict[str, Any]]:
    notes = unpacked(flat, "notes") if flat else []
    return [{k: v for k, v in note.items() if v != DEFAULTS[k]} for note in notes]


def unpack(message: dict[str, Any]) -> None:
    if "new_notes" in message:
        message["new_notes"] = [with_defaults_left_out(flat) for flat in message["new_notes"]]
    if message["kind"] == "history_reply" and message["score"]:
        for voice in message["score"]["voices"]:
            voice["notes"] = with_defaults_left_out(voice["notes"])


@given(message=replies, part_notes=st.integers(1, 30))
def test_replies_arrive_whole_however_they_are_cut(message: m.Message, part_notes: int) -> None:
    assert from_plain(joined(encode(message, part_notes))) == message


@given(message=requests)
def test_requests_are_read_in_their_plain_form(message: m.Message) -> None:
    envelope = {"protocol_version": m.PROTOCOL_VERSION, "message": to_plain(message)}

    assert decode(dumped(envelope)) == message


@given(message=requests)
def test_requests_are_read_with_packed_notes(message: m.Message) -> None:
    plain = to_plain(message)
    for name in ("source", "context", "target"):
        score = getattr(message, name, None)
        for index, voice in enumerate(score.voices if score else ()):
            plain[name]["voices"][index]["notes"] = packed(voice.notes)

    assert decode(dumped({"protocol_version": 1, "message": plain})) == message


@given(notes=strategies.note_tuples(12))
def test_packed_notes_have_no_more_fields_than_they_need(notes: tuple[Note, ...]) -> None:
    flat = packed(notes)

    if notes:
        width = int(flat[0])
        last = FIELDS[width - 1]
        assert width == 4 or any(getattr(note, last) != DEFAULTS[last] for note in notes)
        assert all(
            getattr(note, name) == DEFAULTS[name] for note in notes for name in FIELDS[width:]
        )
    assert not any(isinstance(value, bool) for value in flat)


@pytest.mark.parametrize(("count", "files"), [(8, 1), (800, 1), (801, 3), (5000, 8)])
def test_a_file_holds_no_more_than_a_poll_can_read(count: int, files: int) -> None:
    notes = builders.line([60 + place % 12 for place in range(count)])
    result = m.Result(
        request_id=1,
        index=0,
        count=1,
        result_id="7F3K2M",
        length=0.5 * count,
        kept=(),
        new_notes=(notes,),
        seed=1,
        engine="markov",
    )

    found = encode(result)

    assert len(found) == files
    assert max(map(len, found)) < 24_000


def test_a_long_history_is_cut_too() -> None:
    entry = m.HistoryEntry(
        result_id="7F3K2M",
        created=1_700_000_000,
        verb="vary",
        engine="markov",
        seed=1,
        note_count=16,
    )
    reply = m.HistoryReply(request_id=1, entries=(entry,) * 200)

    found = encode(reply)

    assert len(found) == 3
    assert from_plain(joined(found)) == reply


def test_texts_are_written_as_they_are() -> None:
    (data,) = encode(m.ErrorReply(request_id=1, code=10, sentence="zu spät: 音"))

    assert "zu spät: 音".encode() in data


@pytest.mark.parametrize(
    ("flat", "part"),
    [
        ([3, 0, 60, 1], "4 to 9"),
        ([10, *range(10)], "4 to 9"),
        ([4.0, 0, 60, 1, 100], "4 to 9"),
        ([True, 0, 60, 1, 100], "4 to 9"),
        (["x" * 500], "4 to 9"),
        ([4, 0, 60, 1], "no whole notes"),
    ],
)
def test_flat_lists_that_are_no_notes_are_named_by_their_path(flat: list[Any], part: str) -> None:
    voice = {"name": "Lead", "notes": flat}
    plain = {"kind": "vary", "request_id": 1, "source": {"voices": [voice], "length": 4}}

    with pytest.raises(MalformedMessageError, match=part) as caught:
        decode(dumped({"protocol_version": 1, "message": plain}))

    assert str(caught.value).startswith("source.voices[0].notes: ")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("place", "value", "part"),
    [
        (2, 300, "pitch"),
        (1, -1, "start"),
        (3, 0, "duration"),
        (8, 2, "is_muted"),
        (2, "c", "pitch"),
    ],
)
def test_a_packed_note_that_cannot_be_is_named_as_any_other(
    place: int, value: object, part: str
) -> None:
    flat: list[Any] = [9, 0.0, 60, 1.0, 100, 1.0, 0, 64, 1, 3]
    flat[place] = value
    voice = {"name": "Lead", "notes": flat}
    plain = {"kind": "vary", "request_id": 1, "source": {"voices": [voice], "length": 4}}

    with pytest.raises(InvalidRequestError, match=part) as caught:
        decode(dumped({"protocol_version": 1, "message": plain}))

    assert "source.voices[0].notes[0]" in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [5, {"voices": 5}, {"voices": [5]}, {"voices": [{"notes": 5}]}, {"voices": [{"notes": [[]]}]}],
)
def test_sources_of_any_shape_are_refused_with_a_sentence(source: object) -> None:
    plain = {"kind": "vary", "request_id": 1, "source": source}

    with pytest.raises(MalformedMessageError, match="source"):
        decode(dumped({"protocol_version": 1, "message": plain}))


def test_other_versions_and_sizes_are_refused() -> None:
    with pytest.raises(UnsupportedVersionError, match=r"version 1 .* version 9;"):
        decode(b'{"protocol_version":9}')
    with pytest.raises(TooLargeError, match="8,388,608"):
        decode(b" " * (8 * 1024 * 1024 + 1))
    with pytest.raises(HalfWrittenError, match="rename"):
        decode(b'{"protocol_version":')


def test_a_result_of_many_short_voices_takes_few_files() -> None:
    voices = tuple(builders.line([60] * 20) for _ in range(64))
    short = m.Result(
        request_id=1,
        index=0,
        count=1,
        result_id="7F3K2M",
        length=10.0,
        kept=tuple(range(100)),
        new_notes=voices,
        seed=1,
        engine="markov",
    )

    found = encode(short)

    assert len(found) == 3
    assert from_plain(joined(found)) == replace(short)

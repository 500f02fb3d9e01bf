import math
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from reprise import client
from reprise.service.messages import PROTOCOL_VERSION
from reprise.transports.osc_bench import LossyWire, Weather, made_request, survives

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
int32s = st.integers(client.MIN_INT32, client.MAX_INT32)
float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)
addresses = st.text("abcdefghij_/", max_size=20).map(lambda text: "/" + text)

# ---------------------------------------------------------------- OSC packets


@given(addresses, st.lists(int32s | float32s | texts, max_size=40))
def test_a_packet_comes_back_as_it_was_packed(address: str, atoms: list[client.Atom]) -> None:
    assert client.unpack_packet(client.pack_packet(address, atoms)) == (address, atoms)


@given(addresses, st.lists(int32s | float32s | texts, max_size=40))
def test_python_osc_reads_what_we_send(address: str, atoms: list[client.Atom]) -> None:
    message = OscMessage(client.pack_packet(address, atoms))

    assert message.address == address
    assert message.params == atoms


# python-osc sends the lowest int32 of all as 64 bits.
@given(
    addresses,
    st.lists(
        st.integers(client.MIN_INT32 + 1, client.MAX_INT32) | float32s | texts | st.booleans(),
        max_size=40,
    ),
)
def test_we_read_what_python_osc_sends(address: str, atoms: list[client.Atom]) -> None:
    builder = OscMessageBuilder(address=address)
    for atom in atoms:
        builder.add_arg(atom)

    assert client.unpack_packet(builder.build().dgram) == (address, atoms)


@given(st.binary(max_size=120))
def test_any_bytes_are_a_packet_or_a_protocol_error(noise: bytes) -> None:
    try:
        address, atoms = client.unpack_packet(noise)
    except client.ProtocolError:
        return
    assert address.startswith("/")
    assert all(isinstance(atom, int | float | str) for atom in atoms)


@pytest.mark.parametrize(
    ("packet", "part"),
    [
        (b"", "no OSC message"),
        (b"/a\0\0", "no end"),
        (b"/a\0\0iii\0", "no type tags"),
        (b"/a\0\0,i\0\0", "fewer"),
        (b"/a\0\0,i\0\0\0\0\0\1\0\0\0\1", "follow the last atom"),
        (b"/a\0\0,h\0\0\0\0\0\0\0\0\0\1", "'h' is not taken"),
        (b"/\xff\0\0,\0\0\0", "not UTF-8"),
        (b"#bundle\0" + b"\0" * 8 + struct.pack(">i", -8) + b"\0" * 4, "bundles"),
        (b"#bundle\0" + b"\0" * 8 + b"\0" * 4, "bundles"),
    ],
)
def test_what_is_no_packet_of_ours_is_named(packet: bytes, part: str) -> None:
    with pytest.raises(client.ProtocolError, match=part):
        client.unpack_packet(packet)


def test_numbers_beyond_32_bits_and_texts_with_nul_are_not_packed() -> None:
    with pytest.raises(client.ProtocolError, match="int32"):
        client.pack_packet("/a", [2**31])
    with pytest.raises(client.ProtocolError, match="int32"):
        client.pack_packet("/a", ["x", 2**31])
    with pytest.raises(client.ProtocolError, match="NUL"):
        client.pack_packet("/a", ["x\0y"])


# ---------------------------------------------------------------- the message table


def test_client_and_server_speak_the_same_version() -> None:
    assert client.PROTOCOL_VERSION == PROTOCOL_VERSION


def test_the_client_file_stands_alone() -> None:
    source = Path(client.__file__).read_text(encoding="utf-8")

    assert "reprise." not in "".join(
        line for line in source.splitlines() if line.startswith(("import", "from"))
    )


def encoded(**message: Any) -> list[client.Atom]:  # noqa: ANN401 - any value of a message
    return client.encode_message(message, client.InlineTexts())


def decoded(kind: str, atoms: list[client.Atom]) -> client.Message:
    return client.decode_message(kind, atoms, client.InlineTexts())


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ({"kind": "sing"}, "no kind of message"),
        ({"kind": "cancel"}, "needs request_id"),
        ({"kind": "cancel", "request_id": 1, "soon": True}, "has no soon"),
        ({"kind": "cancel", "request_id": 2**31}, "int32"),
        ({"kind": "cancel", "request_id": "one"}, "cannot be 'one'"),
        ({"kind": "cancel", "request_id": 1.5}, "cannot be 1.5"),
        ({"kind": "history", "request_id": 1, "action": "burn"}, "cannot be 'burn'"),
        ({"kind": "history", "request_id": 1, "result_id": "7F3"}, "6 characters"),
        ({"kind": "vary", "request_id": 1, "source": 5}, "must be a dictionary"),
        ({"kind": "progress", "request_id": 1, "fraction": math.nan}, "cannot be nan"),
        ({"kind": "progress", "request_id": 1, "fraction": 1e30}, "int32"),
    ],
)
def test_what_the_table_does_not_know_is_not_encoded(message: client.Message, part: str) -> None:
    with pytest.raises(client.ProtocolError, match=part):
        client.encode_message(message, client.InlineTexts())


@pytest.mark.parametrize(
    ("note", "part"),
    [
        ({"pitch": 60, "duration": 1.0}, "needs start"),
        ({"start": 0.0, "pitch": 60, "duration": 1.0, "colour": 3}, "has no colour"),
        ({"start": math.inf, "pitch": 60, "duration": 1.0}, "cannot be"),
        ({"start": 1e9, "pitch": 60, "duration": 1.0}, "int32"),
    ],
)
def test_notes_that_cannot_be_are_not_encoded(note: client.Plain, part: str) -> None:
    source = {"length": 4.0, "voices": [{"notes": [note]}]}

    with pytest.raises(client.ProtocolError, match=part):
        encoded(kind="vary", request_id=1, source=source)


def test_notes_leave_out_trailing_fields_at_their_defaults() -> None:
    plain = {"start": 0.0, "pitch": 60, "duration": 1.0}
    shy = {**plain, "probability": 0.5}
    tenth = {**plain, "channel": 9}

    def width(*notes: client.Plain) -> int:
        new_notes = [list(notes)]
        atoms = encoded(kind="bar", request_id=1, index=0, bar=0, new_notes=new_notes)
        return int(atoms[5])

    assert [width(), width(plain), width(plain, shy), width(shy, tenth)] == [4, 4, 5, 9]


def test_floats_are_read_as_the_whole_numbers_that_they_stand_for() -> None:
    assert decoded("cancel", [5.0]) == {"kind": "cancel", "request_id": 5}


@pytest.mark.parametrize("atom", [math.nan, math.inf, 1e30, "five"])
def test_atoms_that_are_no_int32_are_refused(atom: client.Atom) -> None:
    with pytest.raises(client.ProtocolError):
        decoded("cancel", [atom])


def test_a_list_longer_than_its_message_is_refused_before_it_is_built() -> None:
    with pytest.raises(client.OversizedError):
        decoded("bar", [1, 0, 0, 2**31 - 1])
    with pytest.raises(client.ProtocolError, match="only"):
        decoded("bar", [1, 0, 0, 60])
    with pytest.raises(client.ProtocolError, match="announced"):
        decoded("bar", [1, 0, 0, 1, 3, 9, 0, 60, 1])
    with pytest.raises(client.ProtocolError, match="4 to 9 fields"):
        decoded("bar", [1, 0, 0, 1, 1, 0, 0])


def test_kinds_addresses_choices_and_ends_are_checked() -> None:
    with pytest.raises(client.ProtocolError, match="no address"):
        client.kind_from_address("/reprise/sing")
    with pytest.raises(client.ProtocolError, match="no kind"):
        decoded("sing", [])
    with pytest.raises(client.ProtocolError, match="follow the end"):
        decoded("cancel", [1, 2])
    with pytest.raises(client.ProtocolError, match="0 to 3"):
        decoded("history", [1, 9, 0, "", "", 20])


@given(st.text(client.ID_ALPHABET, min_size=6, max_size=6))
def test_a_result_id_is_a_number_of_30_bits(result_id: str) -> None:
    number = client.id_number(result_id)

    assert 0 <= number < 2**30
    assert client.id_text(number) == result_id
    assert client.id_number(f" {result_id.lower().replace('0', 'o')}") == number


def test_numbers_beyond_30_bits_are_no_result_id() -> None:
    with pytest.raises(client.ProtocolError, match="30 bits"):
        client.id_text(2**30)


# ---------------------------------------------------------------- texts


@given(st.lists(texts, max_size=30))
def test_numbered_texts_arrive_as_they_were_said(said: list[str]) -> None:
    speaker, listener = client.NumberedTexts(), client.NumberedTexts()

    for text in said:
        reader = client.AtomReader(list(speaker.atoms(text)))
        assert listener.text(reader) == text


def test_a_text_is_said_once_and_numbered_after() -> None:
    speaker = client.NumberedTexts()

    assert speaker.atoms("") == (0,)
    assert speaker.atoms("too long") == (-1, "too long")
    assert speaker.atoms("too long") == (1,)


def test_numbers_of_texts_go_round_and_memory_stays_bounded() -> None:
    speaker, listener = client.NumberedTexts(), client.NumberedTexts()

    for number in range(2 * client.MAX_TEXTS + 10):
        atoms = list(speaker.atoms(f"text {number}"))
        assert listener.text(client.AtomReader(atoms)) == f"text {number}"
    again = list(speaker.atoms("text 0"))

    assert again[1:] == ["text 0"]
    assert -client.MAX_TEXTS <= int(again[0]) < 0
    assert len(speaker._texts) <= client.MAX_TEXTS + 1


def test_a_text_that_was_never_said_is_refused() -> None:
    with pytest.raises(client.ProtocolError, match="never said"):
        client.NumberedTexts().text(client.AtomReader([7]))


def test_long_texts_are_cut_between_characters() -> None:
    (cut,) = client.InlineTexts().atoms("é" * 2000)

    assert cut == "é" * 500


# ---------------------------------------------------------------- frames


@given(st.lists(int32s | texts, max_size=900))
def test_a_message_in_parts_comes_together_again(atoms: list[client.Atom]) -> None:
    chunks = list(client.split_atoms("/reprise/vary", atoms))
    packets = [
        client.pack_packet("/reprise/vary", [1, part, part, len(chunks), *chunk])
        for part, chunk in enumerate(chunks)
    ]

    assert all(len(packet) <= client.MAX_DATAGRAM_BYTES for packet in packets)
    assert client.Package(tuple(map(client.parse_frame, packets))).atoms() == atoms


def test_parts_are_nearly_full() -> None:
    *full, _ = client.split_atoms("/reprise/vary", [7] * 5000)

    packets = [client.pack_packet("/reprise/vary", [1, 0, 0, 1, *chunk]) for chunk in full]
    assert min(map(len, packets)) > client.MAX_DATAGRAM_BYTES - 20


@pytest.mark.parametrize("head", [[], ["nonce"], [1, "sequence"]])
def test_a_datagram_without_a_head_is_refused(head: list[client.Atom]) -> None:
    if head == [1, "sequence"]:
        frame_or_error = client.pack_packet("/reprise/vary", head)
        with pytest.raises(client.ProtocolError, match="begins with nonce"):
            client.parse_frame(frame_or_error)
        return
    with pytest.raises(client.ProtocolError, match="begins with nonce"):
        client.parse_frame(client.pack_packet("/reprise/vary", head))


def test_the_head_is_read_from_floats_too() -> None:
    frame = client.parse_frame(client.pack_packet("/reprise/cancel", [7.0, 0.0, 0.0, 1.0, 5.0]))

    assert (frame.nonce, frame.sequence, frame.part, frame.part_count) == (7, 0, 0, 1)
    assert decoded("cancel", frame.atoms())["request_id"] == 5


def frame_of(*head: int, address: str = "/reprise/cancel") -> client.Frame:
    return client.parse_frame(client.pack_packet(address, [*head, 5]))


def test_parts_that_do_not_belong_together_are_refused() -> None:
    for frames in (
        (frame_of(1, 0, 0, 2), frame_of(1, 1, 0, 2)),
        (frame_of(1, 0, 0, 2), frame_of(1, 1, 1, 3)),
        (frame_of(1, 0, 0, 2), frame_of(1, 1, 1, 2, address="/reprise/vary")),
        (frame_of(1, 0, 1, 2),),
        (frame_of(1, 0, 0, -4),),
    ):
        with pytest.raises(client.ProtocolError, match="belong together"):
            client.Package(frames).atoms()
    with pytest.raises(client.OversizedError):
        client.Package((frame_of(1, 0, 0, 5000),)).atoms()


# ---------------------------------------------------------------- Link


def links() -> tuple[client.Link, client.Link]:
    return client.Link(1, 0.0), client.Link(1, 0.0, client.ACK_ADDRESS + client.REPLY_SUFFIX)


def test_a_message_is_acknowledged_at_once() -> None:
    near, far = links()
    near.push("/reprise/cancel", [5])

    (packet,) = near.outgoing(0.0)
    (package,) = far.received(client.parse_frame(packet), 0.0)
    (ack,) = far.outgoing(0.0)

    assert package.atoms() == [5]
    assert client.unpack_packet(ack) == ("/reprise/ack/reply", [1, 1])
    near.received_ack(1, 0.0)
    assert near.backlog == 0
    assert near.is_confirmed
    assert near.next_deadline() is None


def test_no_more_than_sixteen_datagrams_are_under_way() -> None:
    near, _ = links()
    near.push("/reprise/vary", [0] * 10_000)

    assert len(near.outgoing(0.0)) == client.WINDOW
    assert near.outgoing(0.0) == []
    near.received_ack(3, 0.0)
    assert len(near.outgoing(0.0)) == 3


def test_what_is_not_acknowledged_is_sent_again_later_and_later() -> None:
    near, _ = links()
    near.push("/reprise/cancel", [5])
    (packet,) = near.outgoing(0.0)

    times = []
    for _ in range(7):
        deadline = near.next_deadline()
        assert deadline is not None
        assert near.outgoing(deadline - 0.001) == []
        assert near.outgoing(deadline) == [packet]
        times.append(deadline)

    gaps = [round(later - sooner, 3) for sooner, later in zip(times, times[1:])]
    assert gaps == [0.06, 0.12, 0.24, 0.48, 0.5, 0.5]
    assert near.stalled_s(9.0) == 9.0


def test_a_hole_is_filled_without_waiting_for_the_clock() -> None:
    near, far = links()
    near.push("/reprise/vary", [0] * 1200)
    first, *others = near.outgoing(0.0)

    for packet in others[:3]:
        far.received(client.parse_frame(packet), 0.0)
        for ack in far.outgoing(0.0):
            near.received_ack(client.parse_frame(ack).sequence, 0.0)

    assert near.outgoing(0.0) == [first]
    assert near.outgoing(0.0) == []


def test_datagrams_that_come_twice_or_from_far_ahead_change_nothing() -> None:
    _, far = links()
    frame = frame_of(1, 0, 0, 1)

    assert len(far.received(frame, 0.0)) == 1
    assert far.received(frame, 0.0) == []
    assert far.received(frame_of(1, 10_000, 0, 1), 0.0) == []
    assert far.received(frame_of(1, -5, 0, 1), 0.0) == []
    assert far.held_parts == 0


@pytest.mark.parametrize("expected", [-1, 0, 2, 2**31 - 1])
def test_an_acknowledgement_of_what_was_never_sent_changes_nothing(expected: int) -> None:
    near, _ = links()
    near.push("/reprise/cancel", [5])
    near.outgoing(0.0)

    near.received_ack(expected, 0.0)

    assert near.backlog == 1


def test_a_broken_message_does_not_stop_the_next() -> None:
    _, far = links()
    far.received(frame_of(1, 0, 0, 3), 0.0)
    (broken,) = far.received(frame_of(1, 1, 0, 1), 0.0)
    (good,) = far.received(frame_of(1, 2, 0, 1), 0.0)

    with pytest.raises(client.ProtocolError):
        broken.atoms()
    assert good.atoms() == [5]


def test_a_message_of_too_many_parts_is_not_taken() -> None:
    near, _ = links()

    with pytest.raises(client.OversizedError, match="2048 parts"):
        near.push("/reprise/vary", [0] * 600_000)


@pytest.mark.parametrize("seed", range(10))
def test_five_thousand_notes_survive_a_bad_wire(seed: int) -> None:
    is_complete, seconds = survives(seed, 5000)

    assert is_complete
    assert seconds < 5.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_five_thousand_notes_survive_a_bad_wire_every_time(seed: int) -> None:
    assert survives(seed, 5000)[0]


@given(
    st.integers(0, 2**32),
    st.lists(st.integers(1, 900), min_size=1, max_size=6),
    st.floats(0.0, 0.4),
    st.floats(0.0, 0.4),
    st.floats(0.0, 0.4),
)
def test_messages_arrive_in_order_and_once_in_any_weather(
    seed: int, sizes: list[int], loss: float, reordering: float, duplication: float
) -> None:
    wire = LossyWire(random.Random(seed), Weather(loss, reordering, duplication))
    said: list[list[client.Atom]] = [[*range(size)] for size in sizes]
    for atoms in said:
        wire.links[0].push("/reprise/vary", atoms)

    wire.run(limit_s=600.0)

    assert [package.atoms() for package in wire.delivered[1]] == said


def test_a_made_request_has_the_notes_that_were_asked_for() -> None:
    assert len(made_request(200)["source"]["voices"][0]["notes"]) == 200

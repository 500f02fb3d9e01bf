import contextlib

import pytest
from hypothesis import given, settings

import strategies
from reprise import client
from reprise.errors import InvalidRequestError, MalformedMessageError, RepriseError, TooLargeError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.service import messages as m
from reprise.transports import osc_codec

ROUND_TRIPS = {
    kind: strategy
    for kind, strategy in (strategies.client_messages | strategies.server_messages).items()
    if kind is not m.Hello
}


def texts(kind: type[m.Message]) -> client.Texts:
    return client.InlineTexts() if kind in m.CLIENT_MESSAGES else client.NumberedTexts()


@pytest.mark.parametrize("kind", ROUND_TRIPS, ids=lambda kind: kind.kind)
def test_every_message_comes_back_as_it_was_said(kind: type[m.Message]) -> None:
    @given(ROUND_TRIPS[kind])
    @settings(max_examples=30)
    def round_trip(message: m.Message) -> None:
        atoms = osc_codec.encode(message, texts(kind))
        assert all(type(atom) in (int, str) for atom in atoms)
        assert osc_codec.decode(kind.kind, atoms, texts(kind)) == message

    round_trip()


@given(strategies.client_messages[m.Hello])
def test_a_hello_says_its_port_beside_the_message(message: m.Message) -> None:
    assert isinstance(message, m.Hello)
    said = {
        "kind": "hello",
        "protocol_version": m.PROTOCOL_VERSION,
        "reply_port": 50_000,
        "client": message.client,
    }
    atoms = client.encode_message(said, client.InlineTexts())

    hello, reply_port = osc_codec.decode_hello(message.nonce, atoms)

    assert reply_port == 50_000
    assert (hello.nonce, hello.client) == (message.nonce, message.client)


@pytest.mark.parametrize("atoms", [[], [1], [1, 80, "x"], [1, 70_000, "x"], [1, 50_000, 7]])
def test_a_hello_without_name_or_port_is_refused(atoms: list[client.Atom]) -> None:
    with pytest.raises(MalformedMessageError):
        osc_codec.decode_hello(7, atoms)


def test_a_hello_of_another_version_still_tells_version_and_port() -> None:
    hello, reply_port = osc_codec.decode_hello(7, [99, 50_000, 1, 2, 3])

    assert (hello.protocol_version, reply_port) == (99, 50_000)


def vary(note: Note) -> m.Vary:
    return m.Vary(request_id=1, source=Score((Voice("Lead", (note,)),), 4.0))


def test_notes_keep_everything_that_a_host_attaches() -> None:
    note = Note(0.25, 60, 1 / 96_000, 3, 0.1234, -127, 0, is_muted=True, channel=15)

    atoms = osc_codec.encode(vary(note), client.InlineTexts())

    assert osc_codec.decode("vary", atoms, client.InlineTexts()) == vary(note)


def test_a_value_that_the_music_does_not_know_is_refused_with_its_sentence() -> None:
    atoms = osc_codec.encode(vary(Note(0.0, 60, 1.0)), client.InlineTexts())
    place = len(atoms) - 1 - atoms[::-1].index(60)

    with pytest.raises(InvalidRequestError, match="pitch must be 0 to 127, got 128"):
        osc_codec.decode("vary", [*atoms[:place], 128, *atoms[place + 1 :]], client.InlineTexts())


def test_atoms_that_do_not_fit_are_refused_with_our_errors() -> None:
    with pytest.raises(MalformedMessageError):
        osc_codec.decode("cancel", ["one"], client.InlineTexts())
    with pytest.raises(TooLargeError):
        osc_codec.decode("bar", [1, 0, 0, 2**31 - 1], client.NumberedTexts())
    with pytest.raises(MalformedMessageError, match="int32"):
        osc_codec.encode(m.Progress(request_id=2**40, fraction=0.0), client.NumberedTexts())


def test_atoms_in_any_order_are_a_message_or_an_error_of_ours() -> None:
    atoms = osc_codec.encode(vary(Note(0.0, 60, 1.0)), client.InlineTexts())

    for place in range(len(atoms)):
        for wrong in (-1, 2**31 - 1, -(2**31), "x", 1e9, float("nan")):
            broken = [*atoms[:place], wrong, *atoms[place + 1 :]]
            with contextlib.suppress(RepriseError):
                assert osc_codec.decode("vary", broken, client.InlineTexts()).kind == "vary"


@pytest.mark.parametrize(("atoms", "wanted"), [([5, "x"], 5), ([], -1), (["x"], -1), ([-7], -1)])
def test_the_request_id_is_read_where_it_can_be(atoms: list[client.Atom], wanted: int) -> None:
    assert osc_codec.request_id_of(atoms) == wanted

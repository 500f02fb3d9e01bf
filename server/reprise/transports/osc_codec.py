"""Messages <-> atoms of the OSC wire. Pure: it knows no socket and no session.

The table that both directions follow is in `reprise.client`. Notes skip the dictionary form, which
would cost more than everything else; all that stands around them takes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeVar

from reprise import client
from reprise.errors import MalformedMessageError, RepriseError, TooLargeError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.service import plain
from reprise.service.messages import Bar, Hello, Message, Result

_SCORE_FIELDS = ("source", "context", "target", "score")
_note_row = attrgetter(*(name for name, _, _ in client.NOTE_FIELDS))

AnyMessage = TypeVar("AnyMessage", bound=Message)


def encode(message: Message, texts: client.Texts) -> list[client.Atom]:
    """Return the atoms of a message.

    Raises:
        MalformedMessageError: A value does not fit its wire type.
    """
    bare, lists = _without_notes(message)
    written = plain.to_plain(bare)
    for place, notes in zip(_note_places(written), lists, strict=True):
        place[:] = [_note_row(note) for note in notes]
    with our_errors():
        return client.encode_message(written, texts)


def decode(kind: str, atoms: list[client.Atom], texts: client.Texts) -> Message:
    """Return the message that atoms hold.

    Hello is not decoded here: half of what it says is about the wire; see `decode_hello`.

    Raises:
        MalformedMessageError: The atoms do not fit the kind.
        TooLargeError: A list is over its bound.
        InvalidRequestError: A value is out of its range.
    """
    lists: list[tuple[Note, ...]] = []

    def read_notes(reader: client.AtomReader) -> list[int]:
        lists.append(tuple([Note(*row) for row in client.decode_notes(reader)]))
        return [len(lists) - 1]

    with our_errors():
        found = client.decode_message(kind, atoms, texts, read_notes)
    numbers = []
    for place in _note_places(found):
        numbers.append(place[0])
        place.clear()
    return _with_notes(plain.from_plain(found), [lists[number] for number in numbers])


def decode_hello(nonce: int, atoms: list[client.Atom]) -> tuple[Hello, int]:
    """Return a hello and the port on which its client listens.

    The version and the port come first in every version of the protocol, so that a client of
    another version can be told.

    Raises:
        MalformedMessageError: The atoms are no hello.
    """
    with our_errors():
        reader = client.AtomReader(atoms)
        version, reply_port = reader.number(), reader.number()
        name = reader.string() if version == client.PROTOCOL_VERSION else ""
    if not 1024 <= reply_port <= 65_535:
        raise MalformedMessageError(
            f"a hello names the port to answer to, 1024 to 65535, got {reply_port}"
        )
    return Hello(protocol_version=version, nonce=nonce, client=name), reply_port


def request_id_of(atoms: list[client.Atom]) -> int:
    """Return the request id that a message begins with, or -1 where it cannot be read."""
    first = atoms[0] if atoms else -1
    is_id = isinstance(first, int) and first >= 0
    return int(first) if is_id else -1


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn the client file's errors into those of the error tree."""
    try:
        yield
    except client.ProtocolError as error:
        raise ours(error) from error


def ours(error: client.ProtocolError) -> RepriseError:
    """Return the error of the error tree that says the same."""
    is_large = isinstance(error, client.OversizedError)
    return TooLargeError(str(error)) if is_large else MalformedMessageError(str(error))


def _note_places(written: dict[str, Any]) -> Iterator[list[Any]]:
    for name in _SCORE_FIELDS:
        score = written.get(name)
        if score is not None:
            yield from (voice["notes"] for voice in score["voices"])
    yield from written.get("new_notes", ())


def _without_notes(message: Message) -> tuple[Message, list[tuple[Note, ...]]]:
    lists: list[tuple[Note, ...]] = []
    changes: dict[str, Any] = {}
    for name, score in _scores(message):
        lists.extend(voice.notes for voice in score.voices)
        changes[name] = score.with_notes(((),) * len(score.voices))
    if isinstance(message, Result | Bar):
        lists.extend(message.new_notes)
        changes["new_notes"] = ((),) * len(message.new_notes)
    return replace(message, **changes) if changes else message, lists


def _with_notes(message: AnyMessage, lists: list[tuple[Note, ...]]) -> AnyMessage:
    changes: dict[str, Any] = {}
    for name, score in _scores(message):
        mine, lists = lists[: len(score.voices)], lists[len(score.voices) :]
        changes[name] = score.with_notes(tuple(mine))
    if isinstance(message, Result | Bar):
        changes["new_notes"] = tuple(lists)
    return replace(message, **changes) if changes else message


def _scores(message: Message) -> Iterator[tuple[str, Score]]:
    for name in _SCORE_FIELDS:
        score = getattr(message, name, None)
        if score is not None:
            yield name, score

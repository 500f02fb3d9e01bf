from statistics import mean

import pytest

from reprise.cli.show.pieces import ENSEMBLE, PIECES, Piece, Wish
from reprise.engines.base import Verb
from reprise.music.roles import Role, role_of
from reprise.music.voice import Voice
from reprise.service.messages import Request
from reprise.service.plan import plan, working_source

WISHES = [(piece, wish) for piece in PIECES for wish in piece.wishes]
NAMES = [f"{piece.title}: {wish.title}" for piece, wish in WISHES]
SIXTEENTH = 0.25


def asked(piece: Piece, wish: Wish) -> Request:
    selection = piece.selection(wish)
    return wish.request(
        request_id=0, source=selection.source, context=selection.context, engine=wish.engine
    )


def voices(title: str) -> dict[str, Voice]:
    piece = next(piece for piece in PIECES if piece.title == title)
    return {voice.name: voice for voice in piece.document.score().voices}


@pytest.mark.parametrize(("piece", "wish"), WISHES, ids=NAMES)
def test_every_wish_makes_musical_sense(piece: Piece, wish: Wish) -> None:
    task = plan(asked(piece, wish))
    assert task.holes
    assert task.source.sounding


def test_no_two_answers_share_a_file() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_the_flagship_is_asked_to_vary_continue_refill_and_accompany_with_drums_too() -> None:
    tasks = [plan(asked(piece, wish)) for piece, wish in WISHES if wish.engine == ENSEMBLE]
    assert {task.verb for task in tasks} >= {
        Verb.VARY,
        Verb.CONTINUE,
        Verb.REFILL,
        Verb.ACCOMPANY,
    }
    opened = {
        role_of(task.source.voices[hole.voice])
        for task in tasks
        if task.verb == Verb.REFILL
        for hole in task.holes
    }
    assert Role.DRUMS in opened
    assert len(opened) > 1


def test_an_accompaniment_adds_what_the_piece_lacks() -> None:
    for piece, wish in WISHES:
        request = asked(piece, wish)
        if request.kind == Verb.ACCOMPANY:
            there = [role_of(voice) for voice in request.source.voices]
            assert role_of(working_source(request).voices[-1]) not in there


def test_back_room_swings_and_its_drums_have_accents_and_ghosts() -> None:
    parts = voices("Back Room")
    assert list(parts) == ["Drums", "Bass", "Chords", "Lead"]
    late = [
        offset
        for note in parts["Lead"].notes
        if 0.1 < (offset := note.start % (2 * SIXTEENTH) - SIXTEENTH) + SIXTEENTH < 0.4
    ]
    assert mean(late) > SIXTEENTH / 6
    snare = [note.velocity for note in parts["Drums"].notes if note.pitch == 38]
    assert min(snare) < 50 < 100 < max(snare)

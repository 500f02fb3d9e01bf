from functools import partial

from reprise.cli.show.pieces import PIECES, Wish
from reprise.cli.show.report import Heard, picture_in_file
from reprise.evaluation.drawing.piano_roll import NoteKind
from reprise.music import smf
from reprise.music.note import Note
from reprise.service.messages import Accompany, Refill, Request, Result

NIGHT_BUS = next(piece for piece in PIECES if piece.title == "Night Bus")
BASS = (Note(0.0, 33, 1.0), Note(2.0, 36, 1.0))


def heard(wish: Wish, kept: tuple[int, ...], *new_notes: tuple[Note, ...]) -> tuple[Heard, Result]:
    selection = NIGHT_BUS.selection(wish)
    request: Request = wish.request(
        request_id=1, source=selection.source, context=selection.context
    )
    result = Result(
        request_id=1,
        index=0,
        count=1,
        result_id="7F3K2M",
        engine="ensemble",
        length=16.0,
        kept=kept,
        new_notes=new_notes,
        similarity=1.0,
        seed=1,
    )
    return Heard(NIGHT_BUS, wish, selection, request, (result,), 1, 1, ()), result


def test_an_added_part_is_a_track_of_its_own_and_all_others_stay() -> None:
    wish = Wish("With a bass", partial(Accompany, role="Bass"), program=33)
    everything = tuple(range(NIGHT_BUS.document.note_count))
    one, result = heard(wish, everything, (), (), (), BASS)
    before = NIGHT_BUS.document.score().voices
    after = smf.read(one.document(result).to_bytes(), "answer").score().voices
    assert [voice.name for voice in after] == [*(voice.name for voice in before), "Bass"]
    assert [voice.notes for voice in after[:-1]] == [voice.notes for voice in before]
    assert [(note.start, note.pitch) for note in after[-1].notes] == [(0.0, 33), (2.0, 36)]
    assert after[-1].program == 33


def test_the_picture_of_an_added_part_tells_its_new_notes_from_those_that_were_there() -> None:
    wish = Wish("With a bass", partial(Accompany, role="Bass"), program=33)
    everything = tuple(range(NIGHT_BUS.document.note_count))
    one, result = heard(wish, everything, (), (), (), BASS)
    score = NIGHT_BUS.document.score()
    picture = picture_in_file(one.selection, result, score, one.added)
    assert picture.voices[-1].name == "Bass"
    new = [drawn for drawn in picture.notes if drawn.kind is NoteKind.NEW]
    assert [(drawn.voice, drawn.note) for drawn in new] == [(3, note) for note in BASS]
    assert sum(drawn.kind is NoteKind.KEPT for drawn in picture.notes) == score.note_count


def test_a_refilled_part_stays_in_its_place_and_adds_nothing() -> None:
    one, result = heard(Wish("New drums", Refill, (0,)), (), (Note(0.0, 36, 0.1),))
    score = NIGHT_BUS.document.score()
    picture = picture_in_file(one.selection, result, score, one.added)
    assert len(picture.voices) == len(score.voices)
    assert {drawn.voice for drawn in picture.notes if drawn.kind is NoteKind.REPLACED} == {0}
    assert {drawn.voice for drawn in picture.notes if drawn.kind is NoteKind.KEPT} == {1, 2}

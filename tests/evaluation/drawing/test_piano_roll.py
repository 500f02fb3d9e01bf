from xml.etree import ElementTree

from reprise.evaluation.drawing import piano_roll
from reprise.evaluation.drawing.piano_roll import NoteKind, picture_of, picture_of_answer, svg
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice


def melody() -> Score:
    notes = tuple(Note(float(beat), 60 + beat, 1.0) for beat in range(8))
    return Score((Voice("Lead", notes),), 8.0)


def rects(text: str, kind: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text)  # noqa: S314
    return [rect for rect in root.iter("rect") if kind in rect.get("class", "").split()]


def test_an_original_draws_every_note_once() -> None:
    assert len(rects(svg(picture_of(melody()), "Lead"), "original")) == 8


def test_an_answer_tells_kept_new_and_replaced_notes_apart() -> None:
    new = (Note(4.0, 72, 2.0), Note(6.0, 71, 2.0))
    text = svg(picture_of_answer(melody(), range(4), (new,), 8.0), "Answer")
    counts = [len(rects(text, kind)) for kind in ("kept", "new", "replaced")]
    assert counts == [4, 2, 4]


def test_new_notes_are_told_without_colour() -> None:
    new = (Note(4.0, 72, 4.0),)
    root = ElementTree.fromstring(  # noqa: S314
        svg(picture_of_answer(melody(), range(4), (new,), 8.0), "Answer")
    )
    assert len([path for path in root.iter("path") if path.get("class") == "hatch"]) == 1


def test_a_note_lies_where_it_sounds() -> None:
    text = svg(picture_of(melody()), "Lead")
    notes = rects(text, "original")
    beat = (piano_roll.WIDTH - piano_roll.GUTTER) / 8
    assert [float(note.get("x", "0")) for note in notes] == [
        round(piano_roll.GUTTER + beat * index, 1) for index in range(8)
    ]
    assert len({note.get("y") for note in notes}) == 8


def test_a_continuation_shows_where_the_source_ends() -> None:
    text = svg(picture_of_answer(melody(), range(8), ((Note(8.0, 67, 1.0),),), 12.0), "More")
    assert 'class="seam"' in text
    assert 'class="seam"' not in svg(picture_of(melody()), "Lead")


def test_replaced_and_muted_notes_are_not_heard() -> None:
    notes = (Note(0.0, 60, 1.0), Note(1.0, 62, 1.0, is_muted=True), Note(2.0, 64, 1.0))
    source = Score((Voice("Lead", notes),), 4.0)
    picture = picture_of_answer(source, (0, 1), ((Note(3.0, 65, 1.0),),), 4.0)
    heard = [(drawn.note.pitch, drawn.kind) for drawn in picture.sounding]
    assert heard == [(60, NoteKind.KEPT), (65, NoteKind.NEW)]


def test_drums_have_a_row_for_each_pad_with_its_name() -> None:
    notes = (Note(0.0, 36, 0.2, channel=9), Note(1.0, 38, 0.2, channel=9))
    score = Score((Voice("Kit", notes, pads=((38, "My <snare>"),)),), 4.0)
    text = svg(picture_of(score), "Kit")
    assert ">Kick<" in text
    assert ">My &lt;snare&gt;<" in text


def test_drums_and_melody_lie_in_lanes_of_their_own() -> None:
    drums = Voice("Kit", (Note(0.0, 60, 0.2),), is_drums=True)
    score = Score((Voice("Lead", (Note(0.0, 60, 1.0),)), drums), 4.0)
    notes = rects(svg(picture_of(score), "Both"), "original")
    assert notes[0].get("y") != notes[1].get("y")


def test_bars_follow_a_change_of_meter() -> None:
    meters = MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16))))
    score = Score((Voice("Lead", (Note(0.0, 60, 1.0),)),), 9.5, meters)
    assert svg(picture_of(score), "Odd").count('class="bar"') == 4


def test_a_title_cannot_leave_its_attribute() -> None:
    text = svg(picture_of(melody()), '"><script>alert(1)</script>')
    ElementTree.fromstring(text)  # noqa: S314
    assert "<script>" not in text


def test_a_picture_without_notes_is_still_a_picture() -> None:
    text = svg(picture_of(Score((Voice("Empty", ()),), 4.0)), "Nothing")
    assert rects(text, "original") == []
    assert rects(text, "paper") != []

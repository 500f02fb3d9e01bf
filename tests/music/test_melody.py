import pytest

from reprise.music.melody import melody_index, part_of_voice
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice


def line(name: str, pitch: int, *, is_drums: bool = False) -> Voice:
    notes = tuple(Note(float(beat), pitch + beat % 3, 1.0) for beat in range(8))
    return Voice(name, notes, is_drums=is_drums)


@pytest.mark.parametrize(
    ("voices", "melody"),
    [
        ((line("Bass", 40), line("MELODY", 60), line("BRIDGE", 72)), 1),
        ((line("Chords", 72), line("Lead", 60)), 1),
        ((line("", 60), line("", 72)), 1),
        ((line("Drums", 36, is_drums=True), line("Bass", 40)), 1),
        ((Voice("Melody", ()), line("Piano", 60)), 1),
    ],
)
def test_the_melody_is_what_is_called_or_played_like_one(
    voices: tuple[Voice, ...], melody: int
) -> None:
    assert melody_index(voices) == melody


def test_drums_have_no_melody() -> None:
    assert melody_index((line("Drums", 36, is_drums=True), Voice("Lead", ()))) is None


def test_a_part_begins_at_its_bar_line_and_nothing_rings_past_its_end() -> None:
    notes = (
        Note(2.95, 60, 1.0),
        Note(4.0, 62, 1.0),
        Note(8.5, 64, 4.0),
        Note(8.95, 65, 1.0),
        Note(9.0, 67, 1.0),
    )
    score = Score((Voice("Tune", notes),), 12.0, MeterMap.constant(Meter(3, 4)))

    part = part_of_voice(score, 0, Span(3.0, 9.0))

    assert [(note.start, note.pitch) for note in part.voices[0].notes] == [
        (0.0, 60),
        (1.0, 62),
        (5.5, 64),
    ]
    assert part.length == 6.0
    assert max(note.end for note in part.voices[0].notes) == 6.0
    assert part.meter_map.at(0.0) == Meter(3, 4)

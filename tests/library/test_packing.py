"""Packing: bars, notes and tracks as the network sees them, and what is left out and why."""

from dataclasses import replace

import pytest

from reprise.library.packing import Packed, pack
from reprise.library.pieces import Reject, SourcePiece
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice


def voice(
    bars: int = 8, pitch: int = 60, first_bar: int = 0, *, is_drums: bool | None = False
) -> Voice:
    notes = tuple(
        Note(4.0 * bar + beat, pitch, 1.0)
        for bar in range(first_bar, first_bar + bars)
        for beat in range(4)
    )
    return Voice("Voice", notes, is_drums=is_drums)


def piece(*voices: Voice, kind: str = "pop", meter_map: MeterMap | None = None) -> SourcePiece:
    length = max((note.end for each in voices for note in each.notes), default=4.0)
    score = Score(voices, length, meter_map or MeterMap(), TempoMap.constant(90.0))
    roles = (int(Role.MELODY),) * len(voices)
    return SourcePiece("set/a.mid", "set", kind, "set/a", None, score, roles)


def packed(source: SourcePiece) -> Packed:
    found = pack(source)
    assert isinstance(found, Packed)
    return found


def rejected(source: SourcePiece) -> str:
    found = pack(source)
    assert isinstance(found, Reject)
    assert found.name == source.name
    return found.reason


def test_a_piece_has_its_bars_tracks_and_notes_on_the_grid() -> None:
    found = packed(piece(voice(8, 60), voice(8, 40)))
    assert found.tempo_bpm == 90.0
    assert found.grid_bars.tolist() == [[96 * bar, 96, 2] for bar in range(8)]
    assert [track.role for track in found.tracks] == [Role.MELODY, Role.MELODY]
    assert found.notes[:3].tolist() == [
        [0, 0, 0, 60, 24, 100],
        [0, 0, 24, 60, 24, 100],
        [0, 0, 48, 60, 24, 100],
    ]
    assert len(found.notes) == 64


def test_notes_are_sorted_by_bar_track_onset_and_from_the_top_down() -> None:
    chords = Voice(
        "Chords",
        tuple(Note(float(beat), pitch, 1.0) for beat in range(32) for pitch in (60, 64, 67)),
        is_drums=False,
    )
    notes = packed(piece(voice(), chords)).notes
    keys = [(bar, track, onset, -pitch) for bar, track, onset, pitch, *_ in notes.tolist()]
    assert keys == sorted(keys)


def test_silence_before_and_after_is_cut_at_bar_lines() -> None:
    found = packed(piece(voice(8, first_bar=5)))
    assert found.grid_bars[0].tolist() == [0, 96, 2]
    assert len(found.grid_bars) == 8
    assert found.notes[0].tolist()[:3] == [0, 0, 0]


def test_a_meter_is_kept_where_it_changes() -> None:
    meters = MeterMap(((0.0, Meter(4, 4)), (16.0, Meter(5, 8))))
    found = packed(piece(voice(8), meter_map=meters))
    assert found.grid_bars[3:6, :2].tolist() == [[288, 96], [384, 36], [420, 24]]


def test_feel_is_taken_off() -> None:
    straight = voice()
    late = replace(
        straight,
        notes=tuple(
            replace(note, start=note.start + (0.013, 0.021, 0.007)[index % 3])
            for index, note in enumerate(straight.notes)
        ),
    )
    found = packed(piece(late))
    assert set(found.notes[:, 2].tolist()) == {0, 24, 48, 72}
    assert set(found.notes[:, 4].tolist()) == {24}


def test_a_note_that_sounds_on_is_cut_when_its_pitch_is_struck_again() -> None:
    notes = tuple(Note(float(beat), 60, 4.0) for beat in range(32))
    found = packed(piece(Voice("Pad", notes, is_drums=False)))
    assert set(found.notes[:-1, 4].tolist()) == {24}


def test_of_two_notes_on_one_place_the_longer_stays() -> None:
    doubled = [Note(float(beat), 60, length) for beat in range(32) for length in (0.5, 1.0)]
    found = packed(piece(Voice("Pad", tuple(doubled), is_drums=False)))
    assert len(found.notes) == 32
    assert set(found.notes[:, 4].tolist()) == {24}


def test_drums_outside_general_midi_are_left_out() -> None:
    drums = Voice(
        "Drums",
        tuple(Note(float(beat), pitch, 0.5) for beat in range(32) for pitch in (12, 36, 100)),
        is_drums=True,
    )
    found = packed(piece(drums))
    assert set(found.notes[:, 3].tolist()) == {36}
    assert found.tracks[0].is_drums


def test_no_note_reaches_out_of_what_tokens_can_say() -> None:
    long = Voice("Drone", (Note(0.0, 40, 32.0), *voice().notes), is_drums=False)
    found = packed(piece(long))
    assert found.notes[:, 4].max() <= 384
    assert (found.notes[:, 2] < found.grid_bars[found.notes[:, 0], 1]).all()


def test_tokens_are_counted_as_the_tokenizer_spells() -> None:
    # Eight meters; eight cells, each with its role and four times a position and a pitch.
    assert packed(piece(voice(8))).token_count == 8 + 8 * (1 + 4 * 2)


@pytest.mark.parametrize(("kind", "bars"), [("pop", 7), ("electronic", 3)])
def test_too_few_bars_are_left_out(kind: str, bars: int) -> None:
    assert rejected(piece(voice(bars), kind=kind)) == f"fewer than {bars + 1} bars"
    assert packed(piece(voice(bars + 1), kind=kind)).token_count > 0


def test_a_groove_may_be_two_bars_short() -> None:
    assert len(packed(piece(voice(2, 36, is_drums=True), kind="drums")).grid_bars) == 2


def test_hardly_any_notes_are_left_out() -> None:
    assert rejected(piece(voice(1))) == "hardly any notes"
    assert rejected(piece(Voice("Empty", ()))) == "hardly any notes"


def test_mostly_empty_bars_are_left_out() -> None:
    far = replace(voice(4), notes=voice(4).notes + voice(4, first_bar=12).notes)
    assert rejected(piece(far)) == "more than 40 % empty bars"


def test_a_held_note_is_no_empty_bar() -> None:
    held = Voice("Pad", (Note(16.0, 50, 32.0),), is_drums=False)
    far = replace(voice(4), notes=voice(4).notes + voice(4, first_bar=12).notes)
    assert len(packed(piece(far, held)).grid_bars) == 16


def test_too_many_notes_at_once_are_left_out() -> None:
    wall = tuple(Note(float(beat), pitch, 1.0) for beat in range(32) for pitch in range(40, 57))
    assert rejected(piece(Voice("Wall", wall, is_drums=False))) == "polyphony over 16"


def test_seventeen_busy_tracks_are_left_out_but_one_with_a_note_or_two_is_dropped() -> None:
    assert rejected(piece(*(voice(pitch=40 + index) for index in range(18)))) == (
        "more than 16 tracks"
    )
    quiet = Voice("Crash", (Note(0.0, 90, 1.0),), is_drums=False)
    found = packed(piece(quiet, *(voice(pitch=40 + index) for index in range(16))))
    assert len(found.tracks) == 16
    assert 90 not in found.notes[:, 3]

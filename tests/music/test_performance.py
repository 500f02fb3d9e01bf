import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music import smf
from reprise.music.performance import Performance
from reprise.music.smf_bytes import Event, RawFile, RawTrack
from reprise.music.smf_notes import notes_of
from reprise.music.smf_write import write_score
from reprise.music.tempo import TempoMap

ON, OFF = 0x90, 0x80


def document(*tracks: list[tuple[int, bytes]], ticks_per_beat: int = 480) -> smf.MidiDocument:
    raw = tuple(
        RawTrack(
            tuple(Event(tick, data) for tick, data in events),
            max((tick for tick, _ in events), default=0),
        )
        for events in tracks
    )
    return smf.MidiDocument.from_raw(RawFile(1, ticks_per_beat, raw))


def tempo(tick: int, tempo_bpm: float) -> tuple[int, bytes]:
    return tick, b"\xff\x51" + round(60e6 / tempo_bpm).to_bytes(3, "big")


def played(*tracks: list[tuple[int, bytes]]) -> list[tuple[float, str]]:
    performance = Performance.of(document(*tracks))
    return [(round(seconds, 6), message.hex()) for seconds, message in performance.moments]


def test_notes_are_played_at_the_seconds_of_the_tempo_map() -> None:
    notes = [(tick, bytes((ON, 60, 90))) for tick in (0, 480, 960, 1440)]

    found = played([tempo(0, 120), tempo(720, 60), *notes])

    assert [seconds for seconds, _ in found] == [0.0, 0.5, 1.25, 2.25]


def test_controllers_bends_programs_and_exclusive_messages_are_played_and_names_are_not() -> None:
    sent = [b"\xc0\x05", b"\xb0\x40\x7f", b"\xe0\x00\x50", b"\xa0\x3c\x10", b"\xf0\x7e\x7f\xf7"]
    unsent = [b"\xff\x03Lead", b"\xff\x06verse", b"\xf7\x01\x02", b"\xf0\x43\x12", b"\xf8"]

    found = played([(0, data) for data in (*sent, *unsent)])

    assert found == [(0.0, data.hex()) for data in sent]


def test_a_note_that_ends_never_cuts_the_next_one_of_another_track_short() -> None:
    first = [(0, bytes((ON, 60, 90))), (480, bytes((OFF, 60, 64)))]
    second = [(480, bytes((ON, 60, 91))), (960, bytes((OFF, 60, 64)))]

    assert played(second, first) == played(first, second)
    assert [message for _, message in played(second, first)] == [
        "903c5a",
        "803c40",
        "903c5b",
        "803c40",
    ]


def test_a_note_of_no_length_is_struck_before_it_ends() -> None:
    found = played([(0, bytes((ON, 60, 90))), (0, bytes((OFF, 60, 64)))])

    assert [message for _, message in found] == ["903c5a", "803c40"]


def test_a_loop_is_as_long_as_its_bars() -> None:
    performance = Performance.of(smf.read(write_score(builders.chorale(bars=3))))

    assert performance.length_seconds == pytest.approx(6.0)
    assert performance.note_count == 48


def test_what_rings_a_little_over_the_last_bar_line_ends_on_it() -> None:
    performance = Performance.of(document([(0, bytes((ON, 60, 90))), (1930, bytes((OFF, 60, 64)))]))

    assert performance.length_seconds == 2.0
    assert performance.moments[-1].seconds == 2.0


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.floats(20, 300)), max_size=6),
    st.lists(st.integers(0, 8000), min_size=1, max_size=20),
)
def test_seconds_agree_with_the_tempo_map_and_never_go_back(
    changes: list[tuple[int, float]], onsets: list[int]
) -> None:
    tempi = [tempo(tick, bpm) for tick, bpm in sorted(dict(changes).items())]
    found = document([*tempi], [(tick, bytes((ON, 60, 90))) for tick in sorted(onsets)])

    performance = Performance.of(found)

    assert isinstance(found.score().tempo_map, TempoMap)
    exact = [found.score().tempo_map.seconds_at(tick / 480) for tick in sorted(onsets)]
    limit = performance.length_seconds
    assert [seconds for seconds, _ in performance.moments] == pytest.approx(
        [min(seconds, limit) for seconds in exact]
    )


@pytest.mark.parametrize("name", ["greensleeves", "groove", "type_zero", "unisons", "odd_meters"])
def test_every_note_of_a_file_is_played(name: str) -> None:
    found = smf.read(builders.MIDI_FIXTURES / f"{name}.mid")

    performance = Performance.of(found)

    struck = [m for _, m in performance.moments if m[0] & 0xF0 == ON and m[2]]
    wanted = [note for track in found.raw.tracks for note in notes_of(track)]
    assert sorted((m[0] & 15, m[1], m[2]) for m in struck) == sorted(
        (note.channel, note.pitch, note.velocity) for note in wanted
    )
    assert performance.note_count == len(wanted)

import io

import pytest

import daw_files
from reprise.library.ingest.clips import Contents, FoundIn, Reason, RefusedError, SourceClip
from reprise.library.ingest.files import Measured
from reprise.library.ingest.limits import MAX_DEPTH, MAX_LINE_BYTES
from reprise.library.ingest.reaper import reading
from reprise.library.ingest.reaper.text import words_of
from reprise.library.ingest.reaper.time import SongTime, TempoPoint
from reprise.music.meter import Meter
from reprise.music.span import Span

TRIAD_SOURCE = daw_files.reaper_source(daw_files.reaper_events(daw_files.TRIAD))


def contents(project: bytes) -> Contents:
    return reading.read(Measured(io.BytesIO(project), 100_000_000), "song.rpp")


def item(*sources: str, **said: object) -> Contents:
    return contents(
        daw_files.reaper_project(daw_files.reaper_track(daw_files.reaper_item(*sources, **said)))  # type: ignore[arg-type]
    )


def only(found: Contents) -> SourceClip:
    (clip,) = found.clips
    assert found.rejects == ()
    return clip


def heard(clip: SourceClip) -> list[tuple[float, int, float]]:
    return [(note.start, note.pitch, note.duration) for note in clip.score.sounding]


def test_an_item_is_found_with_track_and_name_at_its_beat() -> None:
    clip = only(item(TRIAD_SOURCE, position=3.0))
    assert str(clip.origin) == "song.rpp: Keys, item at beat 6"
    assert (clip.name, clip.origin.found_in) == ("take one", FoundIn.ITEM)
    assert heard(clip) == list(daw_files.TRIAD)


def test_selected_and_other_events_are_events_alike() -> None:
    lines = daw_files.reaper_events(daw_files.TRIAD).splitlines()
    assert {line[0] for line in lines} == {"E", "e"}
    assert only(item(TRIAD_SOURCE)).score.note_count == 3


def test_a_source_repeats_where_its_item_is_longer() -> None:
    clip = only(item(TRIAD_SOURCE, length=5.0))
    assert (clip.score.length, clip.score.loop, clip.played) == (4.0, Span(0.0, 4.0), 10.0)


def test_a_source_that_does_not_loop_plays_once() -> None:
    clip = only(item(TRIAD_SOURCE, length=5.0, loop=0))
    assert (clip.score.length, clip.score.loop) == (4.0, None)


def test_an_item_shorter_than_its_source_cuts_it() -> None:
    clip = only(item(TRIAD_SOURCE, length=0.75))
    assert heard(clip) == [(0.0, 60, 1.0), (1.0, 64, 0.5)]
    assert clip.unheard == 1


def test_an_item_begins_inside_its_source() -> None:
    clip = only(item(TRIAD_SOURCE, length=4.0, more="SOFFS 0.5 1"))
    assert [note.pitch for note in clip.score.sounding] == [64, 67, 60, 64, 67]
    assert clip.score.loop == Span(3.0, 7.0)


def test_a_rate_makes_notes_as_long_as_they_sound() -> None:
    clip = only(item(TRIAD_SOURCE, length=1.0, more="PLAYRATE 2 1 0 -1 0 0.0025"))
    assert heard(clip) == [(0.0, 60, 0.5), (0.5, 64, 0.5), (1.0, 67, 0.5)]
    assert "2 times" in clip.remarks[0]


def test_muted_notes_are_kept_silent() -> None:
    events = "E 0 90 3c 60\nEm 0 90 40 60\nE 960 80 3c 00\nem 0 80 40 00\nE 2880 b0 7b 00"
    (voice,) = only(item(daw_files.reaper_source(events))).score.voices
    assert {note.pitch: note.is_muted for note in voice.notes} == {60: False, 64: True}


def test_a_muted_item_is_left_out() -> None:
    (reject,) = item(TRIAD_SOURCE, mute=1).rejects
    assert reject.reason == Reason.SWITCHED_OFF


def test_text_between_events_takes_its_time() -> None:
    events = (
        "E 0 90 3c 60\n<X 480 0\n/wNoZWxsbw==\n>\nE 480 80 3c 00\n<x 0 1\n8EEQ\n>\n"
        "E 0 90 40 60\nE 960 80 40 00\nE 1920 b0 7b 00"
    )
    clip = only(item(daw_files.reaper_source(events)))
    assert heard(clip) == [(0.0, 60, 1.0), (1.0, 64, 1.0)]


def test_a_note_without_velocity_ends_the_one_before() -> None:
    events = "E 0 90 3c 60\nE 480 90 3c 00\nE 3360 b0 7b 00"
    assert heard(only(item(daw_files.reaper_source(events)))) == [(0.0, 60, 0.5)]


def test_the_active_take_sounds_and_the_others_are_takes() -> None:
    other = daw_files.reaper_source(daw_files.reaper_events([(0.0, 72, 1.0)]))
    found = item(TRIAD_SOURCE, f'TAKE SEL\nNAME "take two"\n{other}', "TAKE NULL")
    assert [(clip.name, clip.origin.found_in) for clip in found.clips] == [
        ("take one", FoundIn.TAKE),
        ("take two", FoundIn.ITEM),
    ]


def test_the_first_take_sounds_where_none_is_chosen() -> None:
    other = daw_files.reaper_source(daw_files.reaper_events([(0.0, 72, 1.0)]))
    found = item(TRIAD_SOURCE, f"TAKE\n{other}")
    assert [clip.origin.found_in for clip in found.clips] == [FoundIn.ITEM, FoundIn.TAKE]


def test_all_takes_sound_where_the_item_says_so() -> None:
    other = daw_files.reaper_source(daw_files.reaper_events([(0.0, 72, 1.0)]))
    found = item(TRIAD_SOURCE, f"TAKE\n{other}", more="ALLTAKES 1")
    assert [clip.origin.found_in for clip in found.clips] == [FoundIn.ITEM, FoundIn.ITEM]


def test_a_pooled_copy_plays_what_its_source_holds() -> None:
    copy = "<SOURCE MIDIPOOL\nHASDATA 1 960 QN\nPOOLEDEVTS {A}\n>"
    project = daw_files.reaper_project(
        daw_files.reaper_track(daw_files.reaper_item(copy, position=4.0), name="Copy"),
        daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE)),
    )
    first, second = contents(project).clips
    assert heard(first) == heard(second)
    assert first.origin.track == "Copy"


def test_a_copy_of_what_is_not_there_has_no_notes() -> None:
    (reject,) = item("<SOURCE MIDIPOOL\nPOOLEDEVTS {B}\n>").rejects
    assert reject.reason in (Reason.NO_NOTES, Reason.DAMAGED)


def test_events_in_a_file_of_their_own_are_said_to_be_there() -> None:
    (reject,) = item('<SOURCE MIDI\nFILE "take.mid"\n>').rejects
    assert reject.reason == Reason.ELSEWHERE


def test_a_section_of_a_source_is_said_not_to_be_read() -> None:
    (reject,) = item(f"<SOURCE SECTION\nLENGTH 1\n{TRIAD_SOURCE}\n>").rejects
    assert reject.reason == Reason.PACKING


def test_sound_and_click_items_are_nobodys_notes() -> None:
    found = item('<SOURCE WAVE\nFILE "a.wav"\n>')
    assert (found.clips, found.rejects) == ((), ())


def test_a_source_with_a_tempo_of_its_own_keeps_its_beats() -> None:
    source = daw_files.reaper_source(
        daw_files.reaper_events(daw_files.TRIAD), more="IGNTEMPO 1 60 4 4"
    )
    clip = only(item(source, length=4.0))
    assert heard(clip) == list(daw_files.TRIAD)
    assert (clip.tempo_bpm, clip.played) == (60.0, 4.0)


def test_names_of_notes_are_pads() -> None:
    names = '<MIDINOTENAMES\n-1 36 "Kick In" 0 36\n-1 38 Snare 0 38\n>'
    project = daw_files.reaper_project(
        daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE), more=names)
    )
    assert only(contents(project)).pads == ((36, "Kick In"), (38, "Snare"))


def test_drums_among_other_channels_are_a_voice_of_their_own() -> None:
    events = "E 0 90 3c 60\nE 0 99 24 60\nE 960 80 3c 00\nE 0 89 24 00\nE 2880 b0 7b 00"
    voices = only(item(daw_files.reaper_source(events))).score.voices
    assert [(voice.is_drums, len(voice.notes)) for voice in voices] == [(False, 1), (True, 1)]


def test_tempo_and_meter_are_those_where_the_item_lies() -> None:
    project = daw_files.reaper_project(
        daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE, position=4.0, length=6.0)),
        tempo="120 3 4",
        points=["0 120 1 196611 0 1", "4 90 1 524294 0 1", "6 60 1 0 0 0"],
    )
    clip = only(contents(project))
    assert clip.origin.position == 8.0
    assert clip.meter == Meter(6, 8)
    assert clip.score.tempo_map.changes == ((0.0, 90.0), (3.0, 60.0))
    assert clip.played == 3.0 + 4.0


def test_beats_are_counted_through_a_glide() -> None:
    time = SongTime(120.0, Meter(), [TempoPoint(0.0, 60.0, glides=True), TempoPoint(4.0, 120.0)])
    assert time.beat_at(4.0) == 6.0
    assert time.beat_at(2.0) == 2.5
    assert time.beat_at(5.0) == 8.0
    assert time.tempo_map().at(6.0) == 120.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NAME guitar", ["NAME", "guitar"]),
        ('NAME "two words" 1', ["NAME", "two words", "1"]),
        ("NAME 'say \"hi\"'", ["NAME", 'say "hi"']),
        ('NAME `it\'s "it"`', ["NAME", 'it\'s "it"']),
        ('NAME ""', ["NAME", ""]),
        ('NAME hel"lo', ["NAME", 'hel"lo']),
        ('NAME "unclosed', ["NAME", "unclosed"]),
        ("NAME <>", ["NAME", "<>"]),
    ],
)
def test_words_are_quoted_in_three_ways(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


def test_a_name_with_every_quote_stands_in_a_block() -> None:
    track = daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE)).replace(
        'NAME "Keys"', "NAME `'\"'`\n<NAME\n|`\"'\n>"
    )
    assert only(contents(daw_files.reaper_project(track))).origin.track == "`\"'"


def test_free_text_and_plug_ins_open_no_blocks() -> None:
    notes = "<NOTES\n|<ITEM\n|>\n>\n<VST x\nZm9v\n<MORE\n>\n>"
    track = daw_files.reaper_track(notes, daw_files.reaper_item(TRIAD_SOURCE))
    assert only(contents(daw_files.reaper_project(track))).score.note_count == 3


def test_old_projects_are_not_in_utf8() -> None:
    track = daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE), name="Fl\u00f6te")
    project = daw_files.reaper_project(track).replace("ö".encode(), b"\xf6")
    assert only(contents(project)).origin.track == "Flöte"


def test_a_version_that_nobody_knows_is_read_and_reported() -> None:
    track = daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE))
    project = daw_files.reaper_project(track).replace(b"PROJECT 0.1", b"PROJECT 2.0")
    found = contents(project)
    assert found.made_by == "REAPER 7.51/linux-x86_64"
    assert (len(found.clips), "2.0" in found.remarks[0]) == (1, True)


@pytest.mark.parametrize(
    "event",
    [
        "E x 90 3c 60",
        "E 0 90 3c",
        "E 0 90 3c 90",
        "E -5 90 3c 60",
        "E 99999999999 90 3c 60",
        "E 0",
        "E 0 10 20 30",
    ],
)
def test_a_damaged_item_is_left_out_and_its_neighbours_are_read(event: str) -> None:
    damaged = daw_files.reaper_source(f"{event}\nE 3840 b0 7b 00")
    project = daw_files.reaper_project(
        daw_files.reaper_track(daw_files.reaper_item(damaged), daw_files.reaper_item(TRIAD_SOURCE))
    )
    found = contents(project)
    assert len(found.clips) == 1
    assert [reject.reason for reject in found.rejects] == [Reason.DAMAGED]


def refused(project: bytes) -> Reason:
    with pytest.raises(RefusedError) as error:
        contents(project)
    return error.value.reason


def test_a_project_that_is_cut_short_is_said_to_be() -> None:
    project = daw_files.reaper_project(daw_files.reaper_track(daw_files.reaper_item(TRIAD_SOURCE)))
    assert refused(project[: len(project) // 2]) == Reason.DAMAGED


def test_a_block_that_closes_nothing_is_damage() -> None:
    assert refused(daw_files.reaper_project() + b">\n") == Reason.DAMAGED


@pytest.mark.parametrize("data", [b"MThd", b"<?xml ?>", b"hello\nworld\n", b"\x00" * 100])
def test_other_text_is_no_project(data: bytes) -> None:
    assert refused(data) in (Reason.OTHER_CONTENT, Reason.DAMAGED)


def test_a_line_without_end_is_not_waited_for() -> None:
    assert refused(b"<REAPER_PROJECT 0.1\n" + b"A" * (MAX_LINE_BYTES * 2)) == Reason.TOO_LARGE


def test_blocks_do_not_nest_for_ever() -> None:
    assert refused(b"<REAPER_PROJECT 0.1\n" + b"<TRACK\n" * (MAX_DEPTH + 1)) == Reason.DAMAGED


def test_a_project_of_endless_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reprise.library.ingest.reaper.text.MAX_LINES", 1000)
    assert refused(b"<REAPER_PROJECT 0.1\n" + b"\n" * 1001) == Reason.TOO_LARGE

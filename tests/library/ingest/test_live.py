import io

import pytest

import daw_files
from reprise.library.ingest.clips import Contents, FoundIn, Reason, RefusedError, SourceClip
from reprise.library.ingest.files import Measured
from reprise.library.ingest.live import live_set, reading
from reprise.music.key import Key
from reprise.music.meter import Meter
from reprise.music.span import Span


def contents(document: bytes) -> Contents:
    return reading.read(Measured(io.BytesIO(document), 100_000_000), "set.als")


def clips(*tracks: str) -> tuple[SourceClip, ...]:
    return contents(daw_files.live_set(*tracks)).clips


def session(clip: str) -> SourceClip:
    (found,) = clips(daw_files.live_track(session=[clip]))
    return found


def arranged(clip: str) -> SourceClip:
    (found,) = clips(daw_files.live_track(arrangement=[clip]))
    return found


def heard(clip: SourceClip) -> list[tuple[float, int, float]]:
    return [(note.start, note.pitch, note.duration) for note in clip.score.sounding]


def test_session_clips_are_found_with_scene_track_and_name() -> None:
    clip = daw_files.live_clip(name="Riff")
    (found,) = clips(daw_files.live_track(session=["", "", clip], name="Bass"))
    assert (found.origin.found_in, found.origin.position) == (FoundIn.SESSION, 2)
    assert (found.origin.track, found.name) == ("Bass", "Riff")
    assert str(found.origin) == "set.als: Bass, scene 3"
    assert heard(found) == list(daw_files.TRIAD)
    assert found.played is None


def test_arrangement_clips_are_found_where_they_lie() -> None:
    found = arranged(daw_files.live_clip(time=16.0, length=12.0))
    assert (found.origin.found_in, found.origin.position) == (FoundIn.ARRANGEMENT, 16.0)
    assert (found.played, found.loop_length) == (12.0, 4.0)


def test_a_plain_document_with_the_name_of_a_set_is_read() -> None:
    track = daw_files.live_track(session=[daw_files.live_clip()])
    assert contents(daw_files.live_document(track)).clips == clips(track)


def test_a_track_is_called_what_its_user_calls_it() -> None:
    clip = daw_files.live_clip()
    found = clips(
        daw_files.live_track(session=[clip], shown="2-808 Kit"),
        daw_files.live_track(session=[clip], shown="3-MIDI", name="4-on-the-floor"),
        daw_files.live_track(session=[clip], shown="Lo-Fi"),
    )
    assert [clip.origin.track for clip in found] == ["808 Kit", "4-on-the-floor", "Lo-Fi"]


def test_a_groove_of_the_pool_is_no_clip_of_the_user() -> None:
    document = daw_files.live_document(
        daw_files.live_track(), grooves=[daw_files.live_clip(name="Swing 16ths 66")]
    )
    found = contents(document)
    assert found.clips == ()
    assert [reject.reason for reject in found.rejects] == [Reason.GROOVE]


def test_a_take_that_the_arrangement_uses_is_read_there_alone() -> None:
    take = daw_files.element("TakeId", 7)
    other = daw_files.element("TakeId", 8)
    track = daw_files.live_track(
        arrangement=[daw_files.live_clip(more=take), daw_files.live_clip(time=8.0, more=take)],
        takes=[daw_files.live_clip(more=take), daw_files.live_clip(more=other)],
    )
    found = contents(daw_files.live_set(track))
    assert [(clip.origin.found_in, clip.origin.take) for clip in found.clips] == [
        (FoundIn.ARRANGEMENT, 7),
        (FoundIn.ARRANGEMENT, 7),
        (FoundIn.TAKE, 8),
    ]
    assert [reject.reason for reject in found.rejects] == [Reason.TAKE_COPY]


def test_an_empty_clip_and_one_that_is_switched_off_have_reasons() -> None:
    off = daw_files.live_clip(more=daw_files.element("Disabled", "true"))
    track = daw_files.live_track(session=[daw_files.live_clip([]), off])
    found = contents(daw_files.live_set(track))
    assert [reject.reason for reject in found.rejects] == [Reason.NO_NOTES, Reason.SWITCHED_OFF]


def test_a_clip_whose_loop_is_off_plays_between_its_own_marks() -> None:
    notes = [(0.0, 60, 1.0), (2.0, 62, 1.0), (5.0, 64, 9.0), (8.0, 65, 1.0)]
    found = arranged(daw_files.live_clip(notes, loop=(2.0, 8.0), length=6.0, loops=False))
    assert heard(found) == [(0.0, 62, 1.0), (3.0, 64, 3.0)]
    assert (found.score.length, found.score.loop, found.unheard) == (6.0, None, 2)


@pytest.mark.parametrize(
    ("start_relative", "starts", "loop"),
    [
        (0.0, [0.0, 2.0], Span(0.0, 4.0)),
        (-4.0, [0.0, 4.0, 6.0], Span(4.0, 8.0)),
        (2.0, [0.0, 2.0, 4.0], Span(2.0, 6.0)),
    ],
)
def test_a_clip_begins_at_its_start_mark(
    start_relative: float, starts: list[float], loop: Span
) -> None:
    notes = [(0.0, 60, 1.0), (4.0, 62, 1.0), (6.0, 64, 1.0)]
    found = session(daw_files.live_clip(notes, loop=(4.0, 8.0), start_relative=start_relative))
    assert [note.start for note in found.score.sounding] == starts
    assert found.score.loop == loop


def test_a_note_left_of_the_first_bar_sounds_where_the_clip_begins_there() -> None:
    found = session(daw_files.live_clip([(-1.0, 60, 0.5)], loop=(-4.0, 4.0)))
    assert heard(found) == [(3.0, 60, 0.5)]


def test_a_pad_is_a_pitch_with_a_name() -> None:
    rack = daw_files.drum_rack({36: "Kick 808", 38: "Snare", 0: "Low", 127: "High"})
    clip = daw_files.live_clip(daw_files.FOUR_ON_THE_FLOOR)
    (found,) = clips(daw_files.live_track(session=[clip], devices=rack))
    assert found.pads == ((0, "Low"), (36, "Kick 808"), (38, "Snare"), (127, "High"))


def test_a_rack_inside_a_pad_counts_where_the_pad_lets_all_notes_through() -> None:
    inner = daw_files.drum_rack({40: "Inner snare"})
    rack = daw_files.drum_rack({36: "Kick"}, inner)
    branch = f"<Branches><InstrumentBranch>{rack}</InstrumentBranch></Branches>"
    deep = f"<InstrumentGroupDevice>{branch}</InstrumentGroupDevice>"
    (found,) = clips(daw_files.live_track(session=[daw_files.live_clip()], devices=deep))
    assert found.pads == ((36, "Kick"), (40, "Inner snare"))


def test_a_rack_inside_a_pad_of_one_note_is_not_what_the_clip_plays() -> None:
    inner = daw_files.drum_rack({60: "Layer"})
    rack = daw_files.drum_rack({36: "Kick"}).replace(
        "<Devices></Devices>", f"<Devices>{inner}</Devices>"
    )
    (found,) = clips(daw_files.live_track(session=[daw_files.live_clip()], devices=rack))
    assert found.pads == ((36, "Kick"),)


def test_what_new_versions_leave_out_of_notes_is_as_usual() -> None:
    bare = daw_files.live_clip([(0.0, 60, 1.0)]).replace(' OffVelocity="64"', "")
    (note,) = session(bare).score.sounding
    assert (note.probability, note.velocity_deviation, note.release_velocity) == (1.0, 0, 64)


def test_what_live_says_of_a_note_is_kept() -> None:
    extra = 'Probability="0.69" VelocityDeviation="-30" '
    (note,) = session(daw_files.live_clip([(0.0, 60, 1.0)], extra=extra)).score.sounding
    assert (note.probability, note.velocity_deviation) == (0.69, -30)


def test_velocities_with_a_fraction_are_rounded() -> None:
    clip = daw_files.live_clip([(0.0, 60, 1.0)]).replace(
        'Velocity="100"', 'Velocity="81.9199982"', 1
    )
    assert session(clip).score.sounding[0].velocity == 82


def test_a_note_that_is_switched_off_is_kept_silent() -> None:
    (voice,) = session(daw_files.live_clip(extra='IsEnabled="false" ')).score.voices
    assert (len(voice.notes), len(voice.sounding)) == (3, 0)


def test_the_songs_meters_hold_in_the_arrangement() -> None:
    track = daw_files.live_track(
        arrangement=[daw_files.live_clip(time=8.0, loop=(0.0, 14.0), length=14.0)]
    )
    document = daw_files.live_document(track, meter_events=[(-63072000, 201), (8, 204), (15, 200)])
    (found,) = contents(document).clips
    assert found.score.meter_map.changes == ((0.0, Meter(7, 4)), (7.0, Meter(3, 4)))


def test_the_songs_tempi_hold_in_the_arrangement() -> None:
    track = daw_files.live_track(arrangement=[daw_files.live_clip(time=8.0)])
    events = [(-63072000, 90.0), (10, 90.0), (10, 140.0)]
    (found,) = contents(daw_files.live_document(track, tempo_events=events)).clips
    assert found.score.tempo_map.changes == ((0.0, 90.0), (2.0, 140.0))


def test_a_scene_says_the_tempo_and_meter_of_its_clips() -> None:
    clip = daw_files.live_clip()
    document = daw_files.live_document(
        daw_files.live_track(session=[clip, clip]),
        tempo=100.0,
        scenes=daw_files.scene() + daw_files.scene(125.0, 200),
    )
    first, second = contents(document).clips
    assert (first.tempo_bpm, first.meter) == (100.0, Meter(4, 4))
    assert (second.tempo_bpm, second.meter) == (125.0, Meter(3, 4))


def test_a_session_clip_has_the_meter_that_its_user_gave_it() -> None:
    meter = (
        "<TimeSignature><TimeSignatures><RemoteableTimeSignature>"
        f"{daw_files.element('Numerator', 6)}{daw_files.element('Denominator', 8)}"
        "</RemoteableTimeSignature></TimeSignatures></TimeSignature>"
    )
    assert session(daw_files.live_clip(more=meter)).meter == Meter(6, 8)


@pytest.mark.parametrize(
    ("number", "meter"),
    [
        (201, Meter(4, 4)),
        (204, Meter(7, 4)),
        (200, Meter(3, 4)),
        (302, Meter(6, 8)),
        (297, Meter(1, 8)),
        (0, Meter(1, 1)),
        (494, None),
        (700, None),
    ],
)
def test_meters_are_one_number(number: int, meter: Meter | None) -> None:
    assert live_set.meter_of_number(number) == meter


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("<Root Value='9' /><Name Value='1' />", Key(9, "minor")),
        ("<RootNote Value='2' /><Name Value='Dorian' />", Key(2, "dorian")),
        ("<Root Value='0' /><Name Value='0' />", None),
        ("<Root Value='3' /><Name Value='17' />", None),
    ],
)
def test_a_scale_counts_where_it_is_switched_on_and_known(said: str, key: Key | None) -> None:
    scale = f"<ScaleInformation>{said}</ScaleInformation>"
    on = daw_files.element("IsInKey", "true")
    assert session(daw_files.live_clip(more=on + scale)).score.key == key
    assert session(daw_files.live_clip(more=scale)).score.key is None


def test_a_groove_that_is_heard_is_mentioned() -> None:
    groove = f"<GrooveSettings>{daw_files.element('GrooveId', 4)}</GrooveSettings>"
    track = daw_files.live_track(session=[daw_files.live_clip(more=groove)])
    (loud,) = contents(daw_files.live_document(track)).clips
    (silent,) = contents(daw_files.live_document(track, groove_amount=0.0)).clips
    assert "groove" in loud.remarks[0]
    assert silent.remarks == ()


def test_a_set_of_live_8_is_read() -> None:
    track = daw_files.live_track(session=[daw_files.live_clip()], name="Pad")
    document = (
        "<Ableton MajorVersion='4' MinorVersion='8.1_226' Creator='Ableton Live 8.1.4'><LiveSet>"
        f"<Tracks>{track}</Tracks><MasterTrack><MasterChain><Mixer><Tempo><ArrangerAutomation>"
        "<Events><FloatEvent Time='-63072000' Value='95.3' /></Events></ArrangerAutomation></Tempo>"
        "<TimeSignature><ArrangerAutomation><Events><EnumEvent Time='-63072000' Value='200' />"
        "</Events></ArrangerAutomation></TimeSignature></Mixer></MasterChain></MasterTrack>"
        "</LiveSet></Ableton>"
    )
    found = contents(document.encode())
    assert found.made_by == "Ableton Live 8.1.4"
    assert found.remarks == ()
    assert (found.clips[0].tempo_bpm, found.clips[0].meter) == (95.3, Meter(3, 4))


def test_a_version_that_nobody_knows_is_read_and_reported() -> None:
    track = daw_files.live_track(session=[daw_files.live_clip()])
    found = contents(
        daw_files.live_document(track, schema="13.0_13000", creator="Ableton Live 13.0")
    )
    assert len(found.clips) == 1
    assert "13.0_13000" in found.remarks[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Time="0.0" Dur', 'Time="nan" Dur'),
        ('Duration="1.0"', 'Duration="1e999"'),
        ('Velocity="100"', 'Velocity="loud"'),
        ('<LoopEnd Value="4.0"', '<LoopEnd Value=""'),
        ('<LoopEnd Value="4.0"', '<LoopEnd Value="0.0"'),
        ('<MidiKey Value="60"', '<MidiKey Value="200"'),
        ("<LoopEnd", "<LoopEnds"),
    ],
)
def test_a_damaged_clip_is_left_out_and_its_neighbours_are_read(before: str, after: str) -> None:
    good = daw_files.live_clip()
    assert before in good
    track = daw_files.live_track(session=[good, good.replace(before, after), good])
    found = contents(daw_files.live_set(track))
    assert [clip.origin.position for clip in found.clips] == [0, 2]
    assert [reject.reason for reject in found.rejects] == [Reason.DAMAGED]


def test_a_clip_that_never_ends_is_left_out() -> None:
    endless = daw_files.live_clip(loop=(0.0, 5e8), length=5e8)
    found = contents(daw_files.live_set(daw_files.live_track(arrangement=[endless])))
    assert [reject.reason for reject in found.rejects] == [Reason.TOO_LONG]


@pytest.mark.parametrize(
    "document",
    [b"<Ableton><GroovePool/></Ableton>", b"<svg/>", b"<Ableton><DeviceGroup/></Ableton>"],
)
def test_other_documents_of_live_are_no_sets(document: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        contents(document)
    assert refused.value.reason == Reason.OTHER_CONTENT


def test_a_set_with_more_notes_than_anybody_writes_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reprise.library.ingest.live.clip.MAX_FILE_NOTES", 2)
    with pytest.raises(RefusedError) as refused:
        clips(daw_files.live_track(session=[daw_files.live_clip()]))
    assert refused.value.reason == Reason.TOO_MANY_NOTES

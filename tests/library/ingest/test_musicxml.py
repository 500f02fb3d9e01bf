import io

import pytest

import daw_files
from reprise.library.ingest.clips import Contents, Reason, RefusedError, SourceClip
from reprise.library.ingest.files import Measured
from reprise.library.ingest.musicxml import reading
from reprise.music.key import Key
from reprise.music.meter import Meter

DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
FOUR = "<time><beats>4</beats><beat-type>4</beat-type></time>"


def note(step: str, duration: int, more: str = "", octave: int = 4) -> str:
    return (
        f"<note>{more}<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration></note>"
    )


def measure(*inside: str, attributes: str = "") -> str:
    said = f"<attributes><divisions>2</divisions>{attributes}</attributes>" if attributes else ""
    return f"<measure>{said}{''.join(inside)}</measure>"


def contents(document: bytes) -> Contents:
    return reading.read(Measured(io.BytesIO(document), 100_000_000), "song.musicxml")


def only(document: bytes) -> SourceClip:
    (clip,) = contents(document).clips
    return clip


def heard(clip: SourceClip, voice: int = 0) -> list[tuple[float, int, float]]:
    notes = clip.score.voices[voice].notes
    return [(note.start, note.pitch, note.duration) for note in notes]


def test_notes_follow_each_other_and_chords_begin_together() -> None:
    document = daw_files.music_xml(
        measure(note("C", 2), note("E", 2, "<chord/>"), note("G", 4), attributes=FOUR),
        doctype=DOCTYPE,
    )
    assert heard(only(document)) == [(0.0, 60, 1.0), (0.0, 64, 1.0), (1.0, 67, 2.0)]


def test_rests_and_other_voices_move_the_time() -> None:
    rest = "<note><rest/><duration>2</duration></note>"
    back = "<backup><duration>6</duration></backup>"
    forward = "<forward><duration>4</duration></forward>"
    inside = (rest, note("C", 4), back, forward, note("A", 2, octave=3))
    document = daw_files.music_xml(measure(*inside, attributes=FOUR))
    assert heard(only(document)) == [(1.0, 60, 2.0), (2.0, 57, 1.0)]


def test_tied_notes_are_one_note() -> None:
    first = measure(note("C", 8, '<tie type="start"/>'), attributes=FOUR)
    both = '<tie type="stop"/><tie type="start"/>'
    last = measure(note("C", 2, '<tie type="stop"/>'), note("C", 6))
    document = daw_files.music_xml(first + measure(note("C", 8, both)) + last)
    assert heard(only(document)) == [(0.0, 60, 9.0), (9.0, 60, 3.0)]


def test_a_pickup_ends_its_bar() -> None:
    pickup = measure(note("G", 2), attributes=FOUR)
    document = daw_files.music_xml(pickup + measure(note("C", 8)))
    clip = only(document)
    assert heard(clip) == [(3.0, 67, 1.0), (4.0, 60, 4.0)]
    assert [bar.start for bar in clip.score.meter_map.bars(clip.score.length)] == [0.0, 4.0]


def test_bar_lines_stay_where_a_measure_is_not_whole() -> None:
    whole = measure(note("C", 8), attributes=FOUR)
    document = daw_files.music_xml(whole + measure(note("D", 4)) + measure(note("E", 8)))
    clip = only(document)
    starts = [bar.start for bar in clip.score.meter_map.bars(clip.score.length)]
    assert starts == [0.0, 4.0, 6.0]


def test_meters_keys_and_tempi_are_read() -> None:
    attributes = (
        "<key><fifths>-3</fifths><mode>minor</mode></key>"
        "<time><beats>3+2</beats><beat-type>8</beat-type></time>"
    )
    sound = '<direction><sound tempo="96" dynamics="50"/></direction>'
    clip = only(daw_files.music_xml(measure(sound, note("C", 5), attributes=attributes)))
    assert (clip.meter, clip.score.key, clip.tempo_bpm) == (Meter(5, 8), Key(0, "minor"), 96.0)
    assert clip.score.voices[0].notes[0].velocity == 45


def test_a_tempo_holds_until_the_next() -> None:
    slow = measure('<sound tempo="60"/>', note("C", 8), attributes=FOUR)
    clip = only(daw_files.music_xml(slow + measure('<sound tempo="90"/>', note("C", 8))))
    assert clip.score.tempo_map.changes == ((0.0, 60.0), (4.0, 90.0))


def test_an_instrument_that_transposes_sounds_as_it_sounds() -> None:
    transpose = f"{FOUR}<transpose><chromatic>-2</chromatic></transpose>"
    document = daw_files.music_xml(measure(note("C", 8), attributes=transpose))
    assert heard(only(document)) == [(0.0, 58, 4.0)]


def test_drums_are_read_by_their_instruments() -> None:
    parts = (
        '<score-part id="P1"><part-name>Kit</part-name>'
        '<midi-instrument id="K"><midi-channel>10</midi-channel>'
        "<midi-unpitched>37</midi-unpitched></midi-instrument>"
        '<midi-instrument id="S"><midi-unpitched>39</midi-unpitched></midi-instrument></score-part>'
    )
    hits = "".join(
        f'<note><unpitched/><duration>2</duration><instrument id="{drum}"/></note>'
        for drum in "KSX"
    )
    clip = only(daw_files.music_xml(measure(hits, attributes=FOUR), parts))
    assert heard(clip) == [(0.0, 36, 1.0), (1.0, 38, 1.0)]
    assert (clip.score.voices[0].is_drums, clip.unheard) == (True, 1)


def test_parts_are_voices_with_name_and_program() -> None:
    parts = (
        '<score-part id="P1"><part-name>Flute</part-name><midi-instrument id="I">'
        "<midi-channel>1</midi-channel><midi-program>74</midi-program></midi-instrument>"
        '</score-part><score-part id="P2"><part-name>Bass</part-name></score-part>'
    )
    more = f'<part id="P2">{measure(note("C", 4, octave=2), attributes=FOUR)}</part>'
    clip = only(daw_files.music_xml(measure(note("C", 8), attributes=FOUR), parts, more=more))
    assert [(voice.name, voice.program) for voice in clip.score.voices] == [
        ("Flute", 73),
        ("Bass", 0),
    ]
    assert heard(clip, 1) == [(0.0, 36, 2.0)]


def test_repeats_are_mentioned() -> None:
    barline = '<barline><repeat direction="backward"/></barline>'
    clip = only(daw_files.music_xml(measure(note("C", 8), barline, attributes=FOUR)))
    assert "repeated" in clip.remarks[0]


def test_a_packed_score_is_the_same_score() -> None:
    document = daw_files.music_xml(measure(note("C", 8), attributes=FOUR))
    listing = b'<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    packed = daw_files.zipped({"META-INF/container.xml": listing, "s.xml": document})
    found = reading.read_packed(Measured(io.BytesIO(packed), 100_000), "song.musicxml")
    assert found == contents(document)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"s.xml": b"<a/>"}, Reason.OTHER_CONTENT),
        ({"META-INF/container.xml": b"<container/>"}, Reason.DAMAGED),
        ({"META-INF/container.xml": b"<container"}, Reason.DAMAGED),
    ],
)
def test_a_packed_score_without_a_score_is_refused(
    members: dict[str, bytes], reason: Reason
) -> None:
    packed = daw_files.zipped(members)
    with pytest.raises(RefusedError) as refused:
        reading.read_packed(Measured(io.BytesIO(packed), 100_000), "song.mxl")
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"<score-timewise/>", Reason.OTHER_CONTENT),
        (daw_files.music_xml(""), Reason.NO_NOTES),
        (daw_files.music_xml("<measure>"), Reason.DAMAGED),
        (
            daw_files.music_xml(measure(note("C", 2)), doctype='<!DOCTYPE a [<!ENTITY x "y">]>'),
            Reason.ENTITIES,
        ),
        (
            daw_files.music_xml(measure("<forward><duration>999999999</duration></forward>")),
            Reason.TOO_LONG,
        ),
    ],
)
def test_what_is_no_score_has_a_reason(document: bytes, reason: Reason) -> None:
    with pytest.raises(RefusedError) as refused:
        contents(document)
    assert refused.value.reason == reason


def test_numbers_that_are_none_are_left_out() -> None:
    odd = "<divisions>x</divisions><time><beats>?</beats><beat-type>0</beat-type></time>"
    inside = (note("C", 2), note("H", 2), note("C", 2, octave=99))
    clip = only(
        daw_files.music_xml(f"<measure><attributes>{odd}</attributes>{''.join(inside)}</measure>")
    )
    assert heard(clip) == [(0.0, 60, 2.0)]
    assert clip.unheard == 2

"""Drums are told by what the host knows, the channel, the pads, the name, and by what is played."""

from dataclasses import replace

import pytest

import builders
from reprise.music import drums, smf
from reprise.music.drums import Drum
from reprise.music.note import Note
from reprise.music.voice import Voice

OFF_CHANNEL = tuple(replace(note, channel=0) for note in builders.groove())


@pytest.mark.parametrize(
    ("name", "drum"),
    [
        ("Kick Felt", Drum.KICK),
        ("808_BD_long", Drum.KICK),
        ("Bass Drum 1", Drum.KICK),
        ("Snare Dry Session", Drum.SNARE),
        ("Side Stick", Drum.SNARE),
        ("Rim 707", Drum.SNARE),
        ("SD.03", Drum.SNARE),
        ("Hand Clap", Drum.CLAP),
        ("Hihat Closed", Drum.HAT),
        ("Open Hi-Hat", Drum.HAT),
        ("hh open", Drum.HAT),
        ("OH", Drum.HAT),
        ("Low Floor Tom", Drum.TOM),
        ("Tom1", Drum.TOM),
        ("Crash 1", Drum.CYMBAL),
        ("Ride Bell", Drum.CYMBAL),
        ("Conga hi", Drum.PERCUSSION),
        ("Shaker", Drum.PERCUSSION),
        ("Slice 1", None),
        ("Piano C3", None),
        ("", None),
    ],
)
def test_a_pad_is_what_its_name_says(name: str, drum: Drum | None) -> None:
    assert drums.drum_of_name(name) == drum


@pytest.mark.parametrize(
    ("pitch", "drum"),
    [(36, Drum.KICK), (38, Drum.SNARE), (42, Drum.HAT), (49, Drum.CYMBAL), (45, Drum.TOM)],
)
def test_a_pitch_is_what_general_midi_says(pitch: int, drum: Drum) -> None:
    assert drums.drum_of_pitch(pitch) == drum


def test_every_general_midi_drum_is_something_and_nothing_else_is() -> None:
    assert sorted(drums.DRUM_NAMES) == list(range(27, 88))
    known = [pitch for pitch in range(128) if drums.drum_of_pitch(pitch) is not None]
    assert known == list(range(27, 88))


def test_a_pads_name_says_more_than_its_pitch() -> None:
    rack = Voice("Rack", OFF_CHANNEL, pads=((36, "Clap 909"), (38, "Slice 2")))
    assert drums.drum_of(rack, 36) is Drum.CLAP
    assert drums.drum_of(rack, 38) is Drum.SNARE


def test_what_the_host_knows_comes_first() -> None:
    assert drums.is_drums(Voice("Piano", builders.melody(), is_drums=True))
    assert not drums.is_drums(Voice("Drums", builders.groove(), is_drums=False))


def test_channel_10_is_drums() -> None:
    assert drums.is_drums(Voice("", (Note(0.0, 60, 1.0, channel=9),)))


def test_pads_with_the_names_of_drums_are_drums_and_slices_of_a_loop_are_not() -> None:
    played = tuple(Note(float(beat), 36 + beat % 2, 0.5) for beat in range(4))
    kit = ((36, "Kick"), (37, "Rim"), (60, "Pad C"), (61, "Pad D"), (62, "Pad E"))
    assert drums.is_drums(Voice("Rack", played, pads=kit))
    slices = ((36, "Slice 1"), (37, "Slice 2"), (60, "Kick"))
    assert not drums.is_drums(Voice("Rack", played, pads=slices))


@pytest.mark.parametrize(
    "name", ["Drums", "Drum Rack", "Perc loop", "808", "House Kit", "drums_120-a", "dusty.beat"]
)
def test_a_voice_called_drums_is_drums(name: str) -> None:
    assert drums.is_drums(Voice(name, builders.melody()))


@pytest.mark.parametrize("name", ["Kitchen piano", "Rhythm guitar", "Bass", "Lead 2"])
def test_a_tune_of_another_name_is_not(name: str) -> None:
    assert not drums.is_drums(Voice(name, builders.melody()))


def test_a_groove_on_any_channel_is_drums_by_what_is_played() -> None:
    assert drums.is_drums(Voice("", OFF_CHANNEL))
    swung = smf.read(builders.MIDI_FIXTURES / "groove.mid").score().voices[0].notes
    assert drums.is_drums(Voice("", tuple(replace(note, channel=3) for note in swung)))


def test_a_bass_line_on_the_pitches_of_drums_is_no_drums() -> None:
    assert not drums.is_drums(Voice("", builders.line([36, 38, 42, 40, 36, 46, 35, 37] * 4)))


def test_power_chords_are_no_drums() -> None:
    chords = tuple(
        Note(float(beat), root + above, 1.0)
        for beat, root in enumerate((40, 43, 45, 35) * 4)
        for above in (0, 7, 12)
    )
    assert not drums.is_drums(Voice("", chords))


def test_a_few_hits_or_none_say_nothing() -> None:
    assert not drums.is_drums(Voice("", OFF_CHANNEL[:4]))
    assert not drums.is_drums(Voice("", ()))

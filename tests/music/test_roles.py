"""Roles: what people type as a track's name, General MIDI programs, and what is played."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.music.note import Note
from reprise.music.roles import Role, role_of, role_of_name, role_of_notes, role_of_program
from reprise.music.voice import Voice

NAMES = {
    Role.BASS: ("Sub", "SubBass_02", "808", "Reese", "Slap Bass 2", "bass_kewl23", "Bass Lead"),
    Role.PAD: ("Pad L", "PAD-L", "pAD", "ambient_pad3", "Synth Strings 1", "String Pad"),
    Role.VOICE: ("Vox chop", "vox.chop", "Singstimme?Voice", "Soprano I.", "Vocals", "Choir Aahs"),
    Role.DRUMS: ("Drums", "Bass Drum", "808 Kit", "Kick 808", "Snare drum", "Cymbals", "HH"),
    Role.PERC: ("Percussion", "Timpani", "Shaker 2", "perc foley"),
    Role.LEAD: ("Lead", "LeadSynth", "Square Lead", "Sawtooth Lead", "Solo"),
    Role.COMP: ("Pluck", "PluckSynth", "Stabs"),
    Role.PIANO: ("Keys", "Grand Piano", "Klavier?Piano", "Piano Chords", "Harpsichord"),
    Role.E_PIANO: ("Rhodes", "E-Piano", "EP", "Electric Piano 1", "Wurli"),
    Role.STRINGS: ("Strings", "Violoncello", "Violin 1", "Harp"),
    Role.ARP: ("Arp", "arp 3", "Arpeggio", "Seq"),
    Role.ORGAN: ("Hammond", "Organ", "Accordion"),
    Role.EL_GUITAR: ("Distortion Guitar", "Rhythm Guitar", "gtr 2"),
    Role.AC_GUITAR: ("Acoustic Guitar", "Nylon", "Steel Guitar"),
    Role.BRASS: ("Synth Brass 1", "Horn in F", "Trumpets"),
    Role.REED: ("Bassoon", "English Horn", "Sax", "Clarinet in C"),
    Role.PIPE: ("Flute", "Pan Flute"),
    Role.MALLET: ("Vibraphone", "Steel Drums", "Tubular Bells", "Music Box"),
    Role.FX: ("FX", "Riser 1", "Ambient", "Crystal FX"),
    Role.MELODY: ("Melody", "Topline"),
    Role.CHORDS: ("Chords", "07 Chords"),
    Role.ENSEMBLE: ("Orchestra", "Mellotron"),
    Role.ETHNIC: ("Sitar", "Koto"),
}


def line(pitches: list[int], step: float = 1.0, duration: float = 1.0) -> tuple[Note, ...]:
    return tuple(Note(step * index, pitch, duration) for index, pitch in enumerate(pitches))


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for role, names in NAMES.items() for name in names]
)
def test_a_name_tells_the_role_in_any_spelling(name: str, role: Role) -> None:
    assert role_of_name(name) is role


@pytest.mark.parametrize("name", ["", "1-MIDI", "TripleOscillator", "Instr", "Track 7", "MIDI out"])
def test_a_name_that_tells_nothing_has_no_role(name: str) -> None:
    assert role_of_name(name) is None


@given(st.text(max_size=40))
def test_any_name_is_read_without_complaint(name: str) -> None:
    assert role_of_name(name) in (None, *Role)


def test_there_are_24_roles_counted_as_the_tokens_are() -> None:
    assert [role.value for role in Role] == list(range(24))
    assert (Role.DRUMS, Role.BASS, Role.UNKNOWN) == (0, 1, 23)


@pytest.mark.parametrize(
    ("program", "role"),
    [
        (0, Role.PIANO), (4, Role.E_PIANO), (6, Role.PIANO), (11, Role.MALLET), (16, Role.ORGAN),
        (24, Role.AC_GUITAR), (30, Role.EL_GUITAR), (38, Role.BASS), (40, Role.STRINGS),
        (47, Role.PERC), (48, Role.ENSEMBLE), (52, Role.VOICE), (60, Role.BRASS), (65, Role.REED),
        (73, Role.PIPE), (80, Role.LEAD), (87, Role.BASS), (89, Role.PAD), (99, Role.FX),
        (104, Role.ETHNIC), (114, Role.MALLET), (117, Role.PERC), (127, Role.FX),
    ],
)  # fmt: skip
def test_programs_have_the_role_of_their_family(program: int, role: Role) -> None:
    assert role_of_program(program) is role


def test_every_program_has_a_role() -> None:
    assert {role_of_program(program) for program in range(128)} <= set(Role) - {Role.UNKNOWN}


def test_low_single_notes_are_a_bass() -> None:
    assert role_of_notes(line([36, 38, 40, 36])) is Role.BASS


def test_long_chords_are_a_pad_and_short_ones_chords() -> None:
    triads = [Note(4.0 * bar, pitch, 4.0) for bar in range(4) for pitch in (60, 64, 67)]
    assert role_of_notes(triads) is Role.PAD
    stabs = [Note(note.start, note.pitch, 0.5) for note in triads]
    assert role_of_notes(stabs) is Role.CHORDS


def test_fast_leaps_are_an_arp_and_steps_a_melody() -> None:
    assert role_of_notes(line([60, 64, 67, 72] * 4, 0.25, 0.25)) is Role.ARP
    assert role_of_notes(line([60, 62, 64, 65, 67, 65, 64, 62] * 3, 0.25, 0.25)) is Role.MELODY
    assert role_of_notes(line([60, 67, 72])) is Role.MELODY


def test_where_nothing_sounds_the_role_is_unknown() -> None:
    assert role_of_notes(()) is Role.UNKNOWN


def test_the_name_counts_more_than_the_program_and_the_program_more_than_the_notes() -> None:
    low = line([36, 38, 40])
    assert role_of(Voice("Pad L", low, 38, is_drums=False)) is Role.PAD
    assert role_of(Voice("Track 3", low, 73, is_drums=False)) is Role.PIPE
    assert role_of(Voice("Track 3", low, 0, is_drums=False)) is Role.BASS


def test_drums_are_drums_whatever_their_name_but_percussion_may_say_so() -> None:
    assert role_of(Voice("Lead", line([36, 38]), is_drums=True)) is Role.DRUMS
    assert role_of(Voice("Shaker", line([70, 70]), is_drums=True)) is Role.PERC


def test_pitched_notes_called_kick_are_no_drums() -> None:
    assert role_of(Voice("Kick", line([36, 38, 40]), is_drums=False)) is Role.BASS

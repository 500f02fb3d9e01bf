from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music.drums import DRUM_NAMES, Drum, drum_of_pitch
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.pads import STANDARD_KIT, map_pads
from reprise.music.voice import Voice

NAMES = (
    "SNR tight 2",
    "perc foley",
    "808",
    "",
    "Clap",
    "Clap",
    "Kick",
    "Open HH",
    "closed hat",
    "Tom Lo",
    "Ride",
    "Foo",
)


def rack(names: Sequence[str], first: int = 36, notes: Sequence[Note] = ()) -> Voice:
    pads = tuple((first + index, name) for index, name in enumerate(names))
    return Voice("Rack", tuple(notes), is_drums=True, pads=pads)


def moved(notes: Sequence[Note], pads: dict[int, int]) -> tuple[Note, ...]:
    return tuple(replace(note, pitch=pads[note.pitch], channel=0) for note in notes)


def test_pads_stand_for_the_drums_that_their_names_tell() -> None:
    found = map_pads(rack(NAMES))

    kinds = {pad: drum_of_pitch(drum) for pad, drum in found.drum_of_pad.items()}
    assert kinds[36] == Drum.SNARE
    assert kinds[37] == Drum.PERCUSSION
    assert kinds[38] == kinds[42] == Drum.KICK
    assert found.drum_of_pad[43] == 46
    assert found.drum_of_pad[44] == 42
    assert kinds[45] == Drum.TOM
    assert found.drum_of_pad[46] == 51


def test_pads_that_nobody_can_name_stand_for_no_drum() -> None:
    assert map_pads(rack(NAMES)).unknown == {39, 47}


def test_a_general_midi_layout_stands_for_itself() -> None:
    kit = map_pads(Voice("Kit", builders.groove(), is_drums=True))
    rack_of_all = map_pads(Voice("Kit", (), is_drums=True, pads=tuple(DRUM_NAMES.items())))

    assert kit.drum_of_pad == {36: 36, 38: 38, 42: 42}
    assert rack_of_all.drum_of_pad == {pitch: pitch for pitch in DRUM_NAMES}


def test_pads_without_names_are_told_by_how_they_are_hit() -> None:
    groove = moved(builders.groove(), {36: 60, 38: 61, 42: 62})

    found = map_pads(Voice("Kit", groove, is_drums=True))

    assert found.drum_of_pad == {60: 36, 61: 38, 62: 42}
    assert not found.unknown


def test_names_come_before_general_midi() -> None:
    found = map_pads(rack(("Clap", "Kick", "Hat"), first=35))

    assert [drum_of_pitch(found.drum_of_pad[pad]) for pad in (35, 36, 37)] == [
        Drum.CLAP,
        Drum.KICK,
        Drum.HAT,
    ]


def test_a_voice_with_neither_pads_nor_notes_has_the_standard_kit() -> None:
    found = map_pads(Voice("Drums", (), is_drums=True))

    assert found.pad_of_drum == {drum: drum for drum in STANDARD_KIT}


def test_in_an_odd_meter_downbeats_are_those_of_the_meter() -> None:
    meter_map = MeterMap.constant(Meter(7, 8))
    kicks = [Note(3.5 * bar, 70, 0.25) for bar in range(4)]
    others = [Note(3.5 * bar + 1.25, 71, 0.25) for bar in range(4)]

    found = map_pads(Voice("Kit", (*kicks, *others), is_drums=True), meter_map)

    assert found.drum_of_pad[70] == 36
    assert found.unknown == {71}


@given(st.lists(st.sampled_from((*NAMES, *DRUM_NAMES.values())), max_size=60))
def test_no_two_pads_stand_for_one_drum(names: list[str]) -> None:
    found = map_pads(rack(names, first=20))

    assert len(set(found.drum_of_pad.values())) == len(found.drum_of_pad)
    assert all(drum in DRUM_NAMES for drum in found.drum_of_pad.values())
    assert found.drum_of_pad.keys().isdisjoint(found.unknown)
    if names:
        assert len(found.drum_of_pad) + len(found.unknown) == len(names)


@given(st.permutations(range(40, 52)))
def test_where_named_pads_lie_does_not_matter(order: list[int]) -> None:
    names = ("Kick", "Kick 2", "Snare", "Clap", "Hat", "Open Hat", "Ride", "Crash", "Low Tom")
    plain = map_pads(Voice("Rack", (), is_drums=True, pads=tuple(zip(range(40, 52), names))))

    shuffled = map_pads(Voice("Rack", (), is_drums=True, pads=tuple(sorted(zip(order, names)))))

    assert shuffled.drum_of_pad == {
        order[pad - 40]: drum for pad, drum in plain.drum_of_pad.items()
    }


@given(st.permutations((60, 61, 62)))
def test_where_pads_lie_that_are_told_by_their_use_does_not_matter(order: list[int]) -> None:
    groove = moved(builders.groove(), dict(zip((36, 38, 42), order)))

    found = map_pads(Voice("Kit", groove, is_drums=True))

    assert found.drum_of_pad == dict(zip(order, (36, 38, 42)))

"""The pieces that tests and demo share are one, made by one script, and worth listening to."""

import runpy
from importlib import resources
from itertools import combinations

import pytest

import builders
from reprise.music import smf
from reprise.music.feel import find_swing

MAKE = runpy.run_path(str(builders.MIDI_FIXTURES / "make.py"))
RANGES = {"Soprano": (60, 79), "Alto": (55, 74), "Tenor": (47, 67), "Bass": (40, 62)}


@pytest.mark.parametrize("name", sorted(MAKE["PIECES"]))
def test_every_piece_is_what_the_script_makes(name: str, tmp_path: object) -> None:
    made = builders.MIDI_FIXTURES / name
    path = f"{tmp_path}/{name}"
    MAKE["PIECES"][name]().save(path)
    assert smf.read(path).to_bytes() == smf.read(made).to_bytes()


@pytest.mark.parametrize("name", MAKE["DEMO_NAMES"])
def test_the_demo_plays_the_same_pieces(name: str) -> None:
    shipped = (resources.files("reprise.cli.show") / "music" / name).read_bytes()
    assert shipped == (builders.MIDI_FIXTURES / name).read_bytes()


def hymn_chords() -> list[tuple[int, ...]]:
    """What sounds at every onset of the hymn, soprano to bass."""
    voices = smf.read(builders.MIDI_FIXTURES / "old_hundredth.mid").score().voices
    onsets = sorted({note.start for voice in voices for note in voice.notes})
    return [
        tuple([note.pitch for note in voice.notes if note.start <= onset][-1] for voice in voices)
        for onset in onsets
    ]


def test_the_hymn_moves_in_no_parallel_fifths_or_octaves() -> None:
    chords = hymn_chords()
    for before, after in zip(chords, chords[1:]):
        for upper, lower in combinations(range(4), 2):
            moves = before[upper] != after[upper] and before[lower] != after[lower]
            interval = (after[upper] - after[lower]) % 12
            same = interval == (before[upper] - before[lower]) % 12
            assert not (moves and same and interval in (0, 7)), (before, after)


def test_the_hymns_voices_keep_their_ranges_order_and_distance() -> None:
    for chord in hymn_chords():
        for pitch, (low, high) in zip(chord, RANGES.values()):
            assert low <= pitch <= high
        assert list(chord) == sorted(chord, reverse=True)
        assert max(chord[0] - chord[1], chord[1] - chord[2]) <= 12


def test_the_groove_swings_its_sixteenths() -> None:
    (drums,) = smf.read(builders.MIDI_FIXTURES / "groove.mid").score().voices
    swing = find_swing(drums.notes)
    assert swing is not None
    assert swing.unit == 0.25
    assert swing.ratio == pytest.approx(0.58, abs=0.03)

import dataclasses

import numpy as np
import pytest

from counted_melodies import counted
from reprise.engines.theme.retrieval import (
    MelodyEncoder,
    cosine_distances,
    find_theme,
)
from reprise.errors import InvalidRequestError
from reprise.evaluation.themes.planted_themes import PlantedSong, planted_song
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note

ENCODER = MelodyEncoder(counted, 0.05)
RANDOM = np.random.default_rng(5)


def song(form: str = "ABACADAE", seed: int = 2) -> PlantedSong:
    return planted_song(form, np.random.default_rng(seed))


def later(notes: tuple[Note, ...], beats: float) -> tuple[Note, ...]:
    return tuple(dataclasses.replace(note, start=note.start + beats) for note in notes)


def test_what_comes_back_four_times_is_the_theme() -> None:
    planted = song()

    found = find_theme(planted.notes, planted.meter_map, planted.length, ENCODER)

    assert found.bars == (0, 4, 8, 12)
    assert found.theme.bar == 0
    assert not found.is_fallback
    assert found.occurrences == (0, 2, 4, 6)
    assert found.mean_distance == pytest.approx(0.0, abs=1e-6)


def test_an_odd_number_of_silent_bars_before_the_melody_moves_the_theme_and_no_more() -> None:
    planted = song()

    found = find_theme(later(planted.notes, 12.0), MeterMap(), planted.length + 12.0, ENCODER)

    assert found.bars == (3, 7, 11, 15)


def test_pairs_of_bars_are_cut_where_the_theme_begins_not_where_the_melody_does() -> None:
    planted = song()
    lead_in = (Note(0.0, 60, 1.0), Note(2.0, 61, 0.5), Note(3.0, 66, 0.5))

    found = find_theme(
        (*lead_in, *later(planted.notes, 4.0)), MeterMap(), planted.length + 4.0, ENCODER
    )

    assert found.bars == (1, 5, 9, 13)


def test_a_pickup_is_not_the_first_bar_of_a_pair() -> None:
    pickup = (Note(3.0, 67, 0.5), Note(3.5, 69, 0.5))
    planted = song("ABC")

    found = find_theme(
        (*pickup, *later(planted.notes, 4.0)), MeterMap(), planted.length + 4.0, ENCODER
    )

    assert [segment.bar for segment in found.segments] == [1, 3, 5]


def test_music_that_never_comes_back_has_its_first_two_bars_as_the_theme() -> None:
    planted = song("BCDE")

    found = find_theme(planted.notes, planted.meter_map, planted.length, ENCODER)

    assert found.is_fallback
    assert found.bars == (0,)
    assert found.theme.bar == 0
    assert found.eps == ENCODER.eps


def test_how_near_is_near_is_widened_where_too_little_comes_back() -> None:
    planted = song("AaBAC", seed=4)
    narrow = MelodyEncoder(counted, 0.05)
    distances = find_theme(planted.notes, MeterMap(), planted.length, narrow).distances
    changed = float(distances[0, 1])
    just_too_narrow = MelodyEncoder(counted, changed / 1.2)

    found = find_theme(planted.notes, MeterMap(), planted.length, just_too_narrow)

    assert found.bars == (0, 2, 6)
    assert found.eps == pytest.approx(1.25 * changed / 1.2)


def test_bars_of_three_beats_are_counted_as_such() -> None:
    tune = [(0.0, 64), (1.0, 65), (2.0, 67), (3.0, 72), (5.0, 71)]
    other = [(0.5, 60), (1.5, 70), (4.0, 61)]
    notes = tuple(
        Note(6.0 * place + start, pitch + 3 * place * (part is other), 0.5)
        for place, part in enumerate((tune, other, tune, tune))
        for start, pitch in part
    )

    found = find_theme(notes, MeterMap.constant(Meter(3, 4)), 24.0, ENCODER)

    assert found.bars == (0, 4, 6)
    assert found.theme.span.length == 6.0


def test_the_key_does_not_matter() -> None:
    planted = song()
    higher = tuple(dataclasses.replace(note, pitch=note.pitch + 5) for note in planted.notes)

    one = find_theme(planted.notes, MeterMap(), planted.length, ENCODER)
    other = find_theme(higher, MeterMap(), planted.length, ENCODER)

    assert one.bars == other.bars
    assert np.array_equal(one.distances, other.distances)


def test_two_notes_are_no_melody() -> None:
    with pytest.raises(InvalidRequestError, match="no two bars hold 3 notes"):
        find_theme((Note(0.0, 60, 1.0), Note(4.0, 62, 1.0)), MeterMap(), 8.0, ENCODER)


def test_a_vector_is_at_no_distance_from_itself() -> None:
    vectors = RANDOM.normal(size=(20, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    distances = cosine_distances(vectors)

    assert np.all(np.diag(distances) == 0.0)
    assert np.array_equal(distances, distances.T)
    assert np.all((distances >= 0.0) & (distances <= 2.0))

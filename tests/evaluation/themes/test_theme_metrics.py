import dataclasses

import numpy as np
import pytest

from counted_melodies import counted
from reprise.engines.theme.retrieval import MelodyEncoder
from reprise.evaluation.themes.planted_themes import planted_song
from reprise.evaluation.themes.theme_metrics import (
    PlayedPiece,
    grooving_inconsistency,
    pitch_class_inconsistency,
    treatment,
)
from reprise.music.note import Note

ENCODER = MelodyEncoder(counted, 0.1)


def played(form: str, regions: tuple[tuple[int, int], ...], seed: int = 3) -> PlayedPiece:
    song = planted_song(form, np.random.default_rng(seed))
    return PlayedPiece(song.notes, song.notes, song.length, regions)


def theme_of(piece: PlayedPiece) -> tuple[Note, ...]:
    return tuple(note for note in piece.melody if note.start < 8.0)


def test_a_piece_that_only_repeats_its_theme_keeps_it_and_does_not_vary_it() -> None:
    piece = played("AABA", ((0, 2), (2, 4), (6, 8)))

    found = treatment(theme_of(piece), piece, ENCODER)

    assert found.region_count == 3
    assert found.uncontrollability == pytest.approx(0.0, abs=1e-3)
    assert found.theme_inconsistency == pytest.approx(0.0, abs=1e-3)
    assert found.nearest == pytest.approx(0.0, abs=1e-3)
    assert found.variety == 0.0
    assert found.gap == 1.0


def test_a_piece_that_varies_its_theme_is_between_copying_and_forgetting() -> None:
    plain = played("AABA", ((0, 2), (2, 4), (6, 8)))
    last = max(note for note in plain.melody if note.start < 16.0)
    shorter = dataclasses.replace(last, duration=last.duration / 2)
    melody = tuple(shorter if note == last else note for note in plain.melody)
    kept = dataclasses.replace(plain, melody=melody)
    lost = dataclasses.replace(kept, regions=((0, 2), (4, 6)))

    varied = treatment(theme_of(kept), kept, ENCODER)
    forgotten = treatment(theme_of(lost), lost, ENCODER)

    assert varied.uncontrollability is not None
    assert forgotten.uncontrollability is not None
    assert 0.0 < varied.uncontrollability < forgotten.uncontrollability
    assert varied.variety == pytest.approx(1 / 3)


def test_a_piece_without_regions_has_no_figures_of_them() -> None:
    piece = played("AB", ())

    found = treatment(theme_of(piece), piece, ENCODER)

    assert found.region_count == 0
    assert found.uncontrollability is None
    assert found.theme_inconsistency is None
    assert found.gap is None
    assert found.variety is None
    assert found.nearest == pytest.approx(0.0, abs=1e-3)


def test_the_theme_is_found_without_labels_wherever_it_stands() -> None:
    piece = played("BCA", ())
    theme = tuple(
        dataclasses.replace(note, start=note.start - 16.0)
        for note in piece.melody
        if note.start >= 16.0
    )

    assert treatment(theme, piece, ENCODER).nearest == pytest.approx(0.0, abs=1e-3)


def test_a_region_of_silence_is_none() -> None:
    piece = played("AB", ((0, 2), (8, 10)))

    assert treatment(theme_of(piece), piece, ENCODER).region_count == 1


def bars(*bars: tuple[tuple[float, int], ...]) -> PlayedPiece:
    notes = tuple(
        Note(4.0 * number + start, pitch, 0.25)
        for number, inside in enumerate(bars)
        for start, pitch in inside
    )
    return PlayedPiece(notes, notes, 4.0 * len(bars), ())


def test_equal_bars_groove_and_their_pitch_classes_stay() -> None:
    bar = ((0.0, 60), (1.0, 64), (2.5, 67))

    piece = bars(bar, bar, bar)

    assert grooving_inconsistency(piece) == 0.0
    assert pitch_class_inconsistency(piece) == 0.0


def test_each_16th_that_only_one_of_two_bars_strikes_counts() -> None:
    piece = bars(((0.0, 60), (1.0, 60)), ((0.0, 60), (2.0, 60), (3.0, 60)))

    assert grooving_inconsistency(piece) == pytest.approx(3 / 16)


def test_entropies_are_compared_bar_by_bar_and_silence_is_left_out() -> None:
    even = ((0.0, 60), (1.0, 62), (2.0, 64), (3.0, 65))
    one = ((0.0, 60), (1.0, 72))

    assert pitch_class_inconsistency(bars(even, (), one)) == pytest.approx(2.0)
    assert grooving_inconsistency(bars((), even, ())) is None

import numpy as np
import pytest

from reprise.evaluation.sources import chord_counting, chord_morphs
from reprise.evaluation.sources import chords as rows
from reprise.evaluation.sources.base import SourceSetup
from reprise.library.progressions import Piece
from reprise.tokenizers import chords


def window(*classes: int) -> chords.Elements:
    """A window that repeats some chord classes, all of one length."""
    return chords.looped(np.array([(class_, 5) for class_ in classes]))


def piece(*classes: int) -> Piece:
    elements = np.array([(class_, 5) for class_ in classes])
    return Piece("made up", "train", elements, np.zeros(len(classes), np.int64))


def class_of(root: int, kind: int = 0) -> int:
    return 1 + root * len(chords.KINDS) + kind


def test_a_progression_is_at_no_distance_from_itself() -> None:
    assert chord_morphs.distance(window(1, 2), window(1, 2)) == 0.0
    assert chord_morphs.harmonic_distance(window(1, 2), window(1, 2)) == 0.0


def test_half_of_the_distance_is_chords_and_half_is_lengths() -> None:
    other = window(1, 2)
    other[:, 1] = 3
    assert chord_morphs.distance(window(1, 2), other) == 0.5
    assert chord_morphs.distance(window(1, 2), window(1, 9)) == 0.25


def test_chords_that_share_notes_are_harmonically_nearer() -> None:
    c_major, a_minor = window(class_of(0)), window(class_of(9, 1))
    f_sharp = window(class_of(6))
    near = chord_morphs.harmonic_distance(c_major, a_minor)
    assert near == pytest.approx(0.9 * 0.5 + 0.1)
    assert chord_morphs.harmonic_distance(c_major, f_sharp) == 1.0
    assert chord_morphs.harmonic_distance(c_major, window(chords.NO_CHORD)) == 1.0


def test_a_way_that_turns_back_is_not_monotone() -> None:
    first, middle, last = window(1, 1), window(1, 2), window(2, 2)
    assert chord_morphs.is_monotone([first, first, middle, last])
    assert not chord_morphs.is_monotone([first, middle, first, last])
    assert not chord_morphs.is_monotone([first, last, middle, last])


def test_counting_learns_what_follows_what() -> None:
    learned = [piece(*(1, 2, 3, 4) * 10)]
    places = range(4, 12)
    known = chord_counting.counted_losses(learned, [piece(*(1, 2, 3, 4) * 3)], places)
    unknown = chord_counting.counted_losses(learned, [piece(*(4, 3, 2, 1) * 3)], places)
    frequencies = chord_counting.counted_losses(learned, [piece(*(1, 2, 3, 4) * 3)], places, 0)
    assert known[:, 0].max() < 0.2 < frequencies[:, 0].min() < unknown[:, 0].max()
    assert np.allclose(frequencies[:, 0], np.log(4), atol=0.2)


def test_chances_of_all_classes_add_up_to_one() -> None:
    counts = chord_counting.NestedCounts(5)
    for class_ in (0, 0, 1, 4):
        counts.learn([(), (1,)], class_)
    for contexts in ([()], [(), (1,)], [(), (2,)]):
        total = sum(counts.chance(contexts, class_) for class_ in range(5))
        assert total == pytest.approx(1.0)


def test_every_figure_is_had_from_the_files_that_ship() -> None:
    shares = []
    setup = SourceSetup(None, is_quick=True, progress=lambda share, _stage: shares.append(share))
    found = {(row.model, row.figure): row for row in rows.rows(setup)}
    assert {row.system for row in found.values()} == {"S5"}
    assert shares == sorted(shares)
    assert found["chords-v1", "chord symbols"].text == 267.0
    goals = [row for row in found.values() if row.goal is not None]
    assert goals
    assert all(row.found is not None and row.found >= 0.0 for row in found.values())
    chord_loss, length_loss = (
        found["LSTM", f"loss of the next {what}, nats"].found for what in ("chord", "length")
    )
    assert chord_loss is not None
    assert length_loss is not None
    assert chord_loss < np.log(chords.CHORD_COUNT)
    assert length_loss < np.log(chords.DURATION_COUNT)

from dataclasses import replace

import pytest

import builders
from reprise.engines.base import Controls
from reprise.evaluation.examples import Example, hide
from reprise.evaluation.infill_metrics import tally
from reprise.evaluation.slices import Slice
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice


def example(bars: int = 8) -> Example:
    """The second half of a tune is hidden; a bass is heard throughout."""
    bass = builders.line([36, 43] * 2 * bars, step=1.0)
    score = builders.score(builders.melody(bars), bass, length=4.0 * bars)
    whole = Slice("tune", "pop", "tune", score, (19, 1))
    return hide(whole, [(0, bar) for bar in range(bars // 2, bars)], "half", Controls())


def value(answer: Example, notes: tuple[Note, ...], name: str) -> float:
    part = tally(answer, (notes, ()))[name]
    return part.above / part.below


def test_the_truth_is_all_right() -> None:
    asked = example()
    truth = asked.truth[0]

    for name in ("f1", "f1_16", "onset_f1", "pitch_class_f1", "groove_96", "groove_16"):
        assert value(asked, truth, name) == 1.0
    for name in ("pche_difference", "empty", "collapse", "over_density"):
        assert value(asked, truth, name) == 0.0


def test_silence_is_nothing_and_is_told_as_empty() -> None:
    asked = example()

    assert value(asked, (), "f1") == 0.0
    assert value(asked, (), "empty") == 1.0


def test_the_right_notes_an_octave_off_are_right_in_onset_and_pitch_class_only() -> None:
    asked = example()
    octave = tuple(replace(note, pitch=note.pitch + 12) for note in asked.truth[0])

    assert value(asked, octave, "f1") == 0.0
    assert value(asked, octave, "pitch_class_f1") == 1.0
    assert value(asked, octave, "onset_f1") == 1.0


def test_a_32nd_early_is_right_on_the_grid_of_sixteenths_only() -> None:
    asked = example()
    late = tuple(replace(note, start=note.start + 2 / 24) for note in asked.truth[0])

    assert value(asked, late, "f1") == 0.0
    assert value(asked, late, "f1_16") == 1.0


def test_notes_are_matched_one_to_one() -> None:
    asked = example()
    doubled = tuple(sorted((*asked.truth[0], *asked.truth[0])))

    assert value(asked, doubled, "f1") == pytest.approx(2 / 3)


def test_a_note_in_the_wrong_voice_is_wrong() -> None:
    asked = example()
    part = tally(asked, ((), asked.truth[0]))["f1"]

    assert part.above == 0.0


def test_one_pitch_again_and_again_has_collapsed_and_so_has_one_bar() -> None:
    asked = example(16)
    stuck = tuple(Note(32.0 + beat, 60, 1.0) for beat in range(32))
    bar = [note for note in asked.truth[0] if note.start < 36.0]
    looped = tuple(
        replace(note, start=note.start + 4.0 * turn) for turn in range(8) for note in bar
    )

    assert value(asked, stuck, "collapse") == 1.0
    assert value(asked, looped, "collapse") == 1.0


def test_what_the_truth_does_itself_is_no_collapse() -> None:
    hats = tuple(Note(step / 2, 42, 0.25) for step in range(64))
    score = Score((Voice("Hats", hats, is_drums=True),), 32.0)
    asked = hide(
        Slice("h", "drums", "h", score, (0,)), [(0, b) for b in range(4, 8)], "x", Controls()
    )

    found = tally(asked, asked.truth)

    assert found["collapse"].above == 0.0
    assert found["truth_collapse"].above == 1.0


def test_more_than_twice_the_notes_of_any_bar_heard_is_a_wall() -> None:
    asked = example()
    most = len([note for note in asked.task.source.voices[0].notes if note.start < 4.0])
    wall = tuple(Note(16.0 + step / 8, 60 + step % 12, 0.1) for step in range(2 * most + 1))

    assert value(asked, wall, "over_density") == 1.0
    assert value(asked, wall[:-1], "over_density") == 0.0

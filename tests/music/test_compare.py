"""Likeness is 1 for a piece and itself, symmetric, and falls with every kind of change."""

import random
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.music import compare
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

TUNE = builders.melody()


def moved(notes: tuple[Note, ...], semitones: int) -> tuple[Note, ...]:
    return tuple(replace(note, pitch=note.pitch + semitones) for note in notes)


def scattered(notes: tuple[Note, ...], share: float) -> tuple[Note, ...]:
    """The notes with a share of their pitches drawn anew."""
    dice = random.Random(11)
    return tuple(
        replace(note, pitch=dice.randint(50, 80)) if dice.random() < share else note
        for note in notes
    )


@given(strategies.note_tuples(20))
def test_every_piece_is_like_itself(notes: tuple[Note, ...]) -> None:
    assert compare.similarity(notes, notes) == pytest.approx(1.0)
    assert compare.drum_similarity(notes, notes) == pytest.approx(1.0)


@given(strategies.note_tuples(12), strategies.note_tuples(12))
def test_likeness_is_symmetric_and_between_0_and_1(
    left: tuple[Note, ...], right: tuple[Note, ...]
) -> None:
    for measure in (compare.similarity, compare.drum_similarity):
        assert measure(left, right) == pytest.approx(measure(right, left))
        assert 0.0 <= measure(left, right) <= 1.0 + 1e-9


@given(strategies.scores, strategies.scores)
def test_scores_are_compared_both_ways_alike(left: Score, right: Score) -> None:
    assert compare.score_similarity(left, left) == pytest.approx(1.0)
    assert compare.score_similarity(left, right) == pytest.approx(
        compare.score_similarity(right, left)
    )


def test_transposition_lowers_likeness_and_the_octave_lowers_it_least() -> None:
    whole = compare.similarity(TUNE, TUNE)
    octave = compare.similarity(TUNE, moved(TUNE, 12))
    fifth = compare.similarity(TUNE, moved(TUNE, 7))
    tritone = compare.similarity(TUNE, moved(TUNE, 6))
    assert whole > octave > fifth > tritone > 0.3


def test_the_more_notes_change_the_less_alike() -> None:
    likeness = [compare.similarity(TUNE, scattered(TUNE, share)) for share in (0, 0.3, 0.6, 1)]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] > likeness[1] > likeness[3]


def test_velocity_and_micro_timing_do_not_count() -> None:
    played = tuple(replace(note, start=note.start + 0.015, velocity=40) for note in TUNE)
    assert compare.similarity(TUNE, played) == pytest.approx(1.0)


def test_muted_notes_do_not_count() -> None:
    silent = tuple(replace(note, pitch=90, is_muted=True) for note in TUNE)
    assert compare.similarity(TUNE, (*TUNE, *silent)) == pytest.approx(1.0)


def test_silence_is_like_silence_and_unlike_music() -> None:
    assert compare.similarity((), ()) == 1.0
    assert compare.similarity((), TUNE) == 0.0
    assert compare.onset_similarity((), ()) == compare.melody_similarity((), ()) == 1.0


def test_the_measure_is_the_one_of_the_specification() -> None:
    left = builders.line([60, 62, 64, 65], step=1.0)
    right = builders.line([60, 74, 71, 66], step=1.0)[:3]
    onsets = 2 * 3 / 7
    # 60 stays, 62 goes up an octave (0.4), 64 goes far (1), 65 is gone (1).
    melody = 1 - 2.4 / 4
    # Pitch classes C D E F against C D B: two in common.
    harmony = 2 / (2 * 3**0.5)
    assert compare.similarity(left, right) == pytest.approx(
        0.4 * onsets + 0.4 * melody + 0.2 * harmony
    )


@given(
    st.lists(st.integers(40, 80), max_size=9),
    st.lists(st.integers(40, 80), max_size=9),
)
def test_alignment_finds_the_cheapest_way(left: list[int], right: list[int]) -> None:
    assert compare.alignment_cost(left, right) == pytest.approx(cheapest(tuple(left), tuple(right)))


@cache
def cheapest(left: tuple[int, ...], right: tuple[int, ...]) -> float:
    """The cost of aligning two lines, by trying every way."""
    if not left or not right:
        return float(len(left) + len(right))
    distance = abs(left[0] - right[0])
    step = 0.5 if distance <= 2 else 1.0
    swap = 0.0 if distance == 0 else 0.4 if distance % 12 == 0 else step
    return min(
        cheapest(left[1:], right[1:]) + swap,
        cheapest(left[1:], right) + 1.0,
        cheapest(left, right[1:]) + 1.0,
    )


def test_long_lines_are_aligned_piece_by_piece_and_still_like_themselves() -> None:
    line = [note.pitch for note in builders.busy_score(5000).voices[0].notes]
    assert compare.alignment_cost(line, line) == 0.0
    assert 0.0 < compare.alignment_cost(line, [pitch + 7 for pitch in line]) <= 5000


def test_only_the_top_line_is_the_melody() -> None:
    chords = tuple(Note(beat, pitch, 1.0) for beat in (0.0, 1.0) for pitch in (60, 64, 67))
    assert compare.top_pitches(chords) == [67, 67]


def test_drums_are_compared_drum_by_drum() -> None:
    groove = builders.groove(1)
    without_hats = tuple(note for note in groove if note.pitch != 42)
    assert compare.drum_similarity(groove, without_hats) == pytest.approx(
        2 * len(without_hats) / (len(groove) + len(without_hats))
    )
    swapped = tuple(replace(note, pitch={36: 38, 38: 36}.get(note.pitch, 42)) for note in groove)
    assert compare.drum_similarity(groove, swapped) < 0.9


def test_a_score_is_as_alike_as_its_voices_by_their_notes() -> None:
    chorale = builders.chorale()
    alto = moved(chorale.voices[1].notes, 1)
    other = chorale.with_notes(
        tuple(alto if index == 1 else voice.notes for index, voice in enumerate(chorale.voices))
    )
    expected = (3 + compare.similarity(chorale.voices[1].notes, alto)) / 4
    assert compare.score_similarity(chorale, other) == pytest.approx(expected)


def test_drum_voices_of_a_score_are_compared_as_drums() -> None:
    score = builders.drum_score()
    swapped = tuple(replace(note, pitch=98 - note.pitch) for note in score.voices[0].notes)
    other = Score((Voice("Drums", swapped, is_drums=True),), score.length)
    assert compare.score_similarity(score, other) == compare.drum_similarity(
        score.voices[0].notes, swapped
    )


def test_a_voice_that_only_one_score_has_counts_against_it() -> None:
    chorale = builders.chorale()
    trio = replace(chorale, voices=chorale.voices[:3])
    assert compare.score_similarity(chorale, trio) == pytest.approx(6 / 7)

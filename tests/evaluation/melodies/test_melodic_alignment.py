"""How much of a melody could be a copy: all of a quotation, less of what is merely like it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.evaluation.melodies.melodic_alignment import GAP, KnownMelodies, letters_of
from reprise.music.note import Note

TUNE = builders.melody(4)


def plain_alignment(left: tuple[Note, ...], right: tuple[Note, ...]) -> float:
    """The textbook table, cell by cell."""
    mine, other = letters_of(left), letters_of(right)
    table = np.zeros((len(mine) + 1, len(other) + 1))
    for row, letter in enumerate(mine, start=1):
        for column, known in enumerate(other, start=1):
            apart = np.abs(letter - known)
            score = max(-1.0, 1.0 - (apart[0] + apart[1]) / 12 - 0.5 * apart[2])
            table[row, column] = max(
                0.0,
                table[row - 1, column - 1] + score,
                table[row - 1, column] - GAP,
                table[row, column - 1] - GAP,
            )
    return float(table.max()) / len(mine)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Note, ...]:
    pitches = draw(st.lists(st.integers(55, 80), min_size=3, max_size=9))
    notes, start = [], 0.0
    for pitch in pitches:
        duration = draw(st.sampled_from((0.25, 0.5, 1.0)))
        notes.append(Note(start, pitch, duration))
        start += duration
    return tuple(notes)


@given(line=lines(), known=st.lists(lines(), min_size=1, max_size=4))
def test_all_known_melodies_at_once_score_as_one_by_one(
    line: tuple[Note, ...], known: list[tuple[Note, ...]]
) -> None:
    found = KnownMelodies(known).copied_share(line)

    assert found == pytest.approx(max(plain_alignment(line, one) for one in known), abs=1e-5)


def test_a_quotation_is_a_copy_in_any_key_and_at_any_tempo() -> None:
    known = KnownMelodies([TUNE, builders.line([60, 72, 61, 73])])
    quoted = tuple(Note(2 * note.start, note.pitch + 5, 2 * note.duration) for note in TUNE[3:12])

    assert known.copied_share(quoted) == pytest.approx(1.0)


def test_unlike_melodies_are_no_copies() -> None:
    leaps = builders.line([40, 80, 41, 83, 44, 79, 38, 84], step=0.5)

    share = KnownMelodies([TUNE]).copied_share(leaps)

    assert share is not None
    assert share < 0.3


def test_a_changed_note_costs_a_part_of_the_copy() -> None:
    changed = (*TUNE[:9], Note(TUNE[9].start, TUNE[9].pitch + 9, TUNE[9].duration), *TUNE[10:])

    share = KnownMelodies([TUNE]).copied_share(changed)

    assert share is not None
    assert 0.7 < share < 0.99


def test_two_notes_are_too_few_to_tell() -> None:
    assert KnownMelodies([TUNE]).copied_share(TUNE[:2]) is None


def test_nothing_known_means_no_copies() -> None:
    assert KnownMelodies([]).copied_share(TUNE) == 0.0


def test_a_melody_and_itself_in_another_key_are_known_once() -> None:
    higher = tuple(Note(note.start, note.pitch + 2, note.duration) for note in TUNE)

    assert len(KnownMelodies([TUNE, higher])) == 1

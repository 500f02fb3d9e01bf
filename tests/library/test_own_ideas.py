"""Versions of one idea are found, short ones exactly, whatever order the clips come in."""

import random

import pytest

import builders
import own_music
from reprise.library.own_ideas import SKETCH, ideas_of
from reprise.library.packing import Packed
from reprise.music.score import Score
from reprise.music.voice import Voice


def tune(seed: int, notes: int = 16, moved: int = 0, changed: int = 0) -> Packed:
    """A tune of eighths that no other seed has, some of its notes at the end changed."""
    chance = random.Random(seed)
    pitches = [60 + moved + chance.randrange(20) for _ in range(notes)]
    pitches[notes - changed :] = [50] * changed
    score = Score((Voice("Lead", builders.line(pitches)),), 0.5 * notes)
    return own_music.on_grid(f"{seed}.mid", score).packed


def test_tunes_that_share_little_are_ideas_of_their_own() -> None:
    assert ideas_of(tune(seed) for seed in range(20)) == list(range(20))


def test_nothing_has_no_ideas() -> None:
    assert ideas_of([]) == []


@pytest.mark.parametrize("notes", [16, 2 * SKETCH, 4 * SKETCH])
def test_a_version_is_found_however_long_it_is(notes: int) -> None:
    ideas = ideas_of([tune(1, notes), tune(2, notes), tune(1, notes, changed=notes // 5)])
    assert ideas == [0, 1, 0]


def test_a_loop_that_shares_less_than_half_is_another_idea() -> None:
    assert ideas_of([tune(1, 16), tune(1, 16, changed=4)]) == [0, 0]
    assert ideas_of([tune(1, 16), tune(1, 16, changed=8)]) == [0, 1]


def test_an_idea_in_another_key_is_the_same_idea() -> None:
    assert ideas_of([tune(1), tune(2), tune(1, moved=5)]) == [0, 1, 0]

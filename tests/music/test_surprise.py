"""What everybody plays says little, and what nobody would guess says much."""

import random

import pytest

from reprise.music.surprise import of_beat, of_line

EIGHTHS = [12 * step for step in range(24)]
PLAIN = {
    "one note": [60] * 24,
    "scale": [60 + 2 * step for step in range(24)],
    "broken chord": [60, 64, 67, 72] * 6,
    "trill": [60, 62] * 12,
    "alternating bass": [48, 55] * 12,
}
FOUR_ON_THE_FLOOR = [(24 * beat, 36) for beat in range(4)]
OFF_BEAT_HATS = [(12 + 24 * beat, 42) for beat in range(4)]
BACKBEAT = [(24, 38), (72, 38)]


def tune(seed: int, notes: int = 24) -> tuple[list[int], list[int]]:
    chance = random.Random(seed)
    times, tops = [0], [60]
    while len(times) < notes:
        times.append(times[-1] + chance.choice((6, 12, 12, 18, 24)))
        tops.append(tops[-1] + chance.choice((-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7)))
    return times, tops


@pytest.mark.parametrize("tops", PLAIN.values(), ids=PLAIN.keys())
def test_idioms_say_far_less_than_a_tune_of_as_many_notes(tops: list[int]) -> None:
    assert all(1.5 * of_line(EIGHTHS, tops) < of_line(*tune(seed)) for seed in range(20))


def test_a_line_says_the_same_in_any_key_and_at_any_tempo() -> None:
    times, tops = tune(1)
    moved = of_line([48 + 2 * time for time in times], [top + 5 for top in tops])
    assert moved == of_line(times, tops)


def test_a_line_that_goes_on_says_more_and_one_that_comes_again_hardly() -> None:
    times, tops = tune(2)
    again = of_line(times + [times[-1] + 12 + time for time in times], tops * 2)
    assert of_line(times[:12], tops[:12]) < of_line(times, tops) < again
    assert again < 1.7 * of_line(times, tops)


def test_a_note_alone_says_nothing() -> None:
    assert of_line([0], [60]) == of_line([], []) == 0.0


def test_plain_beats_say_nothing() -> None:
    assert of_beat([*FOUR_ON_THE_FLOOR, *OFF_BEAT_HATS, *BACKBEAT, (0, 49)], 96) == 0.0
    assert of_beat([(0, 36), (36, 42), (60, 42), (12, 42), (84, 42), (48, 36)], 96) == 0.0
    assert of_beat([], 96) == 0.0


def test_each_hit_out_of_the_ordinary_says_something() -> None:
    plain = [*FOUR_ON_THE_FLOOR, *BACKBEAT]
    odd = of_beat([*plain, (66, 36)], 96)
    assert 0.0 < odd < of_beat([*plain, (66, 36), (31, 38)], 96)
    assert odd < of_beat([*plain, (67, 36)], 96)
    assert of_beat(plain[1:], 96) == odd

import itertools

import pytest

from reprise.tokenizers.ensemble import vocabulary as words


def blocks() -> list[words.Block]:
    found = [block for block in vars(words).values() if isinstance(block, words.Block)]
    return sorted(found, key=lambda block: block.first)


def test_no_two_blocks_share_a_token_and_all_fit_the_vocabulary() -> None:
    singles = [words.Block(words.NEXT, 1), words.Block(words.IN_THEME, 1)]
    ordered = sorted([*blocks(), *singles], key=lambda block: block.first)

    assert all(left.stop <= right.first for left, right in itertools.pairwise(ordered))
    assert ordered[-1].stop <= words.FIRST_FREE <= words.SIZE


@pytest.mark.parametrize("ticks", words.DURATIONS)
def test_a_duration_with_a_token_is_kept_exactly(ticks: int) -> None:
    token = words.duration_token(ticks)

    assert words.DURATIONS[token - words.DURATION_BLOCK.first] == ticks


@pytest.mark.parametrize(("ticks", "nearest"), [(49, 48), (51, 52), (1_000, 384), (210, 192)])
def test_a_duration_without_a_token_takes_the_nearest(ticks: int, nearest: int) -> None:
    assert words.DURATIONS[words.duration_token(ticks) - words.DURATION_BLOCK.first] == nearest


@pytest.mark.parametrize("offset", [*range(-16, 0), *range(1, 17)])
def test_a_copy_points_as_far_as_it_was_told(offset: int) -> None:
    token = words.copy_token(offset)

    assert token in words.COPIES
    assert words.copy_offset(token) == offset


@pytest.mark.parametrize("velocity", [1, 7, 8, 64, 100, 127])
def test_a_velocity_comes_back_within_half_a_bin(velocity: int) -> None:
    found = words.velocity_of_bin(words.velocity_bin(velocity))

    assert abs(found - velocity) <= words.VELOCITY_STEP // 2


def test_faster_tempi_never_have_lower_tokens() -> None:
    tokens = [words.tempo_token(bpm) for bpm in range(10, 400)]

    assert tokens == sorted(tokens)
    assert set(tokens) == set(range(words.TEMPI.first, words.TEMPI.stop))


@pytest.mark.parametrize(
    ("token", "block"),
    [
        (words.density_token(1000), words.DENSITY),
        (words.polyphony_token(12), words.POLYPHONY),
        (words.lowest_token(0), words.LOWEST),
        (words.highest_token(127), words.HIGHEST),
        (words.similarity_token(1.0), words.SIMILARITY),
        (words.in_key_token(1.0), words.IN_KEY),
        (words.repetition_token(1.0), words.REPETITION),
        (words.syncopation_token(1.0), words.SYNCOPATION),
        (words.length_token(10_000), words.LENGTH),
    ],
)
def test_extreme_controls_stay_in_their_block(token: int, block: words.Block) -> None:
    assert token in block

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_songs
from reprise.tokenizers.ensemble.vocabulary import Asked
from reprise.training.excerpts import Cut, Excerpt, PieceReader, draw_excerpt
from reprise.training.hiding import draw_hiding, theme_hiding

SEEDS = st.integers(0, 2**32 - 1)
READER = PieceReader(tiny_songs.song())


def excerpt(random: np.random.Generator, cut: Cut) -> Excerpt:
    found = draw_excerpt(READER, cut, random)
    assert found is not None
    return found


@given(SEEDS, st.sampled_from([asked for asked in Asked if asked is not Asked.THEME]))
def test_something_with_notes_is_hidden_and_nothing_unknown_is_asked(
    seed: int, asked: Asked
) -> None:
    random = np.random.default_rng(seed)
    found = excerpt(random, Cut(8, fewest_tracks=2))
    hiding = draw_hiding(found, asked, random)

    if hiding is not None:
        assert any(place in found.cells for place in hiding.holes)
        assert not hiding.holes & hiding.unknown


@given(SEEDS)
def test_a_continuation_asks_for_the_last_bars(seed: int) -> None:
    random = np.random.default_rng(seed)
    hiding = draw_hiding(excerpt(random, Cut(8)), Asked.CONTINUE, random)

    assert hiding is not None
    bars = {bar for bar, _ in hiding.holes}
    assert bars == set(range(min(bars), max(bars) + 1))
    assert {bar for bar, _ in hiding.holes | hiding.unknown} >= set(range(min(bars), 8))
    assert len(bars) <= 7


def test_a_band_that_plays_along_hears_nothing_of_what_others_play_then() -> None:
    ahead = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        found = excerpt(random, Cut(8))
        hiding = draw_hiding(found, Asked.CONTINUE, random)
        assert hiding is not None
        first = min(bar for bar, _ in hiding.holes)
        if min((bar for bar, _ in hiding.unknown), default=first) < first:
            own = {track for _, track in hiding.holes}
            others = set(range(len(found.track_numbers))) - own
            ahead.append(
                {(bar, track) for bar in range(first, 8) for track in others} <= hiding.unknown
            )

    assert len(ahead) > 20
    assert all(ahead)


def test_what_is_asked_for_later_is_unknown_until_then() -> None:
    later = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        hiding = draw_hiding(excerpt(random, Cut(8)), Asked.VARY, random)
        assert hiding is not None
        later += [hiding] if hiding.unknown else []

    assert 5 < len(later) < 60
    assert all(
        max(hiding.holes) < min(hiding.unknown)
        or {track for _, track in hiding.holes}
        < {track for _, track in hiding.holes | hiding.unknown}
        for hiding in later
    )


@given(SEEDS)
def test_a_track_is_hidden_while_another_is_heard(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = excerpt(random, Cut(8, fewest_tracks=2))
    hiding = draw_hiding(found, Asked.TRACK, random)

    assert hiding is not None
    hidden = hiding.holes | hiding.unknown
    tracks = {track for _, track in hidden}
    assert 0 < len(tracks) < len(found.track_numbers)
    assert len(hidden) >= 7 * len(tracks)


@given(SEEDS, st.sampled_from([1, 2]))
def test_a_repetition_of_a_loop_is_always_left(seed: int, unit: int) -> None:
    random = np.random.default_rng(seed)
    found = excerpt(random, Cut(unit * 4, unit))
    hiding = draw_hiding(found, Asked.CONTINUE, random)

    assert hiding is not None
    assert any(
        all((bar + step, track) not in hiding.holes | hiding.unknown for step in range(unit))
        for track in range(len(found.track_numbers))
        for bar in range(0, unit * 4, unit)
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_theme_is_asked_for_where_it_comes_back_or_everywhere(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = excerpt(random, Cut(8))
    hiding = theme_hiding(found, 0, (2,), random)

    assert hiding is not None
    assert {(2, 0), (3, 0)} <= hiding.holes


@given(SEEDS, st.sampled_from([Asked.CONTINUE, Asked.INFILL]))
def test_a_loop_that_is_heard_but_once_can_be_asked_about(seed: int, asked: Asked) -> None:
    random = np.random.default_rng(seed)
    found = excerpt(random, Cut(4))
    once = replace(found, unit=len(found.bars))

    draw_hiding(once, asked, random)

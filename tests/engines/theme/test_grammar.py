"""The grammar of themes: whatever is drawn, what comes out is music of the length asked for."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.engines.theme.grammar import LONGEST_REST, Grammar, Part, Rules, Wish
from reprise.tokenizers import theme
from reprise.tokenizers.theme import BAR, KINDS, THEME_END, THEME_START, Kind
from reprise.tokenizers.theme_grid import BAR_STEPS, GridSong, Track

PITCHES = np.zeros(127, np.bool_)
PITCHES[[39, 47, 54, 59, 63, 71]] = True
LOOSE = Part(np.ones(127, np.bool_))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    start = draw(st.integers(0, 40))
    end = start + draw(st.integers(1, 100))
    part = Part(
        PITCHES,
        at_once=draw(st.integers(1, 3)),
        most_a_bar=draw(st.integers(1, 9)),
        fewest_a_bar=draw(st.integers(0, 1)),
    )
    tracks = draw(st.sampled_from([(Track.MELODY,), (Track.PIANO,), (Track.MELODY, Track.PIANO)]))
    wishes = draw(st.dictionaries(st.integers(0, 8), st.sampled_from(Wish)))
    return Rules(start, end, dict.fromkeys(tracks, part), wishes)


def walked(given: Rules, seed: int) -> tuple[Grammar, list[int]]:
    """Draw any of the allowed tokens until the end."""
    random, grammar, tokens = np.random.default_rng(seed), Grammar(given), []
    while not grammar.is_done:
        allowed = np.flatnonzero(grammar.mask())
        kinds = KINDS[allowed]
        kind = random.choice(np.unique(kinds))
        token = int(random.choice(allowed[kinds == kind]))
        grammar.read(token)
        tokens.append(token)
        assert len(tokens) < 20_000
    return grammar, tokens


def started(given: Rules) -> list[int]:
    """Return what stands before: bar lines up to the first step, the first one's own included."""
    return [BAR] * -(-given.start // BAR_STEPS)


def song(given: Rules, tokens: list[int]) -> GridSong:
    """Return what was written; a bar line as the last token says that the last bar is over."""
    told = tokens[:-1] if tokens[-1] == BAR else tokens
    return theme.decode([*started(given), *told])


@given(rules(), st.integers(0, 99))
def test_whatever_is_drawn_parses(given: Rules, seed: int) -> None:
    grammar, tokens = walked(given, seed)
    assert song(given, tokens).notes == tuple(sorted(grammar.notes))


@given(rules(), st.integers(0, 99))
def test_there_are_exactly_as_many_bars_as_were_asked_for(given: Rules, seed: int) -> None:
    _, tokens = walked(given, seed)
    assert song(given, tokens).bars == given.bars


@given(rules(), st.integers(0, 99))
def test_nothing_begins_before_the_start_or_rings_past_the_end(given: Rules, seed: int) -> None:
    grammar, _ = walked(given, seed)
    assert all(note.start >= given.start for note in grammar.notes)
    assert all(note.start + note.duration <= given.end for note in grammar.notes)


@given(rules(), st.integers(0, 99))
def test_positions_rise_and_no_pitch_begins_twice_at_once(given: Rules, seed: int) -> None:
    grammar, _ = walked(given, seed)
    starts = [note.start for note in grammar.notes]
    assert starts == sorted(starts)
    assert all(
        count == 1
        for count in Counter(
            (note.start, note.track, note.pitch) for note in grammar.notes
        ).values()
    )


@given(rules(), st.integers(0, 99))
def test_parts_play_their_pitches_and_build_no_walls(given: Rules, seed: int) -> None:
    grammar, _ = walked(given, seed)
    part = next(iter(given.parts.values()))
    assert {note.track for note in grammar.notes} <= set(given.parts)
    assert all(PITCHES[note.pitch - 1] for note in grammar.notes)
    at_once = Counter((note.start, note.track) for note in grammar.notes)
    a_bar = Counter((note.start // BAR_STEPS, note.track) for note in grammar.notes)
    assert max(at_once.values(), default=0) <= part.at_once
    assert max(a_bar.values(), default=0) <= part.most_a_bar


@given(rules(), st.integers(0, 99))
def test_rests_are_short(given: Rules, seed: int) -> None:
    grammar, _ = walked(given, seed)
    sounding = {note.start // BAR_STEPS for note in grammar.notes}
    whole = range(-(-given.start // BAR_STEPS), given.end // BAR_STEPS)
    rests = 0
    for bar in whole:
        rests = 0 if bar in sounding else rests + 1
        assert rests <= LONGEST_REST


@given(rules(), st.integers(0, 99))
def test_every_theme_has_two_bars_and_ends(given: Rules, seed: int) -> None:
    _, tokens = walked(given, seed)
    found = song(given, tokens)
    assert all(stop - first == 2 for first, stop in found.themes)
    kinds = [token for token in tokens if token in (THEME_START, THEME_END)]
    assert kinds == [THEME_START, THEME_END] * len(found.themes)


@settings(max_examples=50)
@given(st.integers(0, 999))
def test_a_theme_comes_where_it_is_wished_for_and_not_where_it_is_not(seed: int) -> None:
    wishes = dict.fromkeys(range(8), Wish.LEAVE) | {2: Wish.STATE, 6: Wish.STATE}
    grammar, _ = walked(Rules(0, 128, {Track.MELODY: LOOSE}, wishes), seed)
    assert grammar.themes == [2, 6]


def test_a_theme_that_does_not_fit_is_not_begun() -> None:
    grammar = Grammar(Rules(0, 16, {Track.MELODY: LOOSE}, {0: Wish.STATE}))
    assert np.flatnonzero(grammar.mask()).tolist() == [BAR]


@settings(max_examples=50)
@given(st.integers(0, 999))
def test_a_busy_part_is_busy_in_every_bar(seed: int) -> None:
    part = Part(PITCHES, at_once=1, fewest_a_bar=3)
    grammar, _ = walked(Rules(0, 64, {Track.MELODY: part}), seed)
    counts = Counter(note.start // BAR_STEPS for note in grammar.notes)
    last = {
        bar: max(note.start % BAR_STEPS for note in grammar.notes if note.start // BAR_STEPS == bar)
        for bar in counts
    }
    # A bar whose last sixteenth is taken has no place left.
    assert all(counts[bar] >= 3 or last.get(bar) == BAR_STEPS - 1 for bar in range(4))


def test_nothing_to_write_is_done_at_once() -> None:
    assert Grammar(Rules(16, 16, {Track.MELODY: LOOSE})).is_done


@pytest.mark.parametrize("start", [0, 16, 32])
def test_a_start_on_a_bar_line_begins_with_it(start: int) -> None:
    allowed = Grammar(Rules(start, start + 64, {Track.MELODY: LOOSE})).mask()
    assert set(np.flatnonzero(allowed)) == {BAR, THEME_START}


def test_a_start_inside_a_bar_goes_on_in_it() -> None:
    grammar = Grammar(Rules(4, 32, {Track.MELODY: LOOSE}))
    kinds = {Kind(kind) for kind in KINDS[np.flatnonzero(grammar.mask())]}
    assert kinds == {Kind.POSITION, Kind.BAR}
    assert not grammar.mask()[theme.position_token(3)]
    assert grammar.mask()[theme.position_token(4)]

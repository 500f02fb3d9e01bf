from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_songs
from reprise.engines.ensemble.grammar.cell import CellGrammar
from reprise.engines.ensemble.grammar.room import room
from reprise.engines.ensemble.grammar.rules import Rules
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, decode
from reprise.tokenizers.ensemble.locks import Open
from reprise.tokenizers.ensemble.vocabulary import Asked, Mode, Special
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import Cut, PieceReader, draw_excerpt, grid_bars
from reprise.training.hiding import Hiding
from reprise.training.questions import Asking, Draft, TellingChances, ask

PLAIN = TellingChances(
    other_key=0.0,
    octave=0.0,
    articulation=0.0,
    no_mode=0.0,
    no_tempo=0.0,
    no_role=0.0,
    no_controls=0.0,
    control=1.0,
    own_control=1.0,
)
SEEDS = st.integers(0, 2**32 - 1)


def draft(asked: Asked = Asked.INFILL, *holes: Place) -> Draft:
    reader = PieceReader(tiny_songs.song(8))
    excerpt = next(
        found
        for seed in range(100)
        if (found := draw_excerpt(reader, Cut(8), np.random.default_rng(seed))) is not None
        and found.track_numbers == (0, 1, 2)
    )
    return Draft(excerpt, asked, Hiding(frozenset(holes or {(2, 0), (3, 0), (3, 2)})))


def asked(own: Draft, seed: int = 0, chances: TellingChances = PLAIN) -> Asking:
    return ask(own, chances, np.random.default_rng(seed))


def attacks(cells: Mapping[Place, Cell]) -> dict[Place, list[tuple[int, int]]]:
    return {place: [(note.onset, note.pitch) for note in cell] for place, cell in cells.items()}


def test_a_tune_in_another_key_is_heard_in_c() -> None:
    own = draft()
    notes = own.excerpt.reader.piece.notes.copy()
    notes[notes[:, 1] != 2, 3] += 3
    reader = PieceReader(replace(own.excerpt.reader.piece, notes=notes))
    cells = reader.cells(0, 8)
    moved = replace(own, excerpt=replace(own.excerpt, reader=reader, cells=cells))

    in_c = attacks(asked(own).question.window.cells)
    assert attacks(asked(moved).question.window.cells) == in_c
    assert asked(moved).question.window.mode == asked(own).question.window.mode


def test_a_beat_is_never_moved() -> None:
    own = draft()
    cells = asked(own, 1, replace(PLAIN, other_key=1.0, octave=1.0)).question.window.cells

    beat = {place: cell for place, cell in own.excerpt.cells.items() if place[1] == 2}
    assert attacks({place: cells[place] for place in beat}) == attacks(beat)


def test_in_another_key_the_mode_is_not_told() -> None:
    assert asked(draft(), 0, replace(PLAIN, other_key=1.0)).question.window.mode is None


@given(SEEDS)
def test_answers_that_are_spelled_out_are_the_truth(seed: int) -> None:
    result = asked(draft(), seed)
    window = result.question.window

    for place, told in zip(result.question.holes, result.answers, strict=True):
        if told.tokens[0] not in words.COPIES:
            heard = decode(told.tokens, 96, window.tracks[place[1]].velocity)
            assert attacks({place: heard}) == attacks({place: window.cell(place)})


@given(SEEDS)
def test_the_grammar_of_the_answers_allows_the_truth(seed: int) -> None:
    result = asked(draft(), seed)
    window = result.question.window

    for place, told in zip(result.question.holes, result.answers, strict=True):
        track = window.tracks[place[1]]
        block = words.DRUMS if track.is_drums else words.PITCHES
        first = words.FIRST_DRUM if track.is_drums else 0
        pitches = frozenset(range(first, first + block.count))
        free = room(Rules(96, pitches, is_drums=track.is_drums))
        walk = CellGrammar(free, track.velocity, {})
        if told.tokens[0] not in words.COPIES:
            for token in (*told.tokens, int(Special.END_OF_CELL)):
                assert walk.allowed()[token]
                walk.push(token)


@given(SEEDS)
def test_every_pitch_stays_on_the_keyboard(seed: int) -> None:
    window = asked(draft(), seed, replace(PLAIN, octave=1.0, other_key=1.0)).question.window

    pitches = [note.pitch for cell in window.cells.values() for note in cell]
    assert 0 <= min(pitches) <= max(pitches) <= 127


def test_controls_are_told_for_tracks_with_holes_only() -> None:
    controls = asked(draft()).question.controls

    assert list(controls) == [0, 2]
    assert words.density_token(8.0) in controls[0]
    assert not any(token in words.POLYPHONY for token in controls[2])


def test_all_that_may_be_left_out_may_be_left_out() -> None:
    untold = TellingChances(
        no_mode=1.0, no_tempo=1.0, no_role=1.0, no_controls=1.0, own_control=0.0
    )
    question = asked(draft(), 0, untold).question

    assert (question.window.mode, question.window.tempo) == (None, None)
    assert {track.role for track in question.window.tracks} == {23}
    assert dict(question.controls) == {0: (), 2: ()}


def test_what_is_varied_stands_at_its_place_and_tells_how_alike_it_is() -> None:
    own = draft(Asked.VARY, (1, 0))
    truth = own.excerpt.cells[1, 0]
    question = asked(replace(own, sources={(1, 0): truth})).question

    assert question.sources.keys() == {(1, 0)}
    assert words.similarity_token(1.0) in question.controls[0]


def test_an_empty_source_says_so() -> None:
    own = replace(draft(Asked.VARY, (1, 0)), sources={(1, 0): ()})

    assert asked(own).question.sources[1, 0].tokens == (Special.EMPTY,)


@pytest.mark.parametrize("open_", list(Open))
def test_with_something_left_open_the_answer_is_never_a_copy(open_: Open) -> None:
    own = replace(draft(Asked.LOCKS, (1, 2), (2, 2)), open=open_)
    result = asked(own)

    asking = {
        Open.PITCH: Special.ANY_PITCH,
        Open.RHYTHM: Special.ANY_POSITION,
        Open.VELOCITY: Special.ANY_VELOCITY,
    }
    assert all(asking[open_] in cell.tokens for cell in result.question.sources.values())
    assert not any(cell.tokens[0] in words.COPIES for cell in result.answers)


def test_a_theme_is_told_in_the_same_key() -> None:
    own = draft(Asked.THEME, (4, 0), (5, 0))
    excerpt = own.excerpt
    themed = replace(
        own,
        theme=(excerpt.cells[0, 0], excerpt.cells[1, 0]),
        theme_bars=grid_bars(excerpt.reader, (0, 1)),
        has_theme=True,
    )
    question = asked(themed).question

    assert question.theme is not None
    assert attacks(question.theme.cells) == attacks(
        {(bar, 0): question.window.cells[bar, 0] for bar in (0, 1)}
    )
    assert words.IN_THEME in question.controls[0]


def test_a_beat_alone_has_no_key() -> None:
    own = draft(Asked.INFILL, (0, 2))
    excerpt = replace(
        own.excerpt,
        track_numbers=(2,),
        cells={(bar, 0): cell for (bar, track), cell in own.excerpt.cells.items() if track == 2},
    )
    beat = replace(own, excerpt=excerpt, hiding=Hiding(frozenset({(0, 0)})))

    assert asked(beat).question.window.mode is Mode.NONE

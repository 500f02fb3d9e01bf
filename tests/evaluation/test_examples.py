import pytest

import tiny_pieces
from reprise.evaluation.examples import Example, Pattern, examples, hide
from reprise.evaluation.slices import Slice, of_kind


def slices(count: int = 6) -> list[Slice]:
    return of_kind(tiny_pieces.corpus().pieces, "pop", count, seed=0)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_nobody_can_look_at_what_is_hidden(pattern: Pattern) -> None:
    found = examples(slices(), pattern, 10, seed=0)

    assert found
    for example in found:
        for _, voice, note in example.task.source.places():
            assert example.task.hole_at(voice, note.start) is None


@pytest.mark.parametrize("pattern", list(Pattern))
def test_what_is_known_and_what_is_hidden_are_the_whole(pattern: Pattern) -> None:
    for whole in slices():
        for example in examples([whole], pattern, 3, seed=0):
            assert example.whole == whole.score


def test_half_of_the_cells_is_about_half() -> None:
    found = examples(slices(), Pattern.HALF, 6, seed=0)

    hidden = sum(len(example.hidden) for example in found)

    assert 0.35 < hidden / (len(found) * 3 * 8) < 0.65


def bars_hidden_of(example: Example, voice: int) -> set[int]:
    return {bar for where, bar in example.hidden if where == voice}


def test_one_voice_is_hidden_altogether_or_but_for_a_bar_in_which_it_sounds() -> None:
    for example in examples(slices(), Pattern.WHOLE_VOICE, 9, seed=0):
        (voice,) = {voice for voice, _ in example.hidden}
        assert bars_hidden_of(example, voice) == set(range(8))
        assert not example.task.source.voices[voice].notes
    for example in examples(slices(), Pattern.VOICE_BUT_ONE_BAR, 9, seed=0):
        (voice,) = {voice for voice, _ in example.hidden}
        assert len(bars_hidden_of(example, voice)) == 7
        assert example.task.source.voices[voice].notes


def test_the_last_two_bars_are_hidden_in_every_voice() -> None:
    for example in examples(slices(), Pattern.LAST_TWO, 6, seed=0):
        assert set(example.hidden) == {(voice, bar) for voice in range(3) for bar in (6, 7)}
        assert [hole.span.length for hole in example.task.holes] == [8.0] * 3


def test_every_slice_is_asked_about_before_any_is_asked_about_twice() -> None:
    found = examples(slices(4), Pattern.WHOLE_VOICE, 5, seed=0)

    assert len({example.name for example in found[:4]}) == 4


def test_nothing_is_asked_where_nothing_is_left_to_go_by() -> None:
    alone = slices(1)[0]
    places = [(voice, bar) for voice in range(3) for bar in range(8)]

    example = hide(alone, places, "all", examples(slices(1), Pattern.HALF, 1, 0)[0].task.controls)

    assert not example.task.source.note_count
    assert all(one.task.source.note_count for one in examples(slices(), Pattern.HALF, 10, seed=0))

import pytest

import tiny_pieces
from reprise.evaluation.loops import LOOP_BARS, loop_examples, loops_of, our_loops, repeated
from reprise.evaluation.slices import of_kind
from reprise.music.drums import is_drums
from reprise.music.units import WIRE_TICKS_PER_BEAT


@pytest.mark.parametrize("bars", LOOP_BARS)
def test_every_turn_of_a_loop_is_the_same(bars: int) -> None:
    for loop in our_loops(10, bars, seed=0):
        whole = repeated(loop, 3)
        length = loop.score.length
        assert whole.score.length == 3 * length
        for voice, line in zip(whole.score.voices, loop.score.voices, strict=True):
            for turn in range(3):
                own = [
                    (round(note.start - turn * length, 6), note.pitch, note.velocity)
                    for note in voice.notes
                    if turn * length <= note.start < (turn + 1) * length
                ]
                assert own == [(round(n.start, 6), n.pitch, n.velocity) for n in line.notes]


@pytest.mark.parametrize("bars", LOOP_BARS)
def test_one_whole_turn_is_hidden_in_every_voice(bars: int) -> None:
    for example in loop_examples(our_loops(5, bars, seed=0), bars, seed=0):
        hidden = sorted({bar for _, bar in example.hidden})
        assert len(hidden) == bars
        assert hidden[0] % bars == 0
        assert len(example.hidden) == bars * len(example.roles)
        assert example.task.source.note_count >= sum(map(len, example.truth))


def test_our_loops_are_on_the_grid_and_ring_past_nothing() -> None:
    for bars in LOOP_BARS:
        for loop in our_loops(10, bars, seed=3):
            for note in loop.score.sounding:
                assert (note.start * 24) % 1 == pytest.approx(0.0, abs=1e-9)
                assert note.end <= loop.score.length
                assert WIRE_TICKS_PER_BEAT % 24 == 0


def test_our_loops_have_every_style_and_both_drums_and_basses() -> None:
    loops = our_loops(5, 1, seed=0)

    assert {loop.song.rsplit(" ", 1)[0] for loop in loops} == {
        "four on the floor",
        "two-step",
        "trap hats",
        "bass line",
        "acid line",
    }
    assert any(is_drums(voice) for loop in loops for voice in loop.score.voices)
    assert all(not is_drums(loop.score.voices[-1]) for loop in loops)


def test_later_bars_of_a_longer_loop_answer_the_first() -> None:
    (loop,) = our_loops(1, 2, seed=1)
    bass = loop.score.voices[-1].notes

    first = [note.pitch for note in bass if note.start < 4.0]
    second = [note.pitch for note in bass if note.start >= 4.0]

    assert len(first) == len(second)


def test_held_out_bars_become_loops_without_voices_that_are_silent_there() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 4, seed=0)

    for loop in loops_of(slices, 2):
        assert loop.score.length == 8.0
        assert all(voice.notes for voice in loop.score.voices)
        assert max(note.end for note in loop.score.sounding) <= 8.0

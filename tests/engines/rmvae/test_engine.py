from dataclasses import replace
from pathlib import Path

import pytest

import builders
import engine_tasks
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.rmvae.engine import RmvaeEngine
from reprise.errors import CancelledError, CannotServeError, UnknownModelError
from reprise.evaluation.legality import complaints
from reprise.music.key import Key
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

ENGINE = RmvaeEngine()


def going_on(score: Score, beats: float) -> Task:
    span = Span(score.length, score.length + beats)
    holes = tuple(Hole(voice, span) for voice in range(len(score.voices)))
    return Task(Verb.CONTINUE, score, Score((), score.length), holes, span.end)


def over(verb: Verb, score: Score, voices: tuple[int, ...]) -> Task:
    holes = tuple(Hole(voice, Span(0.0, score.length)) for voice in voices)
    return Task(verb, score, Score((), score.length), holes, score.length)


def answer(task: Task, seed: int = 1) -> Candidate:
    return next(ENGINE.candidates(task, 1, seed, engine_tasks.CountingWatch()))


def test_a_hymn_goes_on_in_every_voice_up_to_the_end_and_not_beyond() -> None:
    task = going_on(builders.chorale(bars=4), beats=8.0)

    found = answer(task)

    assert complaints(task, found) == []
    for notes in found.new_notes:
        assert (notes[0].start, notes[-1].end) == (16.0, 24.0)
        assert all(note.end <= later.start for note, later in zip(notes, notes[1:]))


@pytest.mark.parametrize("voices", [1, 2, 3, 4])
def test_any_number_of_lines_goes_on(voices: int) -> None:
    whole = builders.chorale(4)
    task = going_on(replace(whole, voices=whole.voices[-voices:]), beats=8.0)

    found = answer(task)

    assert complaints(task, found) == []
    assert all(notes for notes in found.new_notes)


@pytest.mark.parametrize("voice", range(4))
def test_a_refill_leaves_other_voices_alone(voice: int) -> None:
    task = over(Verb.REFILL, builders.chorale(4), (voice,))

    found = answer(task)

    others = [place for place, owner, _ in task.source.places() if owner != voice]
    assert set(others) <= set(found.kept)
    assert [bool(notes) for notes in found.new_notes] == [index == voice for index in range(4)]


def test_a_redo_changes_every_voice() -> None:
    task = over(Verb.REDO, builders.chorale(4), (0, 1, 2, 3))

    found = answer(task)

    assert complaints(task, found) == []
    assert all(notes for notes in found.new_notes)


def test_the_same_seed_gives_the_same_notes_and_another_gives_others() -> None:
    task = going_on(builders.chorale(), beats=8.0)

    assert answer(task) == answer(task)
    assert answer(task).new_notes != answer(task, seed=2).new_notes


def test_bars_are_shown_as_they_are_written() -> None:
    task = going_on(builders.chorale(4), beats=12.0)
    watch = engine_tasks.CountingWatch()

    found = next(ENGINE.candidates(task, 1, 1, watch))

    assert [number for _, number, _ in watch.bars] == [4, 5, 6]
    shown = [note for _, _, voices in watch.bars for notes in voices for note in notes]
    assert {note.start for note in shown} == {n.start for notes in found.new_notes for n in notes}


def test_a_strict_scale_and_a_range_are_obeyed() -> None:
    controls = Controls(lowest_pitch=40, highest_pitch=72, scale=ScaleMode.STRICT)
    source = replace(builders.chorale(4), key=Key(7))
    task = replace(going_on(source, beats=8.0), controls=controls)

    found = answer(task)

    for notes in found.new_notes:
        assert all(40 <= note.pitch <= 72 and Key(7).contains(note.pitch) for note in notes)


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.MORPH, Verb.DEVELOP])
def test_what_it_does_not_do_it_refuses_in_words(verb: Verb) -> None:
    task = replace(over(Verb.REFILL, builders.chorale(), (0,)), verb=verb)

    reason = ENGINE.why_not(task)

    assert reason is not None
    assert "choose" in reason
    assert ENGINE.suitability(task) == 0.0
    with pytest.raises(CannotServeError, match="bar-by-bar"):
        answer(task)


def test_drums_and_a_fifth_line_are_refused_in_words() -> None:
    drums = over(Verb.REFILL, builders.drum_score(), (0,))
    chords = Voice("Pad", tuple(note for v in builders.chorale().voices for note in v.notes))
    five = replace(builders.chorale(), voices=(*builders.chorale().voices[:1], chords))

    assert "drums" in str(ENGINE.why_not(drums))
    assert "four lines" in str(ENGINE.why_not(over(Verb.REFILL, five, (0,))))


def test_it_is_never_the_automatic_choice_for_hymns() -> None:
    task = going_on(builders.chorale(), beats=4.0)

    assert 0.0 < ENGINE.suitability(task) <= 0.2


def test_without_a_model_it_says_which_is_missing(tmp_path: Path) -> None:
    engine = RmvaeEngine(tmp_path)

    assert engine.info.model_hash == ""
    with pytest.raises(UnknownModelError, match="rmvae-v1"):
        next(
            engine.candidates(going_on(builders.chorale(), 4.0), 1, 1, engine_tasks.CountingWatch())
        )


def test_a_cancelled_job_ends() -> None:
    watch = engine_tasks.CountingWatch(stop_after=3)

    with pytest.raises(CancelledError):
        list(ENGINE.candidates(going_on(builders.chorale(), 16.0), 1, 1, watch))

from dataclasses import replace

import numpy as np
import pytest

import builders
import engine_tasks
from fake_bars import SureModel, always, on_beats
from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.engines.choir.grid import Arrangement, arrange
from reprise.engines.rmvae.proposal import Proposal, manner_at
from reprise.engines.rmvae.writer import Writer
from reprise.engines.sampling import generator
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.tokenizers import chorale, rmvae

SOPRANO, ALTO, TENOR, BASS = range(4)


def refill(voices: tuple[int, ...], score: Score | None = None, bars: int = 2) -> Task:
    source = score or builders.chorale(bars)
    holes = tuple(Hole(voice, Span(0.0, source.length)) for voice in voices)
    return Task(Verb.REFILL, source, Score((), source.length), holes, source.length)


def going_on(score: Score, beats: float) -> Task:
    span = Span(score.length, score.length + beats)
    holes = tuple(Hole(voice, span) for voice in range(len(score.voices)))
    return Task(Verb.CONTINUE, score, Score((), score.length), holes, span.end)


def writer(task: Task, model: SureModel) -> tuple[Writer, Arrangement]:
    arrangement = arrange(task)
    watch = engine_tasks.CountingWatch()
    return Writer(arrangement, model, manner_at(0.0), generator(1, 0), watch), arrangement


def proposed(task: Task, model: SureModel) -> list[list[float]]:
    """Starts of all notes of each voice of an answer."""
    watch = engine_tasks.CountingWatch()
    found = Proposal(arrange(task), model, generator(1, 0), watch, 0).candidate()
    return [[note.start for note in voice.notes] for voice in found.score(task).voices]


def class_in(task: Task, role: int) -> tuple[int, int]:
    """A class that a role may sing in a task, and its number for the network."""
    arrangement = arrange(task)
    home = rmvae.home_transposition(arrangement.grid)
    classes = np.flatnonzero(arrangement.allowed[role])
    class_ = int(classes[len(classes) // 2])
    return class_, int(rmvae.pitch_numbers(np.array([class_]), home)[0])


def test_a_voice_that_goes_on_keeps_the_note_it_had() -> None:
    task = going_on(builders.chorale(2), 4.0)
    written, arrangement = writer(task, SureModel(always(rmvae.CONTINUE)))

    written.write(BASS, 32)

    # It has been held for a beat, and is left after a bar.
    last = arrangement.grid[31, BASS]
    assert (written.grid[32:44, BASS] == last).all()
    assert written.written[32:48, BASS].all()
    assert not written.written[:, :BASS].any()


def test_a_voice_without_a_note_before_begins_one() -> None:
    task = refill((SOPRANO,))
    written, _ = writer(task, SureModel(always(rmvae.CONTINUE)))
    written.hide(arrange(task).open)

    written.write(SOPRANO, 0)

    assert (written.grid[:16, SOPRANO] != chorale.UNKNOWN).all()
    assert len(set(written.grid[:16, SOPRANO].tolist())) == 1


def test_a_note_is_left_after_a_bar_however_sure_the_network_is() -> None:
    task = going_on(builders.chorale(2), 16.0)
    written, _ = writer(task, SureModel(always(rmvae.CONTINUE)))

    for first in (32, 48, 64, 80):
        written.write(BASS, first)

    runs = np.diff(np.flatnonzero(np.diff(written.grid[31:, BASS]) != 0))
    assert runs.size
    assert runs.max() <= 16


def test_the_pitch_that_the_network_wants_is_sung_where_the_voice_may() -> None:
    task = refill((ALTO,))
    wanted, number = class_in(task, ALTO)
    model = SureModel(on_beats(number))
    written, arrangement = writer(replace(task, source=task.source), model)
    written.grid = np.full_like(arrangement.grid, chorale.UNKNOWN)

    written.write(ALTO, 0)

    assert written.grid[0, ALTO] == wanted


def test_a_voice_that_nobody_sings_is_missing_and_stays_so() -> None:
    chords = builders.chorale(2)
    two = replace(chords, voices=(chords.voices[0], chords.voices[3]))
    model = SureModel(on_beats(30))
    written, _ = writer(going_on(two, 4.0), model)

    written.write(BASS, 32)

    question = model.questions[0]
    assert question.heard[0, -3:-1].tolist() == [[1.0, 0.0, 0.0, 1.0]] * 2
    assert not question.heard[0, :-3].any(), "bars before the clip"
    assert (written.grid[:, [ALTO, TENOR]] == chorale.UNKNOWN).all()


def test_a_voice_hears_those_that_stand_in_its_bar_and_not_what_it_replaces() -> None:
    task = refill((TENOR,))
    model = SureModel(on_beats(20))
    written, arrangement = writer(task, model)
    written.hide(arrangement.open)

    written.write(TENOR, 16)

    assert model.questions[0].stands[0, -1].tolist() == [1.0, 1.0, 0.0, 1.0]
    place, heard = model.heard[0]
    home = rmvae.home_transposition(arrangement.grid)
    assert place == 0
    assert heard[0, TENOR, SOPRANO] == rmvae.pitch_numbers(arrangement.grid[16], home)[SOPRANO]
    assert heard[0, TENOR, TENOR] == rmvae.UNKNOWN_PITCH


def test_what_was_just_written_is_heard_a_step_later() -> None:
    task = going_on(builders.chorale(2), 4.0)
    model = SureModel(on_beats(class_in(task, BASS)[1]))
    written, _ = writer(task, model)

    written.write(BASS, 32)

    home = rmvae.home_transposition(arrange(task).grid)
    for place, heard in model.heard:
        expected = rmvae.pitch_numbers(written.grid[32 + place - 1], home)[BASS]
        assert heard[0, BASS, BASS] == expected


def test_with_the_rhythm_kept_notes_begin_where_they_did() -> None:
    task = replace(refill((SOPRANO,)), keep_rhythm=True)
    model = SureModel(always(rmvae.CONTINUE))

    starts = proposed(task, model)

    assert starts[SOPRANO] == [note.start for note in task.source.voices[SOPRANO].notes]


def test_a_wish_for_few_notes_is_granted() -> None:
    task = going_on(builders.chorale(2), 8.0)
    model = SureModel(lambda place, pitches, _strikes: np.full(pitches.shape[:2], 20 + place))

    few = proposed(replace(task, controls=Controls(notes_per_bar=2.0)), model)
    many = proposed(task, model)

    new_bars = 2
    heard = len(task.source.voices[0].notes)
    assert max(len(starts) - heard for starts in few) <= 2 * new_bars
    assert max(len(starts) - heard for starts in many) > 4 * new_bars


def test_a_redo_writes_every_open_voice_given_the_others() -> None:
    task = replace(refill((SOPRANO, BASS)), verb=Verb.REDO, passes=2)
    model = SureModel(on_beats(30))

    proposed(task, model)

    bars = 2
    assert len(model.questions) == 2 * 2 * bars
    for question in model.questions:
        assert question.stands[0, -1].sum() == 3.0


@pytest.mark.parametrize(("surprise", "noise"), [(0.0, 0.0), (0.25, 0.5), (1.0, 1.0)])
def test_surprise_moves_the_latent_space_and_the_notes(surprise: float, noise: float) -> None:
    manner, calm = manner_at(surprise), manner_at(0.0)

    assert manner.noise == noise
    assert manner.rhythm.temperature <= 1.0
    assert manner.pitch.temperature >= calm.pitch.temperature > 0.0

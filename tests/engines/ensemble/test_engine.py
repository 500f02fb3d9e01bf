from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
import engine_tasks
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.ensemble.engine import EnsembleEngine, installed_model
from reprise.engines.ensemble.grammar.cell import NOTHING
from reprise.errors import CancelledError, CannotServeError
from reprise.evaluation.legality import complaints
from reprise.music.compare import score_similarity
from reprise.music.edges import is_monophonic
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice
from reprise.service.verify import check_candidate

FEW = settings(engine_tasks.UNHURRIED, max_examples=60)
MANY = settings(engine_tasks.UNHURRIED, max_examples=3000)
PADS = ((36, "SNR tight 2"), (37, "perc foley"), (38, "808"), (39, ""), (40, "Clap"), (41, "Clap"))


def silence(score: Score) -> Score:
    return Score((), score.length, score.meter_map)


def everywhere(score: Score) -> tuple[Hole, ...]:
    return tuple(Hole(voice, score.span) for voice in range(len(score.voices)))


def vary(score: Score, strength: float = 0.5, **more: object) -> Task:
    task = Task(Verb.VARY, score, silence(score), everywhere(score), score.length)
    return replace(task, strength=strength, **more)  # type: ignore[arg-type]


def refill(score: Score, voice: int, span: Span | None = None, **more: object) -> Task:
    holes = (Hole(voice, span or score.span),)
    task = Task(Verb.REFILL, score, silence(score), holes, score.length)
    return replace(task, **more)  # type: ignore[arg-type]


def going_on(score: Score, beats: float, **more: object) -> Task:
    length = score.length + beats
    holes = tuple(Hole(voice, Span(score.length, length)) for voice in range(len(score.voices)))
    task = Task(Verb.CONTINUE, score, silence(score), holes, length)
    return replace(task, **more)  # type: ignore[arg-type]


def answers(engine: EnsembleEngine, task: Task, count: int = 1, seed: int = 1) -> list[Candidate]:
    found = list(engine.candidates(task, count, seed, engine_tasks.CountingWatch()))
    for candidate in found:
        assert complaints(task, candidate) == []
        check_candidate(task, candidate, "ensemble")
    return found


def answer(engine: EnsembleEngine, task: Task, seed: int = 1) -> Candidate:
    return answers(engine, task, 1, seed)[0]


def check_task(engine: EnsembleEngine, task: Task) -> None:
    if engine.why_not(task) is not None:
        return
    refusals: list[str] = []
    try:
        answers(engine, task, 2)
    except CannotServeError as error:
        refusals.append(str(error))
    assert all(len(sentence) > 20 for sentence in refusals)


# ---------------------------------------------------------------- every verb


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_has_legal_answers_that_come_again_with_their_seed(
    engine: EnsembleEngine, verb: Verb
) -> None:
    task = engine_tasks.plain_task(verb)

    first, again, other = answer(engine, task), answer(engine, task), answer(engine, task, seed=2)

    assert first == again
    assert first.new_notes != other.new_notes


@FEW
@given(task=engine_tasks.tasks(tuple(Verb)))
def test_answers_to_random_questions_are_legal(engine: EnsembleEngine, task: Task) -> None:
    check_task(engine, task)


@pytest.mark.slow
@MANY
@given(task=engine_tasks.tasks(tuple(Verb)))
def test_answers_to_three_thousand_questions_are_legal(engine: EnsembleEngine, task: Task) -> None:
    check_task(engine, task)


def test_several_answers_are_different(engine: EnsembleEngine) -> None:
    task = vary(builders.chorale(), strength=0.8)

    found = [candidate.score(task) for candidate in answers(engine, task, 4)]

    assert len(found) == 4
    assert all(
        score_similarity(left, right) <= 0.95
        for index, left in enumerate(found)
        for right in found[:index]
    )


def test_bars_are_shown_as_they_stand(engine: EnsembleEngine) -> None:
    watch = engine_tasks.CountingWatch()

    next(engine.candidates(going_on(builders.chorale(), 16.0), 1, 1, watch))

    assert [bar for candidate, bar, _ in watch.bars if candidate == 0] == [4, 5, 6, 7]
    assert {candidate for candidate, _, _ in watch.bars} == {0}


def test_a_cancelled_answer_ends_at_the_next_look(engine: EnsembleEngine) -> None:
    watch = engine_tasks.CountingWatch(stop_after=5)

    with pytest.raises(CancelledError):
        list(engine.candidates(vary(builders.chorale()), 4, 1, watch))

    assert watch.checks == 6


# ---------------------------------------------------------------- what one click means


def test_a_variation_keeps_what_is_locked(engine: EnsembleEngine) -> None:
    locked = frozenset(range(0, 64, 3))

    found = answer(engine, vary(builders.chorale(), 1.0, locked=locked))

    assert locked <= set(found.kept)


def test_at_strength_nought_nothing_changes(engine: EnsembleEngine) -> None:
    found = answer(engine, vary(builders.chorale(), 0.0))

    assert len(found.kept) == 64
    assert not any(found.new_notes)


def test_a_line_stays_a_line(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4))

    for task in (vary(score, 1.0), going_on(score, 16.0), refill(score, 0, Span(4.0, 12.0))):
        whole = answer(engine, task).score(task)
        assert is_monophonic(whole.voices[0].notes)


def test_a_line_that_overlaps_may_go_on_overlapping(engine: EnsembleEngine) -> None:
    legato = tuple(replace(note, duration=0.55) for note in builders.line(range(60, 76)))
    score = builders.score(legato, length=8.0)

    found = answer(engine, vary(score, 1.0))

    notes = sorted(found.new_notes[0])
    overlaps = [left.end - right.start for left, right in zip(notes, notes[1:])]
    assert any(overlap > 0.01 for overlap in overlaps)


def test_pitches_stay_in_the_range_widened_by_a_third(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4))
    pitches = [note.pitch for note in builders.melody(4)]
    margin = max(2, (max(pitches) - min(pitches)) // 6)

    for task in (vary(score, 1.0), going_on(score, 16.0)):
        for note in answer(engine, task).new_notes[0]:
            assert min(pitches) - margin <= note.pitch <= max(pitches) + margin


@pytest.mark.parametrize("steps", [0.25, 0.5, 1.0])
def test_bars_hold_about_as_many_notes_as_before(engine: EnsembleEngine, steps: float) -> None:
    score = builders.score(builders.line([60, 62, 64, 65] * 8, step=steps), length=32 * steps)
    own = 4.0 / steps

    for task in (vary(score, 1.0), going_on(score, 8.0)):
        whole = answer(engine, task).score(task)
        for bar in range(int(task.length // 4)):
            count = sum(4 * bar <= note.start < 4 * bar + 4 for note in whole.voices[0].notes)
            assert int(0.7 * own) <= count <= 1.4 * own + 1


def test_notes_a_bar_can_be_asked_for(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4))

    found = answer(engine, going_on(score, 16.0, controls=Controls(notes_per_bar=10)))

    for bar in range(4, 8):
        count = sum(4 * bar <= note.start < 4 * bar + 4 for note in found.new_notes[0])
        assert 7 <= count <= 14


def test_no_note_rings_over_the_end_of_the_loop(engine: EnsembleEngine) -> None:
    score = replace(builders.chorale(), loop=Span(0.0, 12.0))

    found = answer(engine, vary(score, 1.0))

    for notes in found.new_notes:
        assert all(note.end <= 12.0 + 1e-9 for note in notes if note.start < 12.0)


def test_a_strict_scale_is_kept_and_is_the_one_that_is_heard(engine: EnsembleEngine) -> None:
    strict = Controls(scale=ScaleMode.STRICT)
    score = builders.score(builders.melody(4, tonic=62))

    heard = answer(engine, vary(score, 1.0, controls=strict))
    told = answer(engine, vary(replace(score, key=Key(1, "minor")), 1.0, controls=strict))

    assert all(Key(2, "major").contains(note.pitch) for note in heard.new_notes[0])
    assert all(Key(1, "minor").contains(note.pitch) for note in told.new_notes[0])


def test_a_played_clip_keeps_its_feel(engine: EnsembleEngine) -> None:
    swung = tuple(
        replace(note, start=note.start + (1 / 6 if note.start % 1 else 0.0), duration=1 / 3)
        for note in builders.line([60, 64, 62, 65] * 8)
    )
    score = builders.score(swung)

    found = answer(engine, vary(score, 1.0, controls=Controls(notes_per_bar=12)))

    phases = [note.start % 1.0 for note in found.new_notes[0]]
    straight = [phase * 0.75 if phase < 2 / 3 else 0.5 + (phase - 2 / 3) * 1.5 for phase in phases]
    assert phases
    assert all(abs(phase * 24 - round(phase * 24)) < 0.01 for phase in straight)


def test_a_rhythm_that_is_kept_keeps_every_onset_and_duration(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4))

    task = vary(score, 1.0, keep_rhythm=True)
    whole = answer(engine, task).score(task)

    before = [(note.start, note.duration, note.velocity) for note in score.voices[0].notes]
    assert [(note.start, note.duration, note.velocity) for note in whole.voices[0].notes] == before
    assert [note.pitch for note in whole.voices[0].notes] != [
        note.pitch for note in score.voices[0].notes
    ]


def test_pitches_that_are_kept_come_in_their_order(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4))

    task = vary(score, 1.0, keep_pitches=True)
    whole = answer(engine, task).score(task)

    before = [note.pitch for note in score.voices[0].notes]
    assert [note.pitch for note in whole.voices[0].notes] == before
    assert whole.voices[0].notes != score.voices[0].notes


def test_a_new_part_is_written_where_there_was_none(engine: EnsembleEngine) -> None:
    task = engine_tasks.plain_task(Verb.ACCOMPANY)

    found = answer(engine, task)

    assert found.kept == tuple(range(64))
    assert found.new_notes[4]
    assert is_monophonic(found.new_notes[4]), "a bass is a line"


def test_a_morph_begins_at_one_clip_and_ends_at_the_other(engine: EnsembleEngine) -> None:
    here = builders.score(builders.melody(4))
    there = builders.score(builders.line([55, 57, 59, 60] * 8))
    likeness = []
    for amount in (0.0, 0.25, 0.75, 1.0):
        task = Task(Verb.MORPH, here, silence(here), everywhere(here), 16.0)
        whole = answer(engine, replace(task, target=there, amount=amount)).score(task)
        likeness.append((score_similarity(whole, here), score_similarity(whole, there)))

    assert likeness[0][0] == 1.0
    assert likeness[-1][1] > 0.9
    assert likeness[1][0] > likeness[2][0]
    assert likeness[1][1] < likeness[2][1]


def test_answers_lean_towards_what_was_liked(engine: EnsembleEngine) -> None:
    task = vary(builders.chorale(8), 0.6)
    liked = answer(engine, task, seed=5).score(task)

    plain = [found.score(task) for found in answers(engine, task, 3, seed=6)]
    leaning = [
        found.score(task)
        for found in answers(engine, replace(task, like=((liked, 1.0),)), 3, seed=6)
    ]

    def nearness(found: list[Score]) -> float:
        return sum(score_similarity(score, liked) for score in found) / len(found)

    assert nearness(leaning) > nearness(plain) + 0.05


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.REFILL, Verb.REDO, Verb.CONTINUE])
@pytest.mark.parametrize("octaves", [0, -1])
def test_a_voice_that_doubles_another_goes_on_doubling_it(
    engine: EnsembleEngine, verb: Verb, octaves: int
) -> None:
    lead = builders.melody(4)
    double = tuple(replace(note, pitch=note.pitch + 12 * octaves) for note in lead)
    score = builders.score(lead, double)
    task = Task(verb, score, silence(score), everywhere(score), 16.0, strength=0.6)
    task = going_on(score, 16.0) if verb == Verb.CONTINUE else task

    upper, lower = (voice.notes for voice in answer(engine, task).score(task).voices)

    assert upper != lead
    assert [(n.start, n.pitch + 12 * octaves) for n in upper] == [(n.start, n.pitch) for n in lower]


def test_a_doubled_voice_of_which_a_note_is_locked_keeps_it(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(4), builders.melody(4))
    task = vary(score, 0.8, locked=frozenset({23}))

    assert 23 in answer(engine, task).kept


def test_the_tonic_that_a_clip_ends_on_is_not_varied_at_a_small_strength(
    engine: EnsembleEngine,
) -> None:
    tune = (*builders.melody(3), *builders.line([67, 65, 62, 60], step=1.0, start=12.0))

    for found in answers(engine, vary(builders.score(tune), 0.35), 3):
        assert len(tune) - 1 in found.kept


def test_no_silence_of_a_part_of_a_bar_is_told_where_the_bar_has_notes(
    engine: EnsembleEngine,
) -> None:
    meter_map = MeterMap.constant(Meter(11, 8))
    notes = tuple(Note(5.5 * bar, 60 + bar, 5.0, 90) for bar in range(4))
    score = replace(builders.score(notes, length=22.0), meter_map=meter_map)

    for task in (refill(score, 0), vary(score, 0.8), going_on(score, 22.0)):
        for found in answers(engine, task, 2):
            bars = {int(note.start / 5.5) for note in found.score(task).voices[0].notes}
            has_told = any(NOTHING in sentence for sentence in found.guards)
            assert not has_told or len(bars) < task.length / 5.5


# ---------------------------------------------------------------- drums


def drums(pads: Sequence[tuple[int, str]], notes: Sequence[Note] = ()) -> Score:
    return Score((Voice("Rack", tuple(notes), is_drums=True, pads=tuple(pads)),), 16.0)


def beat(kick: int, snare: int, others: Sequence[int]) -> tuple[Note, ...]:
    hits = [Note(4.0 * bar + at, kick, 0.25, 110) for bar in range(4) for at in (0.0, 2.5)]
    hits += [Note(4.0 * bar + at, snare, 0.25, 100) for bar in range(4) for at in (1.0, 3.0)]
    return (*hits, *(Note(0.5 * i, pad, 0.25, 70) for i in range(32) for pad in others))


def test_only_pads_that_exist_sound(engine: EnsembleEngine) -> None:
    score = drums(PADS, beat(38, 36, (37,)))

    for task in (vary(score, 1.0), going_on(score, 16.0), refill(score, 0, Span(4.0, 8.0))):
        for candidate in answers(engine, task, 2):
            assert {note.pitch for note in candidate.new_notes[0]} <= {36, 37, 38, 40, 41}


def test_pads_that_nobody_can_name_stay_as_they_are(engine: EnsembleEngine) -> None:
    foley = [Note(1.75 + 4 * bar, 39, 0.25, 60) for bar in range(4)]
    score = drums(PADS, (*beat(38, 36, (37,)), *foley))
    nameless = {place for place, _, note in score.places() if note.pitch == 39}

    found = answer(engine, refill(score, 0))

    assert nameless <= set(found.kept)
    assert 39 not in {note.pitch for note in found.new_notes[0]}


def test_other_pads_play_on_where_some_are_refilled(engine: EnsembleEngine) -> None:
    score = drums(PADS, beat(38, 36, (37,)))
    others = frozenset(place for place, _, note in score.places() if note.pitch != 37)

    found = answer(engine, refill(score, 0, locked=others, pads=frozenset({37})))

    assert others <= set(found.kept)
    assert {note.pitch for note in found.new_notes[0]} <= {37}


@settings(engine_tasks.UNHURRIED, max_examples=8)
@given(order=st.permutations(range(40, 46)))
def test_another_layout_of_the_pads_gives_the_same_beat_on_other_pads(
    engine: EnsembleEngine, order: list[int]
) -> None:
    names = ("Kick", "Snare", "Closed Hat", "Open Hat", "Clap", "Ride")
    plain = drums(tuple(zip(range(40, 46), names)), beat(40, 41, (42,)))
    moved = drums(sorted(zip(order, names)), beat(order[0], order[1], (order[2],)))

    first = answer(engine, going_on(plain, 8.0))
    second = answer(engine, going_on(moved, 8.0))

    expected = [replace(note, pitch=order[note.pitch - 40]) for note in first.new_notes[0]]
    assert sorted(expected) == list(second.new_notes[0])


def test_a_rack_that_nobody_can_name_is_not_touched(engine: EnsembleEngine) -> None:
    odd = tuple(Note(i * 0.75 + 0.25, 70 + i % 3, 0.2) for i in range(12))
    score = drums(((70, ""), (71, "x"), (72, "y")), odd)

    with pytest.raises(CannotServeError, match="nobody can tell"):
        answer(engine, vary(score, 1.0))


# ---------------------------------------------------------------- bad input


def test_seventeen_voices_are_answered_and_it_is_said_what_was_not_heard(
    engine: EnsembleEngine,
) -> None:
    lines = [builders.line([40 + 2 * index] * 16, step=1.0) for index in range(17)]
    score = builders.score(*lines, names=[f"Part {index}" for index in range(17)])

    found = answer(engine, refill(score, 0))

    assert any("left out" in sentence for sentence in found.guards)
    assert answer(engine, vary(score, 0.8)).new_notes


@pytest.mark.parametrize("seed", range(3))
def test_a_theme_comes_back_in_the_range_that_was_asked_for(
    engine: EnsembleEngine, seed: int
) -> None:
    score = builders.score(builders.melody(4, 52), length=16.0)
    task = replace(going_on(score, 64.0), verb=Verb.DEVELOP, target=score)
    high = replace(task, controls=Controls(lowest_pitch=72))

    found = next(engine.candidates(high, 1, seed, engine_tasks.CountingWatch()))

    assert complaints(high, found) == []
    pitches = [note.pitch for note in found.new_notes[0]]
    assert min(pitches) >= 72 > max(note.pitch for note in score.sounding[:4])


def test_a_theme_in_a_voice_that_is_not_heard_is_left_out(engine: EnsembleEngine) -> None:
    score = builders.score(*(builders.melody(4, 48 + index) for index in range(17)))
    task = replace(going_on(score, 32.0), verb=Verb.DEVELOP, target=score)

    assert any("left out" in sentence for sentence in answer(engine, task).guards)


def test_sixty_four_bars_are_answered_in_stretches_and_it_is_said(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(64), length=256.0)

    found = answer(engine, vary(score, 0.8))

    assert any("stretches" in sentence for sentence in found.guards)
    assert max(note.start for note in found.new_notes[0]) > 200.0


@pytest.mark.parametrize(
    "meter_map",
    [
        MeterMap.constant(Meter(5, 8)),
        MeterMap.constant(Meter(7, 16)),
        MeterMap.constant(Meter(11, 8)),
        MeterMap.constant(Meter(13, 8)),
        MeterMap.constant(Meter(15, 16)),
        MeterMap(
            ((0.0, Meter(3, 4)), (3.0, Meter(7, 8)), (6.5, Meter(5, 4)), (11.5, Meter(1, 64)))
        ),
    ],
)
def test_every_meter_is_served(engine: EnsembleEngine, meter_map: MeterMap) -> None:
    score = replace(builders.score(builders.melody(4)), meter_map=meter_map)

    assert answer(engine, vary(score, 0.8)).new_notes[0]
    assert answer(engine, going_on(score, 7.0)).new_notes[0]


@pytest.mark.parametrize("step", [1 / 3, 1 / 5, 0.23, 0.0371])
def test_triplets_quintuplets_and_notes_off_any_grid_are_served(
    engine: EnsembleEngine, step: float
) -> None:
    score = builders.score(builders.line([60, 62, 64] * 12, step=step), length=16.0)

    assert answer(engine, vary(score, 0.8)).new_notes[0]


def test_a_tempo_that_changes_inside_is_served(engine: EnsembleEngine) -> None:
    tempi = TempoMap(((0.0, 90.0), (5.0, 174.0), (9.5, 60.0)))
    score = replace(builders.score(builders.melody(4)), tempo_map=tempi)

    assert answer(engine, vary(score, 0.8)).new_notes[0]


def test_a_range_of_one_note_with_much_polyphony_is_served(engine: EnsembleEngine) -> None:
    narrow = Controls(lowest_pitch=60, highest_pitch=60, max_polyphony=8)

    found = answer(engine, vary(builders.chorale(), 1.0, controls=narrow))

    assert {note.pitch for notes in found.new_notes for note in notes} == {60}


def test_a_scale_without_a_pitch_in_the_range_is_refused_in_words(engine: EnsembleEngine) -> None:
    score = replace(builders.score(builders.melody(4)), key=Key(0, "major"))
    impossible = Controls(lowest_pitch=61, highest_pitch=61, scale=ScaleMode.STRICT)

    with pytest.raises(CannotServeError, match="C major"):
        answer(engine, vary(score, 1.0, controls=impossible))


def test_all_notes_locked_is_refused_in_words(engine: EnsembleEngine) -> None:
    task = vary(builders.chorale(), 1.0, locked=frozenset(range(64)))

    assert "may change" in str(engine.why_not(task))


def test_a_hole_of_next_to_nothing_is_served(engine: EnsembleEngine) -> None:
    found = answer(engine, refill(builders.chorale(), 1, Span(4.0, 4.001)))

    assert all(4.0 <= note.start < note.end <= 4.001 for note in found.new_notes[1])


def test_a_theme_longer_than_what_is_heard_is_developed(engine: EnsembleEngine) -> None:
    score = builders.score(builders.melody(40), length=160.0)
    length = score.length + 16.0
    task = Task(
        Verb.DEVELOP,
        score,
        silence(score),
        (Hole(0, Span(160.0, length)),),
        length,
        target=score,
    )

    assert answer(engine, task).new_notes[0]


# ---------------------------------------------------------------- models


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    engine = EnsembleEngine(tmp_path)

    assert "no ensemble model" in str(engine.why_not(engine_tasks.plain_task(Verb.VARY)))
    assert engine.suitability(engine_tasks.plain_task(Verb.VARY)) == 0.0
    assert engine.info.model == ""


def test_of_several_models_the_largest_and_newest_answers(tmp_path: Path) -> None:
    for name in ("ensemble-s-v1", "ensemble-m-v1", "ensemble-m-v2", "chorale-v1", "ensemble-s-v3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}", encoding="utf-8")

    assert installed_model(tmp_path) == "ensemble-m-v2"

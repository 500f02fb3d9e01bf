from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import builders
import engine_tasks
from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.choir.grid import arrange
from reprise.engines.chorale.engine import ChoraleEngine, open_networks
from reprise.errors import CancelledError, CannotServeError, CorruptModelError, UnknownModelError
from reprise.evaluation.legality import complaints
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

ENGINE = ChoraleEngine()


def silence(score: Score) -> Score:
    return Score((), score.length)


def refill(score: Score, voice: int, span: Span | None = None) -> Task:
    return Task(
        Verb.REFILL, score, silence(score), (Hole(voice, span or score.span),), score.length
    )


def going_on(score: Score, beats: float) -> Task:
    length = score.length + beats
    span = Span(score.length, length)
    holes = tuple(Hole(voice, span) for voice in range(len(score.voices)))
    return Task(Verb.CONTINUE, score, silence(score), holes, length)


def answer(task: Task, seed: int = 1) -> Candidate:
    return next(ENGINE.candidates(task, 1, seed, engine_tasks.CountingWatch()))


def moved(notes: Sequence[Note], semitones: int) -> tuple[Note, ...]:
    return tuple(replace(note, pitch=note.pitch + semitones) for note in notes)


@pytest.mark.parametrize("verb", ENGINE.info.verbs)
def test_every_verb_has_legal_answers_that_come_again_with_their_seed(verb: Verb) -> None:
    task = engine_tasks.plain_task(verb)

    first, again, other = answer(task), answer(task), answer(task, seed=2)

    assert complaints(task, first) == []
    assert first == again
    assert first.new_notes != other.new_notes


def test_a_continuation_fills_its_span_in_every_voice_up_to_the_end() -> None:
    score = builders.chorale(bars=4)

    found = answer(going_on(score, beats=8.0))

    for notes in found.new_notes:
        assert notes[0].start == 16.0
        assert notes[-1].end == 24.0
        assert all(note.end <= later.start for note, later in zip(notes, notes[1:]))


def test_new_voices_do_not_cross() -> None:
    found = answer(going_on(builders.chorale(bars=4), beats=16.0))

    for step in range(64, 128):
        beat = step / 4
        sounding = [
            note.pitch
            for notes in found.new_notes
            for note in notes
            if note.start <= beat < note.end
        ]
        assert sounding == sorted(sounding, reverse=True)


def test_no_chord_of_a_continuation_is_frozen() -> None:
    found = answer(replace(going_on(builders.chorale(), 32.0), controls=Controls(surprise=0.0)))

    changes = sorted({note.start for notes in found.new_notes for note in notes})
    assert all(later - start <= 3.0 for start, later in zip(changes, changes[1:]))


def test_every_bar_of_a_continuation_is_shown_when_it_stands() -> None:
    watch = engine_tasks.CountingWatch()

    found = next(ENGINE.candidates(going_on(builders.chorale(), 16.0), 1, 1, watch))

    shown = [bar for candidate, bar, _ in watch.bars if candidate == 0]
    assert shown[:4] == [4, 5, 6, 7]
    first_bar = watch.bars[0][2]
    assert [notes[0].pitch for notes in first_bar] == [notes[0].pitch for notes in found.new_notes]


def test_a_refill_leaves_the_other_voices_alone() -> None:
    score = builders.chorale()
    task = refill(score, voice=1, span=Span(4.0, 8.0))

    found = answer(task)

    whole = found.score(task)
    assert [whole.voices[voice] == score.voices[voice] for voice in range(4)] == [
        True,
        False,
        True,
        True,
    ]
    assert all(note.start >= 4.0 and note.end <= 8.0 for note in found.new_notes[1])


def test_an_empty_voice_gets_the_register_that_is_free() -> None:
    chorale = builders.chorale()
    score = Score((*chorale.voices[:3], Voice("Bass", ())), chorale.length)

    found = answer(refill(score, voice=3))

    tenor = [note.pitch for note in chorale.voices[2].notes]
    assert found.new_notes[3]
    assert max(note.pitch for note in found.new_notes[3]) <= max(tenor)


def test_voices_without_names_are_told_by_their_pitches() -> None:
    voices = builders.chorale().voices
    shuffled = tuple(replace(voices[index], name=f"Track {index}") for index in (2, 0, 3, 1))

    lines = arrange(going_on(Score(shuffled, 16.0), 4.0)).lines

    assert [lines[role].voice for role in range(4)] == [1, 3, 0, 2]


def test_a_chord_track_is_four_lines() -> None:
    chords = tuple(note for voice in builders.chorale().voices for note in voice.notes)
    score = Score((Voice("Pad", chords),), 16.0)

    found = answer(going_on(score, beats=4.0))

    at_start = [note for note in found.new_notes[0] if note.start == 16.0]
    assert len(at_start) >= 3


def test_a_melody_alone_goes_on_alone_in_its_own_register() -> None:
    score = builders.score(builders.melody(4, tonic=84))

    notes = answer(going_on(score, beats=16.0)).new_notes[0]

    assert all(note.end <= later.start for note, later in zip(notes, notes[1:]))
    assert all(79 <= note.pitch <= 103 for note in notes)


@pytest.mark.parametrize("semitones", [-29, -5, 7, 26])
def test_any_key_and_register_can_be_continued(semitones: int) -> None:
    voices = tuple(
        replace(voice, notes=moved(voice.notes, semitones)) for voice in builders.chorale().voices
    )
    score = Score(voices, 16.0)
    task = going_on(score, beats=8.0)

    found = answer(task)

    assert complaints(task, found) == []
    for voice, notes in zip(score.voices, found.new_notes, strict=True):
        pitches = [note.pitch for note in voice.notes]
        assert all(min(pitches) - 5 <= note.pitch <= max(pitches) + 5 for note in notes)


def test_a_kept_rhythm_keeps_every_start_and_end() -> None:
    score = builders.score(builders.melody())
    task = replace(
        Task(Verb.VARY, score, silence(score), (Hole(0, score.span),), 16.0),
        strength=0.7,
        keep_rhythm=True,
    )

    found = answer(task)

    whole = found.score(task).voices[0].notes
    assert [(note.start, note.end) for note in whole] == [
        (note.start, note.end) for note in score.voices[0].notes
    ]
    assert found.new_notes[0]


def test_more_strength_changes_more() -> None:
    score = builders.chorale()
    holes = tuple(Hole(voice, score.span) for voice in range(4))
    little, much = (
        len(answer(Task(Verb.VARY, score, silence(score), holes, 16.0, strength=strength)).kept)
        for strength in (0.1, 0.9)
    )

    assert little > much


@pytest.mark.parametrize("verb", ENGINE.info.verbs)
def test_without_surprise_there_still_are_two_answers(verb: Verb) -> None:
    task = replace(engine_tasks.plain_task(verb), controls=Controls(surprise=0.0))

    first, second = ENGINE.candidates(task, 2, 1, engine_tasks.CountingWatch())

    assert first.new_notes != second.new_notes


def test_locked_notes_stay_and_nothing_new_sounds_with_them() -> None:
    task = replace(refill(builders.chorale(), voice=0), locked=frozenset({2, 3}))

    found = answer(task)

    assert {2, 3} <= set(found.kept)
    assert not [note for note in found.new_notes[0] if 2.0 <= note.start < 4.0]


def test_a_strict_scale_and_a_range_are_kept() -> None:
    score = replace(builders.chorale(), key=Key(7, "major"))
    controls = Controls(scale=ScaleMode.STRICT, lowest_pitch=62, highest_pitch=72)
    task = replace(refill(score, voice=0), controls=controls)

    notes = answer(task).new_notes[0]

    assert notes
    assert all(Key(7, "major").contains(note.pitch) and 62 <= note.pitch <= 72 for note in notes)


@pytest.mark.parametrize("verb", [Verb.CONTINUE, Verb.REFILL])
def test_few_notes_a_bar_are_few_notes_a_bar(verb: Verb) -> None:
    task = replace(engine_tasks.plain_task(verb), controls=Controls(notes_per_bar=2.0))

    found = answer(task)

    for notes in found.new_notes:
        bars = [int(note.start // 4) for note in notes]
        assert all(bars.count(bar) <= 2 for bar in bars)


def test_a_held_pitch_is_struck_again_where_the_others_strike() -> None:
    task = refill(builders.chorale(), voice=1)

    notes = answer(task).score(task).voices[1].notes

    assert {float(beat) for beat in range(16)} <= {note.start for note in notes}


def test_a_line_alone_repeats_notes_as_it_did_before() -> None:
    repeating = builders.score(builders.line([67, 67, 69, 69, 71, 71, 72, 72] * 2, step=1.0))

    notes = answer(going_on(repeating, beats=16.0)).new_notes[0]

    assert {16.0 + beat for beat in range(16)} <= {note.start for note in notes}


def test_new_notes_have_the_velocities_of_their_line() -> None:
    quiet = tuple(replace(note, velocity=40) for note in builders.chorale().voices[2].notes)
    voices = list(builders.chorale().voices)
    voices[2] = replace(voices[2], notes=quiet)

    found = answer(refill(Score(tuple(voices), 16.0), voice=2))

    assert {note.velocity for note in found.new_notes[2]} == {40}


def test_the_source_s_own_notes_are_kept_where_they_come_out_again() -> None:
    score = builders.chorale()
    task = refill(score, voice=1)

    found = answer(task)

    own = set(score.voices[1].notes)
    assert not own & set(found.new_notes[1])


def test_it_stops_between_steps_when_it_is_asked_to() -> None:
    task = going_on(builders.chorale(), beats=16.0)
    watch = engine_tasks.CountingWatch(stop_after=20)

    with pytest.raises(CancelledError):
        next(ENGINE.candidates(task, 1, 1, watch))

    assert watch.checks == 21


def with_voice(score: Score, notes: Sequence[Note]) -> Score:
    return replace(score, voices=(*score.voices, Voice("Fifth", tuple(notes))))


@pytest.mark.parametrize(
    ("task", "word"),
    [
        (going_on(builders.drum_score(), 4.0), "drums"),
        (going_on(with_voice(builders.chorale(), builders.melody()), 4.0), "at most four"),
        (going_on(builders.score(()), 4.0), "no note sounds"),
        (replace(refill(builders.chorale(), 0), keep_pitches=True), "pitches"),
        (replace(refill(builders.chorale(), 0), holes=()), "unlock"),
        (replace(refill(builders.chorale(), 0), locked=frozenset(range(16))), "kept"),
        (replace(refill(builders.chorale(), 0), verb=Verb.ACCOMPANY), "accompany"),
        (
            replace(refill(builders.chorale(), 0), controls=Controls(lowest_pitch=120)),
            "widen the range",
        ),
    ],
)
def test_what_it_cannot_serve_is_refused_with_a_sentence(task: Task, word: str) -> None:
    reason = ENGINE.why_not(task)

    assert reason is not None
    assert word in reason
    assert ENGINE.suitability(task) == 0.0
    with pytest.raises(CannotServeError):
        answer(task)


def test_four_named_voices_suit_it_better_than_one_line() -> None:
    melody = builders.score(builders.melody())

    assert ENGINE.suitability(going_on(builders.chorale(), 4.0)) == 0.9
    assert ENGINE.suitability(going_on(melody, 4.0)) < 0.3


def test_without_its_model_it_says_which_one_is_missing(tmp_path: Path) -> None:
    engine = ChoraleEngine(tmp_path)

    assert engine.info.model_hash == ""
    with pytest.raises(UnknownModelError, match="chorale-v1"):
        next(
            engine.candidates(going_on(builders.chorale(), 4.0), 1, 1, engine_tasks.CountingWatch())
        )


def test_a_model_for_other_features_is_refused_with_a_sentence(tmp_path: Path) -> None:
    checkpoint.write_settings(tmp_path / "chorale-v1", {}, {"next_note_sizes": [4, 16]})
    checkpoint.write_sums(tmp_path / "chorale-v1")

    with pytest.raises(CorruptModelError, match="other features"):
        open_networks(checkpoint.read("chorale-v1", tmp_path))


def test_a_broken_chord_is_left_to_engines_that_do_not_sing() -> None:
    sung = builders.chorale(bars=2)
    broken = tuple(
        Note(index / 2, pitch, 0.5) for index, pitch in enumerate((48, 55, 60, 64, 60, 55, 52, 55))
    )
    voices = (sung.voices[0], Voice("Lute", broken))
    score = replace(sung, voices=voices, length=8.0)
    assert ENGINE.suitability(refill(score, 1)) < 0.3 < ENGINE.suitability(refill(score, 0))


@pytest.mark.parametrize("bars", [5, 10])
def test_a_clip_in_7_8_is_refilled_up_to_its_end(bars: int) -> None:
    beats = 3.5 * bars
    line = tuple(Note(0.5 * step, 60 + step % 5, 0.5) for step in range(7 * bars))
    voices = (Voice("Above", line), Voice("Below", moved(line, -12)))
    score = Score(voices, beats, MeterMap.constant(Meter(7, 8)))

    (written, untouched) = answer(refill(score, 0)).new_notes

    assert untouched == ()
    assert max(note.end for note in written) == pytest.approx(beats, abs=0.26)

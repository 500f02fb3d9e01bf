from dataclasses import replace
from pathlib import Path

import pytest

import builders
import engine_tasks
from reprise.engines import checkpoint
from reprise.engines.bach.engine import BachEngine, open_networks
from reprise.engines.bach.proposal import sampling_at
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.errors import CancelledError, CannotServeError, CorruptModelError, UnknownModelError
from reprise.evaluation.legality import complaints
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

ENGINE = BachEngine()


def going_on(score: Score, beats: float, context: Score | None = None) -> Task:
    length = score.length + beats
    span = Span(score.length, length)
    holes = tuple(Hole(voice, span) for voice in range(len(score.voices)))
    return Task(Verb.CONTINUE, score, context or Score((), score.length), holes, length)


def answer(task: Task, seed: int = 1) -> Candidate:
    return next(ENGINE.candidates(task, 1, seed, engine_tasks.CountingWatch()))


def sounding(found: Candidate, beat: float) -> list[int]:
    return [
        note.pitch for notes in found.new_notes for note in notes if note.start <= beat < note.end
    ]


def test_a_hymn_goes_on_in_every_voice_up_to_the_end_and_not_beyond() -> None:
    task = going_on(builders.chorale(bars=4), beats=8.0)

    found = answer(task)

    assert complaints(task, found) == []
    for notes in found.new_notes:
        assert (notes[0].start, notes[-1].end) == (16.0, 24.0)
        assert all(note.end <= later.start for note, later in zip(notes, notes[1:]))


def test_the_same_seed_gives_the_same_notes_and_another_gives_others() -> None:
    task = going_on(builders.chorale(), beats=8.0)

    assert answer(task) == answer(task)
    assert answer(task).new_notes != answer(task, seed=2).new_notes


def test_an_answer_is_longer_than_what_the_network_hears_at_once() -> None:
    found = answer(going_on(builders.chorale(bars=8), beats=64.0))

    assert all(notes[-1].end == 96.0 for notes in found.new_notes)


def test_voices_do_not_cross() -> None:
    found = answer(going_on(builders.chorale(bars=4), beats=16.0))

    for step in range(64, 128):
        chord = sounding(found, step / 4)
        assert len(chord) == 4
        assert chord == sorted(chord, reverse=True)


@pytest.mark.parametrize("surprise", [0.0, 0.5])
def test_no_voice_holds_its_note_for_ever(surprise: float) -> None:
    task = replace(going_on(builders.chorale(), 32.0), controls=Controls(surprise=surprise))

    found = answer(task)

    # A bar, and up to the beat after it.
    assert all(note.duration <= 5.0 for notes in found.new_notes for note in notes)


def test_cold_medium_and_hot_are_the_temperatures_of_the_text() -> None:
    surprises = (0.0, 0.25, 0.5, 0.75, 1.0)

    temperatures = [sampling_at(surprise).temperature for surprise in surprises]

    assert temperatures == pytest.approx([0.8, 0.9, 1.0, 1.25, 1.5])
    assert sampling_at(0.5).min_p == 0.0
    assert sampling_at(0.5).top_p == 1.0


def test_a_hotter_hymn_is_less_likely() -> None:
    cold, hot = (
        answer(replace(going_on(builders.chorale(), 32.0), controls=Controls(surprise=surprise)))
        for surprise in (0.0, 1.0)
    )

    assert cold.log_probability is not None
    assert hot.log_probability is not None
    assert cold.log_probability > hot.log_probability


def test_a_hot_hymn_in_quarters_has_no_sixteenths() -> None:
    task = replace(going_on(builders.chorale(), 32.0), controls=Controls(surprise=1.0))

    starts = {note.start % 0.5 for notes in answer(task).new_notes for note in notes}

    assert starts == {0.0}


def test_a_melody_alone_goes_on_alone_in_its_own_register() -> None:
    score = builders.score(builders.melody(4, tonic=84))

    notes = answer(going_on(score, beats=16.0)).new_notes[0]

    assert all(note.end <= later.start for note, later in zip(notes, notes[1:]))
    assert all(79 <= note.pitch <= 103 for note in notes)


def test_what_sounds_beside_it_is_heard() -> None:
    hymn = builders.chorale(bars=8)
    outer = Score((hymn.voices[0], hymn.voices[3]), hymn.length)
    inner = Score(
        tuple(
            replace(voice, notes=tuple(note for note in voice.notes if note.start < 16.0))
            for voice in hymn.voices[1:3]
        ),
        16.0,
    )
    moved = outer.with_notes(
        tuple(
            tuple(
                replace(note, pitch=note.pitch + 1) if note.start >= 16.0 else note
                for note in voice.notes
            )
            for voice in outer.voices
        )
    )

    beside, beside_moved = (
        answer(going_on(inner, 16.0, context)).new_notes for context in (outer, moved)
    )

    assert beside != beside_moved


def test_music_that_ended_long_before_is_still_heard() -> None:
    hymn = builders.chorale(bars=2)
    late = Score(hymn.voices, 32.0)

    found = answer(going_on(late, beats=8.0))

    assert all(notes[0].start >= 32.0 for notes in found.new_notes)
    assert any(found.new_notes)


def test_a_clip_that_begins_with_an_upbeat_and_rests_is_continued() -> None:
    line = (Note(3.0, 67, 1.0), Note(4.0, 72, 2.0))

    found = answer(going_on(builders.score(line, length=8.0), beats=8.0))

    assert found.new_notes[0]


def test_an_empty_clip_goes_on_with_what_sounds_beside_it() -> None:
    beside = builders.score(builders.melody(8), length=32.0)

    found = answer(going_on(Score((Voice("Bass", ()),), 16.0), 16.0, beside))

    assert found.new_notes[0]


def test_a_strict_scale_and_a_range_are_kept() -> None:
    score = replace(builders.chorale(), key=Key(7, "major"))
    controls = Controls(scale=ScaleMode.STRICT, lowest_pitch=40, highest_pitch=76, surprise=1.0)

    found = answer(replace(going_on(score, 8.0), controls=controls))

    pitches = [note.pitch for notes in found.new_notes for note in notes]
    assert pitches
    assert all(Key(7, "major").contains(pitch) and 40 <= pitch <= 76 for pitch in pitches)


def test_few_notes_a_bar_are_few_notes_a_bar() -> None:
    task = replace(going_on(builders.chorale(), 16.0), controls=Controls(notes_per_bar=2.0))

    for notes in answer(task).new_notes:
        bars = [int(note.start // 4) for note in notes]
        assert all(bars.count(bar) <= 2 for bar in bars)


def test_a_note_outside_the_range_is_not_held_on() -> None:
    ringing = builders.score((Note(0.0, 60, 4.0), Note(4.0, 69, 0.1)), length=4.0)
    controls = Controls(highest_pitch=66, notes_per_bar=0.5)

    found = answer(replace(going_on(ringing, 8.0), locked=frozenset({1}), controls=controls))

    assert found.new_notes[0]
    assert all(note.pitch <= 66 for note in found.new_notes[0])


def test_every_bar_is_shown_when_it_stands() -> None:
    watch = engine_tasks.CountingWatch()

    found = next(ENGINE.candidates(going_on(builders.chorale(), 16.0), 1, 1, watch))

    assert [bar for _, bar, _ in watch.bars][-4:] == [4, 5, 6, 7]
    last_bar = watch.bars[-1][2]
    assert [notes[-1].pitch for notes in last_bar] == [notes[-1].pitch for notes in found.new_notes]


def test_it_stops_between_chords_when_it_is_asked_to() -> None:
    watch = engine_tasks.CountingWatch(stop_after=20)

    with pytest.raises(CancelledError):
        next(ENGINE.candidates(going_on(builders.chorale(), 16.0), 1, 1, watch))

    assert watch.checks == 21


@pytest.mark.parametrize(
    ("task", "word"),
    [
        (engine_tasks.plain_task(Verb.REFILL), "only what came before"),
        (engine_tasks.plain_task(Verb.VARY), "only what came before"),
        (going_on(builders.drum_score(), 4.0), "drums"),
        (going_on(builders.score(()), 4.0), "no note sounds"),
        (replace(going_on(builders.chorale(), 4.0), keep_pitches=True), "pitches"),
        (
            replace(going_on(builders.chorale(), 4.0), controls=Controls(lowest_pitch=120)),
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


def test_it_never_pushes_itself_forward() -> None:
    assert 0.0 < ENGINE.suitability(going_on(builders.chorale(), 4.0)) <= 0.2


def test_without_its_model_it_says_which_one_is_missing(tmp_path: Path) -> None:
    engine = BachEngine(tmp_path)

    assert engine.info.model_hash == ""
    with pytest.raises(UnknownModelError, match="bach-v1"):
        next(
            engine.candidates(going_on(builders.chorale(), 4.0), 1, 1, engine_tasks.CountingWatch())
        )


def test_a_model_for_other_cells_is_refused_with_a_sentence(tmp_path: Path) -> None:
    checkpoint.write_settings(tmp_path / "bach-v1", {"kind": "bach"}, {"classes": 12})
    checkpoint.write_sums(tmp_path / "bach-v1")

    with pytest.raises(CorruptModelError, match="other cells"):
        open_networks(checkpoint.read("bach-v1", tmp_path), "cnn_lstm")

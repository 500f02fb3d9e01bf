"""The folk engine with a network made up by rule: what it keeps, writes and refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import builders
import engine_tasks
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.folk import engine as folk_engine
from reprise.engines.folk.engine import FolkEngine
from reprise.errors import CannotServeError, UnknownModelError
from reprise.evaluation.legality import complaints
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.runtime.token_model import Features, Logits
from reprise.tokenizers import folk


class Fiddler:
    """A network that likes notes of C major near the last one, on every second sixteenth."""

    def logits(self, steps: Features) -> Logits:
        found = np.full((len(steps), folk.MELODY.class_count), -6.0, np.float32)
        found[:, 0] = 2.0
        for row, heard in enumerate(steps):
            if heard[-1] == 0:
                pitches = heard[heard > 1]
                last = int(pitches[-1]) if len(pitches) else 20
                for class_ in range(2, folk.MELODY.class_count):
                    is_white = (class_ - 2) % 12 in (0, 2, 4, 5, 7, 9, 11)
                    found[row, class_] = 12.0 * is_white - 9.0 - abs(abs(class_ - last) - 2) / 2
        return found


@pytest.fixture
def fiddler(monkeypatch: pytest.MonkeyPatch) -> FolkEngine:
    engine = FolkEngine()
    monkeypatch.setattr(engine, "_networks", Fiddler())
    return engine


def tune_task(verb: Verb, **changes: object) -> Task:
    source = builders.score(builders.melody(4, tonic=62))
    span = Span(16.0, 32.0) if verb == Verb.CONTINUE else Span(4.0, 12.0)
    length = 32.0 if verb == Verb.CONTINUE else 16.0
    task = Task(verb, source, Score((), 16.0), (Hole(0, span),), length, strength=0.5)
    return replace(task, **changes)  # type: ignore[arg-type]


def answers(engine: FolkEngine, task: Task, count: int = 3, seed: int = 5) -> list[Candidate]:
    return list(engine.candidates(task, count, seed, engine_tasks.CountingWatch()))


@pytest.mark.parametrize("verb", [Verb.CONTINUE, Verb.REFILL, Verb.VARY])
def test_it_writes_one_line_where_it_may(fiddler: FolkEngine, verb: Verb) -> None:
    task = tune_task(verb)

    found = answers(fiddler, task)

    assert len(found) == 3
    for candidate in found:
        assert complaints(task, candidate) == []
        line = sorted(candidate.score(task).voices[0].notes)
        assert all(note.end <= later.start + 1e-6 for note, later in zip(line, line[1:]))


def test_a_continuation_goes_on_in_the_key_and_the_register_of_the_clip(
    fiddler: FolkEngine,
) -> None:
    task = tune_task(Verb.CONTINUE)
    old = [note.pitch for note in task.source.sounding]

    for candidate in answers(fiddler, task):
        new = [note.pitch for note in candidate.new_notes[0]]
        assert len(new) >= 8
        assert {(pitch - 62) % 12 for pitch in new} <= {0, 2, 4, 5, 7, 9, 11}
        assert min(old) - 5 <= min(new) <= max(new) <= max(old) + 5


def test_swing_and_velocities_of_the_clip_come_back_in_new_notes(fiddler: FolkEngine) -> None:
    straight = builders.line([62, 64, 66, 67, 69, 67, 66, 64] * 4, step=0.5)
    swung = tuple(
        replace(note, start=note.start + (1 / 6 if note.start % 1 else 0.0), duration=0.3)
        for note in straight
    )
    task = replace(tune_task(Verb.CONTINUE), source=builders.score(swung))

    for candidate in answers(fiddler, task):
        phases = [round(note.start % 1, 3) for note in candidate.new_notes[0]]
        assert phases.count(round(2 / 3, 3)) >= 2
        assert 0.5 not in phases
        assert {note.velocity for note in candidate.new_notes[0]} == {90}


def test_a_variation_keeps_more_the_weaker_it_is(fiddler: FolkEngine) -> None:
    whole = (Hole(0, Span(0.0, 16.0)),)

    def kept(strength: float) -> int:
        task = tune_task(Verb.VARY, strength=strength, holes=whole)
        return len(answers(fiddler, task, 1)[0].kept)

    assert kept(0.15) > kept(0.9)


def test_a_kept_rhythm_is_kept(fiddler: FolkEngine) -> None:
    late = tuple(replace(note, start=note.start + 0.07) for note in builders.melody(4, 62)[:-1])
    task = tune_task(Verb.REFILL, keep_rhythm=True, source=builders.score(late))
    starts = [note.start for note in task.source.sounding]

    for candidate in answers(fiddler, task):
        assert [note.start for note in sorted(candidate.score(task).voices[0].notes)] == starts


def test_locked_notes_stay_and_nothing_sounds_over_them(fiddler: FolkEngine) -> None:
    task = tune_task(Verb.REFILL, locked=frozenset({6, 7}))
    locked = [task.source.voices[0].notes[place] for place in (6, 7)]

    for candidate in answers(fiddler, task):
        assert {6, 7} <= set(candidate.kept)
        for note in candidate.new_notes[0]:
            assert all(
                note.end <= other.start + 1e-6 or note.start >= other.end for other in locked
            )


@pytest.mark.parametrize("wanted", [2.0, 8.0])
def test_notes_a_bar_come_near_what_was_asked(fiddler: FolkEngine, wanted: float) -> None:
    task = tune_task(Verb.CONTINUE, controls=Controls(notes_per_bar=wanted))

    for candidate in answers(fiddler, task):
        assert len(candidate.new_notes[0]) / 4 == pytest.approx(wanted, abs=1.5)


def test_a_range_and_a_strict_scale_are_obeyed(fiddler: FolkEngine) -> None:
    controls = Controls(lowest_pitch=60, highest_pitch=66, scale=ScaleMode.STRICT)
    task = tune_task(Verb.CONTINUE, controls=controls)

    for candidate in answers(fiddler, task):
        pitches = {note.pitch for note in candidate.new_notes[0]}
        assert pitches <= {61, 62, 64, 66}


def test_each_new_bar_is_shown_once_as_it_comes(fiddler: FolkEngine) -> None:
    watch = engine_tasks.CountingWatch()

    list(fiddler.candidates(tune_task(Verb.CONTINUE), 1, 5, watch))

    assert [bar for _, bar, _ in watch.bars][:4] == [4, 5, 6, 7]


def test_no_surprise_is_the_likeliest_line_and_much_is_not(fiddler: FolkEngine) -> None:
    def first(surprise: float, seed: int) -> tuple[tuple[Note, ...], ...]:
        task = tune_task(Verb.CONTINUE, controls=Controls(surprise=surprise))
        return answers(fiddler, task, 1, seed)[0].new_notes

    assert first(0.0, 1) == first(0.0, 2)
    assert first(1.0, 1) != first(1.0, 2)


WALTZ = MeterMap.constant(Meter(3, 4))
CHORDS = tuple(Note(float(beat), pitch, 1.0) for beat in range(16) for pitch in (60, 64, 67))


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (tune_task(Verb.REDO), "does not redo"),
        (tune_task(Verb.REFILL, holes=()), "nothing in the clip may change"),
        (
            tune_task(
                Verb.VARY, source=replace(builders.score(builders.melody()), meter_map=WALTZ)
            ),
            "four beats",
        ),
        (tune_task(Verb.VARY, source=builders.score(CHORDS)), "one note at a time"),
        (tune_task(Verb.VARY, source=builders.drum_score()), "no drums"),
        (tune_task(Verb.CONTINUE, source=builders.score(())), "no note sounds"),
        (tune_task(Verb.VARY, keep_pitches=True), "cannot keep the old ones"),
        (engine_tasks.plain_task(Verb.CONTINUE), "writes one voice"),
        (
            tune_task(
                Verb.CONTINUE,
                controls=Controls(lowest_pitch=61, highest_pitch=61, scale=ScaleMode.STRICT),
                source=builders.score(builders.melody(tonic=60)),
            ),
            "widen the range",
        ),
    ],
)
def test_it_says_in_words_what_it_cannot_do(fiddler: FolkEngine, task: Task, says: str) -> None:
    reason = fiddler.why_not(task)

    assert reason is not None
    assert says in reason
    assert fiddler.suitability(task) == 0.0
    with pytest.raises(CannotServeError, match=says):
        answers(fiddler, task)


def test_one_voice_of_four_is_refilled_and_the_others_stay(fiddler: FolkEngine) -> None:
    task = engine_tasks.plain_task(Verb.REFILL)

    for candidate in answers(fiddler, task, 2):
        assert complaints(task, candidate) == []
        assert [len(notes) > 0 for notes in candidate.new_notes] == [False, True, False, False]


def test_a_model_that_is_not_installed_is_named(tmp_path: Path) -> None:
    engine = FolkEngine(tmp_path, "folk-v9")

    with pytest.raises(UnknownModelError, match="folk-v9"):
        answers(engine, tune_task(Verb.CONTINUE))


def test_it_leaves_the_automatic_choice_to_others(fiddler: FolkEngine) -> None:
    assert 0.0 < fiddler.suitability(tune_task(Verb.CONTINUE)) <= folk_engine.SUITABILITY <= 0.2

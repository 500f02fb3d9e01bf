"""In the style of somebody's own: what is told to the network, and what holds all the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import builders
import engine_tasks
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, StyleClip, Task, Verb
from reprise.engines.ensemble.asking import Stage
from reprise.engines.ensemble.engine import EnsembleEngine
from reprise.engines.ensemble.limits import part_limits
from reprise.engines.ensemble.reading import Reading, read_task
from reprise.engines.ensemble.stages import Wishes, plan_stages
from reprise.engines.ensemble.style import STYLE_VERBS, drawn, ideas_of, styled
from reprise.evaluation.legality import complaints
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.service.verify import check_candidate
from reprise.tokenizers.ensemble.vocabulary import Asked

RIFF = Score(
    (Voice("", builders.line([67, 69, 71, 74] * 4, step=0.5, velocity=50), is_drums=False),),
    8.0,
    key=Key(7, "major"),
)
BEAT = Score((Voice("", builders.groove(2), is_drums=True),), 8.0)
TUNE = builders.score(builders.melody(), builders.line([48, 43] * 8, step=1.0), names=["Lead"])
CLIPS = (StyleClip(0, RIFF, "riff.mid"), StyleClip(1, RIFF, "sub.mid"))


def silence(score: Score) -> Score:
    return Score((), score.length, score.meter_map)


def task(verb: Verb, source: Score = TUNE, **more: object) -> Task:
    """A task of each verb about the first voice, the others heard."""
    added = verb in (Verb.CONTINUE, Verb.DEVELOP)
    span = Span(source.length, 2 * source.length) if added else source.span
    length = 2 * source.length if added else source.length
    asked = Task(verb, source, silence(source), (Hole(0, span),), length, style=CLIPS)
    return replace(asked, **more)  # type: ignore[arg-type]


def stages(asked: Task) -> tuple[Reading, list[Stage]]:
    reading = read_task(asked, engine_tasks.CountingWatch())
    limits = {part: part_limits(reading, part) for part in {p for _, p in reading.openings}}
    random = np.random.default_rng(1)
    planned = plan_stages(reading, Wishes(0.6, 0.5, {}), random)
    return reading, styled(reading, planned, drawn(ideas_of(reading, limits), random))


@pytest.mark.parametrize("verb", [Verb.CONTINUE, Verb.REFILL, Verb.REDO])
def test_a_passage_is_the_theme_in_c_in_the_octave_and_loudness_of_its_part(verb: Verb) -> None:
    _, planned = stages(task(verb, replace(TUNE, key=Key(0))))

    for stage in planned:
        assert stage.asked is Asked.THEME
        assert stage.style == {0: "riff.mid"}
        assert stage.theme is not None
        assert stage.theme.part == 0
        assert [note.pitch for note in stage.theme.cells[0]] == [60, 62, 64, 67] * 2
        assert {note.velocity for cell in stage.theme.cells for note in cell} == {88}


def test_a_variation_starts_from_its_own_bars_and_from_the_passage() -> None:
    reading, planned = stages(task(Verb.VARY))

    for stage in planned:
        assert stage.asked is Asked.VARY
        assert stage.second_sources.keys() == stage.sources.keys()
        assert all(stage.sources[spot] == reading.cells[spot] for spot in stage.sources)
        assert stage.style == {0: "riff.mid"}


def test_drums_start_from_drums_and_never_from_a_theme() -> None:
    beat = builders.drum_score()
    asked = task(Verb.REFILL, beat, style=(StyleClip(0, BEAT, "beat.mid"),))
    _, planned = stages(asked)

    for stage in planned:
        assert (stage.asked, stage.theme) == (Asked.VARY, None)
        assert stage.style == {0: "beat.mid"}
        assert all(stage.sources.values())


def test_where_notes_stand_nothing_is_told_that_was_never_learnt() -> None:
    locked = frozenset(range(0, 20, 3))
    _, planned = stages(task(Verb.REFILL, locked=locked))

    assert all(stage.theme is None or not stage.sources for stage in planned)
    assert all(not stage.style for stage in planned if stage.sources)


def test_a_passage_in_another_meter_starts_no_variation() -> None:
    waltz = replace(RIFF, length=6.0, meter_map=MeterMap.constant(Meter(3, 4)))
    _, planned = stages(task(Verb.VARY, style=(StyleClip(0, waltz, "waltz.mid"),)))

    assert all(not stage.second_sources and not stage.style for stage in planned)


# ---------------------------------------------------------------- answers


def answers(engine: EnsembleEngine, asked: Task, count: int = 2) -> list[Candidate]:
    found = list(engine.candidates(asked, count, 5, engine_tasks.CountingWatch()))
    for candidate in found:
        assert complaints(asked, candidate) == []
        check_candidate(asked, candidate, "ensemble")
    return found


STRICT = Controls(
    lowest_pitch=55, highest_pitch=72, max_polyphony=1, scale=ScaleMode.STRICT, surprise=0.7
)
ASKED: dict[str, dict[str, Any]] = {
    "free": {},
    "strict": {"controls": STRICT},
    "rhythm": {"keep_rhythm": True},
    "locked": {"locked": frozenset((0, 5, 9, 13))},
    "half": {"holes": (Hole(0, Span(8.0, 16.0)),)},
}


@pytest.mark.parametrize("how", ASKED)
@pytest.mark.parametrize("verb", [Verb.VARY, Verb.REFILL, Verb.REDO])
def test_every_hard_constraint_holds(engine: EnsembleEngine, verb: Verb, how: str) -> None:
    answers(engine, task(verb, **ASKED[how]))


@pytest.mark.parametrize("verb", STYLE_VERBS)
def test_an_answer_says_whose_music_it_takes_after(engine: EnsembleEngine, verb: Verb) -> None:
    source = TUNE
    if verb == Verb.ACCOMPANY:
        source = replace(TUNE, voices=(Voice("Arp", ()), *TUNE.voices[1:]))
    found = answers(engine, task(verb, source), 1)

    assert found[0].style_from == ("riff.mid",)


def test_an_answer_without_it_says_nothing_and_is_as_it_always_was(engine: EnsembleEngine) -> None:
    (plain,) = answers(engine, task(Verb.REFILL, style=()), 1)

    assert plain.style_from == ()


def test_an_answer_that_could_take_after_nothing_says_so(engine: EnsembleEngine) -> None:
    every_bar = frozenset(range(0, 20, 3))
    (found,) = answers(engine, task(Verb.REFILL, locked=every_bar), 1)

    assert found.style_from == ()
    assert any("takes after none of your clips" in said for said in found.guards)


def test_drums_on_private_pads_stay_on_them(engine: EnsembleEngine) -> None:
    pads = ((60, "Kick"), (61, "Snare"), (62, "Closed Hat"))
    pad_of = {36: 60, 38: 61, 42: 62}
    notes = tuple(replace(note, pitch=pad_of[note.pitch]) for note in builders.groove())
    rack = Score((Voice("Rack", tuple(sorted(notes)), is_drums=True, pads=pads),), 16.0)
    asked = task(Verb.REFILL, rack, style=(StyleClip(0, BEAT, "beat.mid"),))

    (found,) = answers(engine, asked, 1)

    assert {note.pitch for note in found.new_notes[0]} <= set(pad_of.values())
    assert found.style_from == ("beat.mid",)


def test_the_verbs_with_a_theme_or_a_clip_of_their_own_are_not_offered(
    engine: EnsembleEngine,
) -> None:
    assert set(engine.info.verbs) - set(engine.info.style_verbs) == {Verb.DEVELOP, Verb.MORPH}


@pytest.mark.slow
@pytest.mark.parametrize("verb", [Verb.REFILL, Verb.ACCOMPANY])
def test_what_ships_leans_towards_the_rhythm_of_the_passage(verb: Verb) -> None:
    """Dotted eighths against a straight clip, heard over some seeds."""
    engine = EnsembleEngine()
    dotted = tuple(
        Note(beat + start, 67 + beat % 4, length, 90)
        for beat in range(8)
        for start, length in ((0.0, 0.75), (0.75, 0.25))
    )
    clip = StyleClip(0, RIFF.with_notes((dotted,)), "dotted.mid")
    source = TUNE
    if verb == Verb.ACCOMPANY:
        source = replace(TUNE, voices=(Voice("Lead", ()), *TUNE.voices[1:]))

    def share(style: tuple[StyleClip, ...]) -> float:
        notes = [
            note
            for seed in range(4)
            for candidate in engine.candidates(
                task(verb, source, style=style), 1, seed, engine_tasks.CountingWatch()
            )
            for note in candidate.new_notes[0]
        ]
        return sum(note.start % 1.0 == 0.75 for note in notes) / len(notes)

    assert share((clip,)) > share(()) + 0.1

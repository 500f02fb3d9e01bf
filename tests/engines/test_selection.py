"""Selection: different, sound answers as far from the clip as was asked, or a reason why not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.selection import ATTEMPTS, select, wished_similarity
from reprise.errors import CancelledError, CannotServeError
from reprise.music.compare import score_similarity
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice


class Quiet:
    """A watch that lets everything through and counts."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.checks = 0
        self.stop_after = stop_after

    def check(self) -> None:
        self.checks += 1
        if self.checks > self.stop_after:
            raise CancelledError("stopped by the test")

    def progress(self, fraction: float, stage: str = "") -> None:
        assert 0.0 <= fraction <= 1.0, stage

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        raise AssertionError(f"selection shows no bars: {candidate}, {bar}, {voices}")


SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def melody(pitches: tuple[int, ...] = SCALE * 2) -> tuple[Note, ...]:
    return tuple(Note(float(index), pitch, 1.0) for index, pitch in enumerate(pitches))


def task(verb: Verb = Verb.VARY, strength: float = 0.5, **changes: object) -> Task:
    source = Score((Voice("lead", melody()),), 16.0)
    plain = Task(verb, source, Score((), 16.0), (Hole(0, source.span),), 16.0, strength=strength)
    return replace(plain, **changes)  # type: ignore[arg-type]


def rewritten(*pitches: int) -> Candidate:
    return Candidate((), (melody(pitches),))


def changed_from(place: int, by: int = 6) -> Candidate:
    """Keep the notes before a place and move the others far away."""
    new_notes = tuple(replace(note, pitch=note.pitch + by) for note in melody()[place:])
    return Candidate(tuple(range(place)), (new_notes,))


def in_turn(*candidates: Candidate) -> Callable[[int, int], Candidate]:
    return lambda _, number: candidates[number % len(candidates)]


def test_strength_reaches_from_the_clip_itself_to_unrelated_music() -> None:
    assert wished_similarity(0.0) == 1.0
    assert wished_similarity(0.5) == pytest.approx(0.7)
    assert wished_similarity(1.0) == pytest.approx(0.4)
    assert wished_similarity(0.01) < 0.95


def test_the_proposal_nearest_to_the_strength_wins() -> None:
    near, far = changed_from(14), changed_from(0)
    for strength, expected in ((0.15, near), (1.0, far)):
        chosen = next(select(task(strength=strength), 1, in_turn(far, near), Quiet()))
        assert chosen.new_notes == expected.new_notes


def test_answers_are_unlike_each_other() -> None:
    proposals = in_turn(changed_from(8), changed_from(8), changed_from(4), changed_from(0))
    found = list(select(task(), 3, proposals, Quiet()))
    scores = [candidate.score(task()) for candidate in found]
    assert len(found) == 3
    assert max(score_similarity(a, b) for a in scores for b in scores if a is not b) <= 0.95


def test_an_earlier_answer_never_comes_again() -> None:
    earlier = changed_from(8)
    asked = task(avoid=(earlier.score(task()),))
    found = list(select(asked, 1, in_turn(earlier, changed_from(5)), Quiet()))
    assert found[0].new_notes == changed_from(5).new_notes


def test_the_clip_itself_is_no_variation() -> None:
    same = Candidate(tuple(range(16)), ((),))
    found = list(select(task(strength=0.1), 1, in_turn(same, changed_from(14)), Quiet()))
    assert found[0].new_notes == changed_from(14).new_notes


def test_strength_zero_gives_the_clip_itself_once() -> None:
    same = Candidate(tuple(range(16)), ((),))
    found = list(select(task(strength=0.0), 4, in_turn(same), Quiet()))
    assert found == [same]


def test_locked_notes_do_not_hide_that_the_rest_is_new() -> None:
    asked = task(verb=Verb.REFILL, locked=frozenset(range(15)))
    others = [
        Candidate(tuple(range(15)), ((Note(15.0, pitch, 1.0),),)) for pitch in (60, 65, 70, 66)
    ]
    assert len(list(select(asked, 4, in_turn(*others), Quiet()))) == 4


def test_too_few_proposals_end_with_a_reason_and_not_in_an_endless_loop() -> None:
    answers = select(task(), 4, in_turn(changed_from(8)), Quiet())
    assert next(answers).new_notes == changed_from(8).new_notes
    with pytest.raises(StopIteration) as end:
        next(answers)
    assert "1 of 4 answers" in end.value.value
    assert "too much like an earlier answer" in end.value.value


def test_no_answer_at_all_is_an_error_that_says_why() -> None:
    made: list[int] = []

    def propose(_: int, number: int) -> Candidate:
        made.append(number)
        return Candidate((), ((),))

    with pytest.raises(CannotServeError, match=r"0 of 2 answers.*silent where the clip has notes"):
        list(select(task(), 2, propose, Quiet()))
    assert made == list(range(ATTEMPTS))


def test_a_wall_of_notes_is_thrown_away_and_told() -> None:
    wall = Candidate((), (tuple(Note(index / 8, 60 + index % 12, 0.1) for index in range(128)),))
    found = list(select(task(), 1, in_turn(wall, changed_from(8)), Quiet()))
    assert found[0].new_notes == changed_from(8).new_notes
    assert any("densest bar" in sentence for sentence in found[0].guards)


@pytest.mark.parametrize("pitches", [(60,) * 16, (60, 64, 67, 64) * 8])
def test_a_stuck_loop_is_thrown_away(pitches: tuple[int, ...]) -> None:
    asked = task(verb=Verb.CONTINUE, holes=(Hole(0, Span(16.0, 48.0)),), length=48.0)

    def continued(line: tuple[int, ...]) -> Candidate:
        shifted = tuple(replace(note, start=note.start + 16.0) for note in melody(line))
        return Candidate(tuple(range(16)), (shifted,))

    good = continued(SCALE[::-1] * 2)
    found = list(select(asked, 1, in_turn(continued(pitches), good), Quiet()))
    assert found[0].new_notes == good.new_notes
    assert any("stuck" in sentence for sentence in found[0].guards)


def test_a_voice_that_falls_silent_is_thrown_away() -> None:
    both = Score((Voice("lead", melody()), Voice("bass", melody((36,) * 16))), 16.0)
    holes = (Hole(0, both.span), Hole(1, both.span))
    asked = task(source=both, holes=holes, strength=0.9)
    bass = tuple(replace(note, pitch=note.pitch + 5) for note in melody((36,) * 16))
    lost = Candidate((), (melody(SCALE[::-1] * 2), ()))
    whole = Candidate((), (melody(SCALE[::-1] * 2), bass))
    found = list(select(asked, 1, in_turn(lost, whole), Quiet()))
    assert found[0].new_notes == whole.new_notes


def test_a_cancelled_job_stops_between_proposals() -> None:
    watch = Quiet(stop_after=3)
    with pytest.raises(CancelledError):
        list(select(task(), 4, in_turn(changed_from(8)), watch))
    assert watch.checks == 4


def test_long_scores_are_compared_in_stretches_that_can_be_stopped() -> None:
    notes = tuple(Note(index / 4, 48 + index % 30, 0.25) for index in range(5000))
    long = Score((Voice("lead", notes),), 1250.0)
    asked = task(source=long, holes=(Hole(0, long.span),), length=1250.0)
    moved = tuple(replace(note, pitch=note.pitch + 6) for note in notes)
    watch = Quiet()
    next(select(asked, 1, in_turn(Candidate((), (moved,))), watch))
    assert watch.checks > 5


def test_what_an_engine_objects_to_is_thrown_away_and_told() -> None:
    learnt, own = changed_from(5), changed_from(9)
    proposals = in_turn(learnt, own)
    found = select(
        task(), 1, proposals, Quiet(), objection=lambda one: "learnt" if one == learnt else None
    )
    (chosen,) = found
    assert chosen.new_notes == own.new_notes
    assert any("learnt and a new one was made" in guard for guard in chosen.guards)

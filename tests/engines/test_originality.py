"""A copy of a training song is told, and what is the producer's own is none."""

from dataclasses import replace

import numpy as np
import pytest

import builders
import learnt_songs
from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.originality import COPIED, TRAINING_DATA, Copy, CopyFinder, Originality
from reprise.library import own_index
from reprise.library.originality_index import build
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

LENGTH = 32.0


def notes_of(rows: learnt_songs.Rows, up: int = 0) -> tuple[Note, ...]:
    return tuple(
        sorted(
            Note(4.0 * bar + onset / 24, pitch + up, duration / 24, velocity)
            for bar, _, onset, pitch, duration, velocity in rows.tolist()
        )
    )


TUNE = notes_of(learnt_songs.melody(1), up=3)
BEAT = notes_of(learnt_songs.beat(1))
GUARD = Originality(
    build(
        [
            learnt_songs.song("tune", learnt_songs.melody(1)),
            learnt_songs.song("beat", learnt_songs.beat(1), is_drums=True),
        ]
    )
)


def refill(*, is_drums: bool = False, beside: tuple[Note, ...] = ()) -> Task:
    """An empty voice to write, with a chord beside it and maybe notes that stay."""
    voices = (Voice("Kit" if is_drums else "Lead", beside, is_drums=is_drums),)
    context = builders.score((Note(0.0, 48, 4.0),), length=LENGTH)
    source = Score(voices, LENGTH)
    locked = frozenset(range(len(beside)))
    return Task(Verb.REFILL, source, context, (Hole(0, Span(0.0, LENGTH)),), LENGTH, locked)


def answer(task: Task, notes: tuple[Note, ...]) -> Candidate:
    return Candidate(task.fixed_places, (tuple(sorted(notes)),))


def test_a_song_that_was_learnt_is_told_in_any_key() -> None:
    assert GUARD.reason(refill(), answer(refill(), TUNE)) == COPIED
    assert GUARD.distinctive_run(TUNE) == len(TUNE)


def test_music_of_ones_own_is_no_copy() -> None:
    own = notes_of(learnt_songs.melody(2))
    assert GUARD.reason(refill(), answer(refill(), own)) is None
    assert GUARD.reason(refill(), answer(refill(), ())) is None


def test_eleven_notes_are_a_quotation() -> None:
    assert GUARD.reason(refill(), answer(refill(), TUNE[:11])) is None
    assert GUARD.distinctive_run(TUNE[:11]) is None
    assert GUARD.distinctive_run(TUNE[:14]) == 14


def test_a_copy_with_swing_is_told() -> None:
    swung = tuple(
        replace(note, start=note.start + (0.12 if note.start % 1.0 == 0.5 else 0.0))
        for note in TUNE
    )
    assert GUARD.reason(refill(), answer(refill(), swung)) is not None


def test_notes_that_are_kept_are_no_copy_and_end_a_run() -> None:
    every_sixth = TUNE[::6]
    task = refill(beside=every_sixth)
    rest = tuple(note for note in TUNE if note not in every_sixth)
    assert GUARD.reason(task, answer(task, rest)) is None


@pytest.mark.parametrize("where", ["source", "context", "target"])
def test_what_the_producer_has_already_is_no_copy(where: str) -> None:
    task = refill()
    own = Score((Voice("Other", TUNE),), LENGTH)
    if where == "source":
        both = replace(task.source, voices=(*task.source.voices, *own.voices))
        task = replace(task, source=both)
        heard = Candidate(task.fixed_places, (TUNE, ()))
    else:
        task = replace(task, **{where: own})  # type: ignore[arg-type]
        heard = answer(task, TUNE)
    assert GUARD.reason(task, heard) is None


def test_two_bars_of_drums_that_were_learnt_are_told_and_one_is_not() -> None:
    task = refill(is_drums=True)
    one = tuple(note for note in BEAT if note.start < 4.0)
    two = tuple(note for note in BEAT if note.start < 8.0)
    assert GUARD.reason(task, answer(task, one)) is None
    assert GUARD.reason(task, answer(task, two)) == COPIED


def test_a_bar_of_drums_with_a_kept_hit_is_not_the_model_s() -> None:
    stays = tuple(note for note in BEAT if note.start % 4.0 == 0.0 and note.pitch == 36)
    task = refill(is_drums=True, beside=stays)
    rest = tuple(note for note in BEAT if note not in stays)
    assert GUARD.reason(task, answer(task, rest)) is None


OWN = own_index.build([learnt_songs.song("löops/tune.mid", learnt_songs.melody(1))])
LEARNT = build([learnt_songs.song("beat", learnt_songs.beat(1), is_drums=True)])


def test_a_passage_of_the_users_is_told_with_its_file() -> None:
    finder = CopyFinder(LEARNT, [OWN])

    found = finder.find(refill(), answer(refill(), TUNE))

    assert found.is_copy
    assert found.notes == len(TUNE)
    assert found.where == "set/löops/tune.mid"


def test_a_passage_of_the_training_data_is_told_without_a_name() -> None:
    task = refill(is_drums=True)

    found = CopyFinder(LEARNT, [OWN]).find(task, answer(task, BEAT))

    assert found.is_copy
    assert found.bars >= 2
    assert found.where == TRAINING_DATA


def test_what_nobody_played_is_told_as_nobodys() -> None:
    own = notes_of(learnt_songs.melody(2))
    finder = CopyFinder(LEARNT, [OWN])

    assert finder.find(refill(), answer(refill(), own)) == Copy()
    assert CopyFinder(None).find(refill(), answer(refill(), TUNE)) == Copy()


def test_the_producers_own_clip_is_no_copy_of_their_own_file() -> None:
    task = replace(refill(), context=builders.score(TUNE, length=LENGTH))

    assert CopyFinder(None, [OWN]).find(task, answer(task, TUNE)) == Copy()


def test_what_everybody_plays_is_told_as_nobodys_also_where_one_file_has_it() -> None:
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0, 2, 4, 5, 7, 9]
    rows = [(place // 8, 0, 12 * (place % 8), 60 + up, 12, 90) for place, up in enumerate(steps)]
    rows[8] = (1, 0, 6, *rows[8][3:])
    scale = np.array(rows, np.int16)
    finder = CopyFinder(None, [own_index.build([learnt_songs.song("scale.mid", scale)])])

    assert finder.find(refill(), answer(refill(), notes_of(scale))) == Copy()


def test_plain_beats_are_told_as_nobodys_and_odd_ones_are_not() -> None:
    plain = [(bar, 0, 24 * quarter, 36, 6, 100) for bar in range(8) for quarter in range(4)]
    hits = [
        (drum, hit) for drum, played in ((38, (1, 5, 7, 10)), (46, (3, 6, 9, 14))) for hit in played
    ]
    odd = [*plain, *((bar, 0, 6 * hit, drum, 6, 90) for bar in range(8) for drum, hit in hits)]
    for rows, bars in ((plain, 0), (odd, 8)):
        beat = np.array(sorted(rows), np.int16)
        song = learnt_songs.song("beat.mid", beat, is_drums=True)
        task = refill(is_drums=True)
        found = CopyFinder(None, [own_index.build([song])]).find(task, answer(task, notes_of(beat)))
        assert found.bars == bars


def test_a_passage_that_swings_is_found_in_a_song_that_does_not() -> None:
    late = [tuple(note) for note in learnt_songs.melody(5).tolist() if note[2] % 24 == 0]
    late += [
        (bar, 0, 24 * quarter + 16, 60 + (3 * bar + 5 * quarter) % 17, 6, 90)
        for bar in range(8)
        for quarter in range(4)
    ]
    rows = np.array(sorted(late), np.int16)
    finder = CopyFinder(None, [own_index.build([learnt_songs.song("shuffle.mid", rows)])])

    assert finder.find(refill(), answer(refill(), notes_of(rows))).is_copy

"""Whether answers lean towards a corpus: a pupil who copies leans and is found out."""

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import builders
import fake_engines
import learnt_songs
import own_music
from fake_engines import Asked, FakeEngine
from learnt_songs import Rows
from reprise.engines.base import Candidate, Verb
from reprise.engines.originality import CopyFinder
from reprise.evaluation.style_leaning import VERBS, Leaning, measure, questions
from reprise.library import own_index, own_style
from reprise.library.corpus_file import Piece
from reprise.library.own_pieces import own_pieces
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice


def band(seed: int) -> Score:
    tune = builders.melody(bars=10, tonic=60 + seed)
    bass = builders.line([36 + seed, 43 + seed] * 20, step=1.0)
    return Score(
        (
            Voice("Lead", tune, is_drums=False),
            Voice("Bass", bass, is_drums=False),
            Voice("Drums", builders.groove(10), is_drums=True),
        ),
        40.0,
    )


def pieces(*scores: Score) -> tuple[Piece, ...]:
    clips = [own_music.on_grid(f"{number}.mid", score) for number, score in enumerate(scores)]
    return own_pieces(clips).pieces


def run() -> Rows:
    """Rows of a melody of nine notes a bar, enough of them for a copy to be told."""
    chance = random.Random(1)
    return np.array(
        [
            (bar, 0, onset, chance.randrange(55, 80), 6, 90)
            for bar in range(learnt_songs.BARS)
            for onset in sorted(chance.sample(range(0, 96, 6), 9))
        ],
        np.int16,
    )


CORPUS = (
    learnt_songs.song("riff.mid", run()),
    *pieces(builders.drum_score(2)),
)
REQUESTS = pieces(*(band(seed) for seed in range(4)))


def pupil(asked: Asked) -> Iterator[Candidate]:
    """Say the first passage again and again, or what echo says where there is none."""
    if not asked.task.style:
        yield from fake_engines.echo(asked)
        return
    clip, task = asked.task.style[0], asked.task
    hole = task.holes[0]
    turns = int(hole.span.length // clip.score.length)
    notes = tuple(
        replace(note, start=note.start + hole.span.start + turn * clip.score.length)
        for turn in range(turns)
        for note in clip.score.voices[0].notes
    )
    new_notes: list[tuple[Note, ...]] = [() for _ in task.source.voices]
    new_notes[hole.voice] = notes
    yield Candidate(task.fixed_places, tuple(new_notes))


def measured(answers: fake_engines.Answers) -> list[Leaning]:
    engine = FakeEngine("pupil", answers, style_verbs=VERBS)
    index = own_style.build(CORPUS)
    finder = CopyFinder(None, [own_index.build(CORPUS)])
    return list(measure(engine, index, finder, REQUESTS, 3, lambda *_: None))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("drums", [False, True])
def test_questions_are_about_one_voice_of_the_kind(verb: Verb, *, drums: bool) -> None:
    found = list(questions(REQUESTS, verb, 3, drums=drums))

    assert len(found) == 3
    for task in found:
        assert task.verb == verb
        (hole,) = task.holes
        assert (task.source.voices[hole.voice].name == "Drums") == drums


def test_who_copies_leans_all_the_way_and_is_found_out() -> None:
    found = measured(pupil)

    assert [(one.verb, one.drums) for one in found] == [
        (verb, drums) for drums in (False, True) for verb in VERBS
    ]
    for one in found:
        assert len(one.styled) == len(one.without) == 3
        assert one.change("rhythm")[0] <= 0.0
        assert all(answer.rhythm < 0.01 for answer in one.styled)
        assert not any(answer.is_copy for answer in one.without)
    assert all(answer.is_copy for one in found if not one.drums for answer in one.styled)


def test_who_does_not_listen_does_not_lean() -> None:
    for one in measured(fake_engines.echo):
        assert one.change("rhythm") == (0.0, 0.0)
        assert one.change("pitch") == (0.0, 0.0)

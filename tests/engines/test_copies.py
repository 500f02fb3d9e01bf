"""The indexes beside a running server: read late, and the user's again when they change."""

from pathlib import Path

import builders
import learnt_songs
from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.copies import Copies
from reprise.library import own_index
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

LENGTH = 32.0


def tune() -> tuple[Note, ...]:
    rows = learnt_songs.melody(1).tolist()
    return tuple(
        sorted(
            Note(4.0 * bar + onset / 24, pitch, duration / 24, velocity)
            for bar, _, onset, pitch, duration, velocity in rows
        )
    )


def question() -> Task:
    source = Score((Voice("Lead", (), is_drums=False),), LENGTH)
    context = builders.score((Note(0.0, 48, 4.0),), length=LENGTH)
    return Task(Verb.REFILL, source, context, (Hole(0, Span(0.0, LENGTH)),), LENGTH)


def test_a_corpus_is_heard_of_as_soon_as_it_was_read(tmp_path: Path) -> None:
    copies = Copies(tmp_path, models=tmp_path / "no models")
    answer = Candidate((), (tune(),))
    assert copies(question(), answer).where == ""

    index = own_index.build([learnt_songs.song("riff.mid", learnt_songs.melody(1))])
    own_index.write(tmp_path / "corpora" / "mine" / own_index.FILE_NAME, index)

    assert copies(question(), answer).where == "set/riff.mid"


def test_a_damaged_index_costs_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "corpora" / "mine" / own_index.FILE_NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nothing")

    assert Copies(tmp_path, models=tmp_path)(question(), Candidate((), (tune(),))).notes == 0


def test_what_ships_is_held_against_the_training_data(tmp_path: Path) -> None:
    found = Copies(tmp_path)(question(), Candidate((), (tune(),)))

    assert found.notes == 0

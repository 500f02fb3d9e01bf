"""Whether somebody's model repeats what it learnt: planted copies are found, people's are few."""

import random
from collections.abc import Iterator
from dataclasses import replace

import builders
import own_music
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.evaluation import own_copies
from reprise.library.own_pieces import OwnPieces, own_pieces
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

PIECES = 60
BARS = 8


def tune(seed: int) -> tuple[Note, ...]:
    """A tune of eighths and quarters that no other seed has."""
    chance = random.Random(seed)
    notes, start = [], 0.0
    while start < 4.0 * BARS:
        step = min(chance.choice((0.5, 0.5, 1.0, 1.5)), 4.0 * BARS - start)
        notes.append(Note(start, chance.randint(58, 77), step))
        start += step
    return tuple(notes)


def folder() -> OwnPieces:
    clips = [
        own_music.on_grid(
            f"{seed}.mid", Score((Voice("Lead", tune(seed), is_drums=False),), 4.0 * BARS)
        )
        for seed in range(PIECES)
    ]
    return own_pieces(clips)


OWN = folder()


class Player:
    """An engine that plays new tunes, and now and then one that was learnt."""

    info = EngineInfo("player", "Player", "Plays.", (Verb.REFILL,), 1, serves_drums=False)

    def __init__(self, learnt: tuple[int, ...], every: int) -> None:
        self.asked = 0
        self.pasted = 0
        self._learnt = learnt
        self._every = every

    def why_not(self, _task: Task) -> str | None:
        return None

    def suitability(self, _task: Task) -> float:
        return 0.5

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        del count, seed
        watch.check()
        self.asked += 1
        is_pasted = self.asked % self._every == 0
        self.pasted += is_pasted
        source = self._learnt[self.asked % len(self._learnt)] if is_pasted else 10_000 + self.asked
        span = task.holes[0].span
        notes = tuple(
            replace(note, start=note.start + span.start)
            for note in tune(source)
            if note.end <= span.length
        )
        yield Candidate(task.fixed_places, (notes,))


def learnt_seeds() -> tuple[int, ...]:
    return tuple(int(piece.name.removesuffix(".mid")) for piece in OWN.of("train"))


def test_every_planted_copy_is_found_and_told_by_its_piece() -> None:
    player = Player(learnt_seeds(), every=3)

    found = own_copies.measure(player, OWN, 12)

    assert found.answers == player.asked == 12
    assert found.copied == player.pasted == 4
    assert sum(found.songs.values()) == 4
    assert set(found.songs) <= {piece.name for piece in OWN.of("train")}


def test_new_tunes_and_peoples_own_are_no_copies() -> None:
    found = own_copies.measure(Player(learnt_seeds(), every=10_000), OWN, 12)

    assert (found.copied, found.people, found.share) == (0, 0, 0.0)


def test_questions_hide_what_they_ask_for() -> None:
    for example in own_copies.questions(OWN, 12):
        starts = [note.start for voice in example.task.source.voices for note in voice.notes]
        assert starts
        assert max(starts) < 4.0 * BARS / 2
        assert any(example.truth)


def test_a_bar_alone_can_be_asked_about() -> None:
    score = Score((Voice("Lead", builders.line([60, 64, 67, 72] * 2)),), 4.0)
    clips = [own_music.on_grid(f"{seed}.mid", score) for seed in range(6)]
    assert len(list(own_copies.questions(own_pieces(clips), 5))) == 2

"""The originality suite counts copies of training songs, in answers and in what people played."""

from collections.abc import Iterator

import learnt_songs
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.evaluation import originality
from reprise.evaluation.originality import questions
from reprise.evaluation.setup import Setup
from reprise.library.originality_index import build
from reprise.music.note import Note

SONGS = [learnt_songs.song(f"held out {n}", learnt_songs.melody(n), split="test") for n in range(9)]
BEATS = [
    learnt_songs.song(f"beat {n}", learnt_songs.beat(n), split="test", is_drums=True, kind="drums")
    for n in range(20, 26)
]
LEARNT = [learnt_songs.song(f"learnt {n}", learnt_songs.melody(n)) for n in (0, 1, 2, 99)]
INDEX = build(LEARNT)


class Parrot:
    """Answers every question with a song that it learnt."""

    info = EngineInfo(
        "parrot", "Parrot", "Says what it heard.", tuple(Verb), max_voices=64, serves_drums=True
    )

    def why_not(self, task: Task) -> str | None:
        return "" if not task.holes else None

    def suitability(self, task: Task) -> float:
        return 1.0 if task.holes else 0.0

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        watch.progress(seed + count, "")
        learnt = [
            Note(4.0 * bar + onset / 24, pitch, duration / 24, velocity)
            for bar, _, onset, pitch, duration, velocity in learnt_songs.melody(99).tolist()
        ]
        written = tuple(
            tuple(sorted(note for note in learnt if task.hole_at(voice, note.start)))
            for voice in range(len(task.source.voices))
        )
        yield Candidate(task.fixed_places, written)


def quiet(fraction: float, what: str) -> None:
    assert 0.0 <= fraction <= 1.0, what


def test_a_parrot_is_found_out() -> None:
    found = originality.evaluate(Parrot(), SONGS, INDEX, count=8, seed=1, progress=quiet)
    assert found["copies"] == 1.0
    assert found["longest_run"] >= 12
    assert found["replaced_by_the_guard"] == 0
    assert not found["is_met"]
    assert found["questions"] == found["answers"] + found["refused"]


def test_people_who_repeat_songs_are_counted_beside() -> None:
    found = originality.evaluate(Parrot(), SONGS, INDEX, count=9, seed=1, progress=quiet)
    # Songs 0, 1 and 2 are learnt under other names.
    assert 0.0 < found["human"] <= 3 / 9


def test_questions_take_the_kinds_of_music_in_turn() -> None:
    asked = questions([*SONGS, *BEATS], 8, seed=3)
    assert [one.kind for one in asked] == ["pop", "drums"] * 4
    assert {one.form for one in asked} == {"continue", "vary"}
    assert questions([*SONGS, *BEATS], 8, seed=3) == asked


def test_nothing_that_was_hidden_can_be_seen() -> None:
    for one in questions([*SONGS, *BEATS], 12, seed=3):
        if one.form != "vary":
            heard = {note for voice in one.task.source.voices for note in voice.notes}
            assert not heard & {note for notes in one.human.new_notes for note in notes}


def test_the_summary_says_both_shares() -> None:
    found = originality.evaluate(Parrot(), SONGS, INDEX, count=8, seed=1, progress=quiet)
    first, *rest = originality.summary(found)
    assert "100.0 % of" in first
    assert "not met" in first
    assert any(line.startswith("pop: 100.0 %") for line in rest)


def test_the_suite_gives_a_page_with_figures_and_a_plot() -> None:
    setup = Setup(Parrot(), "parrot", pieces=[*SONGS, *LEARNT], kinds=("pop",), examples=8, seed=1)
    result = originality.run_originality(setup)
    assert result.figures["copies"] == 1.0
    assert result.figures["index"]["songs"] == len(LEARNT)
    assert "people" in result.plots[0]

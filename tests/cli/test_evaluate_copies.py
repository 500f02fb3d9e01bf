"""`reprise evaluate copies` measures the guard on music that the user has read."""

import random
from pathlib import Path

import small_sets
from reprise.music.note import Note
from reprise.music.voice import Voice

from .conftest import Run


def write_tunes(folder: Path, count: int) -> None:
    for seed in range(count):
        chance = random.Random(seed)
        starts = sorted(chance.sample(range(128), 90))
        notes = tuple(Note(start / 4, chance.randrange(55, 80), 0.25) for start in starts)
        voice = Voice("Lead", notes, is_drums=False)
        small_sets.write(folder / f"{seed}.mid", small_sets.song(voice))


def test_pasted_passages_of_the_users_own_music_are_found(reprise: Run, tmp_path: Path) -> None:
    write_tunes(tmp_path / "tunes", 12)
    assert reprise("corpus", "add", tmp_path / "tunes", "--name", "tunes").code == 0

    outcome = reprise("evaluate", "copies", "--corpus", "tunes", "--cuts", "1", "--json")

    assert outcome.code == 0, outcome.sentence
    assert outcome.data["found"] == outcome.data["planted"] > 0
    assert outcome.data["flagged"] == 0
    assert outcome.data["is_met"]


def test_music_that_was_not_read_is_asked_for(reprise: Run) -> None:
    outcome = reprise("evaluate", "copies", "--corpus", "none")

    assert outcome.code == 2
    assert "reprise corpus add" in outcome.sentence
    assert reprise("evaluate", "copies", "--cuts", "0").code == 2

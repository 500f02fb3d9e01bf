"""`--engine` with each verb: the engine that was named answers, or says why it cannot."""

from collections.abc import Callable
from pathlib import Path

import pytest

import builders
from reprise.cli.main import parser_for
from reprise.errors import CannotServeError
from reprise.music import smf
from reprise.music.score import Score
from reprise.music.smf_write import write_score

from .conftest import Run

Write = Callable[[str, Score], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(name: str, score: Score) -> Path:
        path = tmp_path / f"{name}.mid"
        path.write_bytes(write_score(score))
        return path

    return writing


def bar_count(path: str) -> int:
    score = smf.read(Path(path)).score()
    return round(score.length / 4)


@pytest.mark.parametrize(("verb", "bars"), [("vary", 4), ("continue", 8)])
def test_the_chord_engine_varies_and_continues_a_progression(
    reprise: Run, write: Write, tmp_path: Path, verb: str, bars: int
) -> None:
    verse = write("verse", builders.block_chords())
    out = tmp_path / "answer.mid"

    words = (verb, verse, "-o", out, "--count", "1", "--engine", "chords", "--seed", "3")
    found = reprise(*words, "--json").data

    assert (found["engine"], found["model"]) == ("chords", "chords-v1")
    assert min(found["new_notes"]) > 0
    assert bar_count(found["files"][0]) == bars


def test_the_chord_engine_leads_from_one_progression_to_another(
    reprise: Run, write: Write, tmp_path: Path
) -> None:
    verse = write("verse", builders.block_chords())
    chorus = write("chorus", builders.block_chords(steps=5))
    words = ("morph", verse, chorus, "-o", tmp_path / "way", "--steps", "3", "--engine", "chords")

    found = reprise(*words, "--seed", "3", "--json").data

    assert found["engine"] == "chords"
    assert len(found["files"]) == 3


def test_the_theme_engine_develops_a_tune(reprise: Run, write: Write, tmp_path: Path) -> None:
    tune = write("tune", builders.score(builders.melody(), length=16.0))
    out = tmp_path / "piece.mid"

    words = ("develop", tune, "-o", out, "--bars", "8", "--engine", "theme", "--seed", "3")
    found = reprise(*words, "--json").data

    assert found["engine"] == "theme"
    assert bar_count(found["files"][0]) == 12


@pytest.mark.parametrize(
    ("verb", "engine", "sentence"),
    [
        ("develop", "chords", "Chords cannot do this: "),
        ("vary", "chords", "Chords cannot do this: "),
        ("redo", "folk", "Folk line cannot do this: "),
    ],
)
def test_an_engine_that_cannot_says_so_in_words(
    reprise: Run, write: Write, verb: str, engine: str, sentence: str
) -> None:
    tune = write("tune", builders.score(builders.melody(), length=16.0))

    outcome = reprise(verb, tune, "--engine", engine, "--json")

    assert outcome.code == 1
    assert outcome.data["error"]["code"] == CannotServeError.code
    assert outcome.sentence.startswith(sentence)
    assert "Change the request, or let the engine be chosen: auto" in outcome.sentence


def test_an_engine_that_is_misspelt_is_guessed(reprise: Run, write: Write) -> None:
    tune = write("tune", builders.score(builders.melody(), length=16.0))

    outcome = reprise("vary", tune, "--engine", "chord")

    assert outcome.code == 2
    assert "did you mean 'chords'?" in outcome.sentence


@pytest.mark.parametrize(
    "verb", ["vary", "continue", "refill", "redo", "morph", "accompany", "develop"]
)
def test_the_help_of_a_musical_verb_says_where_engines_are_listed(verb: str) -> None:
    assert "reprise models engines" in " ".join(parser_for(verb).format_help().split())

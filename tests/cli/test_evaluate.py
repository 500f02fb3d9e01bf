"""evaluate: the flagship's suites from the command line, with an engine that needs no weights."""

import json
from pathlib import Path

import pytest

import tiny_pieces
from reprise.library.corpus_file import write_corpus

from .conftest import Run


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "tiny.npz"
    write_corpus(path, tiny_pieces.corpus())
    return path


@pytest.mark.parametrize("suite", ["infill", "loops", "melody", "vary", "controls", "continue"])
def test_a_suite_prints_its_figures_and_leaves_a_page(
    reprise: Run, corpus: Path, tmp_path: Path, suite: str
) -> None:
    words = ("evaluate", suite, "--model", "markov", "--corpus", corpus, "--quick")

    outcome = reprise(*words, "--examples", "3", "--json", "--out", tmp_path)

    assert outcome.code == 0
    assert outcome.data["suite"] == suite
    assert outcome.data["model"] == "markov"
    assert Path(outcome.data["page"]).is_file()
    saved = json.loads((tmp_path / f"{suite}.json").read_text(encoding="utf-8"))
    assert saved.items() <= outcome.data.items()


def test_infilling_is_a_table_for_people(reprise: Run, corpus: Path) -> None:
    words = ("evaluate", "infill", "--model", "markov", "--corpus", corpus, "--quick")

    outcome = reprise(*words, "--examples", "2", "--kinds", "pop")

    assert outcome.code == 0
    assert "nearest_bar" in outcome.out
    assert "voice_8_of_8" in outcome.out
    assert "multitrack" not in outcome.out


def test_validity_needs_no_music(reprise: Run) -> None:
    outcome = reprise("evaluate", "validity", "--model", "markov", "--quick", "--json")

    assert outcome.code == 0
    assert outcome.data["requests"] == 40
    assert outcome.data["answers"] > 0


def test_music_has_to_be_named(
    reprise: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REPRISE_DATA", raising=False)

    nothing = reprise("evaluate", "loops", "--model", "markov")
    missing = reprise("evaluate", "loops", "--model", "markov", "--corpus", tmp_path / "none.npz")
    empty = reprise("evaluate", "loops", "--model", "markov", "--data", tmp_path)

    assert (nothing.code, missing.code, empty.code) == (1, 1, 1)
    assert "--corpus" in nothing.sentence
    assert "none.npz" in missing.sentence
    assert "none of the data sets" in empty.sentence


def test_what_makes_no_sense_is_misuse(reprise: Run, corpus: Path) -> None:
    words = ("evaluate", "loops", "--model", "markov", "--corpus", corpus)

    kind = reprise(*words, "--kinds", "polka")
    workers = reprise(*words, "--workers", "0")

    assert (kind.code, workers.code) == (2, 2)
    assert "'polka'" in kind.sentence
    assert "--workers" in workers.sentence


def test_a_model_that_is_not_there_is_named(reprise: Run, corpus: Path, tmp_path: Path) -> None:
    outcome = reprise(
        "evaluate",
        "loops",
        "--model",
        "nobody",
        "--models",
        tmp_path,
        "--corpus",
        corpus,
        "--quick",
    )

    assert outcome.code == 1
    assert "'nobody'" in outcome.sentence


@pytest.mark.torch
def test_a_network_that_has_learned_nothing_breaks_no_rule(reprise: Run) -> None:
    outcome = reprise("evaluate", "validity", "--untrained", "xs", "--quick", "--json")

    assert outcome.code == 0, outcome.sentence
    assert outcome.data["model"] == "ensemble-xs-untrained"
    assert outcome.data["legal"] == 1.0
    assert outcome.data["absent_pad_hits"] == 0
    assert outcome.data["permutation_permutes"] == 1.0


@pytest.mark.slow
@pytest.mark.torch
def test_nothing_but_legal_answers_to_ten_thousand_random_requests(reprise: Run) -> None:
    outcome = reprise(
        "evaluate",
        "validity",
        "--untrained",
        "xs",
        "--requests",
        "10000",
        "--workers",
        "2",
        "--json",
    )

    assert outcome.data["legal"] == 1.0
    assert outcome.data["drum_answers"] > 900
    assert outcome.data["absent_pad_hits"] == 0
    assert outcome.data["permutation_permutes"] == 1.0

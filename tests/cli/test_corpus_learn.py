"""Answers into a corpus of one's own, which clips came so, and one of them out again."""

import json
from pathlib import Path

import pytest

import builders
from reprise.cli.main import main
from reprise.library.ingest.store import CORPORA, Corpus
from reprise.library.own_style import FILE_NAME
from reprise.music.smf_write import write_score


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    folder = tmp_path / "data"
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(folder))
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, object]:
    assert main([*words, "--json"]) == code
    out = capsys.readouterr()
    found: dict[str, object] = json.loads(out.out or out.err)
    return found


@pytest.fixture
def loop(tmp_path: Path) -> Path:
    path = tmp_path / "löop.mid"
    path.write_bytes(write_score(builders.score(builders.melody(), length=16.0, names=["Lead"])))
    return path


def test_starred_answers_are_learnt_listed_and_forgotten(
    data: Path, loop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = said(
        capsys,
        *("vary", str(loop), "--engine", "markov", "--count", "2", "--seed", "3"),
        *("--strength", "0.8", "-o", str(tmp_path / "out")),
    )
    ids = asked["ids"]
    assert isinstance(ids, list)
    said(capsys, "history", "star", ids[0])

    assert said(capsys, "corpus", "learn", "--starred")["added"] == 1
    assert said(capsys, "corpus", "learn", *ids)["added"] == len(ids) - 1

    names = said(capsys, "corpus", "clips", "mine")["clips"]
    assert isinstance(names, list)
    assert {name.split(" ")[1] for name in names} == set(ids)
    kept = sorted(clip.origin.file for clip in Corpus(data / CORPORA, "mine").clips())
    assert kept == names
    assert said(capsys, "corpus", "clips")["corpora"] == ["mine"]

    assert said(capsys, "corpus", "forget", "mine", names[0])["count"] == len(ids) - 1
    assert said(capsys, "corpus", "clips", "mine")["clips"] == names[1:]


def test_nothing_to_learn_and_nothing_to_forget_are_said(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "learn"]) == 2
    assert "--starred" in capsys.readouterr().err
    assert main(["corpus", "learn", "7F3K2M"]) == 1
    assert main(["corpus", "forget", "mine", "nothing"]) == 2
    assert "reprise corpus clips mine" in capsys.readouterr().err
    assert not (data / "learnt").exists()


def test_a_folder_is_ready_to_be_taken_after_and_the_result_says_whose(
    data: Path, loop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "riff.mid").write_bytes(loop.read_bytes())
    said(capsys, "corpus", "add", str(music), "--name", "mine", "--workers", "1")
    assert (data / CORPORA / "mine" / FILE_NAME).is_file()

    words = ("vary", str(loop), "-o", str(tmp_path / "out"), "--count", "1")
    assert main([*words, "--style-of", "yours"]) == 2
    assert "there are: mine" in capsys.readouterr().err
    assert main([*words, "--style-of", "mine", "--engine", "markov"]) == 1
    assert "does not vary in the style of a corpus" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["vary", "continue"])
def test_what_ships_takes_after_the_folder_and_says_so(
    data: Path, loop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "riff.mid").write_bytes(loop.read_bytes())
    said(capsys, "corpus", "add", str(music), "--name", "mine", "--workers", "1")
    assert data.is_dir()

    out = tmp_path / ("out" if verb == "vary" else "out.mid")
    asked = said(capsys, verb, str(loop), "-o", str(out), "--count", "1", "--style-of", "mine")

    assert asked["engine"] == "ensemble"
    assert asked["style_from"] == ["riff.mid"]

import io
import time
from pathlib import Path

import pytest

from reprise.cli.verbs import history as verb
from reprise.errors import InvalidRequestError
from reprise.music import smf
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.service.history import History
from reprise.service.messages import Result, Vary

from .conftest import Run

NOW = 1_800_000_000.0


def saved_answer(state: Path, clip_name: str = "Lead", project: str = "Song") -> str:
    notes = tuple(Note(float(beat), 60 + beat, 1.0) for beat in range(4))
    request = Vary(
        request_id=1,
        source=Score((Voice("Lead", notes),), 4.0),
        clip_name=clip_name,
        project=project,
    )
    result = Result(
        request_id=1,
        index=0,
        count=1,
        result_id="",
        length=4.0,
        kept=(0, 1),
        new_notes=((Note(2.0, 72, 1.0), Note(3.0, 71, 1.0)),),
        seed=7,
        engine="markov",
    )
    history = History(state, clock=time.time)
    try:
        return history.save(history.begin(request, clip_name), result).result_id
    finally:
        history.close()


def test_an_answer_comes_back_by_its_id_alone(reprise: Run, state: Path, tmp_path: Path) -> None:
    result_id = saved_answer(state)
    outcome = reprise("history", "get", result_id, "-o", tmp_path / "again.mid", "--json")
    assert outcome.code == 0
    assert outcome.data["kept_notes"] == 2
    assert outcome.data["file"] == str(tmp_path / "again.mid")
    (voice,) = smf.read(tmp_path / "again.mid").score().voices
    assert [note.pitch for note in voice.notes] == [60, 61, 72, 71]


def test_get_writes_over_no_file_unless_asked(reprise: Run, state: Path, tmp_path: Path) -> None:
    result_id = saved_answer(state)
    (tmp_path / "mine.mid").write_bytes(b"mine")
    refused = reprise("history", "get", result_id, "-o", tmp_path / "mine.mid")
    assert refused.code == 1
    assert "--force" in refused.sentence
    assert (tmp_path / "mine.mid").read_bytes() == b"mine"
    assert reprise("history", "get", result_id, "-o", tmp_path / "mine.mid", "--force").code == 0


def test_answers_are_found_by_clip_project_and_time(reprise: Run, state: Path) -> None:
    lead = saved_answer(state, "Lead synth", "One")
    bass = saved_answer(state, "Bass", "Two")
    listed = reprise("history", "list", "--json").data["entries"]
    assert {entry["result_id"] for entry in listed} == {lead, bass}

    def found(*words: str) -> list[str]:
        entries = reprise("history", "find", *words, "--json").data["entries"]
        return [entry["result_id"] for entry in entries]

    assert found("--clip", "synth") == [lead]
    assert found("--project", "Two") == [bass]
    assert set(found("--since", "1h")) == {lead, bass}
    assert found("--since", "2999-01-01") == []


def test_a_starred_answer_survives_clearing(reprise: Run, state: Path) -> None:
    kept, gone = saved_answer(state, "one"), saved_answer(state, "two")
    assert reprise("history", "star", kept).code == 0
    assert reprise("history", "clear", "--yes", "--json").data == {"removed": 1}
    assert reprise("history", "get", gone).code == 1
    assert f"* {kept}" in reprise("history", "list").out
    assert reprise("history", "unstar", kept, "--json").data["entries"][0]["is_starred"] is False
    assert reprise("history", "clear", "--starred-too", "--yes", "--json").data == {"removed": 1}


def test_clearing_without_a_yes_removes_nothing(
    reprise: Run, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result_id = saved_answer(state)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    refused = reprise("history", "clear")
    assert refused.code == 2
    assert "--yes" in refused.sentence
    assert reprise("history", "get", result_id).code == 0


def test_an_exported_history_can_be_imported_elsewhere(
    reprise: Run, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result_id = saved_answer(state)
    assert reprise("history", "export", tmp_path / "all.jsonl", "--json").data["results"] == 1
    assert reprise("history", "export", tmp_path / "all.jsonl").code == 1
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(tmp_path / "elsewhere"))
    assert reprise("history", "get", result_id).code == 1
    assert reprise("history", "import", tmp_path / "all.jsonl", "--json").data == {"added": 1}
    assert reprise("history", "import", tmp_path / "all.jsonl", "--json").data == {"added": 0}
    assert reprise("history", "get", result_id).code == 0


@pytest.mark.parametrize("wrong", ["ABC", "ABCDEF", "not an id"])
def test_an_id_that_is_not_there_is_a_sentence(reprise: Run, wrong: str) -> None:
    outcome = reprise("history", "get", wrong)
    assert outcome.code == 1
    assert "reprise history list" in outcome.sentence


@pytest.mark.parametrize(
    ("when", "seconds"),
    [("90m", NOW - 5400), ("5h", NOW - 18_000), ("2d", NOW - 172_800), ("1w", NOW - 604_800)],
)
def test_times_ago_are_understood(when: str, seconds: float) -> None:
    assert verb.seconds_from_when(when, NOW) == seconds


def test_a_time_that_is_none_is_a_sentence() -> None:
    with pytest.raises(InvalidRequestError, match="date such as 2026-11-21"):
        verb.seconds_from_when("yesterday", NOW)

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reprise.cli import main as door
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.errors import BusyError, InvalidRequestError


class FakeVerb:
    EXAMPLE = "reprise vary loop.mid"

    def __init__(self, outcome: Answer | BaseException) -> None:
        self.outcome = outcome

    def add_arguments(self, parser: VerbParser) -> None:
        add_common_flags(parser)

    def run(self, arguments: object) -> Answer:
        assert arguments is not None
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> "type[FakeVerb]":
    class Installed(FakeVerb):
        def __init__(self, outcome: Answer | BaseException) -> None:
            super().__init__(outcome)
            monkeypatch.setattr(door, "_module", lambda _: self)

    return Installed


def test_an_answer_is_text_for_people_and_one_object_for_programs(
    verb: type[FakeVerb], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(Answer({"notes": 3}, "3 notes"))
    assert door.main(["vary"]) == 0
    assert capsys.readouterr().out == "3 notes\n"
    assert door.main(["vary", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"notes": 3}


def test_misuse_is_a_sentence_and_exit_code_2(
    verb: type[FakeVerb], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(InvalidRequestError("strength must be 0 to 1, got 7"))
    assert door.main(["vary"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "reprise: strength must be 0 to 1, got 7.\n"


def test_failure_is_a_sentence_and_exit_code_1_and_an_object_for_programs(
    verb: type[FakeVerb], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(BusyError("the queue is full; try again"))
    assert door.main(["vary", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "error": {"code": 31, "sentence": "the queue is full; try again."}
    }


def test_debug_shows_where_an_error_came_from(
    verb: type[FakeVerb], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(BusyError("the queue is full"))
    assert door.main(["vary", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_quiet_and_has_its_own_code(
    verb: type[FakeVerb], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(KeyboardInterrupt())
    assert door.main(["vary"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_unknown_verb_is_misuse_and_names_the_verbs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert door.main(["variate"]) == 2
    assert "'variate'; use one of demo, vary" in capsys.readouterr().err


def test_no_verb_shows_the_help_and_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main([]) == 2
    assert "usage: reprise VERB" in capsys.readouterr().out


def test_the_overview_names_every_verb() -> None:
    assert all(f"  {verb} " in door.overview() for verb in door.VERBS)


@pytest.mark.parametrize("verb_name", list(door.VERBS))
def test_every_verb_has_help_with_one_example(
    verb_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        door.main([verb_name, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: reprise {verb_name}" in text
    assert f"example:\n  reprise {verb_name}" in text


def test_the_overview_imports_nothing_heavy() -> None:
    code = (
        "import sys; from reprise.cli.main import main; main(['--help'])\n"
        "print(sorted({'torch', 'numpy', 'onnxruntime', 'mido', 'pretty_midi', 'sqlite3'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert outcome.stderr.strip() == "[]"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("reprise 0.")


def test_an_unknown_setting_is_misuse_and_names_the_near_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("REPRISE_QUEUE_SISE", "3")
    assert door.main(["status"]) == 2
    assert "did you mean 'queue_size'?" in capsys.readouterr().err


def test_a_settings_file_that_is_not_there_is_misuse(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert door.main(["status", "--config", str(tmp_path / "reprise.toml")]) == 2
    assert "cannot be read" in capsys.readouterr().err

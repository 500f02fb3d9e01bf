import socket
from pathlib import Path

import pytest

from reprise.cli import checks
from reprise.cli.checks import Check
from reprise.cli.verbs import doctor
from reprise.engines import checkpoint


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_old_python_is_named_with_what_to_install() -> None:
    check = checks.check_python((3, 9, 1))
    assert not check.is_ok
    assert "3.9.1" in check.finding
    assert "3.11 or newer" in check.advice


def test_the_library_that_runs_models_is_there() -> None:
    check = checks.check_onnxruntime()
    assert check.is_ok
    assert check.finding[0].isdigit()


@pytest.mark.parametrize(
    ("providers", "what"),
    [
        (("CPUExecutionProvider",), "CPU only"),
        (("CUDAExecutionProvider", "CPUExecutionProvider"), "CUDA available"),
        (("CoreMLExecutionProvider",), "CoreML available"),
    ],
)
def test_what_models_run_on_is_told(providers: tuple[str, ...], what: str) -> None:
    check = checks.check_gpu(providers)
    assert check.finding.startswith(what)
    assert check.is_ok


def test_missing_rtmidi_is_no_failure_and_names_the_pip_line() -> None:
    def missing() -> object:
        raise ImportError

    check = checks.check_virtual_midi(missing)
    assert not check.is_ok
    assert not check.is_essential
    assert "pip install 'reprise[midi]'" in check.advice


def test_a_free_port_and_one_of_another_program_are_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        check = checks.check_ports((taken,), lambda _: None)
        assert not check.is_ok
        assert check.finding == f"{taken} taken by another program"
        assert "another port" in check.advice
        both = checks.check_ports((taken, free_port()), lambda _: None)
        assert both.is_ok
        ours = checks.check_ports((taken,), lambda _: "1.2.3")
        assert ours.is_ok
        assert ours.finding == f"{taken} taken by Reprise 1.2.3"


def test_a_sound_model_and_a_changed_one_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "song-v1"
    checkpoint.write_settings(folder, {"kind": "song"}, {})
    checkpoint.write_sums(folder)
    (sound,) = checks.check_models(tmp_path)
    assert sound.is_ok
    (folder / "vocabulary.json").write_text("{} ", encoding="utf-8")
    (changed,) = checks.check_models(tmp_path)
    assert not changed.is_ok
    assert "vocabulary.json" in changed.finding
    assert "reinstall" in changed.advice


def test_no_models_at_all_is_a_finding(tmp_path: Path) -> None:
    (check,) = checks.check_models(tmp_path)
    assert not check.is_ok
    assert "markov" in check.advice


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert checks.check_folder(tmp_path / "new").is_ok
    check = checks.check_folder(tmp_path / "file")
    assert not check.is_ok
    assert str(tmp_path / "file") in check.finding


def test_a_full_disk_is_named_before_answers_are_lost(tmp_path: Path) -> None:
    assert checks.check_disk(tmp_path / "not" / "there").is_ok
    check = checks.check_disk(tmp_path, free_bytes=10)
    assert not check.is_ok
    assert "make room" in check.advice


def test_only_essential_findings_fail_the_doctor() -> None:
    fine = Check("python", is_ok=True, finding="3.12")
    small = Check("midi", is_ok=False, finding="none", advice="install", is_essential=False)
    grave = Check("disk", is_ok=False, finding="full", advice="make room")
    assert doctor.report([fine, small]).exit_code == 0
    answer = doctor.report([fine, small, grave])
    assert answer.exit_code == 1
    assert "-> make room" in answer.text
    assert answer.data["ok"] is False

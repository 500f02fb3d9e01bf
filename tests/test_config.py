"""Settings come from four places in one order, and nothing unknown passes."""

import os
from pathlib import Path

import pytest

from reprise.config import (
    PORTS,
    ServerConfig,
    default_config_path,
    default_data_directory,
    load,
)
from reprise.errors import ConfigError


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    return tmp_path / "Einstellungen für Björk.toml"


def test_defaults_are_safe() -> None:
    config = ServerConfig()

    assert config.host == "127.0.0.1"
    assert config.ports == PORTS == (17765, 17766, 17767, 17768)
    assert (config.threads, config.queue_size, config.deadline_seconds) == (1, 32, 30.0)
    assert config.data_directory == default_data_directory()
    assert default_data_directory().is_absolute()


def test_flags_beat_the_environment_beats_the_file_beats_the_default(settings_file: Path) -> None:
    settings_file.write_text("threads = 2\nqueue_size = 2\nlog_level = 'debug'", encoding="utf-8")
    environ = {"REPRISE_THREADS": "3", "REPRISE_QUEUE_SIZE": "3", "HOME": "/"}

    config = load({"threads": 4, "data": None}, environ, settings_file)

    assert (config.threads, config.queue_size, config.log_level) == (4, 3, "debug")
    assert config.history_limit_mb == 500.0


def test_every_setting_can_stand_in_the_file(settings_file: Path, tmp_path: Path) -> None:
    settings_file.write_text(
        f"""
        host = "127.0.0.1"
        ports = [9000, 9001]
        data_directory = {str(tmp_path / "dä")!r}
        queue_size = 5
        session_queue_size = 2
        deadline_seconds = 7
        history_limit_mb = 1.5
        log_level = "warning"
        data = {str(tmp_path)!r}
        threads = 2
        reaper_directories = [{str(tmp_path)!r}, {str(tmp_path / "Stück")!r}]
        """,
        encoding="utf-8",
    )

    assert load({}, {}, settings_file) == ServerConfig(
        ports=(9000, 9001),
        data_directory=tmp_path / "dä",
        queue_size=5,
        session_queue_size=2,
        deadline_seconds=7.0,
        history_limit_mb=1.5,
        log_level="warning",
        data=tmp_path,
        threads=2,
        reaper_directories=(tmp_path, tmp_path / "Stück"),
    )


def test_every_setting_can_stand_in_the_environment(settings_file: Path, tmp_path: Path) -> None:
    settings_file.write_text("", encoding="utf-8")
    environ = {
        "REPRISE_PORTS": "9000,9001",
        "REPRISE_DATA": str(tmp_path),
        "REPRISE_DEADLINE_SECONDS": "2.5",
        "REPRISE_LOG_LEVEL": "error",
        "REPRISE_REAPER_DIRECTORIES": os.pathsep.join([str(tmp_path), "", str(tmp_path / "b")]),
    }

    config = load({}, environ, settings_file)

    assert (config.ports, config.data) == ((9000, 9001), tmp_path)
    assert (config.deadline_seconds, config.log_level) == (2.5, "error")
    assert config.reaper_directories == (tmp_path, tmp_path / "b")


def test_no_settings_file_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("reprise.config.default_config_path", lambda: tmp_path / "none.toml")

    assert load({"threads": 2}, {}) == ServerConfig(threads=2)


def test_the_usual_settings_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "reprise.toml").write_text("threads = 3", encoding="utf-8")
    monkeypatch.setattr("reprise.config.default_config_path", lambda: tmp_path / "reprise.toml")

    assert load({}, {}).threads == 3


def test_the_usual_settings_file_is_called_reprise_toml() -> None:
    assert default_config_path().name == "reprise.toml"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("thread = 2", "'thread' in .* is no setting; did you mean 'threads'"),
        ("xyz = 2", "'xyz' in .* is no setting; there are: host, ports"),
        ("threads = '2'", "threads in .* must be a whole number, got '2'"),
        ("threads = true", "threads in .* must be a whole number, got True"),
        ("threads = 2.0", "must be a whole number"),
        ("threads = 9", "threads must be 1 to 8, got 9"),
        ("queue_size = 0", "queue_size must be 1 to 1000, got 0"),
        ("deadline_seconds = nan", "deadline_seconds must be 0.001 to 600, got nan"),
        ("history_limit_mb = '5'", "must be a number"),
        ("host = '0.0.0.0'", "host must be 127.0.0.1, .*got '0.0.0.0'"),
        ("host = '192.168.1.2'", "answers this machine only"),
        ("ports = []", "ports must be one or more"),
        ("ports = [70000]", "ports must be one or more of 1 to 65535"),
        ("ports = 9000", "ports in .* must be a list of whole numbers"),
        ("ports = ['a']", "ports in .* must be a list of whole numbers"),
        ("log_level = 'loud'", "log_level must be one of debug, info"),
        ("data = 7", "data in .* must be a path, got 7"),
        ("reaper_directories = 'x'", "reaper_directories in .* must be a list of paths, got 'x'"),
        ("reaper_directories = [7]", "reaper_directories in .* must be a list of paths"),
        ("threads = ", "is no valid TOML"),
    ],
)
def test_a_wrong_setting_is_a_sentence(settings_file: Path, text: str, sentence: str) -> None:
    settings_file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=sentence):
        load({}, {}, settings_file)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"REPRISE_THREADS": "two"}, "threads in the environment .* whole number, got 'two'"),
        ({"REPRISE_PORTS": "9000;9001"}, "must be a list of whole numbers"),
        ({"REPRISE_HISTORY_LIMIT": "5"}, "did you mean 'history_limit_mb'"),
    ],
)
def test_a_wrong_variable_is_a_sentence(
    settings_file: Path, environ: dict[str, str], sentence: str
) -> None:
    settings_file.write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match=sentence):
        load({}, environ, settings_file)


def test_an_unknown_flag_is_a_sentence(settings_file: Path) -> None:
    settings_file.write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match="'colour' in the command line is no setting"):
        load({"colour": "red"}, {}, settings_file)


def test_a_named_settings_file_must_be_there(settings_file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, {}, settings_file)


def test_a_settings_file_that_is_no_text_is_a_sentence(settings_file: Path) -> None:
    settings_file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="is no valid TOML"):
        load({}, {}, settings_file)

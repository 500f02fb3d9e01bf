"""Which REAPERs a server of this user serves, and what status and doctor say of them."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import fake_engines
from reprise.cli.mailboxes import (
    check_mailboxes,
    known_mailboxes,
    mailbox_server,
    mailboxes_of,
    served_by,
)
from reprise.cli.parser import VerbParser
from reprise.cli.verbs import serve
from reprise.cli.verbs.start import add_arguments
from reprise.config import ServerConfig
from reprise.errors import MissingDataError
from reprise.service.service import Service
from reprise.transports.mailbox_places import Registry, mailbox_of


@pytest.fixture
def home(state: Path) -> Path:
    assert not state.exists()
    Path.home().mkdir()
    return Path.home().resolve()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = fake_engines.service(tmp_path)
    yield running
    running.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """The resource folder of a portable REAPER."""
    folder = (tmp_path / "Stick Zoë").resolve()
    folder.mkdir()
    return folder


def tell_of(home: Path, resource_folder: Path) -> None:
    folder = home / ".reprise" / "mailboxes"
    folder.mkdir(parents=True)
    told = json.dumps({"resource_dir": str(resource_folder)})
    (folder / "a.json").write_text(told, encoding="utf-8")


def test_a_folder_that_is_named_twice_or_gone_is_served_once_or_not(stick: Path) -> None:
    assert mailboxes_of([stick, stick / ".." / stick.name, stick / "gone"]) == [mailbox_of(stick)]


def test_portable_reapers_and_named_ones_are_known(home: Path, stick: Path) -> None:
    named = home / "named"
    named.mkdir()
    tell_of(home, stick)

    known = known_mailboxes(ServerConfig(reaper_directories=(named,)))

    assert known == [mailbox_of(named), mailbox_of(stick)]


def test_the_users_server_serves_what_is_found_and_tells_scripts_how_to_start_it(
    home: Path, stick: Path, service: Service
) -> None:
    tell_of(home, stick)
    server = mailbox_server(service, ServerConfig(), is_beside=False, flags=["--port", "17766"])
    note = home / ".reprise" / "mailboxes.json"
    assert json.loads(note.read_text(encoding="utf-8"))["mailboxes"] == []

    server.look()

    told = json.loads(note.read_text(encoding="utf-8"))
    assert told["mailboxes"] == [str(mailbox_of(stick))]
    assert told["command"][1:] == ["-m", "reprise.cli.main", "start", "--port", "17766"]
    assert Registry(home).served() == [mailbox_of(stick)]
    server.close()
    assert Registry(home).served() == []


def test_a_server_beside_serves_only_what_was_named_and_tells_nobody(
    home: Path, stick: Path, service: Service
) -> None:
    named = home / "named"
    named.mkdir()
    tell_of(home, stick)
    settings = ServerConfig(reaper_directories=(named,))
    server = mailbox_server(service, settings, is_beside=True, flags=[])

    server.look()

    assert server.served == (mailbox_of(named),)
    assert not (home / ".reprise" / "mailboxes.json").exists()
    server.close()


def test_a_named_folder_that_is_not_there_says_where_reaper_shows_it(
    home: Path, service: Service
) -> None:
    settings = ServerConfig(reaper_directories=(home / "nowhere",))

    with pytest.raises(MissingDataError, match="REAPER resource path"):
        mailbox_server(service, settings, is_beside=True, flags=[])


def test_status_shows_the_mailboxes_of_the_server_that_runs(home: Path, stick: Path) -> None:
    tell_of(home, stick)
    mailbox = mailbox_of(stick)
    assert served_by(77, ServerConfig()) == []
    mailbox.mkdir(parents=True)
    (mailbox / "hello.json").write_text('{"pid":77}', encoding="utf-8")

    assert served_by(77, ServerConfig()) == [mailbox]
    assert served_by(78, ServerConfig()) == []


def test_the_doctor_says_how_each_reaper_is_reached(home: Path, stick: Path) -> None:
    assert "--reaper-dir" in check_mailboxes(ServerConfig(), None)[0].finding
    tell_of(home, stick)
    mailbox = mailbox_of(stick)
    assert "no server has been at" in check_mailboxes(ServerConfig(), None)[0].finding
    mailbox.mkdir(parents=True)
    assert "no server serves it just now" in check_mailboxes(ServerConfig(), None)[0].finding
    (mailbox / "hello.json").write_text('{"pid":77}', encoding="utf-8")
    assert "served at" in check_mailboxes(ServerConfig(), 77)[0].finding
    assert "by process 77" in check_mailboxes(ServerConfig(), 5)[0].finding


def test_the_doctor_names_a_mailbox_that_cannot_be_written(
    home: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> object:
        raise PermissionError(13, "Permission denied")

    tell_of(home, stick)
    mailbox_of(stick).mkdir(parents=True)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    (check,) = check_mailboxes(ServerConfig(), None)

    assert not check.is_ok
    assert not check.is_essential
    assert "Permission denied" in check.finding
    assert check.advice


def test_a_server_is_started_again_with_the_flags_that_it_had(tmp_path: Path) -> None:
    parser = VerbParser(prog="reprise start")
    add_arguments(parser)
    words = ["--port", "17767", "--reaper-dir", "A", "--reaper-dir", str(tmp_path)]

    flags = serve.restart_flags(parser.parse_args([*words, "--config", "x.toml"]))

    assert flags == [
        *("--port", "17767"),
        *("--config", str(Path("x.toml").absolute())),
        *("--reaper-dir", str(Path("A").absolute())),
        *("--reaper-dir", str(tmp_path)),
    ]
    assert serve.restart_flags(parser.parse_args([])) == []

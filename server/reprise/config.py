"""Settings: defaults < reprise.toml < REPRISE_* < flags; what is unknown is an error.

It reads what it is handed, so that tests need no environment; `cli` hands it the real one.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import PlatformDirs

from reprise.errors import ConfigError

FILE_NAME = "reprise.toml"
ENVIRONMENT_PREFIX = "REPRISE_"
PORTS = (17765, 17766, 17767, 17768)
LOOPBACK = ("127.0.0.1", "localhost")
LOG_LEVELS = ("debug", "info", "warning", "error")


def _directories() -> PlatformDirs:
    return PlatformDirs("Reprise", appauthor=False)


def default_data_directory() -> Path:
    """Return where the history and the log are, unless a setting says otherwise."""
    return Path(_directories().user_data_dir)


def default_config_path() -> Path:
    """Return where `reprise.toml` is looked for, unless a flag says otherwise."""
    return Path(_directories().user_config_dir) / FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Everything that can be set.

    Attributes:
        host: The address to listen on; loopback only.
        ports: UDP ports to try, in order, 1-65535 each.
        data_directory: Where the history and the log are.
        queue_size: Jobs that may wait or run in all, 1-1,000.
        session_queue_size: The same for one client, 1-1,000.
        deadline_seconds: For a request that names none, above 0 up to 600.
        history_limit_mb: Size of the history, above 0; starred results are kept beyond it.
        log_level: One of debug, info, warning, error.
        data: A folder of unpacked data sets, None where there is none.
        threads: Requests worked on at once, 1-8.
        reaper_directories: Resource folders of REAPER to serve besides those that are found.
        copied_notes: From so many notes in a row that few songs have a result says so in a
            sentence, 12-1,000; 0 for never. How many they are is told in every result.
    """

    host: str = "127.0.0.1"
    ports: tuple[int, ...] = PORTS
    data_directory: Path = field(default_factory=default_data_directory)
    queue_size: int = 32
    session_queue_size: int = 8
    deadline_seconds: float = 30.0
    history_limit_mb: float = 500.0
    log_level: str = "info"
    data: Path | None = None
    threads: int = 1
    reaper_directories: tuple[Path, ...] = ()
    copied_notes: int = 12

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ConfigError(
                f"host must be 127.0.0.1, because Reprise answers this machine only; "
                f"got {self.host!r}"
            )
        if not self.ports or not all(1 <= port <= 65535 for port in self.ports):
            raise ConfigError(f"ports must be one or more of 1 to 65535, got {list(self.ports)}")
        if self.log_level not in LOG_LEVELS:
            raise ConfigError(
                f"log_level must be one of {', '.join(LOG_LEVELS)}, got {self.log_level!r}"
            )
        _check("queue_size", self.queue_size, 1, 1000)
        _check("session_queue_size", self.session_queue_size, 1, 1000)
        _check("deadline_seconds", self.deadline_seconds, 0.001, 600)
        _check("history_limit_mb", self.history_limit_mb, 0.01, 1e6)
        _check("threads", self.threads, 1, 8)
        if self.copied_notes:
            _check("copied_notes", self.copied_notes, 12, 1000)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must be {low:g} to {high:g}, got {value}")


def load(
    flags: Mapping[str, object], environ: Mapping[str, str], config_path: Path | None = None
) -> ServerConfig:
    """Return the settings.

    Args:
        flags: By name; one that is None was not given.
        environ: Such as `os.environ`; names of ours begin with REPRISE_.
        config_path: The file that a flag named, which must be there; None for the usual place,
            where there may be none.

    Raises:
        ConfigError: A key is unknown, a value is of another type or out of range, or the file
            cannot be read; the sentence says which and where it stands.
    """
    values: dict[str, Any] = {}
    values.update(_from_file(config_path))
    values.update(_from_environment(environ))
    given = {name: value for name, value in flags.items() if value is not None}
    values.update(_converted(given, "the command line", _from_value))
    return ServerConfig(**values)


def _from_file(config_path: Path | None) -> dict[str, Any]:
    path = config_path or default_config_path()
    if config_path is None and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"the settings file {path} cannot be read ({error.strerror}); "
            "name one that is there, or leave --config out"
        ) from error
    except ValueError as error:
        raise ConfigError(f"the settings file {path} is no valid TOML: {error}") from error
    return _converted(table, str(path), _from_value)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): text
        for name, text in environ.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    return _converted(found, "the environment (REPRISE_*)", _from_text)


Convert = Callable[[str, Any], Any]


def _converted(values: Mapping[str, object], place: str, convert: Convert) -> dict[str, Any]:
    known = [item.name for item in fields(ServerConfig)]
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise ConfigError(f"{name!r} in {place} is no setting; {_hint(name, known)}")
        try:
            found[name] = convert(name, value)
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"{name} in {place} must be {_WANTED[_kind(name)]}, got {value!r}"
            ) from error
    return found


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"


_WANTED = {
    "ports": "a list of whole numbers",
    "int": "a whole number",
    "float": "a number",
    "path": "a path",
    "paths": "a list of paths",
    "str": "a text",
}
_KINDS = {
    "ports": "ports",
    "queue_size": "int",
    "session_queue_size": "int",
    "threads": "int",
    "copied_notes": "int",
    "deadline_seconds": "float",
    "history_limit_mb": "float",
    "data_directory": "path",
    "data": "path",
    "reaper_directories": "paths",
}


def _kind(name: str) -> str:
    return _KINDS.get(name, "str")


def _from_value(name: str, value: object) -> object:
    """Return a value of a file or flag as the setting's type; nothing is guessed from text."""
    match _kind(name), value:
        case _, bool():
            raise TypeError
        case ("int", int()) | ("str", str()):
            return value
        case "float", int() | float():
            return float(value)
        case "path", str() | Path():
            return Path(value).expanduser()
        case "ports", list() | tuple() if all(type(port) is int for port in value):
            return tuple(value)
        case "paths", list() | tuple() if all(isinstance(path, str | Path) for path in value):
            return tuple(Path(path).expanduser() for path in value)
    raise TypeError


def _from_text(name: str, text: str) -> object:
    """Return a text of the environment as the setting's type; ports are parted by commas.

    Paths are parted as the system parts those of PATH.
    """
    match _kind(name):
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "ports":
            return tuple(int(part) for part in text.split(","))
        case "paths":
            return _from_value(name, [part for part in text.split(os.pathsep) if part])
    return _from_value(name, text)

"""Model directories: find, read, verify and write them.

A model is a directory `<name>-v<N>` with `config.json` (format version, kind, networks),
`vocabulary.json`, the networks as `*.onnx`, `MODEL_CARD.md`, and `SHA256SUMS` over all of
these. Nothing is used before its hash has been compared.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import reprise
from reprise.errors import CorruptModelError, UnknownModelError

FORMAT_VERSION: Final = 1
CONFIG_FILE: Final = "config.json"
VOCABULARY_FILE: Final = "vocabulary.json"
SUMS_FILE: Final = "SHA256SUMS"
NETWORK_SUFFIX: Final = ".onnx"
CARD_FILE: Final = "MODEL_CARD.md"
HASH_LETTERS: Final = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified model directory.

    Attributes:
        name: The directory's name, such as `chorale-v1`.
        folder: The directory.
        config: What `config.json` says.
        vocabulary: What `vocabulary.json` says.
        model_hash: Names the networks, see `model_hash`.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    vocabulary: Mapping[str, Any]
    model_hash: str

    def network(self, part: str) -> Path:
        """Return the file of one network.

        Raises:
            CorruptModelError: The model has no such network.
        """
        networks = self.config.get("networks", {})
        if part not in networks:
            raise CorruptModelError(
                f"the model {self.name} has no network {part!r}; it has "
                f"{', '.join(sorted(networks)) or 'none'}"
            )
        return self.folder / str(networks[part])


def models_directory() -> Path:
    """Return the folder of the models that came with Reprise, in a wheel or in a checkout."""
    package = Path(reprise.__file__).resolve().parent
    in_wheel = package / "_models"
    return in_wheel if in_wheel.is_dir() else package.parent.parent / "models"


def list_models(directory: Path | None = None) -> list[str]:
    """Return the names of the models in a folder, sorted; by default of those we ship."""
    folder = models_directory() if directory is None else directory
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob(f"*/{CONFIG_FILE}"))


def read(name: str, directory: Path | None = None) -> Checkpoint:
    """Return a model whose files are all as they were published.

    Args:
        name: Its directory's name.
        directory: The folder that holds it; by default that of the models we ship.

    Raises:
        UnknownModelError: There is no such model.
        CorruptModelError: A file is missing, changed, or of a format that we do not know.
    """
    folder = (models_directory() if directory is None else directory) / name
    if not (folder / CONFIG_FILE).is_file():
        known = ", ".join(list_models(directory)) or "none"
        raise UnknownModelError(f"no model is called {name!r}; installed are: {known}")
    verify(folder)
    config = _read_json(folder / CONFIG_FILE)
    version = config.get("format_version")
    if version != FORMAT_VERSION:
        raise CorruptModelError(
            f"the model {name} has format version {version!r}, this Reprise reads "
            f"{FORMAT_VERSION}; update Reprise or install another model"
        )
    return Checkpoint(
        name=name,
        folder=folder,
        config=MappingProxyType(config),
        vocabulary=MappingProxyType(_read_json(folder / VOCABULARY_FILE)),
        model_hash=model_hash(name, directory),
    )


def model_hash(name: str, directory: Path | None = None) -> str:
    """Return the short hash of a model's networks, "" where there is no such model.

    It is made of their published hashes, so that neither a look at it nor a better card costs
    anything.
    """
    sums = (models_directory() if directory is None else directory) / name / SUMS_FILE
    if not sums.is_file():
        return ""
    networks = sorted(row for row in _read_sums(sums) if row[0].endswith(NETWORK_SUFFIX))
    lines = "".join(f"{expected}  {file_name}\n" for file_name, expected in networks)
    return hashlib.sha256(lines.encode()).hexdigest()[:HASH_LETTERS]


def verify(folder: Path) -> None:
    """Compare every file of a model with its published hash.

    Raises:
        CorruptModelError: A file is missing or changed, or the list of hashes is.
    """
    sums = folder / SUMS_FILE
    if not sums.is_file():
        raise CorruptModelError(
            f"the model {folder.name} has no {SUMS_FILE}; install the model again"
        )
    listed = dict(_read_sums(sums))
    for needed in (CONFIG_FILE, VOCABULARY_FILE):
        if needed not in listed:
            raise CorruptModelError(
                f"{_shown(sums)} does not name {needed}; install the model again"
            )
    for file_name, expected in listed.items():
        path = folder / file_name
        if not path.is_file():
            raise CorruptModelError(f"{_shown(path)} is missing; install the model again")
        if _sha256(path) != expected:
            raise CorruptModelError(
                f"{_shown(path)} is not the file that was published (its hash differs); "
                "install the model again"
            )


def listed_files(folder: Path) -> frozenset[str]:
    """Return the files that a model's list of hashes names, "/" between folders.

    Raises:
        CorruptModelError: A line of it is no hash.
        OSError: It cannot be read.
    """
    return frozenset(name for name, _ in _read_sums(folder / SUMS_FILE))


def write_sums(folder: Path) -> None:
    """Write the hashes of every file of a model directory, logs in sub-folders included."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS_FILE)
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


def write_settings(folder: Path, config: Mapping[str, Any], vocabulary: Mapping[str, Any]) -> None:
    """Write a model's `config.json`, with the format version, and its `vocabulary.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / CONFIG_FILE, {"format_version": FORMAT_VERSION, **config})
    _write_json(folder / VOCABULARY_FILE, vocabulary)


def _shown(path: Path) -> str:
    """Return a file's name as clients may see it: the model and the file, and no folder of ours."""
    return f"{path.parent.name}/{path.name}"


def _read_sums(path: Path) -> list[tuple[str, str]]:
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        expected, _, file_name = line.partition("  ")
        is_inside = bool(file_name) and not Path(file_name).is_absolute()
        if len(expected) != hashlib.sha256().digest_size * 2 or not is_inside or ".." in file_name:
            raise CorruptModelError(f"{_shown(path)} has a line that is no hash: {line!r}")
        rows.append((file_name, expected))
    return rows


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptModelError(
            f"{_shown(path)} cannot be read ({type(error).__name__}); install the model again"
        ) from error
    if not isinstance(content, dict):
        raise CorruptModelError(f"{_shown(path)} holds no table of settings")
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""Meets a model that may come from anywhere: every file is looked at before anything is loaded.

What a model directory may hold is spelled out; its graphs are read as data (`runtime.onnx_check`),
and only then is it run, once, in a process of its own with bounds on memory and time.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reprise.engines import checkpoint
from reprise.engines.user_models.seal import SEAL_FILE
from reprise.errors import CorruptModelError
from reprise.runtime.ensemble_model import EnsembleShape
from reprise.runtime.onnx_check import ENSEMBLE_OPERATORS, check_graph
from reprise.tokenizers.ensemble import layout, vocabulary

KIND: Final = "ensemble"
ENDINGS: Final = (".json", ".jsonl", ".md", ".onnx", ".safetensors", ".svg", ".npz", ".mid")
MOST_FILES: Final = 64
MOST_FILE_BYTES: Final = 512 * 1024**2
MOST_TEXT_BYTES: Final = 16 * 1024**2
MOST_INDEX_BYTES: Final = 64 * 1024**2
MOST_HEADER_BYTES: Final = 4 * 1024**2
TRIAL_SECONDS: Final = 60.0

MOST_LAYERS: Final = 64
MOST_WIDTH: Final = 8192
_BYTES_A_WEIGHT: Final = 4.2
_OTHER_BYTES: Final = 4 * 1024**2
_HASHES_TOO: Final = (checkpoint.SUMS_FILE, SEAL_FILE)

Run = Callable[[Path], str]
"""Runs the network of a folder once; returns what went wrong, "" where nothing did."""


def check(folder: Path, run: Run | None = None) -> dict[str, Any]:
    """Look a model's folder through, run it once, and return its settings.

    Args:
        folder: The model's.
        run: Runs it; by default in a process of its own.

    Raises:
        CorruptModelError: Something about it is not as it must be; the sentence says what.
    """
    _check_files(folder)
    checkpoint.verify(folder)
    _check_listed(folder)
    model = checkpoint.read(folder.name, folder.parent)
    shape = _checked_shape(folder, model.config)
    for part in ("prefill", "decode"):
        if model.network(part).name not in {path.name for path in folder.glob("*.onnx")}:
            raise _refused(folder, f"has no file for the network {part!r}")
    for path in sorted(folder.glob("*.onnx")):
        check_graph(path, ENSEMBLE_OPERATORS, _most_bytes(shape))
    for path in sorted(folder.glob("*.safetensors")):
        _check_weights(folder, path, _most_bytes(shape))
    for path in sorted(folder.glob("*.npz")):
        _check_index(folder, path)
    problem = (run_apart if run is None else run)(folder)
    if problem:
        raise _refused(folder, f"was run once and failed: {problem}")
    return dict(model.config)


def run_apart(folder: Path, seconds: float = TRIAL_SECONDS) -> str:
    """Run a model once in a process of its own; return what went wrong, "" where nothing did."""
    words = [sys.executable, "-m", "reprise.runtime.trial", str(folder)]
    try:
        ended = subprocess.run(  # noqa: S603 (our own module, and a path)
            words, capture_output=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return f"it did not answer within {seconds:g} s"
    except OSError as error:
        return f"it could not be tried ({error.strerror})"
    try:
        return str(json.loads(ended.stdout)["problem"])
    except (ValueError, KeyError, TypeError):
        return f"the process that tried it died (exit code {ended.returncode})"


def _check_files(folder: Path) -> None:
    paths = [path for path in folder.rglob("*") if not path.is_dir()]
    if len(paths) > MOST_FILES:
        raise _refused(folder, f"holds {len(paths)} files; at most {MOST_FILES} are allowed")
    for path in paths:
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_symlink() or not path.is_file():
            raise _refused(folder, f"holds {str(name)[:80]!r}, which is no plain file")
        if str(name) not in _HASHES_TOO and path.suffix not in ENDINGS:
            raise _refused(
                folder,
                f"holds {str(name)[:80]!r}; a model is made of {', '.join(ENDINGS)} files only",
            )
        is_text = path.suffix in (".json", ".jsonl", ".md", ".svg", ".mid")
        most = MOST_TEXT_BYTES if is_text or not path.suffix else MOST_FILE_BYTES
        if path.stat().st_size > most:
            raise _refused(folder, f"holds {name.name!r} of more than {most} bytes")


def _check_listed(folder: Path) -> None:
    listed = checkpoint.listed_files(folder)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in listed and name not in _HASHES_TOO:
            raise _refused(folder, f"holds {name[:80]!r}, which its list of hashes does not name")


def _checked_shape(folder: Path, config: Any) -> EnsembleShape:  # noqa: ANN401
    if config.get("kind") != KIND:
        raise _refused(folder, f"is of kind {str(config.get('kind'))[:40]!r} and not {KIND!r}")
    described = config.get("shape")
    shape = EnsembleShape.read(described if isinstance(described, dict) else {})
    if (shape.rows, shape.tokens) != (layout.ROWS, vocabulary.SIZE):
        raise _refused(
            folder,
            f"reads {shape.tokens} tokens in {shape.rows} rows, and this Reprise writes "
            f"{vocabulary.SIZE} in {layout.ROWS}",
        )
    sizes = (shape.width, shape.hidden, shape.heads * shape.head_size, shape.key_heads)
    half = shape.head_size // 2
    is_sound = (
        0 < shape.layers <= MOST_LAYERS
        and all(0 < size <= MOST_WIDTH for size in sizes)
        and len(shape.index_rates) == len(shape.time_rates) == half
    )
    if not is_sound:
        raise _refused(folder, "describes a network of an impossible shape")
    return shape


def _most_bytes(shape: EnsembleShape) -> int:
    mixed = (shape.heads + 2 * shape.key_heads) * shape.head_size
    block = shape.width * (mixed + shape.heads * shape.head_size + 3 * shape.hidden)
    weights = shape.rows * shape.width + shape.layers * block
    # The table may stand twice: as rows, and as the output's matrix.
    return round(_BYTES_A_WEIGHT * (weights + shape.tokens * shape.width)) + _OTHER_BYTES


def _check_weights(folder: Path, path: Path, most: int) -> None:
    """Look at a safetensors file: a length, a header in JSON, and no more than numbers after."""
    size = path.stat().st_size
    if size > most:
        raise _refused(folder, f"holds {path.name!r} of {size} bytes where {most} are enough")
    try:
        is_whole = _end_of_weights(path) == size
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        is_whole = False
    if not is_whole:
        raise _refused(folder, f"holds {path.name!r}, which is no safetensors file")


def _end_of_weights(path: Path) -> int:
    """Return where the numbers of a safetensors file end, as its header says."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(min(length, MOST_HEADER_BYTES)))
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    return 8 + length + max(int(entry["data_offsets"][1]) for entry in tensors)


def _check_index(folder: Path, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise _refused(folder, f"holds {path.name!r}, which is no index") from error
    if size > MOST_INDEX_BYTES:
        raise _refused(folder, f"holds {path.name!r}, which would fill {size} bytes")


def _refused(folder: Path, why: str) -> CorruptModelError:
    return CorruptModelError(
        f"the model {folder.name} {why}; it was not let in. Get it again from whoever made it, or "
        "leave it out"
    )

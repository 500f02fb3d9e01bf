"""Opens the ensemble network of a model's folder with the best runtime that is installed."""

import importlib.util
import json
from pathlib import Path

from reprise.errors import CorruptModelError
from reprise.runtime.ensemble_model import EnsembleModel, EnsembleShape
from reprise.runtime.ensemble_numpy import open_numpy
from reprise.runtime.ensemble_onnx import LazySession, OnnxEnsemble


def open_ensemble(folder: Path, threads: int = 1) -> EnsembleModel:
    """Return the model of a folder: with ONNX Runtime, or with numpy where that is missing.

    The networks themselves are opened by ONNX Runtime when they are first needed.

    Args:
        folder: Holds `config.json` with `shape` and `networks`: the files for `prefill` and
            `decode`, which may be one and the same.
        threads: How many of ONNX Runtime compute at once.

    Raises:
        CorruptModelError: The settings cannot be read or do not describe an ensemble network.
    """
    shape, prefill, decode = read_settings(folder)
    if importlib.util.find_spec("onnxruntime") is None:
        return open_numpy(shape, decode)
    sessions = {path: LazySession(path, threads) for path in (prefill, decode)}
    return OnnxEnsemble(shape, sessions[prefill], sessions[decode])


def read_settings(folder: Path) -> tuple[EnsembleShape, Path, Path]:
    """Return the shape of a folder's network, and the files for prompts and for answers.

    Raises:
        CorruptModelError: The settings cannot be read or do not describe an ensemble network.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shape = EnsembleShape.read(config["shape"])
        prefill, decode = (folder / str(config["networks"][part]) for part in ("prefill", "decode"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorruptModelError(
            f"{folder.name}/config.json does not describe an ensemble network "
            f"({type(error).__name__}); install the model again"
        ) from error
    return shape, prefill, decode

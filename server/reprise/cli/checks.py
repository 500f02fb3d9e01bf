"""What `reprise doctor` looks at: each check is one function that says what it found.

A check never raises for what it looks at: a finding with a way out is its answer.
"""

import importlib
import importlib.metadata
import importlib.util
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reprise.engines import checkpoint
from reprise.errors import MissingExtraError, ModelError
from reprise.transports.midi_ports import Load, find_backends, load_rtmidi

MIN_PYTHON: Final = (3, 11)
MIN_FREE_BYTES: Final = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found.

    Attributes:
        name: What was looked at.
        is_ok: Whether all is well.
        finding: What is there, as a few words or a sentence.
        advice: What to do where it is not well, "" where there is nothing to do.
        is_essential: Whether Reprise fails to work without it.
    """

    name: str
    is_ok: bool
    finding: str
    advice: str = ""
    is_essential: bool = True


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Tell whether this Python is new enough."""
    shown = ".".join(map(str, version[:3]))
    where = f"Python {shown} on {platform.system()} {platform.machine()}"
    advice = f"install Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer, then Reprise into it"
    is_ok = version[:2] >= MIN_PYTHON
    return Check("python", is_ok, where, "" if is_ok else advice)


def check_onnxruntime() -> Check:
    """Tell whether the library that runs models is there and what it can run on."""
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        advice = "install it again: pip install --force-reinstall onnxruntime"
        return Check("onnxruntime", is_ok=False, finding=f"not usable: {error}", advice=advice)
    return Check("onnxruntime", is_ok=True, finding=str(onnxruntime.__version__))


def check_gpu(providers: Sequence[str] | None = None) -> Check:
    """Tell what models run on; the CPU is enough for every model that ships."""
    if providers is None:
        try:
            providers = importlib.import_module("onnxruntime").get_available_providers()
        except ImportError:
            providers = ()
    names = {"CUDAExecutionProvider": "CUDA", "CoreMLExecutionProvider": "CoreML"}
    found = [names[provider] for provider in providers if provider in names]
    has_card = shutil.which("nvidia-smi") is not None
    what = (
        f"{' and '.join(found)} available" if found else "CPU only, enough for the shipped models"
    )
    card = "; an NVIDIA driver is installed" if has_card else ""
    return Check("gpu", is_ok=True, finding=what + card, is_essential=False)


def check_torch() -> Check:
    """Tell whether training is possible here."""
    if importlib.util.find_spec("torch") is None:
        return Check(
            "torch",
            is_ok=True,
            finding="not installed; only `reprise train` needs it: pip install 'reprise[train]'",
            is_essential=False,
        )
    version = importlib.metadata.version("torch")
    return Check("torch", is_ok=True, finding=f"{version}, for training", is_essential=False)


def check_virtual_midi(load: Load = load_rtmidi) -> Check:
    """Tell whether `reprise play` can make virtual MIDI ports; nothing else needs them."""
    try:
        found = find_backends(load)
    except MissingExtraError:
        return _no_virtual_midi(
            "python-rtmidi is not installed; everything but virtual MIDI ports works",
            "for virtual ports: pip install 'reprise[midi]'",
        )
    able = [one.backend for one in found if one.makes_virtual_ports and not one.problem]
    if able:
        finding = f"available through {' and '.join(able)}"
        return Check("virtual midi", is_ok=True, finding=finding, is_essential=False)
    if all(not one.makes_virtual_ports for one in found):
        return _no_virtual_midi(
            "Windows has no virtual MIDI ports of its own",
            "install loopMIDI and choose its port; everything else works without",
        )
    reasons = "; ".join(f"{one.backend}: {one.problem}" for one in found)
    return _no_virtual_midi(
        f"this system makes no virtual MIDI ports ({reasons}); everything else works",
        "on Linux load the ALSA sequencer (sudo modprobe snd-seq) or start JACK",
    )


def _no_virtual_midi(finding: str, advice: str) -> Check:
    return Check("virtual midi", is_ok=False, finding=finding, advice=advice, is_essential=False)


def check_models(directory: Path | None = None) -> list[Check]:
    """Tell for each model whether its files are those that were published."""
    names = checkpoint.list_models(directory)
    if not names:
        advice = "install Reprise again; without a model only the markov engine answers"
        return [Check("models", is_ok=False, finding="none are installed", advice=advice)]
    return [_model(name, directory) for name in names]


def _model(name: str, directory: Path | None) -> Check:
    try:
        found = checkpoint.read(name, directory)
    except ModelError as error:
        advice = "pip install --force-reinstall reprise brings the published files back"
        return Check(f"model {name}", is_ok=False, finding=str(error), advice=advice)
    return Check(f"model {name}", is_ok=True, finding=f"sound, {found.model_hash}")


def check_folder(folder: Path) -> Check:
    """Tell whether the data directory can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"reprise")
    except OSError as error:
        return Check(
            "data directory",
            is_ok=False,
            finding=f"{folder} cannot be written ({error.strerror})",
            advice="make it writable, or name another one in the settings",
        )
    return Check("data directory", is_ok=True, finding=str(folder))


def check_disk(folder: Path, free_bytes: int | None = None) -> Check:
    """Tell whether there is room for the history."""
    if free_bytes is None:
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free_bytes = shutil.disk_usage(there).free
    is_ok = free_bytes >= MIN_FREE_BYTES
    advice = "" if is_ok else "make room: at least 200 MB; `reprise history clear` gives some back"
    return Check("disk", is_ok, f"{free_bytes / 2**30:.1f} GB free", advice)


def check_ports(ports: Sequence[int], greet: Callable[[int], str | None]) -> Check:
    """Tell which ports are free, and who has the others.

    Args:
        ports: The UDP ports on loopback that a server tries.
        greet: Says hello at a port; returns the version of a Reprise that answers, else None.
    """
    words, can_serve = [], False
    for port in ports:
        is_free = port_is_free(port)
        version = None if is_free else greet(port)
        can_serve = can_serve or is_free or version is not None
        owner = f"Reprise {version}" if version else "another program"
        words.append(f"{port} free" if is_free else f"{port} taken by {owner}")
    advice = "" if can_serve else "end the other program, or choose another port in the settings"
    return Check("ports", can_serve, ", ".join(words), advice)


def port_is_free(port: int) -> bool:
    """Tell whether a UDP port on loopback can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

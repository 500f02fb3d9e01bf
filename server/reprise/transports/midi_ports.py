"""MIDI ports through rtmidi: CoreMIDI, ALSA and JACK make virtual ones, Windows has its own.

python-rtmidi is optional: without it, or where the system has no MIDI, a sentence says what to do.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Final

from reprise.errors import InvalidRequestError, MissingExtraError, RepriseError, ServerError

CLIENT_NAME: Final = "Reprise"

BACKENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "coremidi": "API_MACOSX_CORE",
        "alsa": "API_LINUX_ALSA",
        "jack": "API_UNIX_JACK",
        "windows": "API_WINDOWS_MM",
    }
)
"""Our name of each back end and rtmidi's, in the order in which they are tried."""

_WITHOUT_VIRTUAL_PORTS: Final = frozenset({"windows"})

RtMidi = Any
"""The module rtmidi, or what stands for it in a test."""


Load = Callable[[], RtMidi]


def load_rtmidi() -> RtMidi:
    """Return the module rtmidi, or raise ImportError."""
    return importlib.import_module("rtmidi")


@dataclass(frozen=True, slots=True)
class Found:
    """What one back end offers.

    Attributes:
        backend: Our name of it.
        makes_virtual_ports: Whether it can make ports of its own.
        ports: Names of the ports that can be played into.
        problem: Why it cannot be used just now, "" where it can.
    """

    backend: str
    makes_virtual_ports: bool
    ports: tuple[str, ...] = ()
    problem: str = ""


def find_backends(load: Load = load_rtmidi) -> tuple[Found, ...]:
    """Return what each back end of this system offers, in the order in which they are tried.

    Raises:
        MissingExtraError: python-rtmidi is not installed.
    """
    rtmidi = _loaded(load)
    return tuple(_found(rtmidi, backend) for backend in _compiled(rtmidi))


class MidiPort:
    """A port that can be played into, open until the block ends.

    Attributes:
        backend: Our name of what made it.
        name: As listeners see it, or that of the existing port.
        is_virtual: Whether it is ours, so that listeners have to choose it.
    """

    def __init__(self, output: RtMidi, backend: str, name: str, *, is_virtual: bool) -> None:
        self._output = output
        self.backend = backend
        self.name = name
        self.is_virtual = is_virtual

    def __enter__(self) -> "MidiPort":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, message: bytes) -> None:
        """Send one message at once."""
        self._output.send_message(message)

    def close(self) -> None:
        """Close the port; a virtual one is gone."""
        self._output.close_port()
        self._output.delete()


def open_port(name: str, backend: str | None = None, load: Load = load_rtmidi) -> MidiPort:
    """Open a port to play into: the existing one of exactly this name, else a virtual one.

    Where no virtual ports can be made, which is on Windows, a part of an existing port's name is
    enough.

    Args:
        name: Of the port.
        backend: Our name of the back end; None for the first that works.
        load: Imports rtmidi.

    Raises:
        MissingExtraError: python-rtmidi is not installed.
        InvalidRequestError: There is no such back end or port, or more than one.
        ServerError: No back end works.
    """
    rtmidi = _loaded(load)
    output, used = _first_that_works(rtmidi, backend)
    try:
        return _opened(output, used, name)
    except RepriseError:
        output.delete()
        raise
    except Exception as error:
        output.delete()
        raise ServerError(
            f"the MIDI port {name!r} cannot be opened ({_reason(error)}); see that no other "
            "program holds it: reprise play --list shows those that are there"
        ) from error


def _loaded(load: Load) -> RtMidi:
    try:
        return load()
    except ImportError:
        raise MissingExtraError(
            "python-rtmidi is not installed, and MIDI ports need it: pip install 'reprise[midi]'; "
            "everything else works without"
        ) from None


def _opened(output: RtMidi, backend: str, name: str) -> MidiPort:
    ports = [str(port) for port in output.get_ports()]
    if name not in ports and backend not in _WITHOUT_VIRTUAL_PORTS:
        output.open_virtual_port(name)
        return MidiPort(output, backend, name, is_virtual=True)
    index = ports.index(name) if name in ports else _index_of(name, ports)
    output.open_port(index)
    return MidiPort(output, backend, ports[index], is_virtual=False)


def _index_of(name: str, ports: list[str]) -> int:
    found = [index for index, port in enumerate(ports) if name.casefold() in port.casefold()]
    if len(found) == 1:
        return found[0]
    there = ", ".join(ports) or "none"
    raise InvalidRequestError(
        f"--port {name!r} fits {len(found)} of the ports that are there ({there}); Windows makes "
        "no virtual ports: install loopMIDI, add a port there and name it"
    )


def _first_that_works(rtmidi: RtMidi, backend: str | None) -> tuple[RtMidi, str]:
    compiled = _compiled(rtmidi)
    if backend is not None and backend not in compiled:
        raise InvalidRequestError(
            f"there is no back end {backend!r} here; this system has: {', '.join(compiled)}"
        )
    problems = []
    for candidate in compiled if backend is None else (backend,):
        try:
            return _output(rtmidi, candidate), candidate
        except ServerError as error:
            problems.append(f"{candidate}: {error}")
    raise ServerError(
        f"this system offers no MIDI port ({'; '.join(problems) or 'rtmidi has no back end'}); "
        "on Linux load the ALSA sequencer (sudo modprobe snd-seq) or start JACK"
    )


def _compiled(rtmidi: RtMidi) -> tuple[str, ...]:
    present = set(rtmidi.get_compiled_api())
    return tuple(
        name for name, constant in BACKENDS.items() if getattr(rtmidi, constant, None) in present
    )


def _found(rtmidi: RtMidi, backend: str) -> Found:
    is_able = backend not in _WITHOUT_VIRTUAL_PORTS
    try:
        output = _output(rtmidi, backend)
    except ServerError as error:
        return Found(backend, is_able, problem=str(error))
    try:
        return Found(backend, is_able, tuple(str(port) for port in output.get_ports()))
    finally:
        output.delete()


def _output(rtmidi: RtMidi, backend: str) -> RtMidi:
    """Return an output of one back end.

    Raises:
        ServerError: The back end does not work here.
    """
    try:
        with _quiet_libraries():
            return rtmidi.MidiOut(getattr(rtmidi, BACKENDS[backend]), name=CLIENT_NAME)
    except Exception as error:  # rtmidi raises types of its own on each system
        raise ServerError(_reason(error)) from error


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep what ALSA and JACK write to the terminal, past Python, from being seen."""
    if sys.platform == "win32":
        yield
        return
    saved = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(silence)

"""`reprise play`: a .mid file or an earlier answer, played through a virtual MIDI port."""

import contextlib
import math
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError, UnknownResultError
from reprise.music import smf
from reprise.music.performance import Performance
from reprise.music.smf import MidiDocument
from reprise.music.smf_write import write_score
from reprise.service.history import History
from reprise.service.ids import number_from_id
from reprise.transports.midi import Played, Player
from reprise.transports.midi_ports import BACKENDS, Found, MidiPort, find_backends, open_port

EXAMPLE = "reprise play loop.mid --port Reprise --loop"

EXIT_INTERRUPTED: Final = 130
DEFAULT_DELAY_S: Final = 1.0
_MAX_DELAY_S: Final = 600.0
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""What ends it; each system has some of them."""


def add_arguments(parser: VerbParser) -> None:
    """Add what is played, through which port, and how often."""
    parser.add_argument(
        "music",
        nargs="?",
        metavar="FILE.mid|ID",
        help="a file, or the id of an earlier answer such as 7F3K2M",
    )
    parser.add_argument(
        "--port",
        default="Reprise",
        metavar="NAME",
        help="name of the virtual port, or of an existing one to play into; on Windows a part of "
        "an existing one's (default Reprise)",
    )
    parser.add_argument(
        "--backend",
        choices=tuple(BACKENDS),
        help="what makes the port (default: the first that works)",
    )
    parser.add_argument(
        "--delay",
        type=float,
        default=DEFAULT_DELAY_S,
        metavar="SECONDS",
        help="wait before the first note, so that listeners can connect, 0 to 600 (default 1)",
    )
    parser.add_argument("--loop", action="store_true", help="play again and again until Ctrl-C")
    parser.add_argument(
        "--list", action="store_true", help="list the back ends and ports, play nothing"
    )
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Play to the end, or until Ctrl-C or a word to end; nothing sounds any more then.

    Raises:
        InvalidRequestError: Nothing to play was named, or there is no such port.
        InvalidMidiFileError: It is no file that can be read, and no id.
        UnknownResultError: The history has no such answer.
        MissingExtraError: python-rtmidi is not installed.
        ServerError: The system offers no MIDI port.
    """
    if arguments.list:
        return _listed(find_backends())
    _check(arguments)
    performance = Performance.of(_document(arguments))
    if not performance.moments:
        raise InvalidRequestError(f"{arguments.music} holds nothing that could be played")
    with _told_to_stop() as is_stopped, open_port(arguments.port, arguments.backend) as port:
        _announce(port)
        played = _played(port, performance, is_stopped, arguments)
    return _told(arguments, port, performance, played)


def _check(arguments: Namespace) -> None:
    if arguments.music is None:
        raise InvalidRequestError("name a .mid file or an id to play; see reprise play --help")
    if not 0.0 <= arguments.delay <= _MAX_DELAY_S:
        raise InvalidRequestError(f"--delay must be 0 to 600 seconds, got {arguments.delay:g}")
    if not arguments.port.strip():
        raise InvalidRequestError("a port needs a name; see reprise play --help")


def _played(
    port: MidiPort, performance: Performance, is_stopped: "_Word", arguments: Namespace
) -> Played:
    progress = ProgressLine()
    player = Player(
        port,
        clock=time.monotonic,
        sleep=time.sleep,
        is_stopped=is_stopped,
        on_progress=partial(_show, progress, performance),
    )
    passes = math.inf if arguments.loop else 1
    try:
        return player.play(performance, delay_s=arguments.delay, passes=passes)
    finally:
        progress.clear()


def _document(arguments: Namespace) -> MidiDocument:
    path = Path(arguments.music)
    if path.exists() or not _is_id(arguments.music):
        return smf.read(path)
    settings = read_settings(arguments)
    history = History(settings.data_directory, clock=time.time, limit_mb=settings.history_limit_mb)
    try:
        score = history.get(arguments.music).score
    finally:
        history.close()
    return smf.read(write_score(score), arguments.music)


def _is_id(text: str) -> bool:
    try:
        number_from_id(text)
    except UnknownResultError:
        return False
    return True


@contextlib.contextmanager
def _told_to_stop() -> "Iterator[_Word]":
    """Give what says whether a signal came; the handlers that were there come back."""
    word = _Word()
    numbers = [getattr(signal, name) for name in _SIGNALS if _is_heeded(name)]
    before = {number: signal.signal(number, word.say) for number in numbers}
    try:
        yield word
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_heeded(name: str) -> bool:
    """Tell whether a signal is known here and, for the end of the terminal, not ignored (nohup)."""
    number = getattr(signal, name, None)
    if number is None:
        return False
    return name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN


class _Word:
    """Whether somebody said to stop.

    No `threading.Event`: its lock could be held by the very thread that a signal interrupts.
    """

    def __init__(self) -> None:
        self._is_said = False

    def __call__(self) -> bool:
        return self._is_said

    def say(self, *_: object) -> None:
        self._is_said = True


def _announce(port: MidiPort) -> None:
    what = "the virtual port" if port.is_virtual else "the port"
    advice = "; choose it as an input there" if port.is_virtual else ""
    print(f"Playing through {what} {port.name!r} ({port.backend}){advice}", file=sys.stderr)
    sys.stderr.flush()


def _show(progress: ProgressLine, performance: Performance, seconds: float) -> None:
    whole = performance.length_seconds
    if seconds < 0.0:
        progress.say(f"begins in {-seconds:.0f} s")
        return
    progress.show(seconds / whole, f"{seconds:.0f} of {whole:.0f} s, Ctrl-C ends it")


def _told(arguments: Namespace, port: MidiPort, performance: Performance, played: Played) -> Answer:
    data: dict[str, object] = {
        "music": arguments.music,
        "port": port.name,
        "backend": port.backend,
        "is_virtual": port.is_virtual,
        "notes": performance.note_count,
        "length_seconds": performance.length_seconds,
        **asdict(played),
    }
    # A loop has no other end than being told to.
    is_cut = played.is_stopped and not arguments.loop
    text = (
        f"{'Stopped after' if is_cut else 'Played for'} {played.seconds:.1f} s: "
        f"{played.message_count} messages, the latest {played.worst_late_ms:.1f} ms late"
    )
    return Answer(data, text, exit_code=EXIT_INTERRUPTED if is_cut else 0)


def _listed(found: tuple[Found, ...]) -> Answer:
    lines = []
    for backend in found:
        what = "makes virtual ports" if backend.makes_virtual_ports else "existing ports only"
        lines.append(f"{backend.backend}: {backend.problem or what}")
        lines += [f"  {port}" for port in backend.ports]
    text = "\n".join(lines) or "This build of python-rtmidi has no back end."
    return Answer({"backends": [asdict(backend) for backend in found]}, text)

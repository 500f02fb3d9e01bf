"""Standing back behind the DAW: how threads and processes give way on each system.

Nothing here fails: where a system refuses, work goes on at its old priority, and the log says so.
"""

import ctypes
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

NICENESS: Final = 5
"""Added to a thread's niceness on Linux: of a core that two want, it gets about a quarter."""

UTILITY_CLASS: Final = 0x11
"""QOS_CLASS_UTILITY of macOS: work that takes seconds and that somebody waits for."""

BELOW_NORMAL: Final = -1
"""THREAD_PRIORITY_BELOW_NORMAL of Windows."""

BELOW_NORMAL_CLASS: Final = 0x4000
"""BELOW_NORMAL_PRIORITY_CLASS of Windows."""

PROCESS_NICENESS: Final = 10
"""Added to a whole process's niceness where it works for minutes."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long the engine's thread may hold the interpreter while the wire waits for it."""

AUTOGROUP: Final = Path("/proc/self/autogroup")


def lower_priority() -> None:
    """Let the calling thread, and on Linux those that it starts, stand back behind the DAW's."""
    try:
        _lower_thread()
    except (OSError, AttributeError):
        logging.getLogger(__name__).debug("this thread keeps its priority", exc_info=True)


def answer_promptly() -> None:
    """Let threads of this process that wait for the interpreter have it soon: those of the wire."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def lower_session(autogroup: Path = AUTOGROUP) -> None:
    """Let all of this process stand back, where Linux shares cores out among sessions first.

    There a niceness only counts among the threads of one session, and a server in the background
    is a session of its own. A session that others share is left alone.
    """
    if sys.platform != "linux" or os.getsid(0) != os.getpid():
        return
    try:
        autogroup.write_text(str(NICENESS), encoding="ascii")
    except OSError:
        logging.getLogger(__name__).debug("this session keeps its priority", exc_info=True)


def lower_process() -> None:
    """Let all of this process stand well back: work that takes minutes beside a DAW."""
    try:
        if sys.platform == "win32":
            lower_process_on_windows(getattr(ctypes, "WinDLL")("kernel32"))  # noqa: B009
        else:
            os.nice(PROCESS_NICENESS)
    except (OSError, AttributeError):
        logging.getLogger(__name__).debug("this process keeps its priority", exc_info=True)


def lower_process_on_windows(kernel: Any) -> None:  # noqa: ANN401 - a loaded C library
    """Put the calling process below normal; `kernel` is kernel32.

    Raises:
        OSError: The system refuses.
    """
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.SetPriorityClass.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    if not kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_CLASS):
        raise OSError("SetPriorityClass failed")


def lower_on_macos(library: Any) -> None:  # noqa: ANN401 - a loaded C library
    """Put the calling thread into the utility class; `library` is the system's own.

    Raises:
        OSError: The system refuses.
    """
    refused = library.pthread_set_qos_class_self_np(UTILITY_CLASS, 0)
    if refused:
        raise OSError(refused, os.strerror(refused))


def lower_on_windows(kernel: Any) -> None:  # noqa: ANN401 - a loaded C library
    """Put the calling thread below normal; `kernel` is kernel32.

    Raises:
        OSError: The system refuses.
    """
    kernel.GetCurrentThread.restype = ctypes.c_void_p
    kernel.SetThreadPriority.argtypes = (ctypes.c_void_p, ctypes.c_int)
    if not kernel.SetThreadPriority(kernel.GetCurrentThread(), BELOW_NORMAL):
        raise OSError("SetThreadPriority failed")


def _lower_on_linux() -> None:
    """Add to the thread's niceness, and let it wake without pushing others off their core."""
    if sys.platform == "linux":  # there alone threads have a niceness of their own
        thread = threading.get_native_id()
        os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


def _lower_thread() -> None:
    ways: dict[str, Callable[[], None]] = {
        "linux": _lower_on_linux,
        "darwin": lambda: lower_on_macos(ctypes.CDLL(None)),
        "win32": lambda: lower_on_windows(getattr(ctypes, "WinDLL")("kernel32")),  # noqa: B009
    }
    if sys.platform in ways:
        ways[sys.platform]()

"""The most memory that this process has held, as its system counts it."""

import ctypes
import re
import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the most bytes that this process has held at once, 0 where nobody tells."""
    if sys.platform == "win32":
        return _told_by_windows()
    # What `getrusage` says begins with the memory of whoever started the process.
    if _STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+)", _STATUS.read_text(encoding="ascii"))
        return int(found[1]) * 1024 if found else 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of Windows."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        ("peak_bytes", ctypes.c_size_t),
        ("others", ctypes.c_size_t * 7),
    )


if sys.platform == "win32":

    def _told_by_windows() -> int:
        counters = _Counters()
        counters.size = ctypes.sizeof(counters)
        this_process = ctypes.c_void_p(-1)
        ask = ctypes.windll.kernel32.K32GetProcessMemoryInfo
        ask(this_process, ctypes.byref(counters), ctypes.sizeof(counters))
        return int(counters.peak_bytes)

"""The engine's thread stands back behind the DAW's on every system, or goes on as it is."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reprise.service import priority
from reprise.service.priority import (
    NICENESS,
    SWITCH_INTERVAL_S,
    answer_promptly,
    lower_on_macos,
    lower_on_windows,
    lower_priority,
    lower_process_on_windows,
    lower_session,
)


class Library:
    """A system's C library that notes what is called and returns what it is told to."""

    def __init__(self, **answers: int) -> None:
        self.calls: list[tuple[Any, ...]] = []
        for name, answer in answers.items():
            setattr(self, name, self._function(name, answer))

    def _function(self, name: str, answer: int) -> Callable[..., int]:
        def called(*arguments: int) -> int:
            self.calls.append((name, *arguments))
            return answer

        return called


def test_on_macos_the_thread_is_for_work_that_somebody_waits_for() -> None:
    library = Library(pthread_set_qos_class_self_np=0)
    lower_on_macos(library)
    assert library.calls == [("pthread_set_qos_class_self_np", 0x11, 0)]
    with pytest.raises(OSError, match=r".+"):
        lower_on_macos(Library(pthread_set_qos_class_self_np=22))


def test_on_windows_the_thread_is_below_normal() -> None:
    kernel = Library(GetCurrentThread=-2, SetThreadPriority=1)
    lower_on_windows(kernel)
    assert kernel.calls == [("GetCurrentThread",), ("SetThreadPriority", -2, -1)]
    with pytest.raises(OSError, match="SetThreadPriority"):
        lower_on_windows(Library(GetCurrentThread=-2, SetThreadPriority=0))


def test_on_windows_a_process_that_works_for_minutes_is_below_normal() -> None:
    kernel = Library(GetCurrentProcess=-1, SetPriorityClass=1)
    lower_process_on_windows(kernel)
    assert kernel.calls == [("GetCurrentProcess",), ("SetPriorityClass", -1, 0x4000)]
    with pytest.raises(OSError, match="SetPriorityClass"):
        lower_process_on_windows(Library(GetCurrentProcess=-1, SetPriorityClass=0))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
def test_a_process_that_works_for_minutes_stands_back() -> None:
    words = (
        "import os; from reprise.service.priority import lower_process; before = os.nice(0); "
        "lower_process(); print(os.nice(0) - before)"
    )
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert int(told.stdout) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_on_linux_one_thread_stands_back_and_the_others_do_not() -> None:
    found: list[int] = []

    def work() -> None:
        mine = threading.get_native_id()
        found.append(os.getpriority(os.PRIO_PROCESS, mine))
        lower_priority()
        found.append(os.getpriority(os.PRIO_PROCESS, mine))

    here = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[1] == min(19, found[0] + NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == here


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has classes of threads like this")
def test_on_linux_the_thread_wakes_without_pushing_others_off_their_core() -> None:
    found: list[int] = []

    def work() -> None:
        lower_priority()
        found.append(os.sched_getscheduler(threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [os.SCHED_BATCH]
    assert os.sched_getscheduler(threading.get_native_id()) != os.SCHED_BATCH


@pytest.mark.parametrize("error", [OSError("no"), AttributeError("no such function")])
def test_a_system_that_refuses_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(priority, "_lower_thread", refuse)
    lower_priority()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares cores among sessions")
@pytest.mark.parametrize(("leads", "written"), [(True, str(NICENESS)), (False, "")])
def test_a_session_of_its_own_stands_back_and_a_shared_one_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, leads: bool, written: str
) -> None:
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid() if leads else 1)
    autogroup = tmp_path / "autogroup"
    autogroup.write_text("", encoding="ascii")
    lower_session(autogroup)
    assert autogroup.read_text(encoding="ascii") == written


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares cores among sessions")
def test_a_system_without_sessions_of_cores_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid())
    lower_session(tmp_path / "nothing" / "autogroup")
    assert not (tmp_path / "nothing").exists()


def test_the_wire_need_not_wait_for_the_engine_to_let_go_of_the_interpreter() -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(10 * SWITCH_INTERVAL_S)
        answer_promptly()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
    finally:
        sys.setswitchinterval(before)

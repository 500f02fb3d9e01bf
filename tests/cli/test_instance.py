import subprocess
import sys
from pathlib import Path

import pytest

from reprise.cli.instance import InstanceLock, Running, find_running, wait_until_gone
from reprise.errors import AlreadyRunningError, ServerError

RUNNING = Running(4711, 17765, "1.2.3", "server.log")


def test_whoever_runs_can_be_found_until_it_ends(tmp_path: Path) -> None:
    with InstanceLock(tmp_path / "new") as lock:
        lock.tell(RUNNING)
        assert find_running(tmp_path / "new") == RUNNING
        assert not wait_until_gone(tmp_path / "new", 0.0)
    assert find_running(tmp_path / "new") is None
    assert wait_until_gone(tmp_path / "new", 0.0)


def test_a_second_server_is_told_who_runs(tmp_path: Path) -> None:
    with InstanceLock(tmp_path) as lock:
        lock.tell(RUNNING)
        with pytest.raises(AlreadyRunningError, match=r"process 4711, port 17765.*reprise stop"):
            InstanceLock(tmp_path).__enter__()


def test_a_server_that_was_killed_keeps_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from reprise.cli.instance import InstanceLock, Running\n"
        "lock = InstanceLock(Path(sys.argv[1])).__enter__()\n"
        "lock.tell(Running(os.getpid(), 1, '')); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert (tmp_path / "server.json").exists()
    assert find_running(tmp_path) is None
    with InstanceLock(tmp_path) as lock:
        lock.tell(RUNNING)
        assert find_running(tmp_path) == RUNNING


@pytest.mark.parametrize("note", ["", "no json", "[]", '{"pid": 1}'])
def test_a_damaged_note_is_as_good_as_none(tmp_path: Path, note: str) -> None:
    with InstanceLock(tmp_path):
        (tmp_path / "server.json").write_text(note, encoding="utf-8")
        assert find_running(tmp_path) is None


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.touch()
    with pytest.raises(ServerError, match=r"a file.*cannot be written"):
        InstanceLock(file / "state").__enter__()

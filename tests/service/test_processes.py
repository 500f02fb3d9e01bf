"""What holds across processes: nothing that was told is lost by a kill, and seeds mean the same."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fake_engines import ManualClock
from reprise.service.history import FILE_NAME, History

REQUESTS = 50

ANSWER_AND_TELL = """
import json, sys
from pathlib import Path
import builders, fake_engines
from reprise.service import messages as m

def tell(message):
    if isinstance(message, m.Result):
        notes = [[note.start, note.pitch] for note in message.new_notes[0]]
        print(json.dumps([message.result_id, notes]), flush=True)
    inbox.send(message)

inbox = fake_engines.Inbox()
server = fake_engines.service(Path(sys.argv[1]))
source = builders.score(builders.melody(), length=16.0)
for number in range(int(sys.argv[2])):
    request = m.Vary(request_id=number, source=source, count=2, seed=1000 + number)
    server.handle(request, "live", tell)
    inbox.wait_for_end(number)
server.close()
"""


@contextmanager
def server_process(directory: Path, requests: int) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", ANSWER_AND_TELL, str(directory), str(requests)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def told_until_killed(directory: Path, after: int) -> list[tuple[str, list[list[float]]]]:
    """Return what a server told before it was killed without warning, while it went on."""
    with server_process(directory, REQUESTS) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    # The last line may be cut, and then nobody was told.
    return [tuple(json.loads(line)) for line in lines if line.endswith("\n")]


def check_nothing_told_is_lost(directory: Path, after: int) -> None:
    told = told_until_killed(directory, after)
    history = History(directory, clock=ManualClock())
    found = [history.get(result_id).result.new_notes[0] for result_id, _ in told]
    history.close()

    assert after <= len(told) < 2 * REQUESTS
    assert [[[note.start, note.pitch] for note in notes] for notes in found] == [
        notes for _, notes in told
    ]
    database = sqlite3.connect(directory / FILE_NAME)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


@pytest.mark.parametrize("after", [1, 40])
def test_every_answer_that_was_told_outlives_a_kill(tmp_path: Path, after: int) -> None:
    check_nothing_told_is_lost(tmp_path, after)


@pytest.mark.slow
@pytest.mark.parametrize("after", range(3, 90, 4))
def test_every_answer_that_was_told_outlives_a_kill_at_any_moment(
    tmp_path: Path, after: int
) -> None:
    check_nothing_told_is_lost(tmp_path, after)


def test_a_server_goes_on_with_the_history_of_one_that_was_killed(tmp_path: Path) -> None:
    first = told_until_killed(tmp_path, 10)

    with server_process(tmp_path, 1) as process:
        assert process.stdout is not None
        again = [json.loads(line) for line in process.stdout]

    assert [notes for _, notes in again] == [notes for _, notes in first[:2]]
    assert not {result_id for result_id, _ in again} & {result_id for result_id, _ in first}


def test_the_same_request_and_seed_give_the_same_notes_in_two_processes(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        with server_process(tmp_path / name, 3) as process:
            assert process.stdout is not None
            told.append([json.loads(line)[1] for line in process.stdout])

    assert told[0] == told[1]
    assert len(told[0]) == 6

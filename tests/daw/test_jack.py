"""`reprise play` over a real JACK: what a listener hears when it is stopped in the middle."""

import os
import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import builders
from reprise.music.smf_write import write_score

from .ardour import Ardour
from .jack import PORT, Process, connect, jack_ports, jack_server, playing, tail

pytestmark = pytest.mark.daw

ATTACKS_HEARD = 8
NOTE_ON, NOTE_OFF, CONTROL = 0x90, 0x80, 0xB0
ALL_NOTES_OFF = 123


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_a_player_that_is_stopped_leaves_no_note_sounding_in_a_listener(
    make_ardour: Callable[[str], Ardour],
    jack_midi: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    assert jack_midi is None
    file, log = tmp_path / "hymn.mid", tmp_path / "play.log"
    file.write_bytes(write_score(builders.chorale(bars=16)))
    environment = make_ardour("jack").environment
    with jack_server(environment, tmp_path / "jackd.log") as mine:
        monkeypatch.setenv("JACK_DEFAULT_SERVER", mine["JACK_DEFAULT_SERVER"])
        with listener() as heard, playing(file, mine, log) as player:
            connect(PORT, listening_port(mine), mine)
            messages = until_stopped(heard, player, number)

    assert player.returncode == 130, tail(log)
    assert held(messages) == set()
    assert any(m[0] & 0xF0 == CONTROL and m[1] == ALL_NOTES_OFF for m in messages)


Heard = queue.SimpleQueue[list[int]]


@contextmanager
def listener() -> Iterator[Heard]:
    """Open a port that puts what it hears into a queue."""
    rtmidi = pytest.importorskip("rtmidi")
    heard: Heard = queue.SimpleQueue()
    port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="Listener")
    port.set_callback(lambda event, _: heard.put(event[0]))
    port.open_virtual_port("in")
    try:
        yield heard
    finally:
        port.close_port()
        port.delete()


def listening_port(environment: dict[str, str]) -> str:
    (found,) = [one for one in jack_ports(environment) or () if one.startswith("Listener:")]
    return found


def until_stopped(heard: Heard, player: Process, number: signal.Signals) -> list[list[int]]:
    """Stop the player after some attacks and return all that was heard."""
    messages: list[list[int]] = []
    while sum(m[0] & 0xF0 == NOTE_ON for m in messages) < ATTACKS_HEARD:
        messages.append(heard.get(timeout=30.0))
    os.kill(player.pid, number)
    player.wait(30.0)
    with_rest = [*messages]
    try:
        while True:
            with_rest.append(heard.get(timeout=1.0))
    except queue.Empty:
        return with_rest


def held(messages: list[list[int]]) -> set[tuple[int, Any]]:
    keys: set[tuple[int, Any]] = set()
    for status, pitch, *_ in messages:
        if status & 0xF0 == NOTE_ON:
            keys.add((status & 15, pitch))
        elif status & 0xF0 == NOTE_OFF:
            keys.discard((status & 15, pitch))
    return keys

"""JACK without a sound card, `reprise play` on it, and processes that end with their test."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0
PORT = "Reprise:take"
"""The port of `reprise play` as JACK names it."""

_PERIOD_FRAMES = 1024

Process = subprocess.Popen[bytes]


class DawError(Exception):
    """The DAW or its sound server did not do what it does on other days; trying again may help."""


@contextmanager
def jack_server(environment: Mapping[str, str], log: Path) -> Iterator[dict[str, str]]:
    """Run a sound server without sound and give the environment of those who use it."""
    name = f"reprise{os.getpid()}_{time.monotonic_ns() % 10**6}"
    mine = {**environment, "JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
    # Without ports of a sound card nothing is connected by itself.
    words = f"jackd -n {name} -t 5000 -r -d dummy -r 48000 -p {_PERIOD_FRAMES} -C 0 -P 0"
    with running(words.split(), mine, log) as server:
        wait_until(lambda: jack_ports(mine) is not None, server, "JACK runs")
        yield mine


@contextmanager
def playing(midi_file: Path, environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Run `reprise play`, whose port is there and silent for a few seconds yet."""
    words = ["play", str(midi_file), "--backend", "jack", "--port", "take", "--delay", "6"]
    command = [sys.executable, "-m", "reprise.cli.main", *words]
    with running(command, environment, log) as player:
        wait_until(lambda: PORT in (jack_ports(environment) or ()), player, "a port")
        yield player


def connect(source: str, target: str, environment: Mapping[str, str]) -> None:
    """Connect two ports."""
    done = subprocess.run(
        ["jack_connect", source, target], env=environment, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise DawError(f"{source} was not connected to {target}: {done.stderr.decode()[-300:]}")


def jack_ports(environment: Mapping[str, str]) -> list[str] | None:
    """Return the names of all ports, None where JACK does not answer."""
    done = subprocess.run(
        ["jack_lsp"], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout.splitlines() if done.returncode == 0 else None


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Run a process until the block ends."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(is_reached: Callable[[], bool], process: Process, what: str) -> None:
    """Wait for something that a process brings about, at most a minute."""
    for _ in range(round(PATIENCE_S / 0.2)):
        if is_reached():
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise DawError(f"waited for nothing until {what}")


def tail(log: Path) -> str:
    """Return the last words of a process."""
    return log.read_text(encoding="utf-8", errors="replace")[-500:]

"""Who reads the shards of a folder: this process, several of this machine, or any executor.

Reading a shard depends on its files alone, so whoever does it writes the same bytes.
"""

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from reprise.errors import FileError
from reprise.library.ingest.memory import peak_bytes
from reprise.library.ingest.shards import Shard, read_shard


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of one shard.

    Attributes:
        files: How many it has.
        read: How many of them were read now.
        worker: Names the process that did it.
        peak_bytes: The most memory that this process has held so far.
    """

    files: int
    read: int
    worker: str
    peak_bytes: int


Workers = Callable[[Sequence[Shard], Path], Iterator[Worked]]
"""Reads shards into a folder, and yields each as it is done; raises as `read_shard`."""


def work(shard: Shard, folder: Path) -> Worked:
    """Read a shard into a folder that is there.

    Raises:
        FileError: As `read_shard`.
    """
    read = read_shard(shard, folder)
    return Worked(len(shard.files), read, this_process(), peak_bytes())


def this_process() -> str:
    """Return a name of this process that no other has, on whatever machine."""
    return f"{socket.gethostname()} {os.getpid()}"


def alone(shards: Sequence[Shard], folder: Path) -> Iterator[Worked]:
    """Read shards in this process, one after another."""
    return (work(shard, folder) for shard in shards)


def processes(count: int) -> Workers:
    """Return workers that are processes of this machine; of one it is this process."""
    if count < 2:
        return alone

    def share(shards: Sequence[Shard], folder: Path) -> Iterator[Worked]:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, context, _end_with_parent) as pool:
            try:
                yield from share_out(pool, shards, folder)
            except BrokenProcessPool as error:
                raise FileError(
                    "a process that read files was ended by the system, perhaps because memory ran "
                    "out; give the same command again with --workers 1: it goes on where it stopped"
                ) from error
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    return share


def share_out(executor: Executor, shards: Sequence[Shard], folder: Path) -> Iterator[Worked]:
    """Yield what came of each shard as an executor has read it.

    Args:
        executor: Anything that keeps the promise of `concurrent.futures`, on this machine or on
            several that see the same folders.
        shards: Of `shards_of`.
        folder: Where what was read goes.

    Raises:
        FileError: As `read_shard`.
    """
    waiting = [executor.submit(work, shard, folder) for shard in shards]
    for future in as_completed(waiting):
        yield future.result()


def _end_with_parent() -> None:
    """Let a worker end when whoever started it is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)

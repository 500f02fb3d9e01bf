"""The same work on many things, on one process or several, in order."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, TypeVar

Resource = TypeVar("Resource")
Item = TypeVar("Item")
Found = TypeVar("Found")

CHUNK = 4


def worked(
    opener: Callable[[], Resource],
    work: Callable[[Resource, Item], Found],
    items: Sequence[Item],
    workers: int = 1,
) -> Iterator[Found]:
    """Yield what work makes of each item, in their order.

    Args:
        opener: Opens what the work needs, once a process; has to be known to other processes.
        work: What is done, given what was opened and an item; known to them as well.
        items: What it is done with.
        workers: Processes.
    """
    if workers < 2:
        opened = opener()
        yield from (work(opened, item) for item in items)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _open_here, (opener,)) as pool:
        yield from pool.map(partial(_work_here, work), items, chunksize=CHUNK)


_HERE: dict[str, Any] = {}
"""What this worker process has opened."""


def _open_here(opener: Callable[[], Any]) -> None:
    _HERE["opened"] = opener()


def _work_here(work: Callable[[Any, Any], Any], item: Any) -> Any:  # noqa: ANN401 - any work
    return work(_HERE["opened"], item)

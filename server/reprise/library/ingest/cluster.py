"""Shards read by the workers of a Dask cluster, for collections that one machine is too small for.

Dask, because its client is an executor of `concurrent.futures` and nothing else has to change, and
because it is plain Python wherever Python runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reprise import __version__
from reprise.errors import FileError, InvalidRequestError, MissingExtraError
from reprise.library.ingest.shards import Shard
from reprise.library.ingest.working import Worked, Workers, share_out

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER: Final = 15


def cluster(address: str) -> Workers:
    """Return workers that are those of a Dask cluster.

    Args:
        address: Of its scheduler, such as "tcp://10.0.0.5:8786". Its workers must have the same
            version of Reprise, and see the same folders at the same places.
    """
    return partial(_share, address)


def _share(address: str, shards: Sequence[Shard], folder: Path) -> Iterator[Worked]:
    with _client(address) as client:
        from distributed import KilledWorker

        _check(client, shards, folder)
        try:
            yield from share_out(client.get_executor(), shards, folder)
        except (CancelledError, KilledWorker) as error:
            raise FileError(
                f"the Dask cluster at {address} went away, or its workers were ended by the "
                "system; start it and give the same command again: it goes on where it stopped"
            ) from error


@contextmanager
def _client(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            "work is shared with other machines by Dask, which is not installed: "
            "pip install 'reprise[distributed]'"
        ) from error
    try:
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequestError(
            f"no Dask scheduler answers at {address} ({error}); start one with dask scheduler and "
            "dask worker, and name the address that it prints"
        ) from error
    with client:
        yield client


def _check(client: "Client", shards: Sequence[Shard], folder: Path) -> None:
    """Raise where a worker could not do what this process would."""
    seen = [folder, *(shard.files[0].path for shard in shards[:1])]
    told: Mapping[str, Any] = client.run(_missing, __version__, seen, on_error="return")
    if not told:
        raise InvalidRequestError("the Dask cluster has no workers; start some: dask worker")
    for worker, missing in told.items():
        if isinstance(missing, Exception):
            missing = f"it has no Reprise {__version__} ({missing})"
        if missing:
            raise InvalidRequestError(
                f"the Dask worker {worker} cannot help: {missing}; all workers need the same "
                "version of Reprise, and the same folders at the same places"
            )


def _missing(version: str, seen: Sequence[Path]) -> str:
    """Return what a worker lacks, "" where nothing."""
    if version != __version__:
        return f"it has Reprise {__version__}, and {version} is needed"
    return next((f"{path} is not there" for path in seen if not path.exists()), "")

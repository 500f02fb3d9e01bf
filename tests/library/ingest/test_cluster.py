"""The same folder read by the workers of a Dask cluster, here processes of this machine."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

import builders
from reprise.errors import FileError, InvalidRequestError
from reprise.library.ingest import cluster as clusters
from reprise.library.ingest.cluster import cluster
from reprise.library.ingest.store import Corpus
from reprise.library.ingest.working import processes, this_process

distributed = pytest.importorskip("distributed", reason="pip install 'reprise[distributed]'")

WORKERS = 3


class Local(Protocol):
    """A cluster of this machine."""

    scheduler_address: str

    def close(self) -> None: ...


def local_cluster(workers: int) -> AbstractContextManager[Local]:
    found: AbstractContextManager[Local] = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    return found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a scheduler with three workers is."""
    with local_cluster(WORKERS) as local:
        yield local.scheduler_address


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Sixty tunes in two folders, some the same, and one that is no music."""
    return written_music(tmp_path / "music", 60)


def written_music(folder: Path, count: int) -> Path:
    (folder / "sub").mkdir(parents=True)
    for number in range(count):
        tune = bytes([0, 0x90, 40 + number % 50, 64, 96, 0x80, 40 + number % 50, 0] * 3)
        place = folder / "sub" if number % 2 else folder
        (place / f"{number}.mid").write_bytes(builders.midi_bytes(tune))
    (folder / "bad.mid").write_bytes(b"no")
    return folder


def written(corpus: Corpus) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in corpus.folder.glob("*/shards/*")}


def test_a_cluster_writes_the_same_bytes_as_one_process_and_as_two(
    address: str, music: Path, tmp_path: Path
) -> None:
    alone, two, many = (Corpus(tmp_path / "corpora", name) for name in ("one", "two", "many"))
    alone.add(music)
    two.add(music, processes(2))
    added = many.add(music, cluster(address))

    assert (added.found, added.read) == (61, 61)
    assert 1 < len(added.peaks) <= WORKERS
    assert this_process() not in added.peaks
    assert {path.partition(".")[2] for path in written(alone)} == {"json", "jsonl.gz", "pack.gz"}
    assert written(many) == written(two) == written(alone)


def test_a_cluster_reads_only_what_is_not_read_yet(
    address: str, music: Path, tmp_path: Path
) -> None:
    corpus = Corpus(tmp_path / "corpora", "mine")
    corpus.add(music)
    whole = written(corpus)
    next(corpus.folder.glob("*/shards/*.json")).unlink()

    assert 1 <= corpus.add(music, cluster(address)).read < 61
    assert written(corpus) == whole


def test_a_cluster_that_goes_away_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "SECONDS_TO_ANSWER", 1)
    # So many that the worker is still at work when the first of it is told.
    music = written_music(tmp_path / "much music", 500)
    corpus = Corpus(tmp_path / "corpora", "mine")
    with local_cluster(1) as local:

        def leave(*_: int) -> None:
            local.close()

        with pytest.raises(FileError, match="went away"):
            corpus.add(music, cluster(local.scheduler_address), leave)
    assert 1 <= corpus.add(music).read < 501


def test_workers_of_another_version_are_refused(
    address: str, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "__version__", "0.0.1")
    with pytest.raises(InvalidRequestError, match=r"0\.0\.1 is needed"):
        Corpus(tmp_path / "corpora", "mine").add(music, cluster(address))


def test_workers_that_do_not_see_the_folder_are_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="is not there"):
        list(cluster(address)([], tmp_path / "nowhere"))


def test_an_address_where_nobody_answers_is_said(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "SECONDS_TO_ANSWER", 0.1)
    with pytest.raises(InvalidRequestError, match="no Dask scheduler answers"):
        Corpus(tmp_path / "corpora", "mine").add(music, cluster("tcp://127.0.0.1:9"))


def test_an_address_that_is_none_is_said(music: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="no Dask scheduler answers"):
        Corpus(tmp_path / "corpora", "mine").add(music, cluster("nowhere://x"))

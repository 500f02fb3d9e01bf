"""The guard is timed on new and on pasted music, with the index of a folder on the disk."""

from pathlib import Path

import numpy as np

from reprise.cli import bench_guard
from reprise.cli.bench_guard import Size
from reprise.engines.copies import Copies
from reprise.library import own_index
from reprise.library.ingest.store import CORPORA

SMALL = (Size(8, 4, 8), Size(16, 1, 6))


def test_new_and_pasted_results_are_timed_with_many_and_few_pieces() -> None:
    told: list[str] = []
    found = bench_guard.measure(120, 2, lambda _, stage: told.append(stage), SMALL)

    assert found["pieces"] == 120
    assert found["few_pieces"] == 100
    assert list(found["results"]) == [str(size) for size in SMALL]
    for row in found["results"].values():
        assert row["new"] > 0.0
        assert row["pasted"] > 0.0
    first = found["results"][str(SMALL[0])]
    assert found["goal"]["found_ms"] == max(first["new_processor"], first["pasted_processor"])
    assert any("120 pieces" in stage for stage in told)
    assert "an index of 120 pieces" in bench_guard.text(found)


def test_what_is_pasted_is_a_copy_and_what_is_new_is_none(tmp_path: Path) -> None:
    pieces = [bench_guard.made_up_piece(number) for number in range(100)]
    path = tmp_path / CORPORA / "mine" / own_index.FILE_NAME
    own_index.write(path, own_index.build(pieces))
    copies = Copies(tmp_path, models=tmp_path)
    for size in SMALL:
        task = bench_guard.task_of(np.random.default_rng(1), size)
        assert copies(task, bench_guard.pasted(size, 0, 100)).is_copy
        assert not copies(task, bench_guard.made_up(np.random.default_rng((7, 7)), size)).is_copy

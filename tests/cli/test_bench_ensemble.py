"""What `reprise bench generate` counts, and how it judges it."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_ensembles
from reprise.cli import bench_child, bench_ensemble, bench_work
from reprise.cli.bench_ensemble import LARGE_MB, bound_ms, goals, slowness
from reprise.errors import CancelledError, RepriseError
from reprise.runtime.ensemble_files import open_ensemble

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(("bars", "candidates"), [(1, 1), (2, 3), (4, 2)])
def test_every_candidate_writes_eight_notes_in_24_tokens_a_bar(
    tmp_path: Path, bars: int, candidates: int
) -> None:
    model = open_ensemble(tiny_ensembles.write(tmp_path))

    found = bench_work.request(model, bars, candidates, seed=3)

    assert found.notes == 8 * bars * candidates
    assert found.tokens >= 24 * bars * candidates
    assert 0 < found.prompt < found.first_note < found.first_bar <= found.end


def test_the_prompt_has_512_tokens_and_is_another_for_another_seed() -> None:
    rows = [bench_work.read_row(bench_work.asked(8, seed)) for seed in (1, 2)]
    assert [len(row) for row in rows] == [512, 512]
    assert not np.array_equal(rows[0].features[:128], rows[1].features[:128])


def test_a_request_that_is_stopped_stops(tmp_path: Path) -> None:
    model = open_ensemble(tiny_ensembles.write(tmp_path))
    asked: list[int] = []

    class StopLater(bench_work.Unwatched):
        def check(self) -> None:
            asked.append(1)
            if len(asked) == 7:
                raise CancelledError("enough")

    with pytest.raises(CancelledError):
        bench_work.request(model, 4, 2, seed=1, watch=StopLater())


@pytest.mark.parametrize(
    ("part", "settings", "expected"),
    [
        ("work", {"threads": 1, "candidates": [1, 2], "runs": 1}, {"requests", "resident_mb"}),
        ("steps", {"candidates": 2}, {"step_ms", "own_tokens"}),
        ("cancel", {"candidates": 2}, {"largest_ms", "median_ms", "stops"}),
    ],
)
def test_each_part_prints_one_object(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    part: str,
    settings: dict[str, Any],
    expected: set[str],
) -> None:
    folder = str(tiny_ensembles.write(tmp_path))

    bench_child.main([json.dumps({"part": part, "folder": folder, **settings})])

    assert set(json.loads(capsys.readouterr().out)) == expected


def test_the_first_note_is_told_before_the_answer_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tiny_ensembles.write(tmp_path))
    bench_child.main([json.dumps({"part": "first_note", "folder": folder, "candidates": 2})])
    first, last = capsys.readouterr().out.splitlines()
    assert first == bench_child.FIRST_NOTE
    assert "resident_mb" in json.loads(last)


def machine(gemv: float, gemm: float) -> dict[str, Any]:
    return {"gemv_gb_s": {f"{LARGE_MB:g}": gemv}, "gemm_gflop_s": gemm}


@pytest.mark.parametrize(
    ("gemv", "gemm", "expected"),
    [(14.0, 150.0, 1.0), (50.0, 900.0, 1.0), (7.0, 900.0, 2.0), (50.0, 50.0, 3.0)],
)
def test_goals_in_milliseconds_are_stretched_on_slower_machines_only(
    gemv: float, gemm: float, expected: float
) -> None:
    assert slowness(machine(gemv, gemm)) == expected


def figures(end: float) -> dict[str, Any]:
    times = {"first_bar_ms": 90.0, "end_ms": end}
    names = [f"{bars} bars x {number}" for bars in (4, 8) for number in (1, 4)]
    return {
        "one_thread": {
            "requests": {name: {"cold": times, "warm": times} for name in names},
            "resident_mb": 140.0,
        },
        "cold_start": {"first_note_ms": 300.0},
        "cancel": {"largest_ms": 20.0},
        "busy_slowdown": 1.1,
        "eager_over_ours": 4.5,
        "roofline": {"fp32 x 1": 0.7, "int8 x 4": 0.5},
    }


@pytest.mark.parametrize(("end", "missed"), [(400.0, []), (600.0, ["m: 4 bars x 4, ms"])])
def test_a_goal_is_met_or_named(end: float, missed: list[str]) -> None:
    wire = {"generating": {"p99_ms": 1.0}, "idle_percent_of_a_core": 0.1}
    found = {"machine": machine(20.0, 200.0), "wire": wire, "sizes": {"m": figures(end)}}
    assert [goal.name for goal in goals(found) if not goal.is_met] == missed


def test_no_step_is_faster_than_its_weights_are_read() -> None:
    shape = tiny_ensembles.shape()
    per_block = 64 * (128 + 64) + 3 * 64 * 96
    weights = 2 * per_block + 768 * 64
    kept = 512 * 2 * 2 * 2 * 16 * 4

    found = bound_ms(shape, 4.0, 1, own=0.0, speeds=(10.0, 1e9))

    assert found == pytest.approx((4 * weights + kept) / 10.0 * 1e-6)
    assert bound_ms(shape, 4.0, 4, own=0.0, speeds=(1e9, 1.0)) == pytest.approx(
        4 * (2 * weights + 4 * 2 * 4 * 16 * 512) * 1e-6
    )


def test_sizes_that_nobody_knows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    from reprise.cli.main import main

    assert main(["bench", "generate", "--sizes", "s,huge"]) != 0
    assert "--sizes must name sizes out of s, m, l" in capsys.readouterr().err


def test_a_part_that_fails_is_said_with_its_reason() -> None:
    children = bench_ensemble.Children(os.environ)
    with pytest.raises(RepriseError, match=r"'prepare'.* failed"):
        children.run("prepare", size="none", folder="nowhere")

"""Peers are asked for the same notes in turn, and what is not installed is a sentence."""

from typing import Any

import pytest

from reprise.cli import bench_peers
from reprise.cli.bench_peer_child import GPT2, OURS
from reprise.cli.bench_peers import GOALS, NEEDED, PEERS, figures
from reprise.cli.verbs import bench

from .conftest import Run


def taken(ms: float, notes: int = 128) -> dict[str, Any]:
    return {"ms": ms, "cpu_ms": ms / 2, "notes": notes, "tokens": 384}


def test_ratios_are_medians_of_rounds_since_rounds_share_the_weather() -> None:
    rounds = [
        {OURS: taken(100.0), GPT2: taken(3000.0)},
        {OURS: taken(1000.0), GPT2: taken(31000.0)},
        {OURS: taken(100.0), GPT2: taken(100.0)},
    ]
    found = figures({OURS: {}, GPT2: {"parameters": 5}}, {}, rounds)
    assert found["ratios"] == found["cpu_ratios"] == {GPT2: 30.0}
    assert found["goals"] == [{"name": GPT2, "found": 30.0, "limit": 20.0, "is_met": True}]
    assert found["systems"][GPT2]["parameters"] == 5
    assert found["systems"][OURS]["median_ms"] == 100.0
    assert found["notes"] == 128


def test_who_wrote_fewer_notes_is_not_faster_for_it() -> None:
    found = figures({OURS: {}, GPT2: {}}, {}, [{OURS: taken(100.0), GPT2: taken(1000.0, 64)}])
    assert found["ratios"] == {GPT2: 20.0}


def test_every_peer_has_a_goal() -> None:
    assert set(GOALS) == set(PEERS)


def test_what_is_not_installed_is_left_out_with_a_sentence() -> None:
    found = figures({OURS: {}}, {GPT2: "transformers"}, [{OURS: taken(1.0)}])
    assert found["missing"] == {GPT2: f"transformers is not installed: {NEEDED}"}
    assert found["ratios"] == {}


@pytest.mark.torch
def test_a_random_network_of_ours_does_the_fixed_work() -> None:
    pytest.importorskip("torch")
    with bench_peers.random_model("s") as folder:
        found = bench_peers.measure(folder, 1, lambda _fraction, _name: None, names=())
    assert found["systems"][OURS]["notes"] == found["notes"] == 128
    assert found["systems"][OURS]["median_ms"] > 0.0


@pytest.mark.parametrize("runs", ["0", "101"])
def test_misuse_is_a_sentence(reprise: Run, runs: str) -> None:
    outcome = reprise("bench", "peers", "--runs", runs)
    assert outcome.code == 2
    assert "--runs must be 1 to 100" in outcome.sentence


def test_people_see_both_ratios_of_every_system() -> None:
    rounds = [{OURS: taken(100.0), GPT2: taken(3000.0)}]
    found = figures({OURS: {}, GPT2: {}}, {"T5": "transformers"}, rounds)
    head, columns, ours, peer, goal, missing = bench.peers_text(
        {"ours": "size m", **found}
    ).splitlines()
    assert "4 bars x 4 candidates" in head
    assert columns.endswith("on the processor")
    assert ours.endswith("size m")
    assert peer.split()[-4:] == ["30", "times", "30", "times"]
    assert goal.endswith("met")
    assert "pip install" in missing

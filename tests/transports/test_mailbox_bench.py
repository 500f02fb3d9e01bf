from pathlib import Path

import pytest

from reprise.errors import MissingDataError, MissingExtraError
from reprise.transports import mailbox_bench


@pytest.mark.parametrize("version", mailbox_bench.VERSIONS)
def test_a_quick_bench_finds_every_note_again(version: str) -> None:
    said: list[str] = []

    found = mailbox_bench.run(said.append, {8: 2, 900: 1}, version=version, idle_s=0.05)

    assert set(found["round_trips"]) == {"8", "900"}
    for figures in found["round_trips"].values():
        assert 0.0 < figures["p50_ms"] <= figures["p95_ms"]
        assert 0.0 < figures["poll_p99_ms"] <= figures["worst_poll_ms"]
        assert figures["server_cpu_ms_mean"] > 0.0
    assert set(found["idle_percent_of_a_core"]) == {"just_asked", "calm", "asleep"}
    assert [goal["name"] for goal in found["goals"]] == [
        "8 notes, p50 ms",
        "8 notes, p95 ms",
        "worst poll ms",
        "worst poll cpu ms",
    ]
    for goal in found["goals"]:
        assert goal["is_met"] == (goal["found"] <= goal["limit"])
    assert len(said) == 5


def test_without_the_scripts_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="--scripts"):
        mailbox_bench.run(scripts=tmp_path)


def test_without_a_lua_it_says_what_to_do() -> None:
    with pytest.raises(MissingExtraError, match="pip install lupa"):
        mailbox_bench.run(version="9.9")

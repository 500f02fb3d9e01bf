"""A neighbour counts the buffers that an audio driver would have dropped."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from reprise.cli import bench_audio
from reprise.cli.bench_audio import PERIOD_S, SCENES, WORK_S, Wakes, figures, neighbour

from .conftest import Run

TICK_S = 1e-5


class Machine:
    """A clock that moves a little at every look, and sleeps that last longer than asked."""

    def __init__(self, delays: Iterable[float]) -> None:
        self.now = 0.0
        self._delays = iter(delays)

    def clock(self) -> float:
        self.now += TICK_S
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0.0
        self.now += seconds + next(self._delays, 0.0)


def heard(delays: Iterable[float], periods: int = 20) -> Wakes:
    machine = Machine(delays)
    return neighbour(periods * PERIOD_S, machine.clock, machine.sleep)


def test_a_machine_that_is_on_time_drops_nothing() -> None:
    found = heard([])
    assert len(found.delays) in (19, 20)
    assert found.late == 0
    assert max(found.delays) < 10 * TICK_S


def test_a_wake_up_is_late_when_its_work_would_end_after_the_next_one_is_due() -> None:
    slack = PERIOD_S - WORK_S
    assert heard([0.0, slack - 0.0001]).late == 0
    assert heard([0.0, slack + 0.0001]).late == 1


def test_wake_ups_that_never_came_are_dropped_buffers_as_well() -> None:
    found = heard([0.0, 5 * PERIOD_S])
    assert found.late == 1 + found.missed
    assert found.missed >= 4
    assert len(found.delays) + found.missed in (19, 20, 21)


def test_figures_are_a_minute_and_all_cores_together() -> None:
    on_time, late = Wakes(30.0, (0.0,) * 1000), Wakes(30.0, (0.0,) * 990 + (0.01,) * 10)
    scenes = {scene: [on_time, on_time] for scene in SCENES}
    scenes |= {"busy loop": [late, late], "generating": [late, on_time]}
    found = figures(scenes, [0.5, 0.7], core_count=2)
    assert found["scenes"]["busy loop"]["late_per_minute"] == 40.0
    assert found["scenes"]["generating"]["late_per_minute"] == 20.0
    assert found["generating_over_busy_loop"] == 0.5
    assert found["idle_adds_per_minute"] == 0.0
    assert found["is_quiet"]
    low, high = found["scenes"]["busy loop"]["late_per_minute_95"]
    assert low < 40.0 < high


def test_a_busy_machine_is_told() -> None:
    scenes = {scene: [Wakes(30.0, (0.01,) * 100)] for scene in SCENES}
    assert not figures(scenes, [], core_count=1)["is_quiet"]
    quiet = {scene: [Wakes(30.0, (0.0,) * 100)] for scene in SCENES}
    assert figures(quiet, [], core_count=1)["generating_over_busy_loop"] is None


def test_all_scenes_are_played_with_a_real_server(state: Path) -> None:
    assert not state.exists()
    said: list[str] = []
    found = bench_audio.measure(1, 0.2, 1, "markov", lambda _fraction, scene: said.append(scene))
    assert said == list(SCENES)
    assert found["answers"] >= 1
    assert all(row["wakes"] > 0 for row in found["scenes"].values())
    assert not state.exists()


@pytest.mark.parametrize(
    "words", [("--seconds", "0"), ("--seconds", "601"), ("--rounds", "0"), ("--rounds", "101")]
)
def test_misuse_is_a_sentence(reprise: Run, words: tuple[str, str]) -> None:
    outcome = reprise("bench", "audio", *words)
    assert outcome.code == 2
    assert f"{words[0]} must be 1 to" in outcome.sentence

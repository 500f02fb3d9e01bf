"""A training rests while a request is served, and only then."""

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from reprise.cli.giving_way import (
    LONGEST_REST_S,
    GivingWay,
    server_is_busy,
    threads_beside,
)


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def way(time: Time, busy: Iterator[bool]) -> GivingWay:
    return GivingWay(lambda: next(busy), time.clock, time.sleep)


def test_a_training_rests_until_the_request_is_served() -> None:
    time = Time()
    way(time, iter([True, True, True, False])).rest(lambda: False)
    assert 0.1 < time.now < 0.2


def test_nobody_waits_and_nothing_rests() -> None:
    time = Time()
    way(time, iter([False])).rest(lambda: False)
    assert time.now == 0.0


def test_the_server_is_not_asked_at_every_step() -> None:
    time = Time()
    asked: list[bool] = []

    def is_busy() -> bool:
        asked.append(True)
        return False

    resting = GivingWay(is_busy, time.clock, time.sleep)
    for _ in range(100):
        resting.rest(lambda: False)
        time.now += 0.01
    assert 3 <= len(asked) <= 5


def test_a_stop_ends_the_rest() -> None:
    time = Time()
    way(time, repeat(object=True)).rest(lambda: time.now > 1.0)
    assert 1.0 < time.now < 1.2


def test_a_server_that_never_pauses_does_not_stop_a_training_for_good() -> None:
    time = Time()
    way(time, repeat(object=True)).rest(lambda: False)
    assert LONGEST_REST_S <= time.now < LONGEST_REST_S + 1.0


def test_without_a_server_nobody_is_busy(tmp_path: Path) -> None:
    assert not server_is_busy(tmp_path)


def test_a_training_beside_a_server_leaves_a_core_alone() -> None:
    assert threads_beside(8, is_served=True) == 7
    assert threads_beside(8, is_served=False) == 8
    assert threads_beside(1, is_served=True) == 1

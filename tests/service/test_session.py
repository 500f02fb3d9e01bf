"""Clients are remembered while they speak, and no more of them than fit."""

from fake_engines import ManualClock
from reprise.service.session import Sessions


def test_a_client_is_known_again() -> None:
    sessions = Sessions(ManualClock())
    sessions.heard("a").client = "max-for-live"

    assert sessions.heard("a").client == "max-for-live"


def test_the_longest_unheard_is_forgotten_first() -> None:
    sessions = Sessions(ManualClock(), limit=2)
    for key in ("a", "b", "a", "c"):
        sessions.heard(key).client = key

    assert [sessions.heard(key).client for key in ("a", "b")] == ["a", ""]


def test_only_clients_that_spoke_lately_count() -> None:
    clock = ManualClock()
    sessions = Sessions(clock)
    sessions.heard("a")
    clock.seconds += 61
    sessions.heard("b")

    assert sessions.count_since(60) == 1

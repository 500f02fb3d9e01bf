"""Saying hello to a server that may be there."""

from typing import Any

from reprise.client import Client, NotReachableError


def greet(port: int, seconds: float = 1.0) -> dict[str, Any] | None:
    """Return what a server at a port says to hello, None where none answers in time."""
    try:
        with Client("reprise cli", (port,)) as client:
            return client.connect(seconds)
    except (NotReachableError, OSError):
        return None


def status_of(port: int) -> dict[str, Any] | None:
    """Return how the server at a port is, None where none answers."""
    try:
        with Client("reprise cli", (port,)) as client:
            (reply,) = client.ask({"kind": "status"}, timeout_s=5.0)
    except (NotReachableError, TimeoutError, OSError):
        return None
    return {name: value for name, value in reply.items() if name not in ("kind", "request_id")}

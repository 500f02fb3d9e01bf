"""A model that is made while a server works is listed and answers, and nobody waits for it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")

import builders
import tiny_ensembles
from reprise.cli.own_server import OwnServer
from reprise.client import Client
from reprise.engines.user_models.shelf import Shelf
from reprise.service.messages import Vary
from reprise.service.plain import to_plain
from reprise.training.ensemble_graphs import Precision
from reprise.training.export_ensemble import write_model

pytestmark = pytest.mark.torch

PATIENCE_S = 60.0


def request(seed: int, engine: str) -> dict[str, Any]:
    asked = Vary(request_id=0, source=builders.chorale(2), count=1, seed=seed, engine=engine)
    plain = to_plain(asked)
    del plain["request_id"]
    return plain


class Asker:
    """Asks without a pause, in a thread of its own, and counts what comes of it."""

    def __init__(self, port: int) -> None:
        self.answered = 0
        self.failures: list[Exception] = []
        self._port = port
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Asker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended.set()
        self._thread.join()

    def wait_for_more(self, count: int) -> None:
        before = self.answered
        wait_for(lambda: self.failures or self.answered >= before + count)

    def _run(self) -> None:
        with Client("asker", (self._port,)) as client:
            seed = 0
            while not self._has_ended.is_set():
                seed += 1
                try:
                    self.answered += len(client.ask(request(seed, "markov")))
                except Exception as error:  # noqa: BLE001 - every failure counts
                    self.failures.append(error)


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def make(shelf: Shelf, name: str) -> None:
    """Make a small model, slowly enough for a server to look at it half done."""
    with shelf.making(name) as folder:
        weights, fp32 = tiny_ensembles.weights(), Precision.FP32
        write_model(tiny_ensembles.shape(), weights, folder, fp32, fp32, {"title": "My löops"})
        time.sleep(0.5)


def test_a_model_made_under_requests_is_listed_and_answers_without_a_restart(
    state: Path, server: OwnServer
) -> None:
    with Client("menu", (server.port,)) as menu, Asker(server.port) as asker:

        def listed() -> list[str]:
            menu.poll(0.05)
            return [offer["name"] for offer in (menu.welcome or {}).get("engines", ())]

        menu.connect()
        asker.wait_for_more(3)
        assert "mine" not in listed()

        make(Shelf(state), "mine")
        wait_for(lambda: "mine" in listed())
        (offer,) = (one for one in (menu.welcome or {})["engines"] if one["name"] == "mine")
        (result,) = menu.ask(request(1, "mine"))
        Shelf(state).rename("mine", "renamed")
        wait_for(lambda: "renamed" in listed())
        Shelf(state).delete("renamed")
        wait_for(lambda: "renamed" not in listed())
        asker.wait_for_more(3)

    assert (offer["title"], offer["problem"]) == ("My löops", "")
    assert (result["engine"], result["copied_notes"], result["copied_from"]) == ("mine", 0, "")
    assert asker.failures == []

"""Every musical message of the protocol's fixtures gets music from a real server over its wire."""

import json
from pathlib import Path
from typing import Any

import pytest

from reprise.cli.own_server import OwnServer
from reprise.client import Client, RequestFailedError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "protocol"
NOTHING_TO_DO = ("an empty clip", "four voices held, one free")
"""The second of them locks the only bar of its clip."""
VERBS = ("vary", "continue", "refill", "redo", "morph", "accompany", "develop")
EARLIER: dict[str, Any] = {"like": [], "not_like": [], "parent": None}
"""The fixtures name results that no history of a test holds."""

Plain = dict[str, Any]


def cases() -> dict[str, Plain]:
    return {
        f"{verb}: {case['name']}": case["plain"]
        for verb in VERBS
        for case in json.loads((FIXTURES / f"{verb}.json").read_text(encoding="utf-8"))
        if case["name"] not in NOTHING_TO_DO
    }


def voices_of(request: Plain) -> int:
    count: int = len(request["source"]["voices"]) + (request["kind"] == "accompany")
    return count


def test_every_fixture_of_a_verb_is_answered_with_legal_music(server: OwnServer) -> None:
    with Client("fixtures", (server.port,)) as client:
        for name, request in cases().items():
            results = client.ask({**request, **EARLIER, "engine": "markov", "seed": 7})
            assert results, name
            for result in results:
                assert len(result["new_notes"]) == voices_of(request), name
                for note in (note for notes in result["new_notes"] for note in notes):
                    assert note["start"] + note["duration"] <= result["length"] + 1e-6, name


def test_a_new_part_on_a_rack_plays_its_pads_and_no_others(server: OwnServer) -> None:
    request = cases()["accompany: drums on a rack whose pads nobody can name"]
    with Client("rack", (server.port,)) as client:
        (result,) = client.ask({**request, "engine": "markov", "seed": 7})
    assert {note["pitch"] for note in result["new_notes"][-1]} <= {36, 37, 38, 39}
    assert result["kept"] == list(range(8))


@pytest.mark.parametrize(
    ("verb", "change", "words"),
    [
        ("morph", {"amount": 1.5}, "amount must be 0 to 1, got 1.5"),
        ("morph", {"target": {"length": 4.0, "voices": []}}, "no note that sounds"),
        ("accompany", {"length": 0.0}, "length must be 0.001 to 4096, got 0"),
        ("accompany", {"span": {"start": 0.0, "end": 9.0}}, "reaches outside the clip"),
        ("develop", {"length": 5000.0}, "length must be 0.001 to 4096, got 5000"),
        ("develop", {"locks": {"voices": [0]}}, "every voice that could change is locked"),
        ("refill", {"pads": [99]}, "pads to replace are of drum voices"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    server: OwnServer, verb: str, change: Plain, words: str
) -> None:
    first = next(plain for name, plain in cases().items() if name.startswith(f"{verb}: "))
    lead = {**first, "source": cases()["accompany: a bass"]["source"], "voices": []}
    request = {key: value for key, value in lead.items() if key in first}
    with Client("wrong", (server.port,)) as client, pytest.raises(RequestFailedError) as failed:
        client.ask({**request, **change})
    assert words in str(failed.value)

"""models, doctor, bench, and the page of the whole command line."""

from functools import partial

import pytest

import builders
from reprise.cli import bench_generate, checks
from reprise.cli.bench_generate import Timing
from reprise.cli.reference import markdown
from reprise.cli.verbs import bench
from reprise.engines import checkpoint
from reprise.engines.registry import Registry
from reprise.transports import mailbox_bench, osc_bench

from .conftest import Run

PAGE = builders.MIDI_FIXTURES.parents[2] / "docs" / "cli.md"


def test_every_shipped_model_is_sound_and_has_a_card(reprise: Run) -> None:
    listed = reprise("models", "list", "--json").data["models"]
    assert [model["name"] for model in listed] == checkpoint.list_models()
    assert reprise("models", "verify").code == 0
    for model in listed:
        card = reprise("models", "show", model["name"], "--json").data
        assert card["hash"] == model["hash"]
        assert len(card["card"]) > 200


def test_every_engine_is_listed_with_what_it_can_be_asked_for(reprise: Run) -> None:
    outcome = reprise("models", "engines", "--json")
    infos = [listing.info for listing in Registry.installed().infos()]

    assert [
        (one["name"], one["title"], tuple(one["verbs"])) for one in outcome.data["engines"]
    ] == [(info.name, info.title, info.verbs) for info in infos]
    told = reprise("models", "engines").out
    assert all(info.title in told and info.verbs[0] in told for info in infos)


def test_an_unknown_model_is_a_failure_that_names_those_there_are(reprise: Run) -> None:
    for action in ("show", "verify"):
        outcome = reprise("models", action, "nothing-v1")
        assert outcome.code == 1
        assert "'nothing-v1'" in outcome.sentence


def test_the_doctor_looks_at_everything(reprise: Run) -> None:
    found = reprise("doctor", "--json").data
    names = {check["name"].split()[0] for check in found["checks"]}
    assert names >= {
        "python",
        "onnxruntime",
        "engine",
        "ports",
        "server",
        "data",
        "disk",
        "history",
        "virtual",
        "gpu",
        "torch",
    }
    assert names & {"model", "models"}
    assert all(check["is_ok"] or check["advice"] for check in found["checks"])


def test_the_doctor_fails_where_something_essential_does(
    reprise: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MIN_PYTHON", (99, 0))
    outcome = reprise("doctor")
    assert outcome.code == 1
    assert "install Python 99.0 or newer" in outcome.out


def test_ratios_compare_engines_that_were_measured_in_one_run() -> None:
    timings = [
        Timing("markov", "vary", 20.0, 10.0, 10.0, 12.0),
        Timing("chorale", "vary", 300.0, 20.0, 45.0, 60.0),
        Timing("chorale", "only this one", 300.0, 20.0, 45.0, 60.0),
    ]
    ratios = bench_generate.ratios(timings)
    assert ratios == {"vary": {"chorale/markov": 4.5}}
    text = bench._generate_text(timings, ratios)
    assert "vary: chorale/markov takes 4.5 times as long" in text


def test_generating_is_measured_with_every_engine_that_works(reprise: Run) -> None:
    found = reprise("bench", "generate", "--runs", "1", "--sizes", "none", "--json").data
    measured = {(timing["engine"], timing["question"]) for timing in found["timings"]}
    assert ("markov", "continue 8 bars") in measured
    assert all(timing["answer_ms"] > 0 for timing in found["timings"])


def test_no_runs_are_misuse(reprise: Run) -> None:
    assert reprise("bench", "generate", "--runs", "0").code == 2


def test_the_wire_is_measured_and_shown(reprise: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(osc_bench.run, sizes={10: 3, 1000: 2}, lossy_count=2)
    monkeypatch.setattr(osc_bench, "run", small)
    found = reprise("bench", "osc", "--json").data
    assert found["round_trips"]["10"]["repeats"] == 3
    assert found["lossy"]["complete_and_once"] == 2
    assert "complete and once in 2 of 2" in bench._osc_text(found)


def test_the_mailbox_is_measured_and_shown(reprise: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(mailbox_bench.run, sizes={8: 2}, idle_s=0.05)
    monkeypatch.setattr(mailbox_bench, "run", small)

    found = reprise("bench", "mailbox", "--lua", "5.3", "--json").data

    assert found["lua"] == "5.3"
    assert found["round_trips"]["8"]["repeats"] == 2
    shown = bench._mailbox_text(found)
    assert "Lua 5.3, 30 polls a second" in shown
    assert "worst poll ms" in shown


def test_the_page_of_the_command_line_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run: python -m reprise.cli.reference docs/cli.md"
    )

"""REAPER's Python actions: the protocol's fixtures, and runs against the real server."""

import json
import runpy
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import reprise_actions
import reprise_client
from reprise_actions import Job

from reprise.cli.own_server import OwnServer, own_server

from .fake_reaper_python import OTHER_PROJECT, FakeReaper, Item

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "protocol"
SCRIPTS = ROOT / "reaper_scripts" / "Reprise" / "python"
TABLE = json.loads((FIXTURES / "table.json").read_text(encoding="utf-8"))
CASES = [
    pytest.param(row, case, {"kind": kind, **case["plain"]}, id=f"{kind}: {case['name']}")
    for kind, row in TABLE["messages"].items()
    for case in json.loads((FIXTURES / f"{kind}.json").read_text(encoding="utf-8"))
]
TUNE = [(8.0 + n / 2, 8.5 + n / 2, 60 + n * 5 % 12) for n in range(16)]


def test_the_client_in_the_package_is_the_servers_own_file_byte_by_byte() -> None:
    ours = ROOT / "server" / "reprise" / "client.py"

    assert (SCRIPTS / "lib" / "reprise_client.py").read_bytes() == ours.read_bytes()


@pytest.mark.parametrize(("row", "case", "plain"), CASES)
def test_the_client_in_the_package_speaks_the_protocol_of_the_fixtures(
    row: dict[str, Any], case: dict[str, Any], plain: dict[str, Any]
) -> None:
    is_client = row["from"] == "client"
    make = reprise_client.InlineTexts if is_client else reprise_client.NumberedTexts

    atoms = reprise_client.encode_message(plain, make())
    kind = reprise_client.kind_from_address(case["address"])
    back = reprise_client.decode_message(kind, list(case["atoms"]), make())

    assert atoms == case["atoms"]
    assert reprise_client.encode_message(back, make()) == case["atoms"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    folder = tmp_path_factory.mktemp("state")
    with own_server(environment={"REPRISE_DATA_DIRECTORY": str(folder)}) as running:
        yield running


@pytest.fixture
def reaper() -> FakeReaper:
    return FakeReaper()


@pytest.fixture
def tune(reaper: FakeReaper) -> Item:
    """A selected item of two bars that begins in bar 3, with a controller."""
    item = reaper.add_item(reaper.add_track("Lead"), 8.0, 16.0, TUNE)
    item.takes[0].controllers = ("CC1",)
    item.is_selected = True
    return item


def begin(verb: str, reaper: FakeReaper, port: int) -> Job | None:
    return reprise_actions.begin(verb, reaper, partial(reprise_client.Client, ports=(port,)))


def ended(job: Job | None) -> None:
    """Call as REAPER's timer does until the job is over, at most a minute."""
    assert job is not None
    for _ in range(2000):
        if not job.is_going_on():
            return
        time.sleep(0.03)
    pytest.fail("the job did not end")


def check_balance(reaper: FakeReaper) -> None:
    assert reaper.open_blocks == 0
    assert reaper.refresh == 0


def test_vary_puts_takes_beside_an_original_that_stays(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    before = list(tune.takes[0].notes)

    ended(begin("vary", reaper, server.port))

    assert reaper.messages == []
    assert len(tune.takes) == 5
    assert tune.takes[0].notes == before
    assert all(take.notes != before for take in tune.takes[1:])
    assert all(take.controllers == ("CC1",) for take in tune.takes)
    assert all(0 <= n[0] < n[1] <= 8 * 960 for take in tune.takes for n in take.notes)
    assert tune.active == 1
    assert tune.is_selected
    assert reaper.undo == ["Reprise: Vary"]
    assert [take.name[:8] for take in tune.takes[1:]] == [f"Vary {n}: " for n in (1, 2, 3, 4)]
    check_balance(reaper)


def test_items_that_sound_together_are_one_request_and_take_n_belongs_together(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    low = [(start, end, pitch - 24) for start, end, pitch in TUNE[::2]]
    bass = reaper.add_item(reaper.add_track("Bass"), 8.0, 16.0, low)
    bass.is_selected = True

    ended(begin("vary", reaper, server.port))

    assert reaper.messages == []
    assert [take.name for take in tune.takes[1:]] == [take.name for take in bass.takes[1:]]
    assert len(tune.takes) == 5
    assert all(note[3] < 60 for take in bass.takes for note in take.notes)
    assert tune.is_selected
    assert bass.is_selected


def test_a_group_gets_no_takes_that_nobody_asked_for(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    other = reaper.add_item(reaper.add_track("Pad"), 8.0, 16.0, [(8.0, 16.0, 48)])
    for item in (tune, other):
        item.values["I_GROUPID"] = 3.0

    ended(begin("refill", reaper, server.port))

    assert len(tune.takes) == 2
    assert len(other.takes) == 1
    assert tune.values["I_GROUPID"] == 3.0


def test_refill_writes_in_the_time_selection_only(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    reaper.selection = (6.0, 8.0)

    ended(begin("refill", reaper, server.port))

    assert reaper.messages == []
    original, new = tune.takes[0].notes, tune.takes[1].notes
    half = 4 * 960
    assert [n for n in new if n[0] < half] == [n for n in original if n[0] < half]
    assert [n for n in new if n[0] >= half] != [n for n in original if n[0] >= half]


@pytest.mark.parametrize("verb", ["vary", "refill"])
def test_selected_notes_are_the_only_ones_that_change(
    reaper: FakeReaper, tune: Item, server: OwnServer, verb: str
) -> None:
    tune.takes[0].selected = {4, 5, 6, 7}

    ended(begin(verb, reaper, server.port))

    assert reaper.messages == []
    for take in tune.takes[1:]:
        rest = [note for n, note in enumerate(tune.takes[0].notes) if not 4 <= n <= 7]
        assert set(rest) <= set(take.notes)


def test_continue_makes_an_item_after_the_selected_one(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    ended(begin("continue", reaper, server.port))

    assert reaper.messages == []
    first, second = reaper.items_on(tune.track)
    assert first is tune
    assert len(tune.takes) == 1
    assert second.position == first.position + first.length
    assert second.takes[0].notes
    assert all(n[0] >= 0 for n in second.takes[0].notes)
    assert reaper.undo == ["Reprise: Continue"]


def test_continue_writes_nothing_onto_another_item(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    reaper.add_item(tune.track, 17.0, 20.0, [(17.0, 18.0, 60)])

    ended(begin("continue", reaper, server.port))

    assert "no room" in reaper.messages[0]
    assert len(reaper.items) == 2
    check_balance(reaper)


def test_what_sounds_beside_is_heard_and_what_is_muted_is_not(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    reaper.add_item(reaper.add_track("Bass"), 0.0, 16.0, [(8.0, 9.0, 40), (0.0, 1.0, 41)])
    reaper.add_item(reaper.add_track("Old", is_muted=True), 8.0, 16.0, [(8.0, 9.0, 50)])
    reaper.add_item(tune.track, 40.0, 44.0, [(40.0, 41.0, 70)])
    seen: list[dict[str, Any]] = []

    class Listening(reprise_client.Client):
        def start(self, request: Any) -> int:  # noqa: ANN401 - as the client has it
            seen.append(request)
            return super().start(request)

    ended(reprise_actions.begin("refill", reaper, partial(Listening, ports=(server.port,))))

    (voice,) = seen[0]["context"]["voices"]
    assert voice["name"] == "Bass"
    assert [(n["start"], n["pitch"]) for n in voice["notes"]] == [(0.0, 40)]


Disturb = Callable[[FakeReaper, Item], None]


def make_audio(_: FakeReaper, item: Item) -> None:
    item.takes[0].is_midi = False


def make_slow(_: FakeReaper, item: Item) -> None:
    item.takes[0].rate = 0.5


def make_looped(_: FakeReaper, item: Item) -> None:
    item.source_qn, item.values["B_LOOPSRC"] = 4.0, 1.0


def make_empty(_: FakeReaper, item: Item) -> None:
    item.takes[0].notes = []


def unselect(_: FakeReaper, item: Item) -> None:
    item.is_selected = False


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (unselect, "Select a MIDI item"),
        (make_audio, "works on MIDI items"),
        (make_slow, "playback rate is not 1"),
        (make_looped, "repeats its source"),
        (make_empty, "no notes"),
    ],
)
def test_what_cannot_be_worked_on_is_a_sentence_and_nothing_is_asked(
    reaper: FakeReaper,
    tune: Item,
    spoil: Disturb,
    part: str,
) -> None:
    spoil(reaper, tune)

    assert begin("vary", reaper, 1) is None

    assert part in reaper.messages[0]


def move(_: FakeReaper, item: Item) -> None:
    item.position += 1.0


def edit(_: FakeReaper, item: Item) -> None:
    item.takes[0].notes.pop()


def delete(reaper: FakeReaper, item: Item) -> None:
    reaper.items = {key: one for key, one in reaper.items.items() if one is not item}


def switch(reaper: FakeReaper, _: Item) -> None:
    reaper.front = OTHER_PROJECT


def refuse_copies(reaper: FakeReaper, _: Item) -> None:
    reaper.copies_take = 0


@pytest.mark.parametrize(
    ("disturb", "part"),
    [
        (move, "moved meanwhile"),
        (edit, "edited meanwhile"),
        (delete, "deleted meanwhile"),
        (switch, "Another project"),
        (refuse_copies, "made 0 copies"),
    ],
)
def test_what_changed_while_the_server_worked_is_a_sentence_and_nothing_is_written(
    reaper: FakeReaper,
    tune: Item,
    server: OwnServer,
    disturb: Disturb,
    part: str,
) -> None:
    job = begin("vary", reaper, server.port)
    disturb(reaper, tune)

    ended(job)

    assert part in reaper.messages[0]
    assert len(tune.takes) == 1
    check_balance(reaper)


def test_a_server_that_is_not_there_is_a_sentence(reaper: FakeReaper, tune: Item) -> None:
    assert tune.is_selected
    job = begin("vary", reaper, 1)
    assert job is not None
    assert job.is_going_on()
    reaper.now = 5.0

    assert not job.is_going_on()

    assert "reprise start" in reaper.messages[0]


def test_an_error_of_the_server_is_shown_as_it_is(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    tune.takes[0].notes = tune.takes[0].notes[:1]
    reaper.selection = (7.5, 8.0)

    ended(begin("vary", reaper, server.port))

    assert len(reaper.messages) == 1
    assert len(tune.takes) == 1


def test_stopped_by_reaper_it_cancels_and_writes_nothing(
    reaper: FakeReaper, tune: Item, server: OwnServer
) -> None:
    job = begin("vary", reaper, server.port)
    assert job is not None

    job.stop()
    job.stop()

    assert not job.is_going_on()
    assert (len(tune.takes), reaper.messages, reaper.undo) == (1, [], [])


@pytest.mark.parametrize("verb", ["Vary", "Continue", "Refill"])
def test_each_script_runs_from_reapers_action_list(
    reaper: FakeReaper,
    tune: Item,
    server: OwnServer,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    make = partial(reprise_client.Client, ports=(server.port,))
    monkeypatch.setattr(reprise_actions, "begin", partial(reprise_actions.begin, make_client=make))
    monkeypatch.setitem(sys.modules, "reaper_python", reaper)
    later: list[str] = []
    at_exit: list[str] = []
    names = {"RPR_defer": later.append, "RPR_atexit": at_exit.append}

    script = runpy.run_path(str(SCRIPTS / f"Reprise_{verb} over OSC.py"), names)

    for _ in range(2000):
        if not later:
            break
        eval(later.pop(), script)  # noqa: S307 - what REAPER does with the text
        time.sleep(0.03)
    assert reaper.undo == [f"Reprise: {verb}"]
    assert at_exit == ["job.stop()"]
    assert tune.is_selected

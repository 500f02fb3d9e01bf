"""`reprise corpus add`, and the report that it writes."""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import builders
import daw_files
from reprise.cli.corpus_page import MAX_ROWS, page
from reprise.library import own_index
from reprise.library.ingest.summary import Summary
from reprise.library.pieces import Reject

from .conftest import Run

HOSTILE = "<script>alert('x')</script>\"&'"


class Tags(HTMLParser):
    """Which elements a page has, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "onload")]


def two_notes() -> bytes:
    return builders.midi_bytes(bytes([0, 0x90, 60, 64, 96, 0x80, 60, 0] * 2))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    rack = daw_files.drum_rack({36: "Kick", 38: "Snare", 42: "Hat"})
    clip = daw_files.live_clip(daw_files.FOUR_ON_THE_FLOOR, name=HOSTILE)
    track = daw_files.live_track(session=[clip], name=HOSTILE, devices=rack)
    (folder / "set.als").write_bytes(daw_files.live_set(track))
    (folder / "a.mid").write_bytes(two_notes())
    (folder / "b.mid").write_bytes(two_notes())
    (folder / "cut.mid").write_bytes(daw_files.tune()[:20])
    (folder / "song.wav").write_bytes(b"x")
    return folder


def test_a_folder_is_read_and_every_file_has_its_word(
    reprise: Run, music: Path, state: Path
) -> None:
    outcome = reprise("corpus", "add", music, "--name", "mine", "--workers", "1", "--json")
    assert outcome.code == 0
    data = outcome.data
    assert (data["found"], data["read_now"], data["files"], data["clips"]) == (4, 4, 2, 2)
    assert data["reasons"] == {"copy of a file that is read": 1, "damaged or cut short": 1}
    assert data["other_files"] == {".wav": 1}
    assert data["drums"] == {"pad names": 1}
    report = json.loads((state / "corpora" / "mine" / "report.json").read_text(encoding="ascii"))
    names = [name for name, *_ in (*report["kept"], *report["rejects"])]
    assert sorted(names) == ["a.mid", "b.mid", "cut.mid", "set.als"]
    assert all(details for *_, details in report["rejects"])


def test_what_is_too_little_to_learn_from_is_left_out_with_its_reason(
    reprise: Run, music: Path
) -> None:
    (music / "one note.mid").write_bytes(daw_files.tune())
    data = reprise("corpus", "add", music, "--name", "mine", "--workers", "1", "--json").data
    assert (data["clips"], data["reasons"]["hardly any notes"]) == (2, 1)


def test_what_the_work_took_is_told(reprise: Run, music: Path) -> None:
    outcome = reprise("corpus", "add", music, "--name", "mine", "--workers", "1")
    assert "files a second, and at most" in outcome.out


def test_clips_that_the_index_has_no_room_for_are_told(
    reprise: Run, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_index.build, "__defaults__", (0,))
    words = ("corpus", "add", music, "--name", "mine", "--workers", "1")
    assert "whether they repeat the last 2 clips" in reprise(*words).out
    assert reprise(*words, "--json").data["clips_not_indexed"] == 2


def test_a_cluster_that_is_not_there_is_said(reprise: Run, music: Path) -> None:
    pytest.importorskip("distributed", reason="pip install 'reprise[distributed]'")
    outcome = reprise("corpus", "add", music, "--name", "mine", "--cluster", "nowhere://x")
    assert (outcome.code, "no Dask scheduler answers" in outcome.sentence) == (2, True)


def test_without_dask_the_way_to_it_is_said(
    reprise: Run, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    outcome = reprise("corpus", "add", music, "--name", "mine", "--cluster", "tcp://127.0.0.1:9")
    assert (outcome.code, "reprise[distributed]" in outcome.sentence) == (1, True)


def test_workers_and_a_cluster_exclude_each_other(reprise: Run, music: Path) -> None:
    words = ("corpus", "add", music, "--name", "mine", "--workers", "1", "--cluster", "tcp://x:1")
    assert reprise(*words).code == 2


def test_people_read_what_will_be_learned_from(reprise: Run, music: Path) -> None:
    outcome = reprise("corpus", "add", music, "--name", "mine", "--workers", "1")
    assert "2 clips to learn from" in outcome.out
    assert "damaged or cut short" in outcome.out
    assert "report.html" in outcome.out


def test_the_same_again_reads_nothing_and_says_the_same(reprise: Run, music: Path) -> None:
    words = ("corpus", "add", music, "--name", "mine", "--workers", "1", "--json")
    first, second = reprise(*words).data, reprise(*words).data
    assert second.pop("read_now") == 0
    assert first.pop("read_now") == 4
    for told in (first, second):
        assert told.pop("seconds") >= 0
        assert told.pop("memory_mb") > 0
    assert first == second


def test_names_in_the_report_are_text_and_nothing_else(
    reprise: Run, music: Path, state: Path
) -> None:
    reprise("corpus", "add", music, "--name", "mine", "--workers", "1")
    text = (state / "corpora" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in text
    tags = Tags(text)
    assert "script" not in tags.names
    assert tags.fetched == []


def test_nothing_is_written_into_the_folder_that_is_read(reprise: Run, music: Path) -> None:
    before = {path: path.read_bytes() for path in music.iterdir()}
    reprise("corpus", "add", music, "--name", "mine", "--workers", "1")
    assert {path: path.read_bytes() for path in music.iterdir()} == before


def test_nothing_to_learn_from_is_said_and_is_a_failure(reprise: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    outcome = reprise("corpus", "add", empty, "--name", "mine", "--workers", "1")
    assert outcome.code == 1
    assert "nothing to learn from" in outcome.out


def test_misuse_is_said(reprise: Run, music: Path, tmp_path: Path) -> None:
    assert reprise("corpus", "add", music).code == 2
    assert reprise("corpus", "add", music, "--name", "../x").code == 2
    assert reprise("corpus", "add", music, "--name", "mine", "--workers", "0").code == 2
    missing = reprise("corpus", "add", tmp_path / "nowhere", "--name", "mine")
    assert (missing.code, "not there" in missing.sentence) == (1, True)


def test_a_page_does_not_grow_with_a_folder() -> None:
    found = Summary(rejects=[Reject(f"{number}.mid", "empty file", "") for number in range(5_000)])
    text = page("mine", ["/music"], found)
    assert text.count("<tr>") < MAX_ROWS + 10
    assert "and 4,500 more" in text


def test_names_cannot_hide_in_the_page() -> None:
    found = Summary(remarks=[("a\x1b[2J\u202egnp.mid", "b")])
    text = page("mine", ["/music"], found)
    assert "\x1b" not in text
    assert "\u202e" not in text

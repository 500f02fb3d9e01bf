"""What was answered can be had again, whatever happens to the process, the disk or the file."""

import json
import os
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import builders
import strategies
from fake_engines import ManualClock
from reprise.errors import HistoryError, UnknownResultError
from reprise.music.note import Note
from reprise.service import messages as m
from reprise.service.history import FILE_NAME, Filter, History, Saved
from reprise.service.history_file import export_history, import_history

TUNE = builders.score(builders.melody(), length=16.0)


OPEN: list[History] = []


@pytest.fixture(autouse=True)
def _every_history_is_closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


class Made:
    """A history with a clock of its own, closed after the test."""

    def __init__(self, directory: Path, limit_mb: float = 500.0) -> None:
        self.clock = ManualClock(1.7e9)
        self.history = History(
            directory, clock=self.clock, limit_mb=limit_mb, randomness=random.Random(1)
        )
        OPEN.append(self.history)

    def save(self, request: m.Request | None = None, engine: str = "echo") -> m.Result:
        """Save one answer and let a second pass."""
        request = request or m.Vary(request_id=1, source=TUNE)
        number = self.history.begin(request, f"fingerprint of {request.clip_name}")
        saved = self.history.save(number, result(engine=engine))
        self.history.end(number)
        self.clock.seconds += 1
        return saved


def result(engine: str = "echo", seed: int = 7) -> m.Result:
    return m.Result(
        request_id=1,
        index=0,
        count=1,
        result_id="",
        length=16.0,
        kept=(0, 2),
        new_notes=((Note(1.0, 72, 0.5),),),
        seed=seed,
        engine=engine,
    )


def noisy_request(number: int) -> m.Vary:
    """A request that hardly compresses."""
    randomness = random.Random(number)
    notes = tuple(
        Note(randomness.random() * 16, randomness.randrange(128), randomness.random() + 0.01)
        for _ in range(300)
    )
    return m.Vary(request_id=number, source=builders.score(notes, length=16.0))


@pytest.fixture
def made(tmp_path: Path) -> "Made":
    return Made(tmp_path)


def ids(entries: tuple[m.HistoryEntry, ...]) -> list[str]:
    return [entry.result_id for entry in entries]


# ---------------------------------------------------------------- saving and finding


def test_an_id_alone_brings_the_notes_back(tmp_path: Path) -> None:
    first = Made(tmp_path)
    saved = first.save()
    first.history.close()

    again = Made(tmp_path).history.get(saved.result_id.lower())

    assert again.result == saved
    assert again.request == m.Vary(request_id=1, source=TUNE)
    assert again.score.voices[0].notes == (
        TUNE.voices[0].notes[0],
        Note(1.0, 72, 0.5),
        TUNE.voices[0].notes[2],
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(strategies.client_messages[m.Refill], strategies.server_messages[m.Result])
def test_any_answer_comes_back(made: Made, request_: m.Refill, answer: m.Result) -> None:
    fitting = replace(answer, new_notes=tuple(() for _ in request_.source.voices), kept=())
    number = made.history.begin(request_, "f")

    saved = made.history.save(number, fitting)

    found = made.history.get(saved.result_id)
    assert (found.request, found.result) == (request_, replace(fitting, result_id=saved.result_id))


def test_an_accompaniment_comes_back_with_its_added_voice(made: Made) -> None:
    request = m.Accompany(request_id=1, source=TUNE, role="bass")
    number = made.history.begin(request, "f")

    saved = made.history.save(number, replace(result(), new_notes=((), (Note(0.0, 36, 4.0),))))

    score = made.history.get(saved.result_id).score
    assert [voice.name for voice in score.voices] == ["Voice 1", "bass"]


def test_every_id_is_its_own(tmp_path: Path) -> None:
    class Stuck(random.Random):
        def randrange(self, *_: int, **__: int) -> int:  # type: ignore[override]
            return next(drawn)

    drawn = iter([5, 5, 5, 9])
    history = History(tmp_path, clock=ManualClock(), randomness=Stuck())
    OPEN.append(history)
    number = history.begin(m.Vary(request_id=1, source=TUNE), "f")

    assert [history.save(number, result()).result_id for _ in range(2)] == ["000005", "000009"]


def test_the_list_is_newest_first(made: Made) -> None:
    saved = [made.save().result_id for _ in range(5)]

    assert ids(made.history.entries(Filter(limit=3))) == [saved[4], saved[3], saved[2]]


def test_a_line_of_the_list_says_what_it_was(made: Made) -> None:
    saved = made.save(m.Redo(request_id=1, source=TUNE, project="Album", clip_name="Straße"))

    assert made.history.entries(Filter()) == (
        m.HistoryEntry(
            result_id=saved.result_id,
            created=1_700_000_000,
            verb="redo",
            engine="echo",
            seed=7,
            note_count=3,
            project="Album",
            clip_name="Straße",
        ),
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(clip_name="STRASSE"), [1]),
        (Filter(clip_name="%"), []),
        (Filter(project="album"), [0, 1]),
        (Filter(project="alb"), []),
        (Filter(verb="refill"), [2]),
        (Filter(engine="chorale"), [2]),
        (Filter(since=1.7e9 + 1), [1, 2]),
        (Filter(is_starred=True), [1]),
        (Filter(project="Album", since=1.7e9 + 1), [1]),
    ],
)
def test_answers_are_found(made: Made, wanted: Filter, expected: list[int]) -> None:
    saved = [
        made.save(m.Vary(request_id=1, source=TUNE, project="Album", clip_name="Bass")),
        made.save(m.Vary(request_id=2, source=TUNE, project="Album", clip_name="Straße 7")),
        made.save(m.Refill(request_id=3, source=TUNE), engine="chorale"),
    ]
    made.history.set_star(saved[1].result_id, is_starred=True)

    found = ids(made.history.entries(wanted))

    assert found == [saved[index].result_id for index in reversed(expected)]


def test_earlier_answers_to_one_question_are_found(made: Made) -> None:
    saved = made.save(m.Vary(request_id=1, source=TUNE, clip_name="a"))
    made.save(m.Vary(request_id=1, source=TUNE, clip_name="b"))

    found = made.history.earlier("fingerprint of a", 10, 1000)

    assert [answer.result_id for answer, _ in found] == [saved.result_id]


def test_earlier_answers_are_bounded_by_count_and_notes(made: Made) -> None:
    saved = [made.save().result_id for _ in range(5)]

    few, short = (made.history.earlier("fingerprint of ", *limits) for limits in ((3, 99), (9, 4)))

    assert [answer.result_id for answer, _ in few] == [saved[4], saved[3], saved[2]]
    assert [answer.result_id for answer, _ in short] == [saved[4], saved[3]]


def test_a_star_is_set_and_taken_off(made: Made) -> None:
    saved = made.save()

    assert made.history.set_star(saved.result_id, is_starred=True).is_starred
    assert not made.history.set_star(saved.result_id, is_starred=False).is_starred


@pytest.mark.parametrize("result_id", ["ZZZZZZ", "nonsense"])
def test_an_unknown_result_is_refused(made: Made, result_id: str) -> None:
    with pytest.raises(UnknownResultError, match="history list"):
        made.history.get(result_id)
    with pytest.raises(UnknownResultError):
        made.history.set_star(result_id, is_starred=True)


def test_payloads_are_small(tmp_path: Path) -> None:
    made = Made(tmp_path)
    request = m.Vary(request_id=1, source=builders.busy_score(5000))
    for _ in range(10):
        made.save(request)

    assert made.history.used_bytes() < 500_000


# ---------------------------------------------------------------- size


def test_the_oldest_answers_make_room_and_starred_ones_stay(tmp_path: Path) -> None:
    made = Made(tmp_path, limit_mb=0.3)
    saved = [made.save(noisy_request(0)).result_id]
    made.history.set_star(saved[0], is_starred=True)
    saved += [made.save(noisy_request(number)).result_id for number in range(1, 150)]

    left = ids(made.history.entries(Filter(limit=200)))

    assert made.history.used_bytes() <= 300_000
    assert 10 < len(left) < 149
    assert left == [*reversed(saved[-len(left) + 1 :]), saved[0]]


def test_the_newest_answer_stays_even_beyond_the_limit(tmp_path: Path) -> None:
    made = Made(tmp_path, limit_mb=0.01)

    saved = [made.save(noisy_request(number)).result_id for number in range(3)]

    assert ids(made.history.entries(Filter())) == [saved[-1]]


def test_a_request_that_is_worked_on_is_not_trimmed(tmp_path: Path) -> None:
    made = Made(tmp_path, limit_mb=0.05)
    number = made.history.begin(noisy_request(1), "f")
    first = made.history.save(number, result())
    for other in range(20):
        made.save(noisy_request(other))

    second = made.history.save(number, result())

    assert made.history.get(first.result_id).result == first
    assert made.history.get(second.result_id).result == second


def test_clear_keeps_starred_answers_unless_told(made: Made) -> None:
    saved = [made.save() for _ in range(3)]
    made.history.set_star(saved[1].result_id, is_starred=True)

    assert made.history.clear() == 2
    assert ids(made.history.entries(Filter())) == [saved[1].result_id]
    assert made.history.clear(keeps_starred=False) == 1
    assert made.history.entries(Filter()) == ()


def test_clear_gives_the_space_back(tmp_path: Path) -> None:
    made = Made(tmp_path)
    for number in range(100):
        made.save(noisy_request(number))
    before = made.history.used_bytes()

    made.history.clear()
    made.history.close()

    assert (tmp_path / FILE_NAME).stat().st_size < before / 4


# ---------------------------------------------------------------- moving


def test_an_export_moves_everything_to_another_machine(tmp_path: Path) -> None:
    here, there = Made(tmp_path / "here"), Made(tmp_path / "there")
    saved = [here.save(m.Vary(request_id=1, source=TUNE, clip_name=name)) for name in ("ä", "b")]
    here.history.set_star(saved[0].result_id, is_starred=True)
    file = tmp_path / "all.jsonl"

    exported = export_history(here.history, file)
    imported = import_history(there.history, file)

    def everything(made: Made) -> list[Saved]:
        return [made.history.get(entry.result_id) for entry in made.history.entries(Filter())]

    assert (exported, imported) == (2, 2)
    assert everything(there) == everything(here)
    assert import_history(there.history, file) == 0
    assert there.history.earlier("fingerprint of ä", 5, 99) == here.history.earlier(
        "fingerprint of ä", 5, 99
    )


def test_an_export_is_plain_json_line_by_line(made: Made, tmp_path: Path) -> None:
    made.save()
    export_history(made.history, tmp_path / "all.jsonl")

    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()

    assert json.loads(lines[0]) == {"format": "reprise-history", "version": 1}
    assert json.loads(lines[1])["request"]["kind"] == "vary"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1 of .* is damaged"),
        ("[]\n", "it is no object"),
        ('{"format": "other"}\n', "is no export of a history"),
        ('{"format": "reprise-history", "version": 2}\n', "version 2 and this Reprise reads 1"),
        ('{"format": "reprise-history", "version": 1}\n{"request"', "line 2 of .* is damaged"),
        ('{"format": "reprise-history", "version": 1}\n{}\n', "line 2 of .* is damaged"),
        (
            '{"format": "reprise-history", "version": 1}\n{"request": {"kind": "cancel", '
            '"request_id": 1}, "results": [], "created": 1, "fingerprint": ""}\n',
            "it holds no request",
        ),
        (
            '{"format": "reprise-history", "version": 1}\n{"request": {"kind": "cancel", '
            '"request_id": 1}, "results": [{"created": 1, "is_starred": false, "result": '
            '{"kind": "cancel", "request_id": 1}}], "created": 1, "fingerprint": ""}\n',
            "it holds no result",
        ),
    ],
)
def test_a_file_that_is_no_export_is_refused(
    made: Made, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(HistoryError, match=sentence):
        import_history(made.history, file)


def test_a_binary_file_is_no_export(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_bytes(b"RIFF\xff\xfe\x00")

    with pytest.raises(HistoryError, match="it is no text"):
        import_history(made.history, file)


def test_a_file_that_is_not_there_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be read"):
        import_history(made.history, tmp_path / "none.jsonl")


def test_an_export_into_nowhere_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be written"):
        export_history(made.history, tmp_path / "none" / "all.jsonl")


# ---------------------------------------------------------------- trouble


def test_a_read_only_data_directory_is_a_sentence_without_a_path(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", encoding="utf-8")
    made = Made(tmp_path / "data")

    with pytest.raises(HistoryError) as caught:
        made.save()

    assert "the history cannot be used" in str(caught.value)
    assert "`reprise doctor` checks it" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have no such mode")
def test_a_data_directory_without_write_permission_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("the superuser may write everywhere")

    with pytest.raises(HistoryError, match="cannot be used"):
        Made(tmp_path).save()


def test_a_damaged_database_is_a_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(b"no database at all" * 1000)

    with pytest.raises(HistoryError, match="not a database"):
        Made(tmp_path).save()

    assert file.read_bytes() == b"no database at all" * 1000


def test_a_full_disk_is_a_sentence_and_what_was_saved_is_there(tmp_path: Path) -> None:
    made = Made(tmp_path)
    saved = made.save()
    assert made.history._connection is not None
    made.history._connection.execute("PRAGMA max_page_count = 1")

    with pytest.raises(HistoryError, match="full"):
        made.save(m.Vary(request_id=1, source=builders.busy_score(5000)))

    assert made.history.get(saved.result_id).result == saved


def test_a_damaged_entry_is_a_sentence(tmp_path: Path) -> None:
    made = Made(tmp_path)
    saved = made.save()
    assert made.history._connection is not None
    made.history._connection.execute("UPDATE results SET payload = x'00'")

    with pytest.raises(HistoryError, match="an entry of the history is damaged"):
        made.history.get(saved.result_id)


def test_a_history_of_a_newer_reprise_is_left_alone(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.save()
    made.history.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(HistoryError, match=r"format 99, this one knows 1\); install the newer"):
        made.history.entries(Filter())


def test_two_processes_may_use_one_history(tmp_path: Path) -> None:
    server, command_line = Made(tmp_path), Made(tmp_path)
    command_line.history.entries(Filter())

    saved = server.save()

    assert command_line.history.get(saved.result_id).result == saved

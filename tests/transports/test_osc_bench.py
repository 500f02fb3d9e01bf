from reprise.engines.base import Task, Verb
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.transports import osc_bench


def test_a_quick_bench_finds_every_note_again() -> None:
    said: list[str] = []

    found = osc_bench.run(said.append, sizes={10: 3, 1000: 2}, lossy_count=2)

    assert set(found["round_trips"]) == {"10", "1000"}
    for figures in found["round_trips"].values():
        assert 0.0 < figures["overhead_ms_p50"] < figures["p50_ms"] <= figures["p99_ms"]
    assert found["server_overhead_1000_notes_ms_p50"] > 0.0
    assert found["lossy"]["complete_and_once"] == 2
    assert len(said) == 5


def test_lossy_runs_count_what_came_complete() -> None:
    found = osc_bench.lossy_runs(runs=3, note_count=300)

    assert (found["runs"], found["complete_and_once"]) == (3, 3)


def test_a_wire_that_carries_nothing_completes_nothing() -> None:
    is_complete, _ = osc_bench.survives(1, 10, osc_bench.Weather(loss=1.0))

    assert not is_complete


def test_the_codec_is_faster_than_python_osc() -> None:
    found = osc_bench.codec_times(note_count=500, repeats=3)

    assert found["python_osc_over_reprise"] > 1.0


class Unwatched:
    """A watch that nobody looks at."""

    def check(self) -> None:
        pass

    def progress(self, *_: object, **__: object) -> None:
        raise AssertionError

    def bar(self, *_: object, **__: object) -> None:
        raise AssertionError


def test_the_echo_engine_answers_in_the_holes_only() -> None:
    source = Score((Voice("Lead", (Note(0.0, 60, 1.0), Note(1.0, 62, 1.0))),), 4.0)
    task = Task(Verb.VARY, source, source, (), 4.0)
    engine = osc_bench.EchoEngine()

    (answer,) = engine.candidates(task, 1, 7, Unwatched())

    assert engine.why_not(task) is None
    assert engine.suitability(task) == 1.0
    assert answer.kept == (0, 1)
    assert answer.new_notes == ((),)

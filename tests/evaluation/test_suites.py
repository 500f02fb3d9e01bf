"""Every suite at a small size, with an engine that needs no weights, and the page it leaves."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import tiny_pieces
from fake_engines import FakeEngine
from reprise.engines.base import Engine
from reprise.engines.markov.engine import MarkovEngine
from reprise.errors import CannotServeError, FileError, MissingDataError, UnknownModelError
from reprise.evaluation import infill, suites
from reprise.evaluation.asking import Asked, EngineSource, ask, ask_all, ask_warily
from reprise.evaluation.drawing import plots
from reprise.evaluation.drawing.report import SuiteResult, write_report
from reprise.evaluation.examples import Pattern, examples
from reprise.evaluation.setup import Setup
from reprise.evaluation.slices import of_kind

KINDS = ("pop", "multitrack")


def setup(engine: Engine | None = None, **changes: object) -> Setup:
    small = Setup(
        engine or MarkovEngine(),
        "tiny",
        pieces=tiny_pieces.corpus(KINDS).pieces,
        kinds=KINDS,
        examples=3,
        bits_examples=2,
        learned_slices=6,
    )
    return replace(small, **changes)  # type: ignore[arg-type]


class Reader(HTMLParser):
    """Counts elements, and looks that each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.seen: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in ("meta", "line", "rect", "circle", "polyline", "path"):
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


@pytest.mark.parametrize(
    "run",
    [
        suites.run_infill,
        suites.run_loops,
        suites.run_melody,
        suites.run_vary,
        suites.run_controls,
        suites.run_continue,
    ],
)
def test_every_suite_gives_figures_a_summary_and_a_page(
    run: Callable[[Setup], SuiteResult], tmp_path: Path
) -> None:
    heard: list[float] = []

    result = run(setup(progress=lambda fraction, _what: heard.append(fraction)))
    page = write_report(tmp_path, result)

    assert json.loads((tmp_path / f"{result.suite}.json").read_text(encoding="utf-8"))
    assert result.summary
    assert result.figures["seed"] == 0
    assert not heard or 0.0 <= min(heard) <= max(heard) <= 1.0
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    assert not reader.opened
    for drawn in result.plots:
        ET.fromstring(drawn)  # noqa: S314 - our own


def test_the_page_holds_every_suite_that_was_written_there(tmp_path: Path) -> None:
    for run in (suites.run_loops, suites.run_controls):
        page = write_report(tmp_path, run(setup()))

    text = page.read_text(encoding="utf-8")

    assert "<h2>loops: tiny</h2>" in text
    assert "<h2>controls: tiny</h2>" in text


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(FileError, match="--out"):
        write_report(tmp_path / "file", SuiteResult("x", "y", {}))


def test_infilling_is_told_by_kind_and_pattern_beside_every_baseline() -> None:
    figures = suites.run_infill(setup()).figures

    told = {(row["kind"], row["pattern"]) for row in figures["groups"]}
    assert told >= {(kind, str(pattern)) for kind in KINDS for pattern in Pattern}
    assert ("all", "all") in told
    for row in figures["groups"]:
        assert row["baselines"].keys() == {
            "previous_bar",
            "nearest_bar",
            "random_bar",
            "rules",
            "markov",
            "best_context_bar",
            "retrieval",
            "unigram",
            "ngram",
        }
        assert row["against"].keys() == row["baselines"].keys() - {"best_context_bar"}
        assert row["figures"].keys() >= {"f1", "f1_16", "onset_f1", "collapse", "empty"}
        low, high = row["intervals"]["f1"]
        assert low <= row["figures"]["f1"] <= high
    assert all(row["bits_per_note"].keys() == {"ngram", "unigram"} for row in figures["bits"])


def test_the_engine_that_is_a_baseline_ties_with_itself() -> None:
    figures = suites.run_infill(setup()).figures

    whole = next(row for row in figures["groups"] if row["kind"] == row["pattern"] == "all")

    assert whole["figures"] == whole["baselines"]["markov"]
    assert whole["against"]["markov"]["f1"]["p"] == 1.0


def test_where_copying_wins_it_is_said() -> None:
    figures = suites.run_infill(setup(FakeEngine(refusal="no"))).figures

    assert figures["copying_wins"]
    assert figures["groups"][0]["refused"] == 3
    assert figures["groups"][0]["figures"]["empty"] == 1.0


def test_the_best_the_typical_and_the_worst_case_are_shown() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 4, seed=0)
    asked = {("pop", "half"): examples(slices, Pattern.HALF, 3, seed=0)}
    (group,) = infill.run(MarkovEngine(), asked, {})

    shown = infill.typical_cases(group.cases)

    assert shown["best"].score >= shown["typical"].score >= shown["worst"].score
    assert infill.typical_cases([]) == {}


def test_validity_asks_the_engine_s_own_verbs_and_drums() -> None:
    result = suites.run_validity(setup(), requests=6, drum_answers=10)

    assert result.figures["requests"] == 6
    assert result.figures["drum_answers"] + result.figures["refused"] > 0
    assert "legal" in result.summary[0]


def test_music_that_is_not_there_is_asked_for() -> None:
    empty = setup(pieces=())
    for run in (suites.run_infill, suites.run_melody, suites.run_vary, suites.run_continue):
        with pytest.raises(MissingDataError):
            run(empty)
    rows = [(bar, 0, 24 * beat, 60 + beat, 24, 90) for bar in range(8) for beat in range(4)]
    grid = [(bar * 96, 96, tiny_pieces.FOUR_FOUR) for bar in range(8)]
    alone = tiny_pieces.packed("alone", rows, grid, tracks=tiny_pieces.TRACKS[:1])
    with pytest.raises(MissingDataError, match="melody"):
        suites.run_melody(setup(pieces=[alone]))


def test_two_processes_answer_as_one_does() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 2, seed=0)
    questions = [Asked(e.task) for e in examples(slices, Pattern.HALF, 2, seed=0)]
    source = EngineSource("markov")

    assert list(ask_all(source, questions, workers=2)) == list(ask_all(source, questions))


def test_an_engine_that_refuses_has_given_no_answer() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 1, seed=0)
    task = examples(slices, Pattern.HALF, 1, seed=0)[0].task

    told = ask(FakeEngine(refusal="too loud"), Asked(task))

    assert told.refusal == "too loud"
    assert told.new_notes(task) == ((), (), ())


def test_an_engine_that_gives_up_in_the_middle_has_refused() -> None:
    def gives_up(_asked: object) -> "object":
        raise CannotServeError("no more")

    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 1, seed=0)
    task = examples(slices, Pattern.HALF, 1, seed=0)[0].task

    told = ask_warily(FakeEngine(answers=gives_up), Asked(task))  # type: ignore[arg-type]

    assert told.refusal == "no more"
    assert not told.fault


def test_an_unknown_model_is_said_to_be_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="nobody"):
        EngineSource("nobody", tmp_path).open()


def test_bars_are_as_long_as_their_values() -> None:
    drawn = plots.bar_plot("a & b", [plots.Bar("x", 1.0), plots.Bar("y", 0.5, "own", (0.4, 0.6))])

    tree = ET.fromstring(drawn)  # noqa: S314 - our own
    widths = [float(node.attrib["width"]) for node in tree.iter("rect")]
    assert widths[0] == pytest.approx(2 * widths[1])
    assert plots.bar_plot("empty", []).startswith("<svg")

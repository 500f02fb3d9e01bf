"""S2 on its home ground: the next bar of a chorale, a voice refilled, and how varied it writes.

Questions are all stretches of eight bars and the one after them of the 77 test chorales, a bar
apart, each brought to C major or A minor by the eight bars. *Next-bar accuracy* is the text's: the
share of 16th steps of all voices whose likeliest class is the true one, a class being the pitch
that is struck or that the line goes on, nothing of the bar being known. *Refilled-voice accuracy*
is the same of one voice that is heard nowhere, the others being heard. Three steps of four go on,
so a model that never begins a note has most of both; figures of onsets alone stand beside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.engines.rmvae.engine import MODEL, NEXT, SECOND, RmvaeEngine, open_network
from reprise.engines.rmvae.proposal import OUTER_FIRST
from reprise.evaluation import asking
from reprise.evaluation.bar_answers import Answers, Asking, ask, refills
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library import jsb, jsb_pieces
from reprise.music.meter import Meter
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.runtime.bar_model import BarModel
from reprise.tokenizers import chorale, rmvae

SYSTEM: Final = "S2"
OURS: Final = "RMVAE"
QUICK_QUESTIONS: Final = 16
GENERATED, QUICK_GENERATED = 100, 2
NEXT_TEXT, NEXT_GOAL = 0.8, 0.8
REFILL_TEXT, REFILL_GOAL = 0.7, 0.7
LARGEST_FILE: Final = 50.0
SHARE_OF_BACH: Final = 0.5
STEP_BY_STEP: Final = tuple(
    Asking(voice, standing=frozenset(OUTER_FIRST[:place]), hears_itself=True)
    for place, voice in enumerate(OUTER_FIRST)
)


def rows(setup: SourceSetup) -> list[Row]:
    """Return the figures of both networks and of what they are compared with.

    Raises:
        MissingDataError: The chorales are not there.
        UnknownModelError: The model is not there.
        CorruptModelError: Its files are damaged.
    """
    model = checkpoint.read(MODEL, setup.models)
    learned, asked = (jsb.read_split(setup.data, split) for split in ("train", "test"))
    questions = rmvae.windows(asked, rmvae.HEARD_BARS + 1)
    if setup.is_quick:
        questions = questions[:QUICK_QUESTIONS]
    setup.progress(0.0, "next bar")
    answer = [*_next_rows(open_network(model, NEXT), questions)]
    setup.progress(0.2, "the bar after the next")
    answer += _second_rows(open_network(model, SECOND), asked, setup)
    setup.progress(0.3, "refilled voices")
    answer += _refill_rows(open_network(model, NEXT), questions)
    answer += _baseline_rows(learned, questions)
    setup.progress(0.5, "variety")
    answer += _variety_rows(setup, asked)
    answer += _size_rows(model)
    setup.progress(1.0, "done")
    return answer


# ------------------------------------------------------------ the next bar


def _next_rows(network: BarModel, questions: Sequence[rmvae.Bars]) -> Iterator[Row]:
    found = ask(network, questions, Asking())
    yield _row("next-bar accuracy", found.accuracy, NEXT_TEXT, NEXT_GOAL, "likeliest class")
    yield _row(
        "next-bar accuracy, going on at half a chance",
        found.accuracy_by_threshold,
        NEXT_TEXT,
        remark="the text's rule for its split head",
    )
    yield from _detail_rows("next bar", found)
    heard = refills(network, questions, STEP_BY_STEP)
    remark = "one step ahead, voice after voice, as S3's figures are"
    yield _row("accuracy given all that is written before", heard.accuracy, remark=remark)
    yield from _detail_rows("given all that is written before", heard)


def _second_rows(
    network: BarModel, asked: Sequence[chorale.Grid], setup: SourceSetup
) -> Iterator[Row]:
    questions = rmvae.windows(asked, rmvae.HEARD_BARS + 2, 2)
    if setup.is_quick:
        questions = questions[:QUICK_QUESTIONS]
    found = ask(network, questions, Asking())
    yield _row("accuracy of the second next bar", found.accuracy, remark="for playing along live")


def _refill_rows(network: BarModel, questions: Sequence[rmvae.Bars]) -> Iterator[Row]:
    voices = frozenset(range(rmvae.VOICE_COUNT))
    unheard = refills(network, questions, [Asking(v, is_heard_before=False) for v in voices])
    remark = "as in the text: the voice is missing, the others are heard in the bars before"
    yield _row("refilled-voice accuracy", unheard.accuracy, REFILL_TEXT, REFILL_GOAL, remark)
    yield from _detail_rows("refilled voice", unheard)
    heard = refills(
        network,
        questions,
        [Asking(v, is_heard_before=False, standing=voices - {v}) for v in voices],
    )
    remark = "ours: the others are heard in the bar itself too, as the engine does"
    yield _row("refilled-voice accuracy, others heard", heard.accuracy, REFILL_TEXT, remark=remark)
    yield from _detail_rows("refilled voice, others heard", heard)


def _detail_rows(what: str, found: Answers) -> Iterator[Row]:
    yield _row(f"{what}: pitch accuracy at true onsets", found.pitch_accuracy)
    yield _row(f"{what}: accuracy of whether a note begins", found.onset_accuracy)
    yield Row(SYSTEM, OURS, f"{what}: nats a step", found.nats, higher_is_better=False)


def _row(
    figure: str,
    found: float,
    text: float | None = None,
    goal: float | None = None,
    remark: str = "",
) -> Row:
    return Row(SYSTEM, OURS, figure, found, text, goal, remark=remark)


# ------------------------------------------------------------ baselines


def _baseline_rows(
    learned: Sequence[chorale.Grid], questions: Sequence[rmvae.Bars]
) -> Iterator[Row]:
    truth = np.stack([bars.classes[-1] for bars in questions])
    before = np.stack([bars.classes[-2] for bars in questions])
    usual = _usual_classes(learned)
    for name, answer in (
        ("never beginning a note", np.full_like(truth, rmvae.CONTINUE)),
        ("copying the bar before", before),
        ("the usual class of each voice and step", np.broadcast_to(usual, truth.shape)),
    ):
        hits = answer == truth
        yield Row(SYSTEM, name, "next-bar accuracy", float(hits.mean()))
        yield Row(
            SYSTEM,
            name,
            "next bar: pitch accuracy at true onsets",
            float(hits[truth != rmvae.CONTINUE].mean()),
        )


def _usual_classes(learned: Sequence[chorale.Grid]) -> NDArray[np.int64]:
    """Return the most frequent class of each voice and step of a bar (4, 16)."""
    classes = np.stack([bars.classes[-1] for bars in rmvae.windows(learned, rmvae.HEARD_BARS + 1)])
    counts = np.stack([(classes == number).sum(0) for number in range(rmvae.CLASS_COUNT)])
    return np.asarray(counts.argmax(0), np.int64)


# ------------------------------------------------------------ variety


@dataclass(frozen=True, slots=True)
class Variety:
    """Distinct note lengths and pitches of a voice in eight bars, on the average."""

    lengths: float
    pitches: float


def variety(voices: Sequence[Sequence[Note]]) -> Variety:
    """Return the variety of voices of eight bars; lengths are told apart by 16ths."""
    lengths = [len({round(note.duration * 4) for note in notes}) for notes in voices]
    pitches = [len({note.pitch for note in notes}) for notes in voices]
    return Variety(float(np.mean(lengths)), float(np.mean(pitches)))


def _variety_rows(setup: SourceSetup, asked: Sequence[chorale.Grid]) -> Iterator[Row]:
    clips = eight_bars(asked, QUICK_GENERATED if setup.is_quick else GENERATED)
    bach = [variety([voice.notes for voice in clip.voices]) for clip in clips]
    engine = RmvaeEngine(setup.models)
    ours = []
    for number, clip in enumerate(clips):
        setup.progress(0.5 + 0.5 * number / len(clips), "variety")
        task = continued(clip)
        told = asking.ask(engine, asking.Asked(task, seed=setup.seed + number))
        ours.append(variety(told.new_notes(task)))
    for name in ("lengths", "pitches"):
        true = float(np.mean([getattr(one, name) for one in bach]))
        found = float(np.mean([getattr(one, name) for one in ours]))
        figure = f"distinct note {name} a voice in 8 bars"
        goal = SHARE_OF_BACH * true
        yield Row(SYSTEM, "Bach, test chorales", figure, true, remark=f"{len(clips)} clips")
        yield _row(figure, found, goal=goal, remark="continuations at surprise 0.5; half of Bach's")


def eight_bars(asked: Sequence[chorale.Grid], count: int) -> list[Score]:
    """Return stretches of eight bars, evenly from all chorales."""
    steps = rmvae.HEARD_BARS * rmvae.BAR_STEPS
    cut = [
        grid[first : first + steps]
        for grid in asked
        for first in range(0, len(grid) - steps + 1, rmvae.BAR_STEPS)
    ]
    chosen = np.linspace(0, len(cut) - 1, min(count, len(cut))).astype(int)
    return [jsb_pieces.score_of(cut[index], Meter()) for index in chosen]


def continued(clip: Score) -> Task:
    """Return the question how eight bars go on for eight more."""
    rest = Span(clip.length, 2 * clip.length)
    holes = tuple(Hole(voice, rest) for voice in range(len(clip.voices)))
    silence = Score((), clip.length, clip.meter_map, clip.tempo_map)
    return Task(Verb.CONTINUE, clip, silence, holes, rest.end, controls=Controls())


# ------------------------------------------------------------ size


def _size_rows(model: checkpoint.Checkpoint) -> Iterator[Row]:
    for part, size in model.config["parameters"].items():
        yield Row(SYSTEM, OURS, f"parameters, {part}", size, higher_is_better=False)
    largest = max(path.stat().st_size for path in model.folder.glob("*.onnx")) / 1e6
    yield Row(SYSTEM, OURS, "largest file, MB", largest, goal=LARGEST_FILE, higher_is_better=False)

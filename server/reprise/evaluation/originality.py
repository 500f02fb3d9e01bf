"""The originality suite: how often answers repeat training songs, beside how often people do.

Each question is asked of held-out music: a voice of eight bars, the last four bars of all voices,
or a variation of a voice. What stood there before is the human answer to the same question.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reprise.engines.base import Candidate, Controls, Engine, Task
from reprise.engines.checkpoint import models_directory
from reprise.engines.originality import COPIED, Originality, parts_of
from reprise.engines.passages import Heard
from reprise.evaluation.asking import Asked, EngineSource, Progress, Told, ask_all
from reprise.evaluation.clips import clip_of
from reprise.evaluation.drawing.plots import Bar, bar_plot
from reprise.evaluation.drawing.report import SuiteResult
from reprise.evaluation.examples import Place, hide
from reprise.evaluation.setup import Setup
from reprise.evaluation.slices import Slice, slices_of
from reprise.evaluation.statistics import Part, Pool
from reprise.library.corpus_file import Piece
from reprise.library.originality_index import FILE_NAME, OriginalityIndex, build, read_index
from reprise.library.pieces import KINDS, Split
from reprise.music.note import Note

MARGIN = 0.01
"""How much more often than people a model may repeat what it learnt."""
MIN_NOTES = 12
"""A voice with fewer notes could hold no run."""
CONTINUED_BARS = 4
VARIED_STRENGTH = 0.5


@dataclass(frozen=True)
class Question:
    """A task whose human answer is known.

    Attributes:
        kind: Of music.
        song: For statistics by song.
        form: "voice", "continue" or "vary".
        task: What is asked.
        human: What stands there in the song, in the form of an answer.
    """

    kind: str
    song: str
    form: str
    task: Task
    human: Candidate


@dataclass(frozen=True)
class Compared:
    """One question with what was heard of training songs in both answers.

    Attributes:
        question: The question.
        model: In the engine's answer, None where it gave none.
        human: In the song.
    """

    question: Question
    model: Heard | None
    human: Heard


def run_originality(setup: Setup) -> SuiteResult:
    """Ask about held-out songs, and compare the answers with the songs that were learnt."""
    found = evaluate(
        setup.source,
        setup.pieces,
        _index(setup),
        count=setup.examples,
        kinds=setup.kinds,
        split=setup.split,
        seed=setup.seed,
        workers=setup.workers,
        progress=setup.progress,
    )
    figures = {**setup.head, **found}
    return SuiteResult(
        "originality", setup.name, figures, [_plot(figures)], summary=summary(figures)
    )


def _index(setup: Setup) -> OriginalityIndex:
    """Return the index beside the model, else one of the corpus."""
    network = setup.network
    if network is not None:
        path = (network.models_directory or models_directory()) / network.name / FILE_NAME
        if path.is_file():
            return read_index(path)
    return build(setup.pieces)


def _plot(figures: Mapping[str, Any]) -> str:
    rows = {"all": figures, **figures["kinds"], **figures["forms"]}
    return bar_plot(
        "Answers with a distinctive copy of a training song",
        [
            Bar(f"{name}: {who}", row[key], kind, row["intervals"][key])
            for name, row in rows.items()
            for who, key, kind in (("model", "copies", "own"), ("people", "human", "other"))
            if row[key] is not None
        ],
    )


def evaluate(
    source: EngineSource | Engine,
    pieces: Sequence[Piece],
    index: OriginalityIndex,
    *,
    count: int,
    progress: Progress,
    kinds: Sequence[str] = KINDS,
    split: Split = "test",
    seed: int = 0,
    workers: int = 1,
) -> dict[str, Any]:
    """Return how often answers hold distinctive runs of training songs, as JSON's figures.

    Args:
        source: Who answers.
        pieces: Of the corpus.
        index: What was learnt.
        count: Questions, evenly over the kinds of music that are there.
        progress: Told how far it is.
        kinds: Of music.
        split: Songs to ask about.
        seed: Chooses the questions and goes with each of them.
        workers: Processes that answer.
    """
    held_out = [piece for piece in pieces if piece.split == split]
    asked = questions(held_out, count, seed, kinds)
    told = ask_all(source, [Asked(one.task, seed=seed) for one in asked], workers)
    originality = Originality(index)
    rows: list[Compared] = []
    replaced = 0
    for question, answer in zip(asked, told):
        progress(len(rows) / len(asked), "answering")
        model = None
        if answer.candidates:
            model = _heard(originality, question.task, answer.candidates[0])
        human = _heard(originality, question.task, question.human)
        rows.append(Compared(question, model, human))
        replaced += _was_replaced(answer)
    return {**_figures(rows, index), "replaced_by_the_guard": replaced}


def questions(
    pieces: Sequence[Piece], count: int, seed: int, kinds: Sequence[str] = KINDS
) -> list[Question]:
    """Return up to `count` questions about pieces, the kinds of music in turn, one a slice."""
    streams = [_questions_of(pieces, kind, count, seed) for kind in kinds]
    found: list[Question] = []
    while streams and len(found) < count:
        for stream in list(streams):
            question = next(stream, None)
            if question is None:
                streams.remove(stream)
            elif len(found) < count:
                found.append(question)
    return found


def _questions_of(pieces: Sequence[Piece], kind: str, count: int, seed: int) -> Iterator[Question]:
    forms = (_voice, _continue, _vary)
    turn = 0
    slices = [one for piece in pieces if piece.kind == kind for one in slices_of(piece)]
    random.Random(f"{seed} {kind}").shuffle(slices)
    for one in slices[: 2 * count]:
        question = forms[turn % len(forms)](one, random.Random(f"{seed} {one.name}"))
        if question is not None:
            turn += 1
            yield question


def _voice(one: Slice, randomness: random.Random) -> Question | None:
    fit = _long_voices(one)
    if not fit or len(one.score.voices) < 2:
        return _continue(one, randomness)
    voice = randomness.choice(fit)
    return _hidden(one, "voice", [(voice, bar) for bar in range(one.bar_count)])


def _continue(one: Slice, randomness: random.Random) -> Question | None:
    del randomness
    bars = range(CONTINUED_BARS, one.bar_count)
    places = [(voice, bar) for voice in range(len(one.score.voices)) for bar in bars]
    return _hidden(one, "continue", places)


def _hidden(one: Slice, form: str, places: Iterable[Place]) -> Question | None:
    example = hide(one, places, form, Controls())
    if not example.task.source.note_count or max(map(len, example.truth)) < MIN_NOTES:
        return None
    kept = tuple(range(example.task.source.note_count))
    return Question(one.kind, one.song, form, example.task, Candidate(kept, example.truth))


def _vary(one: Slice, randomness: random.Random) -> Question | None:
    fit = _long_voices(one)
    if not fit:
        return None
    clip = clip_of(one, randomness.choice(fit))
    task = clip.task(strength=VARIED_STRENGTH)
    return Question(one.kind, one.song, "vary", task, Candidate((), (_in_order(clip.notes),)))


def _long_voices(one: Slice) -> list[int]:
    voices = one.score.voices
    return [index for index, voice in enumerate(voices) if len(voice.notes) >= MIN_NOTES]


def _in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes))


def _was_replaced(told: Told) -> bool:
    """Tell whether the engine's guard threw a copy away before it gave its first answer."""
    return any(COPIED in sentence for one in told.candidates[:1] for sentence in one.guards)


def _heard(originality: Originality, task: Task, answer: Candidate) -> Heard:
    """Return the longest run of any voice and the bars of all drums."""
    found = [originality.heard(part) for part in parts_of(task, answer)]
    return Heard(
        max((heard.notes for heard in found), default=0), sum(heard.bars for heard in found)
    )


def _figures(rows: Sequence[Compared], index: OriginalityIndex) -> dict[str, Any]:
    answered = [row for row in rows if row.model is not None]
    overall = _shares(answered)
    return {
        "questions": len(rows),
        "refused": len(rows) - len(answered),
        **overall,
        "margin": MARGIN,
        "is_met": overall["copies"] is not None and overall["copies"] <= overall["human"] + MARGIN,
        "kinds": _grouped(answered, lambda row: row.question.kind),
        "forms": _grouped(answered, lambda row: row.question.form),
        "longest_run": max((row.model.notes for row in answered if row.model), default=0),
        "longest_human_run": max((row.human.notes for row in answered), default=0),
        "index": {
            "songs": index.song_count,
            "runs": len(index.runs),
            "drum_bars": len(index.bars),
        },
    }


def summary(figures: Mapping[str, Any]) -> list[str]:
    """Return what the figures say, a sentence a line."""

    def line(name: str, row: Mapping[str, Any]) -> str:
        copies, human = _percent(row["copies"]), _percent(row["human"])
        return f"{name}: {copies} of {row['answers']} answers, people {human}"

    goal = "met" if figures["is_met"] else "not met"
    return [
        f"{line('distinctive copies of training songs', figures)}; the goal, people's share and "
        f"one point, is {goal}",
        *(line(name, row) for name, row in figures["kinds"].items()),
        *(line(name, row) for name, row in figures["forms"].items()),
    ]


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"


def _grouped(rows: Sequence[Compared], key: Callable[[Compared], str]) -> dict[str, Any]:
    names = dict.fromkeys(key(row) for row in rows)
    return {name: _shares([row for row in rows if key(row) == name]) for name in names}


def _shares(rows: Iterable[Compared]) -> dict[str, Any]:
    """Return the shares of answers that are copies, with intervals by song."""
    pool = Pool(
        (
            row.question.song,
            {
                "copies": Part(float(row.model is not None and row.model.is_copy)),
                "human": Part(float(row.human.is_copy)),
            },
        )
        for row in rows
    )
    return {
        "answers": pool.count,
        "songs": pool.song_count,
        "copies": pool.value("copies"),
        "human": pool.value("human"),
        "intervals": pool.intervals(),
    }

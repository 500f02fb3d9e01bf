"""The card of a model of somebody's own: what was learnt, what it cost, and how it sounds now."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reprise.engines.base import Candidate, Controls, Engine, Task
from reprise.engines.checkpoint import CARD_FILE
from reprise.engines.ensemble.engine import EnsembleEngine
from reprise.evaluation import piano_roll
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.examples import hide
from reprise.evaluation.slices import Slice, slice_at
from reprise.library.own_pieces import OwnPieces
from reprise.music.score import Score
from reprise.music.smf_write import write_score

EXAMPLES: Final = 4
EXAMPLE_BARS: Final = 4
CHECKED: Final = 24
EXAMPLES_FOLDER: Final = "examples"

_SEED: Final = 11


@dataclass(frozen=True)
class Shown:
    """A held-out piece, and what was played in place of a part of it.

    Attributes:
        name: Of the piece and its bars.
        task: What was asked.
        before: The base's answer, None where it refused.
        after: The new model's.
    """

    name: str
    task: Task
    before: Candidate | None
    after: Candidate | None


def write(
    folder: Path,
    base: str,
    models: Path | None,
    own: OwnPieces,
    facts: Mapping[str, Any],
    warnings: Sequence[str],
) -> None:
    """Play held-out pieces with the base and with the new model, and write examples and the card.

    Args:
        folder: The model's, whose networks are there already.
        base: The base's name.
        models: The folder that holds it; None for those that we ship.
        own: What was learnt from.
        facts: What the settings say.
        warnings: What the user was told.
    """
    engines = (EnsembleEngine(models, base), EnsembleEngine(folder.parent, folder.name))
    shown = [_shown(task, name, engines) for name, task in questions(own, EXAMPLES)]
    for number, one in enumerate(shown, 1):
        _write_example(folder / EXAMPLES_FOLDER, number, one)
    kept = limits_kept(engines[1], own)
    text = card(folder.name, facts, warnings, kept, shown)
    (folder / CARD_FILE).write_text(text, encoding="utf-8", newline="\n")


def questions(own: OwnPieces, count: int) -> Iterator[tuple[str, Task]]:
    """Yield up to so many questions about held-out pieces: their second half is asked for."""
    pieces = own.of("test") + own.of("valid")
    random.Random(_SEED).shuffle(pieces)
    for piece in pieces[:count]:
        bars = min(EXAMPLE_BARS, len(piece.grid_bars))
        found = slice_at(piece, 0, bars)
        if found is not None:
            yield found.name, _question(found, bars)


def _question(found: Slice, bars: int) -> Task:
    voices = range(len(found.score.voices))
    places = [(voice, bar) for voice in voices for bar in range(bars // 2, bars)]
    return hide(found, places, "second half", Controls()).task


def _shown(task: Task, name: str, engines: tuple[Engine, Engine]) -> Shown:
    answers = [ask(engine, Asked(task, seed=_SEED)).candidates[:1] for engine in engines]
    before, after = ((found[0] if found else None) for found in answers)
    return Shown(name, task, before, after)


def _write_example(folder: Path, number: int, shown: Shown) -> None:
    folder.mkdir(exist_ok=True)
    for name, answer in (("before", shown.before), ("after", shown.after)):
        if answer is None:
            continue
        score = answer.score(shown.task)
        (folder / f"{number}-{name}.mid").write_bytes(write_score(score))
        picture = piano_roll.svg(_picture(shown.task, answer), f"{name}: example {number}")
        (folder / f"{number}-{name}.svg").write_text(_document(picture), encoding="utf-8")


def _picture(task: Task, answer: Candidate) -> piano_roll.Picture:
    source: Score = task.source
    return piano_roll.picture_of_answer(source, answer.kept, answer.new_notes, task.length)


def _document(svg: str) -> str:
    return svg.replace(">", f"><style>{piano_roll.STYLE}</style>", 1)


def limits_kept(engine: Engine, own: OwnPieces) -> tuple[int, int]:
    """Return how many answers kept to a range, and how many there were."""
    kept = answered = 0
    for _, task in questions(own, CHECKED):
        low, high = 48, 72
        limited = _within(task, low, high)
        for candidate in ask(engine, Asked(limited, seed=_SEED)).candidates[:1]:
            answered += 1
            voices = zip(limited.source.voices, candidate.new_notes, strict=True)
            pitches = [n.pitch for voice, notes in voices if not voice.is_drums for n in notes]
            kept += all(low <= pitch <= high for pitch in pitches)
    return kept, answered


def _within(task: Task, low: int, high: int) -> Task:
    return replace(task, controls=Controls(lowest_pitch=low, highest_pitch=high))


def card(
    name: str,
    facts: Mapping[str, Any],
    warnings: Sequence[str],
    kept: tuple[int, int],
    shown: Sequence[Shown],
) -> str:
    """Return the card's text."""
    pieces = facts["pieces"]
    lines = [
        f"# {facts['title']}",
        "",
        f"`{name}`, fine-tuned from `{facts['base']}` ({facts['base_hash']}): {facts['learnt']}.",
        f"It learnt from {pieces['train']} of your pieces; {pieces['valid']} decided when to stop, "
        f"{pieces['test']} were only measured. They hold {facts['ideas']} ideas in all.",
        "",
        "| nats a token, lower is better | before | after | change |",
        "|---|---|---|---|",
        *_loss_rows(facts),
        "",
        f"Asked to stay within a range, {kept[0]} of {kept[1]} answers did.",
        "",
        *(f"- {sentence}" for sentence in warnings),
    ]
    if shown:
        lines += ["", "Held-out pieces whose second half was played anew, before and after:", ""]
        lines += [
            f"{number}. {one.name}: `{EXAMPLES_FOLDER}/{number}-before.mid`, `-after.mid`, and "
            "their piano rolls `.svg`"
            for number, one in enumerate(shown, 1)
        ]
    lines += [
        "",
        "This model was made on your machine from your music and never left it. What it writes may",
        "resemble what it learnt; answers that repeat a distinctive passage are left out.",
    ]
    return "\n".join(lines) + "\n"


def _loss_rows(facts: Mapping[str, Any]) -> Iterator[str]:
    titles = {"own": "your held-out pieces", "replay": "music that the base knows"}
    before, after = facts["loss_before"], facts["loss_after"]
    for name, title in titles.items():
        if name in before:
            change = after[name] / before[name] - 1.0
            yield f"| {title} | {before[name]:.4f} | {after[name]:.4f} | {change:+.1%} |"
    if "replay" not in before:
        yield "| music that the base knows | not measured: no replay was given | | |"

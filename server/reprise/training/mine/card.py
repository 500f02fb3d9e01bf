"""The card of a model of somebody's own: what was learnt, what it cost, and how it sounds now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reprise.engines.base import Candidate, Controls, Engine, Task
from reprise.engines.checkpoint import CARD_FILE
from reprise.engines.ensemble.engine import EnsembleEngine
from reprise.evaluation import own_copies
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.drawing import piano_roll
from reprise.evaluation.examples import Example
from reprise.evaluation.own_copies import OwnCopies
from reprise.library.own_pieces import OwnPieces
from reprise.music.score import Score
from reprise.music.smf_write import write_score

EXAMPLES: Final = 4
CHECKED: Final = 24
REPEATED_SONGS: Final = 10
MEASURED: Final = {
    "own": "your held-out pieces",
    "replay": "music that the base knows",
    "base": "songs that the base was tested with",
}
"""What losses are told of, in words."""

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
    shown = [_shown(one, engines) for one in own_copies.questions(own, EXAMPLES)]
    for number, one in enumerate(shown, 1):
        _write_example(folder / EXAMPLES_FOLDER, number, one)
    kept = limits_kept(engines[1], own)
    copies = own_copies.measure(engines[1], own, CHECKED)
    text = card(folder.name, facts, warnings, kept, copies, shown)
    (folder / CARD_FILE).write_text(text, encoding="utf-8", newline="\n")


def _shown(example: Example, engines: tuple[Engine, Engine]) -> Shown:
    answers = [ask(engine, Asked(example.task, seed=_SEED)).candidates[:1] for engine in engines]
    before, after = ((found[0] if found else None) for found in answers)
    return Shown(example.name, example.task, before, after)


def _write_example(folder: Path, number: int, shown: Shown) -> None:
    folder.mkdir(exist_ok=True)
    for name, answer in (("before", shown.before), ("after", shown.after)):
        if answer is None:
            continue
        score = answer.score(shown.task)
        (folder / f"{number}-{name}.mid").write_bytes(write_score(score))
        picture = piano_roll.document(_picture(shown.task, answer), f"{name}: example {number}")
        (folder / f"{number}-{name}.svg").write_text(picture, encoding="utf-8", newline="\n")


def _picture(task: Task, answer: Candidate) -> piano_roll.Picture:
    source: Score = task.source
    return piano_roll.picture_of_answer(source, answer.kept, answer.new_notes, task.length)


def limits_kept(engine: Engine, own: OwnPieces) -> tuple[int, int]:
    """Return how many answers kept to a range, and how many there were."""
    kept = answered = 0
    low, high = 48, 72
    for example in own_copies.questions(own, CHECKED):
        limited = _within(example.task, low, high)
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
    copies: OwnCopies,
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
        f"Of {copies.answers} answers about held-out pieces, {copies.copied} repeat a distinctive "
        f"passage of a piece that was learnt; what stands in those pieces does so {copies.people} "
        "times.",
        *(f"- {count} times `{name}`" for name, count in copies.songs.most_common(REPEATED_SONGS)),
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
    before, after = facts["loss_before"], facts["loss_after"]
    for name, title in MEASURED.items():
        if name in before:
            change = after[name] / before[name] - 1.0
            yield f"| {title} | {before[name]:.4f} | {after[name]:.4f} | {change:+.1%} |"
    if "replay" not in before:
        yield "| music that the base knows | not measured: the base brings no rehearsal | | |"

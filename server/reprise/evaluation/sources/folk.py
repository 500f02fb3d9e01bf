"""S4, the LSTM study on folk melodies: likeness of generated sets, and how much could be copied.

Nottingham is under the GPL, so networks trained on it do not ship:
their rows are measured where somebody has trained them, and say how to where not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.checkpoint import Checkpoint
from reprise.engines.folk.engine import MODEL
from reprise.errors import MissingDataError
from reprise.evaluation.melodies.folk import (
    MELODIES,
    Comparison,
    CopiedShares,
    Ground,
    Measured,
    continuations,
    copied,
    measured_set,
)
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library.folk_tunes import NOTTINGHAM, PERMISSIVE, PRACTICE, TuneSet

SYSTEM: Final = "S4"
RUNS: Final = Path("runs") / "folk"
"""Where the commands in the remarks leave what they train."""

QUICK_MELODIES: Final = 12

OVERLAP: Final = "overlapping area with training tunes, mean of nine statistics"
DIVERGENCE: Final = "divergence from training tunes, legacy, nats"
COMMON_DIVERGENCE: Final = "divergence from training tunes, common range, nats"
HELD_OUT_OVERLAP: Final = "overlapping area with held-out tunes, mean of nine statistics"
INTER_OVERLAP: Final = "overlapping area of distances within held-out tunes and to them"
COPIED: Final = "share that could be a copy (alignment)"
BEYOND: Final = f"{COPIED}, beyond that of held-out tunes"
SHARED_COPIED: Final = "share that could be a copy of what every size learned"
SHARED_WINDOWS: Final = 15_000

DRAWS: Final = 3
THREE_DRAWS: Final = f"mean of {DRAWS} draws of the melodies"

TEXT: Final[Mapping[str, tuple[float, float]]] = {
    "bidirectional": (0.814, 0.098),
    "unidirectional": (0.686, 0.120),
    "plain": (0.664, 0.137),
    "attention": (0.618, 0.146),
    "pianoroll": (0.770, 0.130),
}
"""Overlapping area and divergence that the text reports, by variant."""

TEXT_COPIED: Final[Mapping[str, float]] = {
    "windows-15k": 0.683,
    "windows-60k": 0.126,
    "bidirectional": 0.138,
}
"""What the text reports of 15,000, 60,000 and 100,000 windows: it trained those 30 epochs each."""

VARIANTS: Final = tuple(dict.fromkeys((*TEXT, *TEXT_COPIED)))


def rows(setup: SourceSetup) -> list[Row]:
    """Return every row of the system; quickly, those of the shipped model on practice tunes."""
    if setup.is_quick:
        return [*_shipped_rows(setup)]
    try:
        ground = _ground(setup, NOTTINGHAM)
    except MissingDataError as error:
        return [*_untold(str(error)), *_shipped_rows(setup)]
    found = [*_people_rows(ground)]
    for number, variant in enumerate(VARIANTS):
        setup.progress(0.2 + 0.6 * number / len(VARIANTS), f"continuing melodies, {variant}")
        found += _variant_rows(setup, variant, ground)
    return [*found, *_shipped_rows(setup)]


def find_variant(models: Path | None, variant: str) -> Checkpoint | None:
    """Return a network of the comparison where it was trained, else None.

    It is looked for as `folk-nottingham-VARIANT` among the models, and where the commands in the
    remarks leave it.
    """
    name = f"folk-{NOTTINGHAM}-{variant}"
    if models is not None and (models / name).is_dir():
        return checkpoint.read(name, models)
    if (RUNS / name / "model").is_dir():
        return checkpoint.read("model", RUNS / name)
    return None


def _variant_rows(setup: SourceSetup, variant: str, ground: Ground) -> Iterator[Row]:
    model = find_variant(setup.models, variant)
    if model is None:
        yield from _untrained_rows(variant)
        return
    known = ground.known(int(model.config["most_windows"]))
    draws = _draws(ground)
    lines = [continuations(model, draw) for draw in draws]
    found = [measured_set(mine, draw, known) for mine, draw in zip(lines, draws)]
    if variant in TEXT:
        yield from _likeness_rows(variant, found, *TEXT[variant])
    if variant in TEXT_COPIED:
        people = [copied(draw.prompt_lines, known) for draw in draws]
        size = f"learned {model.config['windows']} windows in {model.config['updates']} updates"
        yield from _copied_rows(variant, found, people, size)
        shared = ground.known(SHARED_WINDOWS)
        share = _mean_share([copied(mine, shared) for mine in lines])
        remark = f"{size}, these {SHARED_WINDOWS} among them"
        yield Row(SYSTEM, variant, SHARED_COPIED, share, higher_is_better=False, remark=remark)


def _untrained_rows(variant: str) -> Iterator[Row]:
    remark = _how_to_train(variant)
    if variant in TEXT:
        yield Row(SYSTEM, variant, OVERLAP, None, TEXT[variant][0], remark=remark)
    if variant in TEXT_COPIED:
        text = TEXT_COPIED[variant]
        yield Row(SYSTEM, variant, COPIED, None, text, higher_is_better=False, remark=remark)


def _likeness_rows(
    model: str,
    found: Sequence[Measured],
    overlap: float | None = None,
    divergence: float | None = None,
    remark: str = THREE_DRAWS,
) -> Iterator[Row]:
    """Yield the figures of the text, then those that it lacks."""
    beside_training = [one.training for one in found]
    beside_people = [one.people for one in found]
    yield Row(SYSTEM, model, OVERLAP, _mean(beside_training, "overlap"), overlap, remark=remark)
    for figure, measure, text in (
        (DIVERGENCE, "legacy_divergence", divergence),
        (COMMON_DIVERGENCE, "divergence", None),
    ):
        value = _mean(beside_training, measure)
        yield Row(SYSTEM, model, figure, value, text, higher_is_better=False, remark=remark)
    yield Row(SYSTEM, model, HELD_OUT_OVERLAP, _mean(beside_people, "overlap"), remark=remark)
    yield Row(SYSTEM, model, INTER_OVERLAP, _mean(beside_people, "overlap_inter"), remark=remark)


def _copied_rows(
    model: str, found: Sequence[Measured], people: Sequence[CopiedShares], remark: str
) -> Iterator[Row]:
    mine, theirs = _mean_share([one.shares for one in found]), _mean_share(people)
    yield Row(
        SYSTEM,
        model,
        COPIED,
        mine,
        TEXT_COPIED.get(model),
        higher_is_better=False,
        remark=f"{remark}; held-out tunes {theirs:.3f}; our alignment is not the text's tool",
    )
    yield Row(SYSTEM, model, BEYOND, mine - theirs, higher_is_better=False, remark=remark)


def _people_rows(ground: Ground) -> Iterator[Row]:
    known = ground.known()
    found = [measured_set(draw.prompt_lines, draw, known) for draw in _draws(ground)]
    remark = "what held-out tunes themselves reach"
    yield from _likeness_rows("people", found, remark=remark)
    shared = ground.known(SHARED_WINDOWS)
    for figure, shares in (
        (COPIED, [one.shares for one in found]),
        (SHARED_COPIED, [copied(draw.prompt_lines, shared) for draw in _draws(ground)]),
    ):
        yield Row(
            SYSTEM, "people", figure, _mean_share(shares), higher_is_better=False, remark=remark
        )


def _shipped_rows(setup: SourceSetup) -> Iterator[Row]:
    """Yield what the shipped model reaches on its own tunes."""
    if MODEL not in checkpoint.list_models(setup.models):
        yield Row(SYSTEM, MODEL, OVERLAP, None, remark="the model is not among the models")
        return
    try:
        ground = _ground(setup, PRACTICE if setup.is_quick else PERMISSIVE)
    except MissingDataError as error:
        yield Row(SYSTEM, MODEL, OVERLAP, None, remark=str(error))
        return
    setup.progress(0.9, f"continuing melodies, {MODEL}")
    model, known, draws = checkpoint.read(MODEL, setup.models), ground.known(), _draws(ground)
    found = [measured_set(continuations(model, draw), draw, known) for draw in draws]
    remark = "on songs and lead sheets, not the text's tunes"
    yield from _likeness_rows(MODEL, found, remark=remark)
    yield from _copied_rows(
        MODEL, found, [copied(draw.prompt_lines, known) for draw in draws], remark
    )


def _draws(ground: Ground) -> list[Ground]:
    """Return the ground with its melodies drawn in several ways."""
    return [replace(ground, seed=ground.seed + number) for number in range(DRAWS)]


def _mean(found: Sequence[Comparison], measure: str) -> float:
    return sum(one.overall(measure) for one in found) / len(found)


def _mean_share(found: Sequence[CopiedShares]) -> float:
    shares = [share for one in found for share in one.shares]
    return sum(shares) / max(1, len(shares))


def _ground(setup: SourceSetup, name: TuneSet) -> Ground:
    melodies = QUICK_MELODIES if setup.is_quick else MELODIES
    return Ground.of(setup.data, name, melodies, setup.seed)


def _untold(reason: str) -> Iterator[Row]:
    for variant, (overlap, _) in TEXT.items():
        yield Row(SYSTEM, variant, OVERLAP, None, overlap, remark=reason)


def _how_to_train(variant: str) -> str:
    return (
        "not trained here: reprise train folk --data DIR --option set=nottingham "
        f"--option variant={variant} --out {(RUNS / f'folk-{NOTTINGHAM}-{variant}').as_posix()}"
    )

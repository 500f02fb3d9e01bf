"""S4, the LSTM study on folk melodies: likeness of generated sets, and how much could be copied.

Nottingham is free to use but not to build upon freely, so networks trained on it do not ship:
their rows are measured where somebody has trained them, and say how to where not.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.checkpoint import Checkpoint
from reprise.engines.folk.engine import MODEL
from reprise.errors import MissingDataError
from reprise.evaluation.folk import MELODIES, Ground, Measured, continuations, copied, measured_set
from reprise.evaluation.melodic_alignment import KnownMelodies
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library.folk_tunes import NOTTINGHAM, PERMISSIVE, PRACTICE, TuneSet

SYSTEM: Final = "S4"
RUNS: Final = Path("runs") / "folk"
"""Where the commands in the remarks leave what they train."""

QUICK_MELODIES: Final = 12

OVERLAP: Final = "overlapping area with training tunes, mean of nine statistics"
DIVERGENCE: Final = "divergence from training tunes, legacy, nats"
COPIED: Final = "share that could be a copy (alignment)"

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


def rows(setup: SourceSetup) -> list[Row]:
    """Return every row of the system; quickly, those of the shipped model on practice tunes."""
    if setup.is_quick:
        return [*_shipped_rows(setup)]
    try:
        ground = _ground(setup, NOTTINGHAM)
    except MissingDataError as error:
        return [*_untold(str(error)), *_shipped_rows(setup)]
    known = ground.known()
    found = [*_people_rows(ground, known)]
    found += [row for variant in TEXT for row in _variant_rows(setup, variant, ground)]
    found += [row for variant in TEXT_COPIED for row in _copied_rows(setup, variant, ground)]
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
    overlap, divergence = TEXT[variant]
    model = find_variant(setup.models, variant)
    if model is None:
        yield Row(SYSTEM, variant, OVERLAP, None, overlap, remark=_how_to_train(variant))
        return
    setup.progress(0.3, f"continuing melodies, {variant}")
    lines = continuations(model, ground)
    found = measured_set(lines, ground, KnownMelodies([]))
    yield Row(SYSTEM, variant, OVERLAP, found.training.overall("overlap"), overlap)
    yield Row(
        SYSTEM,
        variant,
        DIVERGENCE,
        found.training.overall("legacy_divergence"),
        divergence,
        higher_is_better=False,
    )
    yield from _corrected_rows(variant, found)


def _corrected_rows(model: str, found: Measured) -> Iterator[Row]:
    """Yield what the text does not report: common ranges, held-out tunes, distances between."""
    yield Row(
        SYSTEM,
        model,
        "divergence from training tunes, common range, nats",
        found.training.overall("divergence"),
        higher_is_better=False,
    )
    yield Row(
        SYSTEM,
        model,
        "overlapping area with held-out tunes, mean of nine statistics",
        found.people.overall("overlap"),
    )
    yield Row(
        SYSTEM,
        model,
        "overlapping area of distances within held-out tunes and to them",
        found.people.overall("overlap_inter"),
    )


def _copied_rows(setup: SourceSetup, variant: str, ground: Ground) -> Iterator[Row]:
    model = find_variant(setup.models, variant)
    text = TEXT_COPIED[variant]
    if model is None:
        remark = _how_to_train(variant)
        yield Row(SYSTEM, variant, COPIED, None, text, higher_is_better=False, remark=remark)
        return
    setup.progress(0.7, f"looking for copies, {variant}")
    known = ground.known(int(model.config["most_windows"]))
    lines = continuations(model, ground)
    people = copied(ground.prompt_lines, known).mean or 0.0
    found = copied(lines, known)
    yield Row(
        SYSTEM,
        variant,
        COPIED,
        found.mean,
        text,
        higher_is_better=False,
        remark=f"learned {model.config['windows']} windows in {model.config['updates']} updates; "
        f"held-out tunes {people:.3f}; our alignment is not the text's tool",
    )
    if found.mean is not None:
        yield Row(
            SYSTEM,
            variant,
            f"{COPIED} beyond people's",
            found.mean - people,
            higher_is_better=False,
        )


def _people_rows(ground: Ground, known: KnownMelodies) -> Iterator[Row]:
    found = measured_set(ground.prompt_lines, ground, known)
    remark = "what held-out tunes themselves reach"
    yield Row(SYSTEM, "people", OVERLAP, found.training.overall("overlap"), remark=remark)
    yield Row(
        SYSTEM,
        "people",
        DIVERGENCE,
        found.training.overall("legacy_divergence"),
        higher_is_better=False,
        remark=remark,
    )
    yield Row(SYSTEM, "people", COPIED, found.shares.mean, higher_is_better=False, remark=remark)


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
    lines = continuations(checkpoint.read(MODEL, setup.models), ground)
    found = measured_set(lines, ground, ground.known())
    remark = "on songs and lead sheets, not the text's tunes"
    yield Row(SYSTEM, MODEL, OVERLAP, found.training.overall("overlap"), remark=remark)
    yield Row(SYSTEM, MODEL, COPIED, found.shares.mean, higher_is_better=False, remark=remark)
    people = copied(ground.prompt_lines, ground.known())
    yield Row(SYSTEM, "people", COPIED, people.mean, higher_is_better=False, remark=remark)


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

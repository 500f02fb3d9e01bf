"""The folk suite for people: a model or an engine continues melodies, and what came of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from reprise.engines import checkpoint
from reprise.evaluation.asking import EngineSource, Progress
from reprise.evaluation.drawing.piano_roll import picture_of
from reprise.evaluation.drawing.plots import Line as Curve
from reprise.evaluation.drawing.plots import heat_plot, line_plot
from reprise.evaluation.drawing.report import ShownCase, SuiteResult
from reprise.evaluation.melodies.folk import (
    MEASURES,
    Comparison,
    Ground,
    Measured,
    continuations,
    measured_set,
)
from reprise.evaluation.melodies.folk_samples import BEATS, FourBars, continued_by_engine
from reprise.evaluation.melodies.melody_statistics import LENGTH_NAMES, STATISTICS, Line
from reprise.evaluation.melodies.set_distances import Density, Floats, inter, intra
from reprise.library.folk_tunes import TuneSet
from reprise.music.pitch import PITCH_CLASS_NAMES
from reprise.music.score import Score
from reprise.music.voice import Voice

NAME: Final = "folk"
KIND: Final = "folk"
SHOWN_CASES: Final = 4
SHOWN_POINTS: Final = 120

OVERLAP_HEAD: Final = ("statistic", "mean", "training", "OA", "KLD", "KLD legacy", "OA inter")


@dataclass(frozen=True)
class FolkSetup:
    """What is measured, on what, and how much of it.

    Attributes:
        name: A model of folk melodies, which continues as its network says, or an engine.
        models: The folder that holds the model; None for those that we ship.
        data: The folder of data sets.
        tunes: Which set is continued and compared with.
        melodies: How many.
        seed: Draws everything.
        workers: Processes that answer.
        progress: Called with the share that is done, 0.0-1.0, and what comes.
    """

    name: str
    models: Path | None
    data: Path | None
    tunes: TuneSet
    melodies: int
    seed: int
    workers: int
    progress: Progress


def run(setup: FolkSetup) -> SuiteResult:
    """Continue held-out melodies and compare the answers with people's.

    Raises:
        MissingDataError: The tunes are not there.
        UnknownModelError: Neither a model nor an engine has that name.
        CorruptModelError: The model's files are damaged.
    """
    setup.progress(0.0, "reading tunes")
    ground = Ground.of(setup.data, setup.tunes, setup.melodies, setup.seed)
    lines = _continued(setup, ground)
    setup.progress(0.9, "comparing")
    known = ground.known()
    found = measured_set(lines, ground, known)
    people = measured_set(ground.prompt_lines, ground, known)
    figures = _told(setup, found, people)
    return SuiteResult(
        NAME,
        setup.name,
        figures,
        plots=[*distance_plots(found.training), *transition_plots(found.training)],
        cases=[*_cases(ground.prompts, lines)],
        summary=_summary(found, people),
        table=statistics_table(found.training),
    )


def _continued(setup: FolkSetup, ground: Ground) -> list[Line]:
    """Return what follows each prompt: a folk model's own sampling, or an engine's answer."""
    if setup.name in checkpoint.list_models(setup.models):
        model = checkpoint.read(setup.name, setup.models)
        if model.config.get("kind") == KIND:
            return [*continuations(model, ground)]
    source = EngineSource(setup.name, setup.models)
    return [*continued_by_engine(source, ground.prompts, setup.seed, setup.workers, setup.progress)]


def _told(setup: FolkSetup, found: Measured, people: Measured) -> dict[str, Any]:
    return {
        "model": setup.name,
        "tunes": setup.tunes,
        "melodies": setup.melodies,
        "seed": setup.seed,
        **found.told,
        "people": people.told,
    }


def _summary(found: Measured, people: Measured) -> list[str]:
    def likeness(one: Measured) -> str:
        beside = one.training
        return (
            f"overlapping area {beside.overall('overlap'):.3f}, divergence "
            f"{beside.overall('divergence'):.3f} (legacy {beside.overall('legacy_divergence'):.3f})"
            f"; with held-out tunes {one.people.overall('overlap'):.3f}"
        )

    def share(one: Measured) -> str:
        return "none long enough" if one.shares.mean is None else f"{one.shares.mean:.3f}"

    return [
        f"beside training tunes: {likeness(found)}",
        f"what held-out tunes reach: {likeness(people)}",
        f"share that could be a copy: {share(found)}, of held-out tunes {share(people)}; "
        f"{found.shares.too_short} melodies were too short to tell",
    ]


def statistics_table(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return a comparison as rows of a table, its head first."""
    rows: list[tuple[str, ...]] = [OVERLAP_HEAD]
    for name, found in comparison.statistics.items():
        values = (
            found.mean,
            found.reference_mean,
            found.overlap,
            found.divergence,
            found.legacy_divergence,
            found.overlap_inter,
        )
        rows.append((name, *(f"{value:.3f}" for value in values)))
    overall = [comparison.overall(measure) for measure in MEASURES[:4]]
    rows.append(("overall", "", "", *(f"{value:.3f}" for value in overall)))
    return rows


def distance_plots(comparison: Comparison) -> Iterator[str]:
    """Yield the densities of distances within and between the sets, by statistic."""
    for name in STATISTICS:
        values, reference = comparison.values[name], comparison.reference[name]
        densities = {
            ("training tunes", "wish"): intra(reference),
            ("continued (orange)", "own curve"): intra(values),
            ("between them (blue)", "curve"): inter(values, reference),
        }
        low = min(density.lowest for density in densities.values())
        high = max(density.highest for density in densities.values())
        points = np.linspace(low, high, SHOWN_POINTS)
        curves = [
            Curve(label, _points(density, points), kind)
            for (label, kind), density in densities.items()
        ]
        yield line_plot(f"Distances in {name}", curves, "distance", "density")


def _points(density: Density, points: Floats) -> tuple[tuple[float, float], ...]:
    return tuple(zip(points.tolist(), density.at(points).tolist()))


def transition_plots(comparison: Comparison) -> Iterator[str]:
    """Yield which pitch class and which length follows which, in both sets."""
    for name, letters in (
        ("pitch class transitions", PITCH_CLASS_NAMES),
        ("note length transitions", LENGTH_NAMES),
    ):
        for label, values in (
            ("continued", comparison.values[name]),
            ("training tunes", comparison.reference[name]),
        ):
            mean = values.mean(axis=0).reshape(len(letters), len(letters))
            yield heat_plot(f"{name}, {label} (from row to column)", mean.tolist(), letters)


def _cases(prompts: Sequence[FourBars], lines: Sequence[Line]) -> Iterator[ShownCase]:
    for prompt, line in list(zip(prompts, lines))[:SHOWN_CASES]:
        yield ShownCase(
            prompt.name,
            "what was continued, and with what",
            picture_of(_score(prompt.line)),
            picture_of(_score(line)),
        )


def _score(line: Line) -> Score:
    return Score((Voice("Tune", tuple(line), is_drums=False),), BEATS)

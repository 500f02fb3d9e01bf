"""The home ground of the folk networks: tunes that no engine here learned, gone on with.

Nottingham's tunes are in no shipped model's training, so all engines meet them for the first time.
"""

from collections.abc import Iterator
from typing import Final

from reprise.evaluation.asking import EngineSource
from reprise.evaluation.melodies.folk import Ground, measured_set
from reprise.evaluation.melodies.folk_samples import continued_by_engine
from reprise.evaluation.melodies.melody_statistics import Line
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library.folk_tunes import NOTTINGHAM

MELODIES: Final = 100
QUICK_MELODIES: Final = 12
ENGINES: Final = ("folk", "ensemble", "markov")

OVERLAP: Final = "four bars more of a tune: overlapping area with held-out tunes"
COPIED: Final = "four bars more of a tune: share that could be a copy of another tune"


def rows(setup: SourceSetup) -> list[Row]:
    """Return how like people's tunes each engine's are, and what people's own reach.

    Raises:
        MissingDataError: The tunes are not there.
    """
    melodies = QUICK_MELODIES if setup.is_quick else MELODIES
    ground = Ground.of(setup.data, NOTTINGHAM, melodies, setup.seed)
    found: list[Row] = []
    for name in ENGINES:
        setup.progress(len(found) / (2 * len(ENGINES)), f"tunes, {name}")
        source = EngineSource(name, None)
        lines: list[Line] = [
            *continued_by_engine(source, ground.prompts, setup.seed, 1, setup.progress)
        ]
        found += _rows(name, lines, ground)
    return [*found, *_rows("people", ground.prompt_lines, ground)]


def _rows(name: str, lines: list[Line], ground: Ground) -> Iterator[Row]:
    measured = measured_set(lines, ground, ground.known())
    sounding = sum(bool(line) for line in lines)
    remark = f"home of folk; {sounding} of {len(lines)} answered"
    yield Row("S4", name, OVERLAP, measured.people.overall("overlap"), remark=remark)
    yield Row("S4", name, COPIED, measured.shares.mean, higher_is_better=False, remark=remark)

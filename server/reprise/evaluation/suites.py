"""The flagship's suites: each takes what is measured and the held-out music, and gives its result.

Everything that is asked goes through the engine that serves; only likelihoods ask its network.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reprise.engines import checkpoint
from reprise.engines.base import Engine
from reprise.errors import MissingDataError
from reprise.evaluation import (
    continuations,
    control_sweeps,
    harmony,
    infill,
    loops,
    suite_pictures,
    validity,
    variations,
)
from reprise.evaluation.asking import Asked, EngineSource, Progress, ask_all
from reprise.evaluation.bits import Bank, bits_by_group
from reprise.evaluation.clips import CLIP_BARS, Floors, VoiceClip, clips_of
from reprise.evaluation.examples import Example, Pattern, examples
from reprise.evaluation.learned_baselines import LearnedBaselines
from reprise.evaluation.likelihood import Scorer
from reprise.evaluation.report import SuiteResult
from reprise.evaluation.slices import Slice, of_kind
from reprise.evaluation.statistics import Comparison, Part, Pool
from reprise.evaluation.validity import Check
from reprise.evaluation.workers import worked
from reprise.library.corpus_file import Piece
from reprise.library.pieces import Split
from reprise.runtime.ensemble_files import open_ensemble

KINDS = ("pop", "piano", "quartets", "multitrack", "electronic", "drums")
"""Kinds of music that infilling is reported by."""

SUITES = ("validity", "infill", "loops", "melody", "vary", "controls", "continue")
CLIPS_SHARE = 0.2
EVERY_KEPT = 2
"""Of the clips that are varied, every second is asked for with locks and likes."""
MIN_SLICES = 200
"""Slices of a kind that strangers are drawn from, however few examples are asked about."""


@dataclass(frozen=True)
class NetworkSource:
    """Where a network comes from: a model directory that another process can open as well.

    Attributes:
        name: Of the model.
        models_directory: The folder that holds it; None for those that we ship.
    """

    name: str
    models_directory: Path | None = None

    def open(self) -> Scorer:
        """Return the network as it serves."""
        return open_ensemble(checkpoint.read(self.name, self.models_directory).folder)


@dataclass(frozen=True)
class Setup:
    """What is measured, on what, and how much of it.

    Attributes:
        source: The engine.
        name: What it is called in reports.
        network: The engine's network, None where it has none of ours.
        pieces: The packed corpus.
        kinds: Kinds of music to ask about.
        split: Songs to ask about; baselines learn from the training songs alone.
        examples: Examples of each kind and pattern, at most.
        bits_examples: Of these, how many the network is asked the likelihood of.
        learned_slices: Slices of training songs of each kind that baselines learn from.
        seed: Draws everything.
        workers: Processes that answer.
        progress: Called with the share that is done, 0.0-1.0, and what comes.
    """

    source: EngineSource | Engine
    name: str
    network: NetworkSource | None = None
    pieces: Sequence[Piece] = ()
    kinds: tuple[str, ...] = KINDS
    split: Split = "test"
    examples: int = 500
    bits_examples: int = 150
    learned_slices: int = 600
    seed: int = 0
    workers: int = 1
    progress: Progress = field(default=lambda _fraction, _stage: None)

    def slices(self, kind: str, *, bars: int = 8, count: int | None = None) -> list[Slice]:
        """Return held-out slices of a kind, by default at most as many as there are examples."""
        most = self.examples if count is None else count
        return of_kind(self.pieces, kind, most, self.seed, bars=bars, split=self.split)

    @cached_property
    def all_slices(self) -> list[Slice]:
        """Held-out slices of 8 bars of all kinds.

        Raises:
            MissingDataError: There are none.
        """
        most = max(self.examples, MIN_SLICES)
        found = [one for kind in self.kinds for one in self.slices(kind, count=most)]
        if not found:
            raise MissingDataError(
                f"the corpus holds no {self.split} songs of the kinds {', '.join(self.kinds)}; "
                "build one that does: reprise corpus build"
            )
        return found

    @cached_property
    def learned(self) -> LearnedBaselines:
        """What training songs teach without a network."""
        slices = [
            one
            for kind in self.kinds
            for one in of_kind(self.pieces, kind, self.learned_slices, self.seed, split="train")
        ]
        return LearnedBaselines(
            slices, lambda fraction: self.progress(0.0, f"baselines learn: {fraction:.0%}")
        )

    @property
    def head(self) -> dict[str, Any]:
        """What every result says first."""
        return {
            "model": self.name,
            "model_hash": self._hash,
            "seed": self.seed,
            "split": self.split,
        }

    @property
    def _hash(self) -> str:
        engine = self.source.open() if isinstance(self.source, EngineSource) else self.source
        return engine.info.model_hash

    def clips(self) -> list[VoiceClip]:
        """Return clips of all kinds, as many of each as a share of the examples."""
        each = max(1, round(CLIPS_SHARE * self.examples / max(1, len(self.kinds))))
        return [clip for kind in self.kinds for clip in self.strangers(kind)[:each]]

    def strangers(self, kind: str) -> list[VoiceClip]:
        """Return many clips of a kind, to compare a clip with music that it has nothing to do with.

        Those that are asked about are the first of them.
        """
        slices = self.slices(kind, bars=CLIP_BARS, count=MIN_SLICES)
        return clips_of(slices, MIN_SLICES, self.seed)

    def stage(self, first: float, last: float) -> Progress:
        """Return a progress that fills a part of the whole."""
        return lambda fraction, what: self.progress(first + (last - first) * fraction, what)


# ---------------------------------------------------------------- validity


def run_validity(
    setup: Setup, *, requests: int, drum_answers: int, check: Check = validity.no_check
) -> SuiteResult:
    """Ask random questions and look whether every answer is legal."""
    engine = setup.source.open() if isinstance(setup.source, EngineSource) else setup.source
    legal = validity.legal_figures(
        setup.source,
        engine.info.verbs,
        requests,
        setup.seed,
        check=check,
        workers=setup.workers,
        progress=setup.stage(0.0, 0.8),
    )
    drums: dict[str, Any] = {}
    if engine.info.serves_drums:
        drums = validity.drum_figures(
            setup.source,
            drum_answers,
            setup.seed,
            workers=setup.workers,
            progress=setup.stage(0.8, 1.0),
        )
    summary = [
        f"legal: {_number(legal['legal'])} of {legal['answers']} answers to {requests} random "
        f"requests, {legal['refused']} refused with a sentence, {legal['exceptions']} exceptions"
    ]
    if drums:
        summary.append(
            f"drums: {drums['absent_pad_hits']} hits on absent pads in {drums['drum_answers']} "
            f"answers; moved pads move the answer in {_number(drums['permutation_permutes'])} "
            f"of {drums['permuted_answers']}"
        )
    figures = {**setup.head, **legal, **drums}
    return SuiteResult("validity", setup.name, figures, summary=summary)


# ---------------------------------------------------------------- infill


def run_infill(setup: Setup) -> SuiteResult:
    """Refill hidden bars in four patterns, by kind of music."""
    groups = {
        (kind, str(pattern)): examples(setup.slices(kind), pattern, setup.examples, setup.seed)
        for kind in setup.kinds
        for pattern in Pattern
    }
    groups = {name: found for name, found in groups.items() if found}
    _check_any(setup, groups)
    rivals = infill.all_baselines(setup.learned)
    share = 0.75 if setup.network else 0.98
    found = infill.run(
        setup.source,
        groups,
        rivals,
        workers=setup.workers,
        progress=setup.stage(0.0, share),
    )
    figures = {**setup.head, **infill.figures(found), "bits": _bits(setup, groups, share)}
    return SuiteResult(
        "infill",
        setup.name,
        figures,
        suite_pictures.infill_plots(figures),
        suite_pictures.infill_cases(found),
        suite_pictures.infill_summary(figures),
        suite_pictures.infill_table(figures),
    )


def _bits(
    setup: Setup, groups: dict[tuple[str, str], list[Example]], done: float
) -> list[dict[str, Any]]:
    chosen = {name: found[: setup.bits_examples] for name, found in groups.items()}
    bank = Bank(setup.learned, setup.network.open if setup.network else None)
    return bits_by_group(bank, chosen, setup.workers, setup.stage(done, 1.0))


def _check_any(setup: Setup, groups: object) -> None:
    if not groups:
        raise MissingDataError(
            f"the corpus holds no {setup.split} songs of the kinds {', '.join(setup.kinds)} that "
            "are long enough; build one that does: reprise corpus build"
        )


# ---------------------------------------------------------------- loops


def run_loops(setup: Setup) -> SuiteResult:
    """Repeat loops of 1, 2 and 4 bars, hide one repetition, and ask for it."""
    groups = {}
    each = max(1, setup.examples // 5)
    for bars in loops.LOOP_BARS:
        for kind in (loops.OURS, *setup.kinds):
            made = (
                loops.our_loops(each, bars, setup.seed)
                if kind == loops.OURS
                else [*loops.loops_of(setup.slices(kind)[: 2 * each], bars)][:each]
            )
            if made:
                groups[kind, f"loop_{bars}"] = loops.loop_examples(made, bars, setup.seed)
    found = infill.run(
        setup.source,
        groups,
        {name: rival for name, rival in infill.all_baselines(None).items() if name != "markov"},
        workers=setup.workers,
        progress=setup.stage(0.0, 1.0),
    )
    figures = {**setup.head, **_loop_figures(found)}
    return SuiteResult(
        "loops",
        setup.name,
        figures,
        suite_pictures.loop_plots(figures),
        suite_pictures.infill_cases(found, only="loop_1"),
        [
            f"{name}: note F1 {_number(row['f1'])} of {row['examples']} loops, ours "
            f"{_number(row['by_kind'].get(loops.OURS))}"
            for name, row in figures["loops"].items()
        ],
    )


def _loop_figures(found: Sequence[infill.Group]) -> dict[str, Any]:
    rows = {}
    for bars in loops.LOOP_BARS:
        name = f"loop_{bars}"
        mine = [group for group in found if group.pattern == name]
        whole = Pool()
        for group in mine:
            whole.merge(group.pools[infill.MODEL])
        rows[name] = {
            "f1": whole.value("f1"),
            "interval": whole.interval("f1"),
            "onset_f1": whole.value("onset_f1"),
            "empty": whole.value("empty"),
            "examples": whole.count,
            "by_kind": {g.kind: g.pools[infill.MODEL].value("f1") for g in mine},
            "by_style": _by_style(mine),
        }
    return {"loops": rows}


def _by_style(groups: Sequence[infill.Group]) -> dict[str, float | None]:
    pools: dict[str, Pool] = {}
    for group in groups:
        if group.kind == loops.OURS:
            for case in group.cases:
                style = case.example.song.rsplit(" ", 1)[0]
                pools.setdefault(style, Pool()).add(case.example.song, case.tally)
    return {style: pool.value("f1") for style, pool in pools.items()}


# ---------------------------------------------------------------- melody


def run_melody(setup: Setup) -> SuiteResult:
    """Refill a melody with and without the chords that sound with it."""
    pairs = harmony.pairs(setup.all_slices, setup.examples)
    if not pairs:
        raise MissingDataError(
            "no held-out slice has a melody with other pitched voices beside it; ask about other "
            "kinds: --kinds pop,piano"
        )
    both = [example for pair in pairs for example in (pair.accompanied, pair.alone)]
    told = ask_all(setup.source, [Asked(example.task) for example in both], setup.workers)
    pool, progress = Pool(), setup.stage(0.0, 0.7)
    for index, pair in enumerate(pairs):
        accompanied = next(told).new_notes(pair.accompanied.task)[pair.voice]
        alone = next(told).new_notes(pair.alone.task)[0]
        pool.add(pair.accompanied.song, harmony.figures_of(pair, accompanied, alone))
        progress((index + 1) / len(pairs), "melodies")
    figures = {
        **setup.head,
        "pairs": len(pairs),
        "songs": pool.song_count,
        "chord_tone_rate": pool.values(),
        "intervals": pool.intervals(),
        "gain": Comparison.of(pool.by_song(harmony.WITH), pool.by_song(harmony.WITHOUT)).as_figures,
        **_melody_bits(setup, pairs),
    }
    return SuiteResult(
        "melody",
        setup.name,
        figures,
        suite_pictures.melody_plots(figures),
        summary=suite_pictures.melody_summary(figures),
    )


def _melody_bits(setup: Setup, pairs: Sequence[harmony.Pair]) -> dict[str, Any]:
    chosen = pairs[: setup.bits_examples]
    groups = {
        ("all", harmony.WITH): [pair.accompanied for pair in chosen],
        ("all", harmony.WITHOUT): [pair.alone for pair in chosen],
    }
    bank = Bank(None, setup.network.open if setup.network else None)
    if setup.network is None:
        return {"bits": []}
    rows = bits_by_group(bank, groups, setup.workers, setup.stage(0.7, 1.0))
    by_pattern = {row["pattern"]: row for row in rows}
    gain = Comparison.of(
        by_pattern[harmony.WITHOUT].pop("by_song"), by_pattern[harmony.WITH].pop("by_song")
    )
    return {"bits": rows, "bits_gain": gain.as_figures}


# ---------------------------------------------------------------- vary and controls


def run_vary(setup: Setup) -> SuiteResult:
    """Ask for variations at eleven strengths, with locks, and with a liked one."""
    clips = _some(setup.clips(), setup)
    few = clips[::EVERY_KEPT]
    strangers = [clip for kind in setup.kinds for clip in setup.strangers(kind)]
    found = variations.vary_all(
        setup.source,
        clips,
        Floors(strangers, setup.seed),
        setup.seed,
        workers=setup.workers,
        progress=setup.stage(0.0, 0.7),
    )
    figures = {
        **setup.head,
        **variations.strength_figures(found),
        **variations.keeping_figures(
            setup.source, few, setup.seed, workers=setup.workers, progress=setup.stage(0.7, 0.85)
        ),
        **variations.like_figures(
            setup.source, few, setup.seed, workers=setup.workers, progress=setup.stage(0.85, 1.0)
        ),
    }
    return SuiteResult(
        "vary",
        setup.name,
        figures,
        suite_pictures.vary_plots(figures),
        suite_pictures.vary_cases(found),
        suite_pictures.vary_summary(figures),
    )


def run_controls(setup: Setup) -> SuiteResult:
    """Refill clips under hard limits and with wished densities."""
    clips = _some(setup.clips(), setup)
    hard = control_sweeps.hard_figures(
        setup.source, clips, setup.seed, workers=setup.workers, progress=setup.stage(0.0, 0.5)
    )
    soft = control_sweeps.density_figures(
        setup.source, clips, setup.seed, workers=setup.workers, progress=setup.stage(0.5, 1.0)
    )
    figures = {**setup.head, "clips": len(clips), **hard, **soft}
    summary = [
        "hard: " + ", ".join(f"{n} {_number(row['share'])}" for n, row in hard["hard"].items()),
        f"density: within one bin {_number(soft['density']['within_one_bin'])}, Spearman "
        f"{_number(soft['density']['spearman'])}",
    ]
    return SuiteResult(
        "controls", setup.name, figures, suite_pictures.density_plots(figures), summary=summary
    )


def _some(clips: list[VoiceClip], setup: Setup) -> list[VoiceClip]:
    _check_any(setup, clips)
    return clips


# ---------------------------------------------------------------- continue


def run_continue(setup: Setup) -> SuiteResult:
    """Let the network and a counting model pick the true continuation of four."""
    choices = continuations.choices(setup.all_slices, setup.examples, setup.seed)
    _check_any(setup, choices)
    pools: dict[str, Pool] = {"ngram": Pool()}
    cost = continuations.counting_cost(setup.learned.tokens)
    for choice in choices:
        pools["ngram"].add(choice.song, _picked(choice, continuations.picks(choice, cost)))
    if setup.network is not None:
        pools[infill.MODEL] = Pool()
        told = worked(setup.network.open, continuations.network_picks, choices, setup.workers)
        for index, (choice, part) in enumerate(zip(choices, told, strict=True)):
            pools[infill.MODEL].add(choice.song, _picked(choice, part))
            setup.progress((index + 1) / len(choices), "continuations")
    figures = {
        **setup.head,
        "choices": len(choices),
        "songs": pools["ngram"].song_count,
        "picked": {name: pool.values() for name, pool in pools.items()},
        "intervals": {name: pool.interval("all") for name, pool in pools.items()},
        "chance": 1.0 / continuations.CHOICES,
    }
    summary = [
        f"{name} picks the true continuation of four in {_number(pool.value('all'))}"
        for name, pool in pools.items()
    ]
    return SuiteResult("continue", setup.name, figures, summary=summary)


def _picked(choice: continuations.Choice, part: Part) -> dict[str, Part]:
    return {"all": part, choice.kind: part}


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


Run = Callable[[Setup], SuiteResult]


def runs() -> Iterator[tuple[str, Run]]:
    """Yield the suites that need music, by name."""
    yield from (
        ("infill", run_infill),
        ("loops", run_loops),
        ("melody", run_melody),
        ("vary", run_vary),
        ("controls", run_controls),
        ("continue", run_continue),
    )

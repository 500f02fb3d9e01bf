"""The flagship's suites: each takes what is measured and the held-out music, and gives its result.

Everything that is asked goes through the engine that serves; only likelihoods ask its network.
"""

from collections.abc import Sequence
from typing import Any

from reprise.errors import MissingDataError
from reprise.evaluation import (
    continuations,
    control_sweeps,
    harmony,
    infill,
    loops,
    validity,
    variations,
)
from reprise.evaluation.asking import Asked, EngineSource, ask_all
from reprise.evaluation.bits import Bank, bits_by_group
from reprise.evaluation.clips import Floors
from reprise.evaluation.drawing import suite_pictures
from reprise.evaluation.drawing.report import SuiteResult
from reprise.evaluation.examples import Example, Pattern, examples
from reprise.evaluation.setup import Setup
from reprise.evaluation.statistics import Comparison, Part, Pool
from reprise.evaluation.validity import Check
from reprise.evaluation.workers import worked

EVERY_KEPT = 2
"""Of the clips that are varied, every second is asked for with locks and likes."""


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
    setup.check_any(groups)
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
    clips = setup.clips()
    setup.check_any(clips)
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
    clips = setup.clips()
    setup.check_any(clips)
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


# ---------------------------------------------------------------- continue


BY_SAVING = f"{infill.MODEL}_by_saving"
"""The network's pick by what hearing the prompt saves it."""


def run_continue(setup: Setup) -> SuiteResult:
    """Let the network and a counting model pick the true continuation of four."""
    choices = continuations.choices(setup.all_slices, setup.examples, setup.seed)
    setup.check_any(choices)
    pools: dict[str, Pool] = {"ngram": Pool()}
    cost = continuations.counting_cost(setup.learned.tokens)
    for choice in choices:
        pools["ngram"].add(choice.song, _picked(choice, continuations.picks(choice, cost)))
    if setup.network is not None:
        pools[infill.MODEL], pools[BY_SAVING] = Pool(), Pool()
        told = worked(setup.network.open, continuations.network_picks, choices, setup.workers)
        for index, (choice, (by_cost, by_saving)) in enumerate(zip(choices, told, strict=True)):
            pools[infill.MODEL].add(choice.song, _picked(choice, by_cost))
            pools[BY_SAVING].add(choice.song, _picked(choice, by_saving))
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

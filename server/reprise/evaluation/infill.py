"""The infilling suite: hidden bars of held-out songs, refilled by an engine and by baselines.

Everybody answers the same examples; an engine's answer is its first candidate at surprise 0. The
figures are pooled over notes and compared by song.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reprise.engines.base import Engine
from reprise.engines.markov.engine import MarkovEngine
from reprise.evaluation.asking import Asked, EngineSource, Progress, ask, ask_all
from reprise.evaluation.examples import Example, Pattern
from reprise.evaluation.infill_metrics import tally
from reprise.evaluation.players import baselines
from reprise.evaluation.players.baselines import Answer, Baseline
from reprise.evaluation.players.learned_baselines import LearnedBaselines
from reprise.evaluation.statistics import Comparison, Pool, Tally

MODEL = "model"
ORACLE = "best_context_bar"
EVERY = "all"
COMPARED = ("f1", "f1_16", "onset_f1", "pitch_class_f1")
COPYING = ("previous_bar", "nearest_bar", "random_bar")


@dataclass(frozen=True, slots=True)
class Case:
    """An example with what the engine made of it.

    Attributes:
        example: What was asked.
        answer: The engine's new notes, one tuple a voice.
        tally: Its figures.
    """

    example: Example
    answer: Answer
    tally: Tally

    @property
    def score(self) -> float:
        """How good the answer is: its F1."""
        part = self.tally["f1"]
        return part.above / part.below if part.below else 0.0


@dataclass
class Group:
    """All answers to the examples of one kind and pattern.

    Attributes:
        kind: Of music.
        pattern: What was hidden.
        pools: Figures by who answered.
        cases: Every example with the engine's answer.
        refusals: What the engine said instead of an answer.
    """

    kind: str
    pattern: str
    pools: dict[str, Pool] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def all_baselines(learned: LearnedBaselines | None) -> dict[str, Baseline]:
    """Return every baseline by name; those that learn only where something was learned."""
    found: dict[str, Baseline] = {
        "previous_bar": baselines.previous_bar,
        "nearest_bar": baselines.nearest_bar,
        "random_bar": baselines.random_bar,
        "rules": baselines.rules,
        "markov": _engine_baseline(MarkovEngine()),
        ORACLE: baselines.best_context_bar,
    }
    if learned is not None:
        found |= {
            "retrieval": learned.retrieval,
            "unigram": learned.unigram,
            "ngram": learned.ngram,
        }
    return found


def _engine_baseline(engine: Engine) -> Baseline:
    def answer(example: Example) -> Answer:
        return ask(engine, Asked(example.task)).new_notes(example.task)

    return answer


def run(
    source: EngineSource | Engine,
    groups: Mapping[tuple[str, str], Sequence[Example]],
    rivals: Mapping[str, Baseline],
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> list[Group]:
    """Let the engine and every baseline answer, and return what came of it.

    Args:
        source: The engine that is measured.
        groups: Examples by kind and pattern.
        rivals: The baselines.
        workers: Processes that answer for the engine.
        progress: Called with the share that is done, 0.0-1.0, and what comes.
    """
    everything = [
        (Group(kind, pattern), example)
        for (kind, pattern), examples in groups.items()
        for example in examples
    ]
    # One stream of questions for all groups, so that worker processes start once.
    found: dict[tuple[str, str], Group] = {}
    told = ask_all(source, [Asked(example.task) for _, example in everything], workers)
    for index, ((blank, example), answer) in enumerate(zip(everything, told, strict=True)):
        group = found.setdefault((blank.kind, blank.pattern), blank)
        _judge(group, example, answer.new_notes(example.task), rivals)
        if answer.refusal:
            group.refusals.append(answer.refusal)
        progress((index + 1) / len(everything), f"{blank.kind} {blank.pattern}")
    return list(found.values())


def _judge(group: Group, example: Example, answer: Answer, rivals: Mapping[str, Baseline]) -> None:
    figures = tally(example, answer)
    group.pools.setdefault(MODEL, Pool()).add(example.song, figures)
    group.cases.append(Case(example, answer, {"f1": figures["f1"]}))
    for name, rival in rivals.items():
        pool = group.pools.setdefault(name, Pool())
        pool.add(example.song, tally(example, rival(example)))


def figures(groups: Sequence[Group]) -> dict[str, Any]:
    """Return all groups as JSON: by kind and pattern, by kind, by pattern, and all together."""
    kinds = list(dict.fromkeys(group.kind for group in groups))
    by_kind = [_merged(kind, EVERY, groups) for kind in kinds]
    by_pattern = [_merged(EVERY, pattern, groups) for pattern in Pattern]
    everything = _merged(EVERY, EVERY, groups)
    rows = [group for group in (*groups, *by_kind, *by_pattern, everything) if group.pools]
    return {
        "groups": [_of_group(group) for group in rows],
        "copying_wins": _wins(by_kind, COPYING) + _wins(groups, COPYING),
        "a_baseline_wins": _wins([*by_kind, *groups], [*_rivals(everything)]),
    }


def _merged(kind: str, pattern: str, groups: Sequence[Group]) -> Group:
    whole = Group(kind, pattern)
    for group in groups:
        if kind in (EVERY, group.kind) and pattern in (EVERY, group.pattern):
            for name, pool in group.pools.items():
                whole.pools.setdefault(name, Pool()).merge(pool)
            whole.refusals += group.refusals
    return whole


def _rivals(group: Group) -> Iterator[str]:
    """Yield the baselines that play fair: all but the oracle."""
    yield from (name for name in group.pools if name not in (MODEL, ORACLE))


def _of_group(group: Group) -> dict[str, Any]:
    mine = group.pools[MODEL]
    return {
        "kind": group.kind,
        "pattern": group.pattern,
        "examples": mine.count,
        "songs": mine.song_count,
        "refused": len(group.refusals),
        "refusals": dict(Counter(group.refusals).most_common(3)),
        "figures": mine.values(),
        "intervals": mine.intervals(),
        "baselines": {name: pool.values() for name, pool in group.pools.items() if name != MODEL},
        "against": {name: _against(mine, group.pools[name]) for name in _rivals(group)},
        "best_baseline": _best(group),
    }


def _against(mine: Pool, other: Pool) -> dict[str, Any]:
    return {
        name: Comparison.of(mine.by_song(name), other.by_song(name)).as_figures for name in COMPARED
    }


def _best(group: Group) -> dict[str, Any] | None:
    """Return the fair baseline with the highest F1, and whether the engine beats it."""
    best = max(_rivals(group), key=lambda name: _f1(group, name), default=None)
    if best is None:
        return None
    against = Comparison.of(group.pools[MODEL].by_song("f1"), group.pools[best].by_song("f1"))
    return {
        "name": best,
        "f1": _f1(group, best),
        "is_beaten": _f1(group, MODEL) > _f1(group, best),
        "p": against.p_value,
    }


def _f1(group: Group, name: str) -> float:
    return group.pools[name].value("f1") or 0.0


def _wins(groups: Sequence[Group], names: Sequence[str]) -> list[str]:
    """Return the kinds and patterns where one of some baselines is at least as good."""
    return [
        f"{group.kind} {group.pattern}: {best} {_f1(group, best):.3f} against "
        f"{_f1(group, MODEL):.3f}"
        for group in groups
        for best in [
            max((n for n in names if n in group.pools), key=lambda n: _f1(group, n), default="")
        ]
        if best and _f1(group, best) >= _f1(group, MODEL)
    ]


def typical_cases(cases: Sequence[Case]) -> dict[str, Case]:
    """Return the best, the middle and the worst of some cases, by what they are called."""
    if not cases:
        return {}
    ordered = sorted(cases, key=lambda case: case.score)
    return {
        "best": ordered[-1],
        "typical": ordered[len(ordered) // 2],
        "worst": ordered[0],
    }

"""Bits a note of the truth, for a network and for counting models, by kind and pattern."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reprise.evaluation.asking import Progress
from reprise.evaluation.examples import Example
from reprise.evaluation.likelihood import Bits, Scorer, Truth, network_bits, truth_of
from reprise.evaluation.players.learned_baselines import LearnedBaselines
from reprise.evaluation.statistics import Comparison, Part, Pool
from reprise.evaluation.workers import worked

MODEL = "model"
FIGURE = "bits_per_note"


@dataclass(frozen=True)
class Bank:
    """Who is asked for likelihoods.

    Attributes:
        learned: Counting models, None for none.
        open_network: Opens the network in any process, None where there is none.
    """

    learned: LearnedBaselines | None
    open_network: Callable[[], Scorer] | None


def bits_by_group(
    bank: Bank,
    groups: Mapping[tuple[str, str], Sequence[Example]],
    workers: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Return what the truth of examples costs, a row for each kind and pattern, and one for all.

    A row of a group holds `by_song` too, the network's bits a note of each song, where there is
    no row to compare it with.
    """
    named = [(name, example) for name, found in groups.items() for example in found]
    pools: dict[tuple[str, str], dict[str, Pool]] = {name: {} for name in groups}
    for (name, example), bits in zip(named, _network(bank, named, workers, progress), strict=True):
        truth = truth_of(example)
        if bits is not None:
            _pool(pools[name], MODEL).add(example.song, bits.parts(truth.note_count))
        for rival, cost in _counted(bank.learned, truth).items():
            part = {FIGURE: Part(cost, truth.note_count)}
            _pool(pools[name], rival).add(example.song, part)
    rows = [_row(name, mine) for name, mine in pools.items() if mine]
    return [*rows, _row(("all", "all"), _merged(pools.values()))] if len(rows) > 2 else rows


def _network(
    bank: Bank,
    named: Sequence[tuple[tuple[str, str], Example]],
    workers: int,
    progress: Progress,
) -> Iterator[Bits | None]:
    if bank.open_network is None:
        yield from (None for _ in named)
        return
    examples = [example for _, example in named]
    told = worked(bank.open_network, _bits_of, examples, workers)
    for index, ((kind, pattern), _) in enumerate(named):
        yield next(told)
        progress((index + 1) / len(named), f"bits: {kind} {pattern}")


def _bits_of(model: Scorer, example: Example) -> Bits:
    return network_bits(model, truth_of(example))


def _counted(learned: LearnedBaselines | None, truth: Truth) -> dict[str, float]:
    if learned is None:
        return {}
    return {
        "ngram": -sum(learned.tokens.log2_of(truth.spelled)),
        "unigram": -sum(learned.single_tokens.log2_of(truth.spelled)),
    }


def _pool(pools: dict[str, Pool], name: str) -> Pool:
    return pools.setdefault(name, Pool())


def _merged(groups: Iterable[Mapping[str, Pool]]) -> dict[str, Pool]:
    whole: dict[str, Pool] = {}
    for group in groups:
        for name, pool in group.items():
            _pool(whole, name).merge(pool)
    return whole


def _row(name: tuple[str, str], pools: Mapping[str, Pool]) -> dict[str, Any]:
    kind, pattern = name
    first = next(iter(pools.values()))
    row: dict[str, Any] = {
        "kind": kind,
        "pattern": pattern,
        "examples": first.count,
        "songs": first.song_count,
        FIGURE: {who: pool.value(FIGURE) for who, pool in pools.items()},
        "intervals": {who: pool.interval(FIGURE) for who, pool in pools.items()},
    }
    if MODEL in pools:
        mine = pools[MODEL]
        row["of_tokens"] = {n: mine.value(n) for n in mine.names if n != FIGURE}
        row["against"] = {
            who: Comparison.of(mine.by_song(FIGURE), pool.by_song(FIGURE)).as_figures
            for who, pool in pools.items()
            if who != MODEL
        }
        if len(pools) == 1:
            row["by_song"] = mine.by_song(FIGURE)
    return row

"""Batches of training examples, built beside the training in processes of their own.

Batch number n of a run is the same whenever it is built, so that a run that goes on needs to know
no more than how many steps it took, nor how many processes build them. Examples are drawn for
many batches at once and sorted by length, so that little is padding. This module knows no torch:
the processes start fast.
"""

import multiprocessing
import queue
import signal
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from reprise.errors import InternalError
from reprise.library.corpus_file import read_corpus
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.tokenizers.ensemble.vocabulary import Special
from reprise.training.examples import Example, ExampleSampler, ExampleSettings

PADDED_TO: Final = 32
PREDICTIONS_PADDED_TO: Final = 512
BATCHES_TOGETHER: Final = 16
BATCHES_AHEAD: Final = 24
KINDS: Final = ("other", "position", "pitch", "duration", "velocity", "copy", "empty", "end")
"""Kinds of tokens that the log tells apart; drums count as pitches."""

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side, and which of their tokens are to be predicted.

    Axes: B examples, T tokens, F features, S size of a head, N predictions.

    Attributes:
        features: Rows of the table, (B, T, F).
        cosines: Of the rotary angles, (B, T, S / 2).
        sines: The same.
        chosen: Places b * T + t after which a token is predicted, (N,).
        targets: The tokens, (N,).
        weights: How much each counts, (N,); 0.0 where there is nothing to predict.
        tokens: Tokens that are no padding.
        answer_notes: Notes that the answers stand for.
    """

    features: NDArray[np.int32]
    cosines: NDArray[np.float32]
    sines: NDArray[np.float32]
    chosen: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]
    tokens: int
    answer_notes: int


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How examples become batches.

    Attributes:
        corpus: The packed corpus.
        examples: What examples are made of.
        tokens: Tokens of a batch, about, padding included.
        head_size: Size of a head of the network.
        seed: Seed of the draws.
        workers: Processes that build batches.
    """

    corpus: Path
    examples: ExampleSettings
    tokens: int
    head_size: int
    seed: int
    workers: int = 1


def kinds_of_tokens() -> NDArray[np.int64]:
    """Return the index into `KINDS` of every token."""
    kinds = np.zeros(vocabulary.SIZE, np.int64)
    blocks = {
        "position": (vocabulary.POSITIONS,),
        "pitch": (vocabulary.PITCHES, vocabulary.DRUMS),
        "duration": (vocabulary.DURATION_BLOCK,),
        "velocity": (vocabulary.VELOCITIES,),
        "copy": (vocabulary.COPIES,),
    }
    for kind, found in blocks.items():
        for block in found:
            kinds[block.first : block.stop] = KINDS.index(kind)
    kinds[vocabulary.NEXT] = KINDS.index("duration")
    kinds[Special.EMPTY] = KINDS.index("empty")
    kinds[Special.END_OF_CELL] = KINDS.index("end")
    return kinds


def joined(examples: Sequence[Example], head_size: int, rows: int | None = None) -> Batch:
    """Return examples side by side, padded to a multiple of `PADDED_TO`.

    Args:
        examples: At least one.
        head_size: Size of a head of the network.
        rows: Rows in all, empty ones after the examples; as many as examples where it is None.
    """
    shape = (len(examples) if rows is None else rows, _padded(len(max(examples, key=len))))
    features = np.zeros((*shape, layout.FEATURES), np.int32)
    times = np.zeros(shape, np.float32)
    weights = np.zeros(shape, np.float32)
    for row, example in enumerate(examples):
        features[row, : len(example)] = example.features
        times[row, : len(example)] = example.tau
        # The token after each place is what is predicted there.
        weights[row, : len(example) - 1] = example.weights[1:]
    angles = layout.angles(np.broadcast_to(np.arange(shape[1]), shape), times, head_size)
    found = np.flatnonzero(weights)
    chosen = np.zeros(_padded(len(found), PREDICTIONS_PADDED_TO), np.int64)
    chosen[: len(found)] = found
    is_real = np.arange(len(chosen)) < len(found)
    return Batch(
        features=features,
        cosines=np.cos(angles),
        sines=np.sin(angles),
        chosen=chosen,
        targets=features[..., 0].reshape(-1)[chosen + 1].astype(np.int64),
        weights=weights.reshape(-1)[chosen] * is_real,
        tokens=sum(len(example) for example in examples),
        answer_notes=sum(example.answer_notes for example in examples),
    )


def batches(
    settings: BatchSettings, first: int, *, rank: int = 0, worker: int = 0, workers: int = 1
) -> Iterator[Batch]:
    """Yield the batches of a run from number `first` on, without end.

    Args:
        settings: How they are built.
        first: Number of the first one.
        rank: Which of several processes trains on them; each gets others.
        worker: Which of several processes builds them; each yields others.
        workers: How many build them.
    """
    begun, skipped = divmod(first, BATCHES_TOGETHER)
    sampler = ExampleSampler(
        read_corpus(settings.corpus), settings.examples, np.random.default_rng()
    )
    for together in count(begun + (worker - begun) % workers, workers):
        random = sampler.random = np.random.default_rng((settings.seed, rank, together))
        groups = _drawn_groups(sampler, settings.tokens)
        order = random.permutation(BATCHES_TOGETHER)
        for place in order[skipped if together == begun else 0 :]:
            yield _batch(groups[place], settings)


def fixed_batches(settings: BatchSettings, examples: int) -> list[Batch]:
    """Return batches of always the same examples, to validate on."""
    random = np.random.default_rng(settings.seed)
    sampler = ExampleSampler(read_corpus(settings.corpus), settings.examples, random)
    drawn = sorted((sampler.draw() for _ in range(examples)), key=len, reverse=True)
    return [_batch(group, settings) for group in grouped(drawn, settings.tokens)]


def grouped(examples: Sequence[Example], tokens: int) -> list[Sequence[Example]]:
    """Return examples, which come from the longest to the shortest, cut into batches."""
    groups, start = [], 0
    while start < len(examples):
        stop = start + _rows(examples[start], tokens)
        groups.append(examples[start:stop])
        start = stop
    return groups


def _drawn_groups(sampler: ExampleSampler, tokens: int) -> list[Sequence[Example]]:
    """Return as many examples as `BATCHES_TOGETHER` batches hold, cut into them."""
    drawn: list[Example] = []
    groups: list[Sequence[Example]] = []
    while True:
        insort(drawn, sampler.draw(), key=lambda example: -len(example))
        more = grouped(drawn, tokens)
        if len(more) > BATCHES_TOGETHER:
            return groups if len(groups) == BATCHES_TOGETHER else more[:BATCHES_TOGETHER]
        groups = more


def _batch(examples: Sequence[Example], settings: BatchSettings) -> Batch:
    """Return a batch with as many rows as all batches have whose examples are as long.

    There are few shapes then, which saves a compiled network time and memory.
    """
    return joined(examples, settings.head_size, _rows(examples[0], settings.tokens))


def _rows(longest: Example, tokens: int) -> int:
    return max(1, tokens // _padded(len(longest)))


def _padded(count: int, multiple: int = PADDED_TO) -> int:
    return -(-count // multiple) * multiple


class Feeder:
    """Builds batches ahead in other processes; a context manager."""

    def __init__(self, settings: BatchSettings, first: int, *, rank: int = 0) -> None:
        self._number = first
        self._workers = [
            _Worker(settings, first, rank, worker) for worker in range(settings.workers)
        ]

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end()

    def next(self) -> Batch:
        """Return the next batch.

        Raises:
            InternalError: A process that builds batches ended.
            Exception: What went wrong there.
        """
        together = self._number // BATCHES_TOGETHER
        self._number += 1
        return self._workers[together % len(self._workers)].next()


class _Worker:
    """A process that builds batches, and where it puts them."""

    def __init__(self, settings: BatchSettings, first: int, rank: int, worker: int) -> None:
        # A fork would copy torch's threads half; Windows has none.
        context = multiprocessing.get_context("spawn")
        self.queue: multiprocessing.Queue[Batch | Exception] = context.Queue(BATCHES_AHEAD)
        self.process = context.Process(
            target=_work, args=(settings, first, rank, worker, self.queue), daemon=True
        )

    def next(self) -> Batch:
        while True:
            try:
                found = self.queue.get(timeout=_PATIENCE_SECONDS)
            except queue.Empty:
                if not self.process.is_alive():
                    raise InternalError(
                        "a process that builds training examples ended by itself, which a lack "
                        "of memory can do; start again with --resume"
                    ) from None
                continue
            if isinstance(found, Exception):
                raise found
            return found

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.queue.cancel_join_thread()
        self.queue.close()


def _work(
    settings: BatchSettings,
    first: int,
    rank: int,
    worker: int,
    out: "multiprocessing.Queue[Batch | Exception]",
) -> None:
    # Ctrl-C is the trainer's to hear: it writes a checkpoint and then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for batch in batches(settings, first, rank=rank, worker=worker, workers=settings.workers):
            if not _handed_over(batch, out):
                return
    except Exception as error:  # noqa: BLE001 (handed to the trainer, which raises it)
        _handed_over(error, out)


def _handed_over(found: Batch | Exception, out: "multiprocessing.Queue[Batch | Exception]") -> bool:
    """Wait until there is room; return False where the trainer is no more."""
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive():
        try:
            out.put(found, timeout=_PATIENCE_SECONDS)
        except queue.Full:
            continue
        return True
    return False

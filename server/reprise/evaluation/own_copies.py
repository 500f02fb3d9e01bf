"""Whether a model of somebody's own repeats what it learnt, song by song.

Held-out pieces are asked about, half of each hidden; what the model answers is held against the
pieces that it learnt, and so is what stands there in the piece, which tells how often people repeat
themselves.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reprise.engines.base import Candidate, Controls, Engine
from reprise.engines.originality import Copy, CopyFinder
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.examples import Example, hide
from reprise.evaluation.slices import slice_at
from reprise.library import own_index
from reprise.library.corpus_file import Piece
from reprise.library.own_pieces import OwnPieces

QUESTION_BARS = 8
SEED = 11


@dataclass(frozen=True)
class OwnCopies:
    """What was found.

    Attributes:
        answers: How many answers were held against the pieces.
        copied: How many of them repeat a distinctive passage.
        people: How many of the true passages do.
        songs: How many answers repeat each piece, by its name.
    """

    answers: int
    copied: int
    people: int
    songs: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share of answers that repeat something, 0.0-1.0."""
        return self.copied / self.answers if self.answers else 0.0


def measure(engine: Engine, own: OwnPieces, count: int, seed: int = SEED) -> OwnCopies:
    """Ask about up to `count` held-out places, and return what the answers repeat."""
    finder = finder_of(own)
    asked = list(questions(own, count))
    found: list[Copy] = []
    for example in asked:
        found += [
            finder.find(example.task, answer)
            for answer in ask(engine, Asked(example.task, seed=seed)).candidates[:1]
        ]
    copies = [copy for copy in found if copy.is_copy]
    people = sum(finder.find(one.task, human(one)).is_copy for one in asked)
    return OwnCopies(len(found), len(copies), people, Counter(copy.where for copy in copies))


def finder_of(own: OwnPieces) -> CopyFinder:
    """Return what finds passages of the pieces that were learnt."""
    return CopyFinder(None, [own_index.build(own.of("train"))])


def human(example: Example) -> Candidate:
    """Return what stands in the piece, in the form of an answer."""
    return Candidate(example.task.fixed_places, example.truth)


def questions(own: OwnPieces, count: int) -> Iterator[Example]:
    """Yield up to `count` questions about held-out pieces: the second half of some bars each."""
    pieces: list[Piece] = own.of("test") + own.of("valid")
    random.Random(SEED).shuffle(pieces)
    places = [(piece, bar) for piece in pieces for bar in _first_bars(piece)]
    # Each piece is asked about once before any is asked about twice.
    places.sort(key=lambda place: place[1])
    for piece, bar in places[:count]:
        example = _question(piece, bar)
        if example is not None:
            yield example


def _first_bars(piece: Piece) -> Sequence[int]:
    return range(0, max(1, len(piece.grid_bars) - QUESTION_BARS + 1), QUESTION_BARS)


def _question(piece: Piece, first: int) -> Example | None:
    bars = min(QUESTION_BARS, len(piece.grid_bars) - first)
    found = slice_at(piece, first, bars)
    if found is None:
        return None
    voices = range(len(found.score.voices))
    hidden = [(voice, bar) for voice in voices for bar in range(bars // 2, bars)]
    return hide(found, hidden, "second half", Controls())

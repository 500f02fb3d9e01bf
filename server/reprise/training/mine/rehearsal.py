"""Rehearsal: music that a published model writes itself and hears again while it learns somebody's.

What a network learnt of its training songs fades while it learns a folder. Its songs need not be
at hand to prevent that: its own writing brings back what it knows (Robins 1995, pseudorehearsal).
Eight bars of a song are heard and gone on with twice; what was heard is left out.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reprise.engines.base import Engine, Hole, Task, Verb
from reprise.evaluation.asking import Asked, EngineSource, ask
from reprise.evaluation.slices import BARS, Slice, slice_at
from reprise.evaluation.workers import worked
from reprise.library.corpus_file import Corpus, Piece
from reprise.library.packing import OF_ONES_OWN, Packed, pack
from reprise.library.pieces import SourcePiece, Split
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.training.examples import KIND_FACTORS

FILE_NAME: Final = "rehearsal.npz"
DATASET: Final = "rehearsal"
PIECES: Final = 400
SPLITS: Final[tuple[Split, ...]] = (*("train",) * 8, "valid", "test")
"""In turn: a tenth decides when to stop, and a tenth is only measured."""

_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a piece goes on from.

    Attributes:
        number: Of the piece.
        heard: Eight bars of a song that was learnt.
        seed: Draws the piece.
    """

    number: int
    heard: Slice
    seed: int


def write_pieces(
    source: EngineSource,
    learnt: Sequence[Piece],
    count: int,
    seed: int,
    workers: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Corpus:
    """Return pieces of sixteen bars that a model wrote, of each kind as often as it learnt it.

    Args:
        source: Where the model is.
        learnt: Pieces, of whose split "train" the beginnings are heard.
        count: How many pieces; what the model does not go on with is left out.
        seed: Draws everything.
        workers: Processes that write.
        progress: Called with the share that is done.
    """
    beginnings = list(_beginnings(learnt, count, seed))
    pieces: list[Piece] = []
    for done, piece in enumerate(worked(source.open, _written, beginnings, workers), 1):
        pieces += () if piece is None else (piece,)
        progress(done / len(beginnings))
    return Corpus(tuple(pieces), _manifest(source, pieces))


def _beginnings(learnt: Sequence[Piece], count: int, seed: int) -> Iterator[Beginning]:
    randomness = random.Random(seed)
    songs = [one for one in learnt if one.split == "train" and len(one.grid_bars) >= BARS]
    weights = [KIND_FACTORS.get(one.kind, 1.0) * len(one.grid_bars) for one in songs]
    for number in range(count):
        for song in randomness.choices(songs, weights, k=_TRIES):
            first = randomness.randrange(len(song.grid_bars) - BARS + 1)
            heard = slice_at(song, first, BARS)
            if heard is not None:
                yield Beginning(number, heard, randomness.randrange(2**31))
                break


def _written(engine: Engine, beginning: Beginning) -> Piece | None:
    """Return the piece that a model writes after a beginning, None where it does not go on."""
    heard = beginning.heard
    first = _continued(engine, heard.score, beginning.seed)
    second = first and _continued(engine, first, beginning.seed + 1)
    if first is None or second is None:
        return None
    name = f"{DATASET}/{beginning.number}"
    source = SourcePiece(name, DATASET, heard.kind, name, None, _joined(first, second), heard.roles)
    packed = pack(source, OF_ONES_OWN)
    return _piece(packed, heard.kind, beginning.number) if isinstance(packed, Packed) else None


def _continued(engine: Engine, heard: Score, seed: int) -> Score | None:
    """Return as many bars more as were heard, from beat 0, None where the model writes none."""
    span = Span(heard.length, 2 * heard.length)
    holes = tuple(Hole(voice, span) for voice in range(len(heard.voices)))
    task = Task(Verb.CONTINUE, heard, Score((), heard.length), holes, span.end)
    told = ask(engine, Asked(task, seed=seed))
    if not told.candidates:
        return None
    parts = zip(heard.voices, told.new_notes(task), strict=True)
    voices = (replace(voice, notes=_moved(notes, -span.start)) for voice, notes in parts)
    return replace(heard, voices=tuple(voices))


def _joined(first: Score, second: Score) -> Score:
    pairs = zip(first.voices, second.voices, strict=True)
    voices = (
        replace(one, notes=(*one.notes, *_moved(other.notes, first.length))) for one, other in pairs
    )
    return replace(first, voices=tuple(voices), length=2 * first.length)


def _moved(notes: Sequence[Note], beats: float) -> tuple[Note, ...]:
    return tuple(replace(note, start=note.start + beats) for note in notes)


def _piece(packed: Packed, kind: str, number: int) -> Piece:
    return Piece(
        packed.name,
        DATASET,
        kind,
        packed.name,
        SPLITS[number % len(SPLITS)],
        packed.tempo_bpm,
        packed.grid_bars,
        packed.tracks,
        packed.notes,
    )


def _manifest(source: EngineSource, pieces: Sequence[Piece]) -> Mapping[str, object]:
    return {"written_by": source.name, "pieces": len(pieces)}

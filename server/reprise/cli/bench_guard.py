"""What the guard against copies takes of a result: `reprise bench guard`.

The pieces are made up, as many as a large folder has, and lie in an index on the disk as the
user's do; the index of the training data is the installed one. Answers are new music, and music
pasted from the pieces, which takes longest: it is looked up in every index, and held against what
the producer has already.
"""

import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.copies import Copies
from reprise.errors import InvalidRequestError
from reprise.library import own_index
from reprise.library.corpus_file import Piece, PieceTrack
from reprise.library.ingest.store import CORPORA
from reprise.library.own_clips import KIND
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.vocabulary import METERS, TICKS_PER_BEAT

if TYPE_CHECKING:
    import argparse

PIECES: Final = 10_000
FEW_PIECES: Final = 100
MOST_MS: Final = 10.0
LEAD: Final = PieceTrack(int(Role.LEAD), is_drums=False, name="Lead")
KIT: Final = PieceTrack(int(Role.DRUMS), is_drums=True, name="Kit")

_BEATS_A_BAR: Final = 4
_BAR_TICKS: Final = _BEATS_A_BAR * TICKS_PER_BEAT
_STEP_TICKS: Final = TICKS_PER_BEAT // 4
_STEPS: Final = _BAR_TICKS // _STEP_TICKS
_DRUMS: Final = (36, 38, 42, 46, 45, 49)
_PITCHES: Final = range(48, 80)
_PIECE_BARS: Final = 8
_PIECE_NOTES_A_BAR: Final = 8
_EVERY_KIT: Final = 4
"""Every fourth voice and piece is a kit's."""

_TIMES: Final = ("new", "new_processor", "pasted", "pasted_processor")

Rows = NDArray[np.int16]
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a result is.

    Attributes:
        bars: Of four beats.
        voices: All of them new.
        notes_a_bar: Of each voice.
    """

    bars: int
    voices: int
    notes_a_bar: int

    def __str__(self) -> str:
        notes = self.bars * self.voices * self.notes_a_bar
        return f"{self.bars} bars, voices: {self.voices}, notes: {notes:,}"


SIZES: Final = (Size(8, 1, 8), Size(8, 4, 8), Size(32, 4, 8), Size(64, 5, 16))
ORDINARY: Final = SIZES[:3]


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        actions,
        "guard",
        "What the guard against copies takes of a result, with a large folder's index.",
        "reprise bench guard --pieces 10000 --json",
    )
    parser.add_argument(
        "--pieces",
        type=int,
        default=PIECES,
        metavar="N",
        help=f"pieces of the user's in the index, 100 to 100000 (default {PIECES})",
    )
    parser.add_argument(
        "--runs", type=int, default=21, metavar="N", help="results of each size (default 21)"
    )


def run(arguments: Namespace) -> Answer:
    """Measure and show.

    Raises:
        InvalidRequestError: There are too few or too many pieces or runs.
    """
    if not 1 <= arguments.runs <= 1000:
        raise InvalidRequestError(f"--runs must be 1 to 1000, got {arguments.runs}")
    if not FEW_PIECES <= arguments.pieces <= 100_000:
        raise InvalidRequestError(
            f"--pieces must be {FEW_PIECES} to 100000, got {arguments.pieces}"
        )
    progress = ProgressLine()
    found = measure(arguments.pieces, arguments.runs, progress.show)
    progress.clear()
    return Answer(found, text(found))


def measure(
    pieces: int, runs: int, progress: Progress, sizes: Sequence[Size] = SIZES
) -> dict[str, Any]:
    """Return what the guard takes of a result, median milliseconds, and whether the goal is met.

    The goal is held against the processor's time, which is the time that passes where the machine
    has nothing else to do.

    Args:
        pieces: In the index.
        runs: Answers of each size and kind.
        progress: Told how far it is.
        sizes: Of results.
    """
    few = min(FEW_PIECES, pieces)
    progress(0.0, f"making up {pieces:,} pieces")
    many = _with_pieces(pieces, runs, progress, sizes)
    fewer = _with_pieces(few, runs, progress, sizes)
    rows = {
        str(size): {
            **{name: round(ms, 2) for name, ms in many[size].items()},
            "over_few_pieces": round(
                many[size]["pasted_processor"] / fewer[size]["pasted_processor"], 2
            ),
        }
        for size in sizes
    }
    ordinary = [many[size] for size in sizes if size in ORDINARY]
    slowest = max(max(ms["new_processor"], ms["pasted_processor"]) for ms in ordinary)
    goal = {"limit_ms": MOST_MS, "found_ms": round(slowest, 2), "is_met": slowest <= MOST_MS}
    return {"pieces": pieces, "few_pieces": few, "runs": runs, "results": rows, "goal": goal}


def text(found: Mapping[str, Any]) -> str:
    """Return what was measured as a table and a sentence."""
    few = f"over {found['few_pieces']} pieces"
    head = ("result", "new ms", "of a processor", "pasted ms", "of a processor", few)
    rows = [
        (size, *(row[name] for name in _TIMES), f"{row['over_few_pieces']:g} times")
        for size, row in found["results"].items()
    ]
    goal = found["goal"]
    return "\n".join(
        [
            f"The guard against copies, with an index of {found['pieces']:,} pieces",
            table(head, rows),
            "the slowest of ordinary results, up to 32 bars of 4 voices, takes "
            f"{goal['found_ms']:g} ms of a processor; the goal, {goal['limit_ms']:g} ms, is "
            f"{'met' if goal['is_met'] else 'NOT MET'}",
        ]
    )


def made_up_piece(number: int) -> Piece:
    """Return a piece of eight bars that no other number has; every fourth is a kit's."""
    is_drums = is_kit(number)
    grid_bars = [(_BAR_TICKS * bar, _BAR_TICKS, METERS.index((4, 4))) for bar in range(_PIECE_BARS)]
    random = np.random.default_rng(number)
    return Piece(
        name=f"made up/{number}.mid",
        dataset=KIND,
        kind=KIND,
        song=str(number),
        split="train",
        tempo_bpm=120.0,
        grid_bars=np.array(grid_bars, np.int32),
        tracks=(KIT if is_drums else LEAD,),
        notes=_rows(random, _PIECE_BARS, _PIECE_NOTES_A_BAR, is_drums=is_drums),
    )


def _with_pieces(
    pieces: int, runs: int, progress: Progress, sizes: Sequence[Size]
) -> Mapping[Size, Mapping[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / CORPORA / KIND / own_index.FILE_NAME
        own_index.write(path, own_index.build(made_up_piece(number) for number in range(pieces)))
        copies = Copies(Path(folder))
        found: dict[Size, Mapping[str, float]] = {}
        for number, size in enumerate(sizes):
            progress(number / len(sizes), f"{pieces:,} pieces, results of {size}")
            found[size] = {
                **_timed("new", copies, [_asked(size, run) for run in range(runs + 1)]),
                **_timed("pasted", copies, [_asked(size, run, pieces) for run in range(runs + 1)]),
            }
    return found


def _asked(size: Size, run: int, pieces: int = 0) -> tuple[Task, Candidate]:
    """Return a request, and an answer that is pasted from so many pieces, or new where from 0."""
    random = np.random.default_rng((run, size.bars, size.voices))
    task = task_of(random, size)
    return task, pasted(size, run, pieces) if pieces else made_up(random, size)


def _timed(
    name: str, copies: Copies, asked: Sequence[tuple[Task, Candidate]]
) -> Mapping[str, float]:
    """Return the median times of one result; the first, which reads the indexes, is left out."""
    passed, worked = [], []
    for task, answer in asked:
        began, began_work = time.perf_counter(), time.thread_time()
        copies(task, answer)
        passed.append(1000.0 * (time.perf_counter() - began))
        worked.append(1000.0 * (time.thread_time() - began_work))
    return {
        name: statistics.median(passed[1:]),
        f"{name}_processor": statistics.median(worked[1:]),
    }


def task_of(random: Generator, size: Size) -> Task:
    """Return a request for new notes in all voices of a clip, with as many beside them."""
    length = float(_BEATS_A_BAR * size.bars)
    voices = [
        Voice("Kit" if is_kit(n) else f"Part {n + 1}", notes, is_drums=is_kit(n))
        for n, notes in enumerate(made_up(random, size).new_notes)
    ]
    source = Score(tuple(voices), length)
    holes = tuple(Hole(voice, Span(0.0, length)) for voice in range(size.voices))
    return Task(Verb.REFILL, source, source, holes, length)


def is_kit(number: int) -> bool:
    """Tell whether a voice, or a piece, is a kit's."""
    return number % _EVERY_KIT == _EVERY_KIT - 1


def made_up(random: Generator, size: Size) -> Candidate:
    """Return an answer that is in no piece."""
    drawn = [
        _rows(random, size.bars, size.notes_a_bar, is_drums=is_kit(voice))
        for voice in range(size.voices)
    ]
    return Candidate((), tuple(_notes(rows) for rows in drawn))


def pasted(size: Size, run: int, pieces: int) -> Candidate:
    """Return an answer whose voices are pieces of the folder, one after another."""
    return Candidate((), tuple(_pasted_voice(size, run, pieces, n) for n in range(size.voices)))


def _pasted_voice(size: Size, run: int, pieces: int, voice: int) -> tuple[Note, ...]:
    fit = [number for number in range(min(pieces, FEW_PIECES)) if is_kit(number) == is_kit(voice)]
    parts = []
    for place, first in enumerate(range(0, size.bars, _PIECE_BARS)):
        rows = made_up_piece(fit[(run + place) % len(fit)]).notes.copy()
        rows[:, 0] += first
        parts.append(rows)
    return _notes(np.concatenate(parts))


def _rows(random: Generator, bars: int, notes_a_bar: int, *, is_drums: bool) -> Rows:
    """Return drawn notes as a packed piece has them."""
    pool = _DRUMS if is_drums else _PITCHES
    rows = [
        (bar, 0, _STEP_TICKS * step, pool[random.integers(len(pool))], _STEP_TICKS, 90)
        for bar in range(bars)
        for step in sorted(random.choice(_STEPS, notes_a_bar, replace=False).tolist())
    ]
    return np.array(rows, np.int16)


def _notes(rows: Rows) -> tuple[Note, ...]:
    return tuple(
        Note(
            _BEATS_A_BAR * bar + onset / TICKS_PER_BEAT, pitch, duration / TICKS_PER_BEAT, velocity
        )
        for bar, _, onset, pitch, duration, velocity in rows.tolist()
    )

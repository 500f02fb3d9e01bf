"""The home ground of the Bach systems: test chorales gone on with, and voices of them refilled."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Final

from reprise.evaluation.examples import GREEDY, hide
from reprise.evaluation.slices import Slice
from reprise.evaluation.sources.home import (
    Ground,
    Notes,
    Question,
    continuation,
    copied,
    same_sixteenths,
)
from reprise.library import jsb, jsb_pieces
from reprise.music.meter import Meter
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.tokenizers import chorale

HEARD_BARS: Final = 8
NEXT_BARS: Final = 1
COUNT: Final = 200
QUICK_COUNT: Final = 4

_BAR_STEPS: Final = 16
_VOICE_DISTANCE: Final = 5
_BAR_BEATS: Final = 4.0


def next_bar(data: Path | None, seed: int, count: int = COUNT) -> Ground:
    """Return the ground of S2 and S3: eight bars of a chorale are heard, the ninth is asked for."""
    bars = HEARD_BARS + NEXT_BARS
    questions = [
        continuation(song, score, HEARD_BARS * _BAR_BEATS)
        for song, score in _excerpts(data, bars, seed, count)
    ]
    return Ground(
        "S3",
        "bach",
        "next bar of a chorale: 16ths with the true pitch",
        questions,
        same_sixteenths,
        {"copying": copied},
    )


def refill(data: Path | None, seed: int, count: int = COUNT) -> Ground:
    """Return the ground of S2: one voice of eight bars is hidden, the other three are heard."""
    randomness = random.Random(seed)
    questions = []
    for song, score in _excerpts(data, HEARD_BARS, seed, count):
        hidden = randomness.randrange(chorale.VOICE_COUNT)
        roles = (int(Role.VOICE),) * chorale.VOICE_COUNT
        places = [(hidden, bar) for bar in range(HEARD_BARS)]
        example = hide(Slice(song, "chorales", song, score, roles), places, "voice", GREEDY)
        questions.append(Question(song, example.task, example.truth))
    return Ground(
        "S2",
        "rmvae",
        "refilled voice of a chorale: 16ths with the true pitch",
        questions,
        same_sixteenths,
        {"parallel to the nearest voice": _parallel},
    )


def _excerpts(data: Path | None, bars: int, seed: int, count: int) -> list[tuple[str, Score]]:
    """Return bars of test chorales with the name of each, in the seed's order."""
    found = []
    for index, grid in enumerate(jsb.read_split(data, "test")):
        for first in range(0, len(grid) - bars * _BAR_STEPS + 1, HEARD_BARS * _BAR_STEPS):
            part = grid[first : first + bars * _BAR_STEPS]
            found.append((f"chorale {index}", jsb_pieces.score_of(part, Meter())))
    random.Random(seed).shuffle(found)
    return found[:count]


def _parallel(question: Question) -> Notes:
    """Return the voice beside the hidden one, moved by the usual distance of two voices."""
    task = question.task
    answer: list[tuple[Note, ...]] = [()] * len(task.source.voices)
    hidden = task.holes[0].voice
    beside = hidden - 1 if hidden else 1
    moved = _VOICE_DISTANCE if beside > hidden else -_VOICE_DISTANCE
    answer[hidden] = tuple(
        replace(note, pitch=note.pitch + moved) for note in task.source.voices[beside].notes
    )
    return tuple(answer)

"""How near an answer is to what was hidden, and what is wrong with it whatever was hidden.

Every figure is a ratio of sums (`statistics.Part`): of notes for F1, of grid places for groove, of
hidden voices for faults. Times are compared in ticks of 1/24 beat.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reprise.evaluation.cell_grid import CellGrid, grid_of
from reprise.evaluation.examples import Example
from reprise.evaluation.statistics import Part, Tally
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.grid import ticks

SIXTEENTH_TICKS = 6
MIN_STUCK_NOTES, MAX_STUCK_KINDS = 8, 2
MIN_REPEATS, COLLAPSED_REPEATS, LIVELY_REPEATS = 3, 0.9, 0.5
"""Pairs of neighbouring bars from which on a rate says something; above, and below what, it is
stuck."""
WALL_TIMES = 2

Voices = Sequence[Sequence[Note]]
FAULTS = ("collapse", "empty", "over_density")
FIGURES = ("f1", "f1_16", "onset_f1", "pitch_class_f1", "pche_difference", "groove_96", "groove_16")


def tally(example: Example, answer: Voices) -> Tally:
    """Return the figures of one answer: new notes, one sequence a voice of the example."""
    meant = _keyed(example.truth)
    played = _keyed(answer)
    found: dict[str, Part] = {
        "f1": _f1(meant, played, lambda key: key),
        "f1_16": _f1(meant, played, lambda key: (key[0], _sixteenth(key[1]), key[2])),
        "onset_f1": _f1(meant, played, lambda key: key[:2]),
        "pitch_class_f1": _f1(meant, played, lambda key: (key[0], key[1], key[2] % 12)),
        "notes": Part(len(played), len(meant)),
    }
    entropy = _entropy_difference(example, answer)
    if entropy is not None:
        found["pche_difference"] = Part(entropy)
    answered, true = (
        grid_of(example.task.source.with_notes(_sorted(v))) for v in (answer, example.truth)
    )
    found["groove_96"] = _groove(example, true, answered, 1)
    found["groove_16"] = _groove(example, true, answered, SIXTEENTH_TICKS)
    found.update(_faults(example, true, answered))
    return found


# ---------------------------------------------------------------- notes

_Key = tuple[int, int, int]


def _keyed(voices: Voices) -> list[_Key]:
    """Return (voice, onset in ticks, pitch) of every note."""
    return [
        (voice, ticks(note.start), note.pitch)
        for voice, notes in enumerate(voices)
        for note in notes
    ]


def _sixteenth(tick: int) -> int:
    return (tick + SIXTEENTH_TICKS // 2) // SIXTEENTH_TICKS


def _f1(meant: list[_Key], played: list[_Key], key: Callable[[_Key], Hashable]) -> Part:
    """Match notes one to one; F1 is twice the matches by all notes of both sides."""
    matches = (Counter(map(key, meant)) & Counter(map(key, played))).total()
    return Part(2.0 * matches, len(meant) + len(played))


def note_f1(meant: Voices, played: Voices) -> Part:
    """Return the F1 of notes that agree in voice, onset tick and pitch, as a part of a pool."""
    return _f1(_keyed(meant), _keyed(played), lambda key: key)


# ---------------------------------------------------------------- pitch classes and groove


def _entropy_difference(example: Example, answer: Voices) -> float | None:
    """Return how far the pitch-class entropies lie apart in bits, None where only drums are."""
    pitched = [v for v, voice in enumerate(example.task.source.voices) if not is_drums(voice)]
    meant = [note for voice in pitched for note in example.truth[voice]]
    if not meant:
        return None
    played = [note for voice in pitched for note in answer[voice]]
    return abs(_entropy(meant) - _entropy(played))


def _entropy(notes: Iterable[Note]) -> float:
    counts = Counter(note.pitch % 12 for note in notes)
    total = counts.total()
    return -sum(count / total * math.log2(count / total) for count in counts.values())


def _groove(example: Example, true: CellGrid, answered: CellGrid, step: int) -> Part:
    """Return the share of grid places of hidden bars where both sides begin notes or neither."""
    same = places = 0
    for place in example.hidden:
        length = -(-true.bars[place[1]].length // step)
        left, right = (
            {min(note.onset // step, length - 1) for note in grid.cell(place)}
            for grid in (true, answered)
        )
        same += length - len(left ^ right)
        places += length
    return Part(same, places)


# ---------------------------------------------------------------- faults


@dataclass(frozen=True, slots=True)
class _Hidden:
    """One voice's hidden cells in order."""

    true: tuple[Cell, ...]
    answered: tuple[Cell, ...]
    neighbours: tuple[tuple[int, int], ...]


def _faults(example: Example, true: CellGrid, answered: CellGrid) -> dict[str, Part]:
    """Return the share of hidden voices that are stuck, empty, or a wall where the truth is not."""
    counts = dict.fromkeys(FAULTS, 0)
    of_truth = dict.fromkeys(FAULTS, 0)
    loudest = _densest_bars(grid_of(example.task.source))
    voices = _by_voice(example)
    asked = 0
    for voice, bars in voices.items():
        hidden = _Hidden(
            tuple(true.cell((voice, bar)) for bar in bars),
            tuple(answered.cell((voice, bar)) for bar in bars),
            tuple((i, i + 1) for i in range(len(bars) - 1) if bars[i] + 1 == bars[i + 1]),
        )
        if not any(hidden.true):
            continue
        asked += 1
        counts["empty"] += not any(hidden.answered)
        counts["collapse"] += is_collapsed(hidden.answered, hidden.true, hidden.neighbours)
        counts["over_density"] += _is_wall(hidden.answered, loudest[voice])
        of_truth["collapse"] += is_stuck(hidden.true)
        of_truth["over_density"] += _is_wall(hidden.true, loudest[voice])
    return {
        **{name: Part(counts[name], asked) for name in FAULTS},
        "truth_collapse": Part(of_truth["collapse"], asked),
        "truth_over_density": Part(of_truth["over_density"], asked),
        **_repeats(example, true, answered),
    }


def _by_voice(example: Example) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for voice, bar in example.hidden:
        found[voice].append(bar)
    return found


def is_collapsed(
    answered: Sequence[Cell], true: Sequence[Cell], neighbours: Sequence[tuple[int, int]]
) -> bool:
    """Tell whether an answer is stuck on a few notes or on one bar where the truth is not."""
    if is_stuck(answered) and not is_stuck(true):
        return True
    repeats, pairs = repeated(answered, neighbours)
    of_truth, true_pairs = repeated(true, neighbours)
    if pairs < MIN_REPEATS or true_pairs < MIN_REPEATS:
        return False
    return repeats / pairs > COLLAPSED_REPEATS and of_truth / true_pairs < LIVELY_REPEATS


def is_stuck(cells: Sequence[Cell]) -> bool:
    """Tell whether eight notes or more have at most two pairs of a pitch and a duration."""
    notes = [(note.pitch, note.duration) for cell in cells for note in cell]
    return len(notes) >= MIN_STUCK_NOTES and len(set(notes)) <= MAX_STUCK_KINDS


def repeated(cells: Sequence[Cell], neighbours: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how many neighbouring bars that both sound are the same, and how many there are."""
    pairs = [(shape(cells[i]), shape(cells[j])) for i, j in neighbours if cells[i] and cells[j]]
    return sum(left == right for left, right in pairs), len(pairs)


def shape(cell: Cell) -> frozenset[tuple[int, int]]:
    """Return onsets and pitches of a cell."""
    return frozenset((note.onset, note.pitch) for note in cell)


def _repeats(example: Example, true: CellGrid, answered: CellGrid) -> dict[str, Part]:
    """Return how often a hidden bar repeats its hidden neighbour, in the answer and in truth."""
    found: dict[str, Part] = {}
    for name, grid in (("repeats", answered), ("truth_repeats", true)):
        same = count = 0
        for voice, bars in _by_voice(example).items():
            cells = [grid.cell((voice, bar)) for bar in bars]
            neighbours = [(i, i + 1) for i in range(len(bars) - 1) if bars[i] + 1 == bars[i + 1]]
            more, pairs = repeated(cells, neighbours)
            same, count = same + more, count + pairs
        found[name] = Part(same, count)
    return found


def _densest_bars(known: CellGrid) -> list[int]:
    """Return the most notes of a bar that each voice is heard with; of any voice where silent."""
    own = [max(map(len, cells), default=0) for cells in known.cells]
    return [most or max(own, default=0) for most in own]


def _is_wall(cells: Sequence[Cell], densest: int) -> bool:
    return max(map(len, cells), default=0) > WALL_TIMES * max(1, densest)


def _sorted(voices: Voices) -> tuple[tuple[Note, ...], ...]:
    return tuple(tuple(sorted(notes)) for notes in voices)

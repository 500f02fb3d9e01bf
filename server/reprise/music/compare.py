"""How alike two pieces of music are, from 0.0 to 1.0: onsets, top line, and what it is made of.

The measure of pitched voices is S = 0.4 onsets + 0.4 melody + 0.2 harmony; drums compare the onsets
of each drum. It is symmetric and 1.0 for music and itself; velocity, muted notes and
micro-timing below 1/24 beat do not count, and durations only as far as they weigh the harmony.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score

GRID_PER_BEAT = 24
MAX_ALIGNED_NOTES = 128
"""Longer lines are aligned piece by piece, so that time grows with length and not its square."""

ONSET_WEIGHT, MELODY_WEIGHT, HARMONY_WEIGHT = 0.4, 0.4, 0.2
GAP_COST = 1.0
OCTAVE_COST, STEP_COST, LEAP_COST = 0.4, 0.5, 1.0


def similarity(left: Sequence[Note], right: Sequence[Note]) -> float:
    """Return how alike two pitched voices are, 0.0-1.0; two silences are alike."""
    left, right = _sounding(left), _sounding(right)
    if not left or not right:
        return 1.0 if not left and not right else 0.0
    return (
        ONSET_WEIGHT * onset_similarity(left, right)
        + MELODY_WEIGHT * melody_similarity(left, right)
        + HARMONY_WEIGHT * harmony_similarity(left, right)
    )


def drum_similarity(left: Sequence[Note], right: Sequence[Note]) -> float:
    """Return how alike two drum voices are, 0.0-1.0: by the onsets of each drum, by its hits."""
    left, right = _sounding(left), _sounding(right)
    hits_left, hits_right = _by_pitch(left), _by_pitch(right)
    total = shared = 0.0
    for pitch in hits_left.keys() | hits_right.keys():
        mine, others = hits_left[pitch], hits_right[pitch]
        weight = len(mine) + len(others)
        total += weight
        shared += weight * onset_similarity(mine, others)
    return shared / total if total else 1.0


def score_similarity(left: Score, right: Score) -> float:
    """Return how alike two scores are, 0.0-1.0: voices paired in order, weighted by their notes.

    A voice that only one of them has is unlike everything, as far as it holds notes.
    """
    total = shared = 0.0
    for index in range(max(len(left.voices), len(right.voices))):
        mine, other = left.voices[index : index + 1], right.voices[index : index + 1]
        notes = [note for voice in mine for note in voice.sounding]
        others = [note for voice in other for note in voice.sounding]
        are_drums = any(is_drums(voice) for voice in (*mine, *other))
        measure = drum_similarity if are_drums else similarity
        weight = len(notes) + len(others)
        total += weight
        shared += weight * measure(notes, others)
    return shared / total if total else 1.0


def onset_similarity(left: Iterable[Note], right: Iterable[Note]) -> float:
    """Return the share of common onsets on the grid of 1/24 beat: 2 |A and B| / (|A| + |B|)."""
    mine = {round(note.start * GRID_PER_BEAT) for note in left}
    others = {round(note.start * GRID_PER_BEAT) for note in right}
    count = len(mine) + len(others)
    return 2 * len(mine & others) / count if count else 1.0


def melody_similarity(left: Iterable[Note], right: Iterable[Note]) -> float:
    """Return 1 less the cost of turning one top line into the other, by its length."""
    mine, others = top_pitches(left), top_pitches(right)
    longest = max(len(mine), len(others))
    if not longest:
        return 1.0
    return max(0.0, 1.0 - alignment_cost(mine, others) / longest)


def harmony_similarity(left: Iterable[Note], right: Iterable[Note]) -> float:
    """Return the cosine of the two duration-weighted pitch-class profiles."""
    mine, others = _chroma(left), _chroma(right)
    norm = float(np.linalg.norm(mine) * np.linalg.norm(others))
    return min(1.0, float(mine @ others) / norm) if norm else 0.0


def top_pitches(notes: Iterable[Note]) -> list[int]:
    """Return the highest pitch of each onset on the grid, in order of time."""
    tops: dict[int, int] = defaultdict(int)
    for note in notes:
        tick = round(note.start * GRID_PER_BEAT)
        tops[tick] = max(tops[tick], note.pitch)
    return [tops[tick] for tick in sorted(tops)]


def alignment_cost(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the least cost of aligning two lines of pitches (Needleman and Wunsch 1970).

    Equal pitches cost nothing, an octave 0.4, a step of one or two semitones 0.5, others 1.0, and
    so does a note that only one line has. Lines above `MAX_ALIGNED_NOTES` are split into as many
    pieces each as the longer one needs, and piece is aligned with piece: the cost is then an upper
    bound, and still nothing for equal lines.
    """
    pieces = max(1, -(-max(len(left), len(right)) // MAX_ALIGNED_NOTES))
    return float(_aligned(_in_pieces(left, pieces), _in_pieces(right, pieces)).sum())


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A line of pitches cut into pieces of nearly equal length.

    Attributes:
        pitches: Shape (pieces, longest piece); what lies beyond a piece's own length is anything.
        lengths: Notes in each piece, shape (pieces,).
    """

    pitches: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]


def _in_pieces(line: Sequence[int], pieces: int) -> _Pieces:
    cuts = len(line) * np.arange(pieces + 1) // pieces
    lengths = np.diff(cuts)
    reach = cuts[:-1, None] + np.arange(lengths.max())
    # One pitch more than the line has, so that a shorter piece may reach over its end.
    pitches = np.asarray([*line, 0], np.int64)[np.minimum(reach, len(line))]
    return _Pieces(pitches, lengths)


def _aligned(left: _Pieces, right: _Pieces) -> npt.NDArray[np.float64]:
    """Return the cost of aligning each piece of one line with its piece of the other."""
    pieces, longest = right.pitches.shape
    # row[p, j]: the cost of the left piece so far against j notes of the right one, less j gaps. A
    # gap costs the same everywhere, so on this slope gaps in a row are a running minimum.
    row = np.zeros((pieces, longest + 1))
    rows = [row]
    for pitches in left.pitches.T:
        best = row + GAP_COST
        costs = _SUBSTITUTION[pitches[:, None] - right.pitches + _FURTHEST]
        np.minimum(best[:, 1:], row[:, :-1] + costs - GAP_COST, out=best[:, 1:])
        row = np.minimum.accumulate(best, axis=1)
        rows = [rows[-1], row]
    # Lengths differ by one at most, so a piece ends in the last row or the one before.
    is_short = left.lengths < left.pitches.shape[1]
    ends = np.where(is_short[:, None], rows[0], rows[-1])
    costs_less_gaps: npt.NDArray[np.float64] = ends[np.arange(pieces), right.lengths]
    return costs_less_gaps + right.lengths * GAP_COST


_FURTHEST = 127


def _substitution_costs() -> npt.NDArray[np.float64]:
    distance = np.abs(np.arange(-_FURTHEST, _FURTHEST + 1))
    cost = np.where(distance <= 2, STEP_COST, LEAP_COST)
    cost[distance % 12 == 0] = OCTAVE_COST
    cost[distance == 0] = 0.0
    return cost


_SUBSTITUTION = _substitution_costs()
"""What it costs to turn one pitch into another, by their distance from -127 to 127."""


def _sounding(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(note for note in notes if not note.is_muted)


def _by_pitch(notes: Iterable[Note]) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = defaultdict(list)
    for note in notes:
        found[note.pitch].append(note)
    return found


def _chroma(notes: Iterable[Note]) -> npt.NDArray[np.float64]:
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += note.duration
    return weights

"""How likely each note of a cell is to be right, by the drafts and the heard bars that have it.

Drafts of a small network are not to be taken at their word, and the bars that were heard are the
better witnesses the liker their company is. Notes that other voices strike or let ring are the
likelier, in any octave. What each says is weighed by a logistic regression, whose weights were
fitted on songs of the validation split (docs/ensemble.md says how).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

from reprise.tokenizers.ensemble.cells import Cell

CLOSE, LOOSE = 20.0, 6.0
"""How fast a copy loses weight as its company becomes less alike: two opinions."""
_DOUBT = 0.003
"""Keeps odds finite."""
_FEW = 0.5

Attack = tuple[int, int]
"""An onset in ticks, and a pitch."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A cell that speaks for its notes.

    Attributes:
        cell: The notes.
        weight: Among all witnesses of its kind, 0.0-1.0.
    """

    cell: Cell
    weight: float


@dataclass(frozen=True)
class Evidence:
    """What is known of one hole.

    Attributes:
        drafts: What was drawn for it.
        copies: Known bars of its voice, each with how alike its company is, 0.0-1.0.
        are_drums: Whether it is a drum voice's.
        beside: What voices with pitches are heard with there; nothing for drums.
    """

    drafts: Sequence[Cell]
    copies: Sequence[tuple[Cell, float]]
    are_drums: bool
    beside: Sequence[Cell] = ()

    def copy_witnesses(self, sharpness: float = CLOSE) -> list[Witness]:
        """Return the copies by how alike their company is."""
        weights = [exp(sharpness * (likeness - 1.0)) for _, likeness in self.copies]
        total = sum(weights)
        return [Witness(cell, w / total) for (cell, _), w in zip(self.copies, weights)]

    def draft_witnesses(self) -> list[Witness]:
        """Return the drafts, all alike."""
        return [Witness(cell, 1.0 / len(self.drafts)) for cell in self.drafts]


# Weights of the regression, in nats.
_ALWAYS, _DRUMS, _NOTES, _HEARD, _LIKENESS = -2.46, 0.34, 0.17, 0.06, 0.81
_DRAFTED, _DRAFTED_IF_ALIKE, _PITCH, _ONSET = 0.38, -0.26, 0.19, 0.09
_CLOSE, _CLOSE_IF_ALIKE, _LOOSE, _LOOSE_ONSET = -0.09, 0.27, 0.06, 0.03
_STRUCK, _RINGING = 0.41, 0.39


def chances(evidence: Evidence) -> dict[Attack, float]:
    """Return the chance that each note is right which a draft or a copy has, 0.0-1.0."""
    drafts = _Shares(evidence.draft_witnesses())
    close = _Shares(evidence.copy_witnesses(CLOSE))
    loose = _Shares(evidence.copy_witnesses(LOOSE))
    notes = sum(drafts.attacks.values()) or 1.0
    alike = max((likeness for _, likeness in evidence.copies), default=0.0)
    start = _ALWAYS + _DRUMS * evidence.are_drums + _NOTES * log(notes + _FEW)
    if evidence.copies:
        start += _HEARD + _LIKENESS * alike
    harmony = _Harmony(evidence.beside)
    drafted = _DRAFTED + _DRAFTED_IF_ALIKE * alike
    found = {}
    for attack in sorted(drafts.attacks.keys() | close.attacks.keys()):
        onset, pitch = attack
        nats = start + drafted * _odds(drafts.attacks[attack]) + harmony.nats(attack)
        nats += _PITCH * _odds(drafts.pitches[pitch] / notes) + _ONSET * _odds(drafts.onsets[onset])
        if evidence.copies:
            nats += (_CLOSE + _CLOSE_IF_ALIKE * alike) * _odds(close.attacks[attack])
            nats += _LOOSE * _odds(loose.attacks[attack])
            nats += _LOOSE_ONSET * _odds(loose.onsets[onset])
        found[attack] = 1.0 / (1.0 + exp(-nats))
    return found


def expected_notes(evidence: Evidence) -> float:
    """Return how many notes a hole should have: as bars in like company, or else as drafts."""
    if not evidence.copies:
        return fmean(len(cell) for cell in evidence.drafts)
    return sum(witness.weight * len(witness.cell) for witness in evidence.copy_witnesses())


def worth(cell: Iterable[Attack], known: Mapping[Attack, float], cost: float) -> float:
    """Return what may be gained by a cell: twice its right notes, less the cost of each."""
    return sum(2.0 * known.get(attack, 0.0) - cost for attack in cell)


class _Shares:
    """How much of all witnesses' weight speaks for notes, and for their onsets and pitches."""

    def __init__(self, witnesses: Iterable[Witness]) -> None:
        self.attacks: defaultdict[Attack, float] = defaultdict(float)
        self.onsets: defaultdict[int, float] = defaultdict(float)
        self.pitches: defaultdict[int, float] = defaultdict(float)
        for witness in witnesses:
            for onset, pitch, _, _ in witness.cell:
                self.attacks[onset, pitch] += witness.weight
                self.onsets[onset] += witness.weight
                self.pitches[pitch] += witness.weight


class _Harmony:
    """What other voices strike and let ring."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._notes = [note for cell in cells for note in cell]
        self._struck = {(note.onset, note.pitch % 12) for note in self._notes}
        self._ringing: dict[int, Counter[int]] = {}

    def nats(self, attack: Attack) -> float:
        """Return what speaks for a note whose pitch class is struck with it, or rings there."""
        onset, pitch_class = attack[0], attack[1] % 12
        if onset not in self._ringing:
            self._ringing[onset] = Counter(
                note.pitch % 12
                for note in self._notes
                if note.onset <= onset < note.onset + note.duration
            )
        ringing = self._ringing[onset]
        share = ringing[pitch_class] / (ringing.total() or 1)
        return _STRUCK * ((onset, pitch_class) in self._struck) + _RINGING * share


def _odds(share: float) -> float:
    """Return the logarithm of a share's odds; sums of shares may be above 1.0."""
    return log((share + _DOUBT) / (1.0 + _DOUBT - min(1.0, share)))

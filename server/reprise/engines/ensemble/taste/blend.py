"""Cells that are put together from notes that are likely to be right, each for itself.

How long a note lasts, and how loud it is, is taken from those that have it. Notes that no witness
plays together and that are too near to one another are one idea said twice: only the likelier
stays.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reprise.engines.ensemble.grammar.rules import Rules
from reprise.engines.ensemble.taste.chances import Attack, Witness
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.controls import attacks

NEAR_TICKS, NEAR_PITCHES = 6, 2
"""Onsets nearer than this are one idea, if nobody plays both; so are pitches up to a whole tone
apart at one onset."""
UNTIL_NEXT = 0
"""The duration of a note that lasts until the next position, or the bar's end."""

_Way = tuple[int, int]
"""A duration in ticks and a velocity."""


def blended(
    chances: Mapping[Attack, float], cost: float, witnesses: Sequence[Witness], rules: Rules
) -> Cell:
    """Return a cell of the likeliest notes, as far as they go together.

    Args:
        chances: Of each note to be right.
        cost: Of a note, where one that is right is worth 2.0; more are taken where rules ask.
        witnesses: Who has the notes, and how they play them.
        rules: Of the hole: how many notes there may be, and how many together.
    """
    company = _Company(witnesses, are_drums=rules.is_drums)
    chosen: list[Attack] = []
    for attack in sorted(chances, key=lambda each: (-chances[each], each)):
        is_wanted = 2.0 * chances[attack] > cost or len(chosen) < rules.needed
        if not is_wanted or len(chosen) == rules.most:
            break
        together = sum(other[0] == attack[0] for other in chosen)
        has_room = together < min(rules.polyphony, company.sizes[attack[0]])
        if has_room and all(company.suits(attack, other) for other in chosen):
            chosen.append(attack)
    return _played(chosen, witnesses, rules)


class _Company:
    """Who is played together by anybody.

    Attributes:
        sizes: The most notes that anybody strikes together, by onset.
    """

    def __init__(self, witnesses: Iterable[Witness], *, are_drums: bool) -> None:
        self._attacks = [attacks(each.cell) for each in witnesses]
        self._onsets = [{onset for onset, _ in own} for own in self._attacks]
        self._reach = 0 if are_drums else NEAR_PITCHES
        self.sizes: Counter[int] = Counter()
        for own in self._attacks:
            self.sizes |= Counter(onset for onset, _ in own)

    def suits(self, attack: Attack, other: Attack) -> bool:
        """Tell whether two notes are not one idea said twice."""
        apart = abs(attack[0] - other[0])
        if not apart:
            is_far = abs(attack[1] - other[1]) > self._reach
            return is_far or any({attack, other} <= own for own in self._attacks)
        if apart >= NEAR_TICKS:
            return True
        return any({attack[0], other[0]} <= own for own in self._onsets)


def _played(chosen: Iterable[Attack], witnesses: Iterable[Witness], rules: Rules) -> Cell:
    """Return notes as most witnesses play them, none longer than the polyphony lets it ring."""
    ways = _ways(witnesses, rules.length)
    ordered = sorted(chosen, key=lambda attack: (attack[0], -attack[1]))
    following = _following((onset for onset, _ in ordered), rules.length)
    notes = []
    for onset, pitch in ordered:
        ticks, velocity = max(ways[onset, pitch].items(), key=lambda way: (way[1], way[0]))[0]
        duration = following[onset] - onset if ticks == UNTIL_NEXT else ticks
        notes.append(GridNote(onset, pitch, duration, velocity))
    cell = in_order(notes)
    return cell if rules.is_drums else _thinned(cell, rules.polyphony)


def _ways(witnesses: Iterable[Witness], length: int) -> dict[Attack, dict[_Way, float]]:
    """Return how each note is played by the weight of who plays it so."""
    found: dict[Attack, dict[_Way, float]] = defaultdict(lambda: defaultdict(float))
    for witness in witnesses:
        following = _following((note.onset for note in witness.cell), length)
        for onset, pitch, duration, velocity in witness.cell:
            ticks = UNTIL_NEXT if onset + duration == following[onset] else duration
            found[onset, pitch][ticks, velocity] += witness.weight
    return found


def _following(onsets: Iterable[int], length: int) -> dict[int, int]:
    """Return the next onset of each, or the bar's end."""
    ordered = sorted(set(onsets))
    return dict(zip(ordered, [*ordered[1:], length]))


def _thinned(cell: Cell, most: int) -> Cell:
    """End the notes that ring longest where more would sound together than may."""
    found: list[GridNote] = []
    for onset in sorted({note.onset for note in cell}):
        new = [note for note in cell if note.onset == onset]
        ringing = [note for note in found if note.onset + note.duration > onset]
        excess = max(0, len(ringing) + len(new) - most)
        for note in sorted(ringing, key=lambda each: (each.onset, each.pitch))[:excess]:
            found[found.index(note)] = note._replace(duration=onset - note.onset)
        found += new
    return in_order(found)

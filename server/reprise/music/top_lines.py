"""Which stretches of music run alike by their top lines: the same onsets, moved or not.

It needs no network. Two lines are alike when they strike mostly the same onsets and run mostly in
parallel.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

ALIKE_ONSETS, ALIKE_PITCHES = 0.7, 0.7


@dataclass(frozen=True)
class TopLine:
    """The highest notes of a few bars.

    Attributes:
        bar: The first of the bars.
        tops: The highest pitch of each onset; onsets on any grid, from the start of the bar.
    """

    bar: int
    tops: Mapping[int, int]

    @cached_property
    def onsets(self) -> int:
        """A bit for each onset."""
        return sum(1 << onset for onset in self.tops)


def is_alike(left: TopLine, right: TopLine) -> bool:
    """Tell whether two top lines are one theme."""
    common = (left.onsets & right.onsets).bit_count()
    if 2 * common < ALIKE_ONSETS * (len(left.tops) + len(right.tops)):
        return False
    steps = Counter(
        right.tops[onset] - pitch for onset, pitch in left.tops.items() if onset in right.tops
    )
    # A melody that is moved along its scale is moved by one of two neighbouring intervals.
    parallel = max(count + steps.get(step + 1, 0) for step, count in steps.items())
    return parallel >= ALIKE_PITCHES * max(len(left.tops), len(right.tops))


def largest_group(lines: Sequence[TopLine]) -> list[TopLine]:
    """Return the largest group of lines that are like one of them, two or more, or none."""
    alike: list[list[TopLine]] = [[line] for line in lines]
    for index, one in enumerate(lines):
        for later in range(index + 1, len(lines)):
            other = lines[later]
            if is_alike(one, other):
                alike[index].append(other)
                alike[later].append(one)
    groups = [group for group in alike if len(group) > 1]
    best = max(groups, key=len, default=[])
    return sorted(best, key=lambda line: line.bar)

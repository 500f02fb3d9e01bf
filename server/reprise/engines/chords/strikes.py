"""What is struck when: the rhythm, touch and register that new chords are played in.

A strike is a note of a clip in its place on the answer's time line, with the chord that it belonged
to. Variations strike where the clip does; a continuation brings the clip's bars again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import cycle
from operator import attrgetter
from typing import Final

from reprise.engines.base import Task
from reprise.music.chords import Chord
from reprise.music.feel import take_off
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.progression import PlacedChord, find_progression
from reprise.music.score import Score
from reprise.music.span import Span

EDGE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Strike:
    """A note that asks for a pitch.

    Attributes:
        voice: Whose, from 0.
        straight: As it is meant.
        played: As it is played.
        chords: The chords that it sounded in, the one it was struck in first.
    """

    voice: int
    straight: Note
    played: Note
    chords: tuple[Chord | None, ...]

    @property
    def chord(self) -> Chord | None:
        """What it belonged to."""
        return self.chords[0]

    def moved(self, beats: float) -> "Strike":
        """Return the strike some beats later."""
        start = max(0.0, self.played.start + beats)
        return replace(
            self,
            straight=replace(self.straight, start=max(0.0, self.straight.start + beats)),
            played=replace(self.played, start=start),
        )


@dataclass(frozen=True)
class Heard:
    """A score as chords.

    Attributes:
        placed: Its chords, without gaps.
        strikes: Its notes that are not muted, by time.
        meter_map: Its meters.
        length: In beats.
    """

    placed: tuple[PlacedChord, ...]
    strikes: tuple[Strike, ...]
    meter_map: MeterMap
    length: float

    def bars(self) -> list[tuple[Span, tuple[Strike, ...]]]:
        """Return the whole bars in which something is struck, with what is struck there."""
        starts = [strike.straight.start + EDGE for strike in self.strikes]
        found = []
        for bar in self.meter_map.bars(self.length):
            first, stop = bisect_right(starts, bar.start), bisect_right(starts, bar.end)
            if stop > first and bar.end <= self.length + EDGE:
                found.append((bar, self.strikes[first:stop]))
        return found


@lru_cache(maxsize=8)
def hear(score: Score) -> Heard:
    """Return a score as chords; all its voices sound together."""
    straight: list[tuple[int, Note, Note]] = []
    for index, voice in enumerate(score.voices):
        played = [note for note in voice.sounding if note.start < score.length]
        notes, _ = take_off(played, score.meter_map)
        straight += [(index, meant, note) for meant, note in zip(notes, played, strict=True)]
    placed = find_progression([meant for _, meant, _ in straight], score.meter_map, score.length)
    strikes = [
        Strike(index, meant, note, tuple(one.chord for one in sounding_in(placed, meant)))
        for index, meant, note in straight
    ]
    ordered = sorted(strikes, key=lambda strike: (strike.straight, strike.voice))
    return Heard(placed, tuple(ordered), score.meter_map, score.length)


def sounding_in(placed: Sequence[PlacedChord], note: Note) -> list[PlacedChord]:
    """Return the chords that a straight note sounds in, at least one; chords come one by one."""
    first = bisect_right(placed, note.start + EDGE, key=attrgetter("end"))
    stop = bisect_left(placed, note.end - EDGE, key=attrgetter("start"))
    return list(placed[first:stop]) or [placed[-1]]


def continued(heard: Heard, task: Task) -> list[Strike]:
    """Return the clip's bars again, one after another, where the continuation is."""
    bars, span = heard.bars(), task.holes[0].span
    if not bars:
        return [one for one in repeated(heard, span.end) if one.straight.start >= span.start - EDGE]
    found: list[Strike] = []
    source = cycle(bars)
    for target in heard.meter_map.bars(span.end):
        if target.end <= span.start + EDGE:
            continue
        bar, strikes = next(source)
        for strike in strikes:
            offset = strike.straight.start - bar.start
            start = target.start + offset
            if offset < target.length - EDGE and span.start - EDGE <= start < span.end - EDGE:
                found.append(strike.moved(target.start - bar.start))
    return found


def repeated(heard: Heard, length: float) -> list[Strike]:
    """Return what a clip strikes, again and again up to a length in beats."""
    turns = max(1, -(-round(length * 24) // round(heard.length * 24)))
    return [
        moved
        for turn in range(turns)
        for strike in heard.strikes
        if (moved := strike.moved(turn * heard.length)).straight.start < length - EDGE
    ]


def bar_by_bar(
    own: Sequence[Strike], other: Sequence[Strike], meter_map: MeterMap, length: float, share: float
) -> list[Strike]:
    """Return each bar as one clip or the other strikes it.

    Args:
        own: Strikes of the first clip.
        other: Those of the second one, on the same time line.
        meter_map: Where bars begin.
        length: In beats.
        share: Of the bars that are the second one's, 0.0-1.0; as it rises, bars change sides one
            after another and none goes back.
    """
    starts = [bar.start for bar in meter_map.bars(length)]
    changes_at = [_radical_inverse(index) for index in range(len(starts))]

    def is_second(strike: Strike) -> bool:
        index = bisect_right(starts, strike.straight.start + EDGE) - 1
        return share >= 1.0 or changes_at[max(0, index)] < share

    mixed = [strike for strike in own if not is_second(strike)]
    mixed += [strike for strike in other if is_second(strike)]
    return sorted(mixed, key=lambda strike: (strike.straight, strike.voice))


def _radical_inverse(index: int) -> float:
    """Return 1/2, 1/4, 3/4, 1/8, ... for 0, 1, 2, 3, ...: places spread evenly at any count."""
    value, part = 0.0, 0.5
    index += 1
    while index:
        value += part * (index & 1)
        index >>= 1
        part /= 2
    return value


def simultaneous_share(strikes: Iterable[Strike]) -> float:
    """Return the share of strikes beside which another pitch class sounds."""
    notes = sorted(strike.straight for strike in strikes)
    if not notes:
        return 0.0
    together = 0
    for index, note in enumerate(notes):
        near = notes[max(0, index - 12) : index + 13]
        together += any(
            other.pitch % 12 != note.pitch % 12
            and other.start < note.end - EDGE
            and note.start < other.end - EDGE
            for other in near
        )
    return together / len(notes)

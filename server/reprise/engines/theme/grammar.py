"""What may follow what in the tokens of a theme network: a mask in place of rejected samples.

What it lets through always parses: a note is a pitch, a duration and a velocity of one track;
positions rise within a bar; at a position the melody goes first and the piano from the top down;
bars are as many as were asked for and nothing rings past the end; a theme begins before a bar line
and ends two bars later. It also holds to what was asked: pitches, notes at once, notes a bar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme import BAR, KINDS, THEME_END, THEME_START, VOCABULARY, Kind
from reprise.tokenizers.theme_grid import (
    BAR_STEPS,
    HIGHEST_PITCH,
    LONGEST_STEPS,
    LOUDEST,
    LOWEST_PITCH,
    GridNote,
    Track,
)

Mask = NDArray[np.bool_]
Pitches = NDArray[np.bool_]

THEME_BARS: Final = 2
LONGEST_REST: Final = 1
"""Bars without a note that may follow one another."""


class Wish(Enum):
    """Whether a bar is to begin a theme."""

    FREE = "free"
    STATE = "state"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Part:
    """What a track may do.

    Attributes:
        pitches: Which pitches 1-127 it may play, (127,), one at least.
        at_once: Notes that it may begin at one position.
        most_a_bar: Notes that it may begin in a bar.
        fewest_a_bar: Notes that it begins in a bar at least, while there are positions left.
    """

    pitches: Pitches
    at_once: int = 6
    most_a_bar: int = 48
    fewest_a_bar: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What is to be written.

    Attributes:
        start: The first step that may be written, in 16ths from bar line 0.
        end: The step before which everything has ended.
        parts: The tracks that play; no other does.
        wishes: For a bar's number whether it begins a theme; `Wish.FREE` where nothing is said.
    """

    start: int
    end: int
    parts: Mapping[Track, Part]
    wishes: Mapping[int, Wish] = field(default_factory=dict)

    @property
    def bars(self) -> int:
        """Bars from bar line 0 to the end, the last one maybe short."""
        return -(-self.end // BAR_STEPS)


class Grammar:
    """One sequence while it is written, from the first step of its rules on."""

    def __init__(self, rules: Rules) -> None:
        """Begin outside a theme; a start inside a bar goes on in it, its line has been read."""
        self.rules = rules
        self.notes: list[GridNote] = []
        self.themes: list[int] = []
        self.is_done = rules.start >= rules.end
        self._bar, inside = divmod(rules.start, BAR_STEPS)
        self._bar -= not inside
        self._step = inside - 1 if inside else BAR_STEPS - 1
        self._is_position_open = False
        self._last: GridNote | None = None
        self._note: list[int] = []
        self._counts = dict.fromkeys(Track, 0)
        self._rests = 0
        self._is_in_theme = False
        self._theme_left = 0
        self._awaits_bar = False
        self._is_bar_over = False

    @property
    def bar(self) -> int:
        """Number of the bar that is being written; one before the first at the beginning."""
        return self._bar

    def mask(self) -> Mask:
        """Return which tokens may come, (1033,); one at least."""
        allowed = np.zeros(VOCABULARY, np.bool_)
        if self._note:
            self._allow_rest_of_note(allowed)
            return allowed
        if self._awaits_bar or self._is_bar_over:
            self._allow_next_bar(allowed)
            return allowed
        if self._is_position_open:
            self._allow_pitches(allowed)
            if self._last is None or self._last.start != self._now:
                return allowed
        self._allow_positions(allowed)
        if self._may_leave_bar() or not allowed.any():
            self._allow_next_bar(allowed)
        return allowed

    def read(self, token: int) -> None:
        """Take a token that the mask allowed."""
        kind = Kind(KINDS[token])
        if kind in (Kind.PITCH, Kind.DURATION, Kind.VELOCITY):
            self._note.append(token)
            if kind == Kind.VELOCITY:
                self._close_note()
        elif kind == Kind.POSITION:
            self._step = token - tokens_of.FIRST_POSITION
            self._is_position_open = True
        elif kind == Kind.THEME_START:
            self._awaits_bar = self._is_in_theme = True
            self._theme_left = THEME_BARS
            self.themes.append(self._bar + 1)
        elif kind == Kind.THEME_END:
            self._is_in_theme = False
            self._is_bar_over = True
            self.is_done = self._is_last_bar
        elif kind == Kind.BAR:
            self._begin_bar()

    @property
    def _now(self) -> int:
        return self._bar * BAR_STEPS + self._step

    @property
    def _is_last_bar(self) -> bool:
        return self._bar + 1 >= self.rules.bars

    # ------------------------------------------------------------ notes

    def _allow_rest_of_note(self, allowed: Mask) -> None:
        track = Track((self._note[0] - tokens_of.FIRST_PITCH) // HIGHEST_PITCH)
        if len(self._note) == 1:
            first = tokens_of.duration_token(track, 1)
            allowed[first : first + min(LONGEST_STEPS, self.rules.end - self._now)] = True
        else:
            first = tokens_of.velocity_token(track, 1)
            allowed[first : first + LOUDEST] = True

    def _allow_pitches(self, allowed: Mask) -> None:
        here = [note for note in self.notes[-16:] if note.start == self._now]
        for track, part in self.rules.parts.items():
            mine = [note for note in here if note.track == track]
            is_too_late = any(note.track > track for note in here)
            is_full = len(mine) >= part.at_once or self._counts[track] >= part.most_a_bar
            if is_too_late or is_full:
                continue
            highest = mine[-1].pitch - LOWEST_PITCH if mine else HIGHEST_PITCH
            first = tokens_of.pitch_token(track, LOWEST_PITCH)
            allowed[first : first + highest] = part.pitches[:highest]

    def _close_note(self) -> None:
        pitch, duration, velocity = self._note
        track, above = divmod(pitch - tokens_of.FIRST_PITCH, HIGHEST_PITCH)
        self._last = GridNote(
            self._now,
            Track(track),
            above + LOWEST_PITCH,
            (duration - tokens_of.FIRST_DURATION) % LONGEST_STEPS + 1,
            (velocity - tokens_of.FIRST_VELOCITY) % LOUDEST + 1,
        )
        self.notes.append(self._last)
        self._counts[self._last.track] += 1
        self._note = []

    # ------------------------------------------------------------ positions and bars

    def _allow_positions(self, allowed: Mask) -> None:
        has_room = any(
            self._counts[track] < part.most_a_bar for track, part in self.rules.parts.items()
        )
        if has_room and self._bar >= 0:
            stop = min(BAR_STEPS, self.rules.end - self._bar * BAR_STEPS)
            first = tokens_of.FIRST_POSITION
            allowed[first + self._step + 1 : first + stop] = True

    def _may_leave_bar(self) -> bool:
        if self._is_before_first_bar:
            return True
        is_filled = any(self._counts.values()) or self._rests < LONGEST_REST
        has_enough = all(
            self._counts[track] >= part.fewest_a_bar for track, part in self.rules.parts.items()
        )
        return is_filled and has_enough

    @property
    def _is_before_first_bar(self) -> bool:
        return (self._bar + 1) * BAR_STEPS <= self.rules.start

    def _allow_next_bar(self, allowed: Mask) -> None:
        """Allow what ends this bar: a theme that is over ends first, then the next bar begins."""
        if self._is_in_theme and not self._theme_left:
            allowed[THEME_END] = True
            return
        if self._is_in_theme or self._is_last_bar:
            allowed[BAR] = True
            return
        wish = self.rules.wishes.get(self._bar + 1, Wish.FREE)
        has_room = (self._bar + 1 + THEME_BARS) * BAR_STEPS <= self.rules.end
        allowed[BAR] = wish != Wish.STATE or not has_room
        allowed[THEME_START] = wish != Wish.LEAVE and has_room

    def _begin_bar(self) -> None:
        if self._is_last_bar:
            self.is_done = True
            return
        self._theme_left -= self._is_in_theme
        if not self._is_before_first_bar:
            self._rests = 0 if any(self._counts.values()) else self._rests + 1
        self._bar += 1
        self._step = -1
        self._is_position_open = self._awaits_bar = self._is_bar_over = False
        self._counts = dict.fromkeys(Track, 0)

"""What is heard of a clip: its playing range as notes from beat 0, its loop said and not played.

Knows no file format: hosts hold notes, a start, an end, and a loop or none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_BEATS
from reprise.music.edges import SMALLEST_BEATS
from reprise.music.note import Note
from reprise.music.span import Span


class HeldNote(NamedTuple):
    """A note as a host holds it, its start in beats of the clip's content (also below 0).

    The other fields are those of `Note`.
    """

    start: float
    pitch: int
    duration: float
    velocity: int
    probability: float = 1.0
    velocity_deviation: int = 0
    release_velocity: int = 64
    is_muted: bool = False
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Playing:
    """Which part of a clip's content plays, in beats of the content.

    Attributes:
        start: Where it begins to play.
        end: Where the first pass stops.
        loop_start: Where it goes on from there, None where it does not loop.
        played: How long it plays in all, None where it plays on until stopped.
    """

    start: float
    end: float
    loop_start: float | None = None
    played: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard, with the clip's first sound at beat 0.

    Attributes:
        notes: By onset and pitch.
        length: In beats.
        loop: What repeats.
        unheard: How many notes never sound.
    """

    notes: tuple[Note, ...]
    length: float
    loop: Span | None
    unheard: int


@dataclass(frozen=True, slots=True)
class _Pass:
    """Content from `start` to `end` is heard from beat `at` on."""

    start: float
    end: float
    at: float

    def heard(self, note: HeldNote) -> Iterator[Note]:
        if self.start <= note.start < self.end and note.duration > 0.0:
            begin = note.start - self.start + self.at
            yield Note(begin, note.pitch, min(note.duration, self.end - note.start), *note[3:])


def heard(held: Iterable[HeldNote], playing: Playing) -> Heard:
    """Return what of a clip is heard.

    Notes that begin before the playing range do not sound, as hosts do not look back for them;
    notes that last beyond a pass are cut. A clip that begins inside its loop plays the rest of it
    first, so the loop stands whole behind that.

    Raises:
        RefusedError: Nothing can play, or it lasts too long.
    """
    _check(playing)
    passes, loop = _passes(playing)
    notes: list[Note] = []
    unheard = 0
    for note in held:
        before = len(notes)
        for one in passes:
            notes += one.heard(note)
        unheard += before == len(notes)
    last = passes[-1]
    notes.sort()
    return Heard(tuple(notes), last.at + last.end - last.start, loop, unheard)


def _passes(playing: Playing) -> tuple[list[_Pass], Span | None]:
    start, end, begin, played = playing.start, playing.end, playing.loop_start, playing.played
    length = end - start
    if begin is None or (played is not None and played <= length + SMALLEST_BEATS):
        return [_Pass(start, end if played is None else min(end, start + played), 0.0)], None
    first = _Pass(start, end, 0.0)
    if start <= begin + SMALLEST_BEATS:
        return [first], Span(max(begin - start, 0.0), length)
    return [first, _Pass(begin, end, length)], Span(length, length + end - begin)


def _check(playing: Playing) -> None:
    times = (playing.start, playing.end, playing.loop_start or 0.0, playing.played or 0.0)
    if not max(map(abs, times)) <= MAX_BEATS:
        raise RefusedError(
            Reason.TOO_LONG, f"it reaches beyond {MAX_BEATS:,.0f} beats; cut it shorter"
        )
    loop_start = playing.start if playing.loop_start is None else playing.loop_start
    shortest = min(playing.end - playing.start, playing.end - loop_start)
    if shortest <= SMALLEST_BEATS or (playing.played is not None and playing.played <= 0.0):
        raise RefusedError(Reason.DAMAGED, "its end is not behind its start; save it again")

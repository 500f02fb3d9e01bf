"""Which voice of a score is its melody, and what sounds in a part of it."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Final

from reprise.music.note import Note
from reprise.music.roles import Role, role_of, role_of_name
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

EARLY_BEATS: Final = 1 / 8
"""How long before a bar line a note may be played that belongs behind it."""

_UNTUNED: Final = frozenset({Role.DRUMS, Role.PERC, Role.FX})
_BELOW: Final = frozenset({Role.BASS, Role.CHORDS, Role.COMP, Role.PAD})
_BY_WORTH: Final = (
    frozenset({Role.MELODY}),
    frozenset({Role.LEAD, Role.VOICE}),
    frozenset({Role.PIPE, Role.REED, Role.ARP}),
    frozenset(Role) - _BELOW,
    _BELOW,
)


def melody_index(voices: Sequence[Voice]) -> int | None:
    """Return which voice is the melody, or None where all are drums or silent.

    A voice that is called a melody goes before one that is played like one, and that before others;
    of several the highest is meant.
    """
    tuned = [
        index
        for index, voice in enumerate(voices)
        if voice.sounding and role_of(voice) not in _UNTUNED
    ]
    return max(tuned, key=lambda index: _worth(voices[index]), default=None)


def part_of_voice(score: Score, voice: int, span: Span) -> Score:
    """Return one voice of a part of a score, which becomes beat 0; notes end where the part does.

    A note that is played a little before the part is in it, one before its end is not.
    """
    notes = tuple(
        _moved(note, span)
        for note in score.voices[voice].notes
        if span.start - EARLY_BEATS <= note.start < span.end - EARLY_BEATS
    )
    return Score(
        (replace(score.voices[voice], notes=notes),),
        span.length,
        score.meter_map.after(span.start),
        score.tempo_map.after(span.start),
        score.key,
    )


def _worth(voice: Voice) -> tuple[bool, int, float]:
    role = role_of(voice)
    is_called = role_of_name(voice.name) is Role.MELODY
    rank = next(place for place, roles in enumerate(_BY_WORTH) if role in roles)
    return is_called, -rank, fmean(note.pitch for note in voice.sounding)


def _moved(note: Note, span: Span) -> Note:
    start = max(0.0, note.start - span.start)
    return replace(note, start=start, duration=min(note.duration, span.length - start))

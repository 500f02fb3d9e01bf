"""Loops as producers make them, to be repeated with one repetition hidden.

The electronic data sets are small, so a few loops are written here: four on the floor, two-step,
trap hats, and bass lines of one bar. All are in ticks of 1/24 beat; a bar has 4/4.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reprise.evaluation.examples import GREEDY, Example, hide
from reprise.evaluation.slices import Slice
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

LOOP_BARS = (1, 2, 4)
WHOLE_BARS = 8
BAR_BEATS = 4.0
OURS = "ours"

_KICK, _SNARE, _CLAP, _HAT, _OPEN_HAT, _RIM, _SHAKER = 36, 38, 39, 42, 46, 37, 82
_MINOR = (0, 3, 5, 7, 10)


@dataclass(frozen=True, slots=True)
class _Style:
    """A kind of loop.

    Attributes:
        name: What producers call it.
        tempo_bpm: Its usual tempo.
        hits: Steps of a sixteenth by drum.
        bass: Steps of a sixteenth of the bass, with steps of the minor pentatonic.
    """

    name: str
    tempo_bpm: float
    hits: tuple[tuple[int, tuple[float, ...]], ...]
    bass: tuple[tuple[float, int], ...]


_STYLES = (
    _Style(
        "four on the floor",
        124.0,
        (
            (_KICK, (0, 4, 8, 12)),
            (_CLAP, (4, 12)),
            (_OPEN_HAT, (2, 6, 10, 14)),
            (_HAT, (0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15)),
        ),
        ((2, 0), (6, 0), (10, 0), (14, 2)),
    ),
    _Style(
        "two-step",
        132.0,
        (
            (_KICK, (0, 10)),
            (_SNARE, (4, 12)),
            (_RIM, (7, 15)),
            (_HAT, (2, 6, 8, 11, 14)),
            (_SHAKER, (3, 9)),
        ),
        ((0, 0), (3, 3), (6, 0), (10, 4), (13, 2)),
    ),
    _Style(
        "trap hats",
        140.0,
        (
            (_KICK, (0, 6, 10)),
            (_SNARE, (8,)),
            (_HAT, (0, 2, 4, 6, 8, 9, 10, 11, 12, 12 + 4 / 3, 12 + 8 / 3, 14, 14.5, 15, 15.5)),
        ),
        ((0, 0), (6, 0), (10, 3)),
    ),
    _Style(
        "bass line",
        126.0,
        (),
        ((0, 0), (3, 0), (4, 5), (6, 0), (8, 0), (10, 2), (11, 3), (14, 4)),
    ),
    _Style(
        "acid line",
        128.0,
        (),
        tuple((step, (0, 0, 5, 0, 3, 0, 2, 4, 0, 5, 0, 1, 0, 3, 5, 2)[step]) for step in range(16)),
    ),
)


def our_loops(count: int, bars: int, seed: int) -> list[Slice]:
    """Return loops of so many bars, style after style, in keys and with ghost notes by the seed."""
    return [
        _loop(_STYLES[index % len(_STYLES)], bars, random.Random(f"{seed} {bars} {index}"), index)
        for index in range(count)
    ]


def loops_of(slices: Sequence[Slice], bars: int) -> Iterator[Slice]:
    """Yield the first bars of slices as loops; those that hold hardly anything are left out."""
    for one in slices:
        spans = list(one.score.meter_map.bars(one.score.length))[:bars]
        cut = _cut(one, spans[-1].end)
        if cut.score.note_count >= 4:
            yield cut


def repeated(loop: Slice, times: int) -> Slice:
    """Return a loop so many times in a row; no note rings into the next turn."""
    score = loop.score
    voices = tuple(
        replace(
            voice,
            notes=tuple(
                replace(
                    note,
                    start=turn * score.length + note.start,
                    duration=min(note.duration, score.length - note.start),
                )
                for turn in range(times)
                for note in voice.notes
            ),
        )
        for voice in score.voices
    )
    meter_map = score.meter_map
    if len(meter_map.changes) > 1:
        changes = [
            (turn * score.length + start, meter)
            for turn in range(times)
            for start, meter in meter_map.changes
        ]
        meter_map = MeterMap(tuple(changes))
    whole = Score(voices, times * score.length, meter_map, score.tempo_map)
    return replace(loop, score=whole, name=f"{loop.name} x{times}")


def loop_examples(loops: Sequence[Slice], bars: int, seed: int) -> list[Example]:
    """Return one example a loop: all voices of one of its repetitions are hidden."""
    found = []
    for loop in loops:
        times = max(2, WHOLE_BARS // bars)
        hidden = random.Random(f"{seed} {loop.name} {bars}").randrange(times)
        own_bars = loop.bar_count
        places = [
            (voice, hidden * own_bars + bar)
            for voice in range(len(loop.score.voices))
            for bar in range(own_bars)
        ]
        found.append(hide(repeated(loop, times), places, f"loop_{bars}", GREEDY))
    return found


def _cut(one: Slice, end: float) -> Slice:
    score = one.score
    kept = [
        (replace(voice, notes=tuple(_inside(voice.notes, end))), role)
        for voice, role in zip(score.voices, one.roles)
    ]
    sounding = [(voice, role) for voice, role in kept if voice.notes]
    changes = tuple(change for change in score.meter_map.changes if change[0] < end)
    cut = Score(tuple(voice for voice, _ in sounding), end, MeterMap(changes), score.tempo_map)
    return replace(one, score=cut, roles=tuple(role for _, role in sounding))


def _inside(notes: Sequence[Note], end: float) -> Iterator[Note]:
    for note in notes:
        if note.start < end:
            yield replace(note, duration=min(note.duration, end - note.start))


def _loop(style: _Style, bars: int, randomness: random.Random, index: int) -> Slice:
    tonic = randomness.randrange(28, 40)
    voices: list[Voice] = []
    roles: list[int] = []
    if style.hits:
        voices.append(Voice("Drums", _drum_notes(style, bars, randomness), is_drums=True))
        roles.append(int(Role.DRUMS))
    voices.append(Voice("Bass", _bass_notes(style, bars, tonic, randomness), is_drums=False))
    roles.append(int(Role.BASS))
    score = Score(tuple(voices), bars * BAR_BEATS, tempo_map=TempoMap.constant(style.tempo_bpm))
    name = f"{style.name} {index}"
    return Slice(name, OURS, name, score, tuple(roles))


def _drum_notes(style: _Style, bars: int, randomness: random.Random) -> tuple[Note, ...]:
    notes = []
    for bar in range(bars):
        for drum, steps in style.hits:
            more = randomness.sample(range(16), 1) if drum == _HAT and bar == bars - 1 else []
            for step in sorted({*steps, *more}):
                velocity = 108 if drum in (_KICK, _SNARE, _CLAP) else 92 if step % 4 == 0 else 76
                duration = min(1.0, 16.0 - step) / 4
                notes.append(Note(bar * BAR_BEATS + step / 4, drum, duration, velocity))
    return tuple(sorted(notes))


def _bass_notes(
    style: _Style, bars: int, tonic: int, randomness: random.Random
) -> tuple[Note, ...]:
    notes = []
    for bar in range(bars):
        steps = [step for step, _ in style.bass]
        # Later bars of a longer loop answer the first one.
        moves = [degree + (randomness.randrange(3) if bar else 0) for _, degree in style.bass]
        for step, following, degree in zip(steps, [*steps[1:], 16.0], moves):
            pitch = tonic + _MINOR[degree % 5] + 12 * (degree // 5)
            duration = min(2.0, following - step) / 4
            notes.append(Note(bar * BAR_BEATS + step / 4, pitch, duration, 100))
    return tuple(notes)

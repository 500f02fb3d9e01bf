"""Random questions of every kind: meters, locks, controls, drums with odd pads, played notes."""

import random
from collections.abc import Sequence
from dataclasses import replace

from reprise.engines.base import Controls, Hole, ScaleMode, Task, Verb
from reprise.music.key import SCALES, Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

METERS = (
    (4, 4), (3, 4), (6, 8), (7, 8), (5, 8), (5, 4), (7, 4), (7, 16), (11, 8), (13, 8), (15, 16),
    (9, 8), (12, 8), (2, 4), (1, 4), (3, 2), (3, 16), (19, 16),
)  # fmt: skip
STEPS = (1.0, 0.5, 0.25, 0.25, 1 / 3, 1 / 6, 0.2, 0.125, 0.23)
"""Beats between notes: quarters to 32nds, triplets, quintuplets, and nothing at all."""
PAD_NAMES = (
    "Kick", "808", "BD 2", "SNR tight 2", "Clap", "Clap big", "CH", "Open Hat", "perc foley", "",
    "Rim", "Tom Lo", "Crash", "Shaker 16", "vox chop", "Ride",
)  # fmt: skip
VOICE_NAMES = ("Sub", "Pad L", "Keys", "Lead 2", "Strings", "", "Vox chop", "Gtr")
NEW_SPAN = (Verb.CONTINUE, Verb.DEVELOP)


def random_task(randomness: random.Random, verbs: Sequence[Verb], *, most_bars: int = 4) -> Task:
    """Return one question that a server could plan.

    Args:
        randomness: Draws everything.
        verbs: What may be asked for.
        most_bars: The longest source.
    """
    verb = randomness.choice(verbs)
    source = random_score(randomness, most_bars)
    if verb == Verb.ACCOMPANY:
        role = randomness.choice(("Bass", "Pad", "Drums", "", "Lead"))
        added = Voice(role, (), is_drums=True if role == "Drums" else None)
        source = replace(source, voices=(*source.voices, added))
    holes, length = _holes(randomness, verb, source)
    task = Task(
        verb=verb,
        source=source,
        context=_context(randomness, source, most_bars),
        holes=holes,
        length=length,
        locked=_locked(randomness, verb, source),
        strength=randomness.choice((0.0, 0.1, 0.35, 0.5, 0.8, 1.0)),
        controls=random_controls(randomness),
        amount=randomness.choice((0.0, 0.3, 0.5, 1.0)),
        passes=randomness.choice((1, 1, 2)),
    )
    keeps = randomness.choice(("", "", "", "rhythm", "pitches"))
    task = replace(task, keep_rhythm=keeps == "rhythm", keep_pitches=keeps == "pitches")
    if verb == Verb.MORPH:
        task = replace(task, target=random_score(randomness, most_bars))
    if verb == Verb.DEVELOP:
        task = replace(task, target=source)
    if randomness.random() < 0.1:
        task = replace(task, like=((source, randomness.uniform(0.1, 1.0)),))
    return task


def random_score(randomness: random.Random, most_bars: int) -> Score:
    """Return a score of 1 to 4 voices in any meter, that of every bar where it so falls."""
    meter_map, length = _meters(randomness, randomness.randint(1, most_bars))
    voices = tuple(_voice(randomness, length) for _ in range(randomness.randint(1, 4)))
    key = None
    if randomness.random() < 0.5:
        key = Key(randomness.randrange(12), randomness.choice(sorted(SCALES)))
    loop = Span(0.0, length) if randomness.random() < 0.5 else None
    tempo_map = TempoMap.constant(randomness.uniform(50.0, 190.0))
    return Score(voices, length, meter_map, tempo_map, key, loop)


def random_controls(randomness: random.Random) -> Controls:
    """Return controls of which some are set."""
    low = randomness.choice((None, None, randomness.randint(24, 72)))
    high = randomness.choice((None, None, randomness.randint(low or 36, 108)))
    return Controls(
        surprise=randomness.choice((0.0, 0.3, 0.5, 1.0)),
        lowest_pitch=low,
        highest_pitch=high,
        max_polyphony=randomness.choice((None, None, 1, 2, 8)),
        notes_per_bar=randomness.choice((None, None, 1.0, 6.0, 20.0)),
        scale=randomness.choice(tuple(ScaleMode)),
    )


def random_drums(randomness: random.Random, length: float, pad_count: int = 6) -> Voice:
    """Return a drum voice whose pads lie anywhere and are called anything."""
    pitches = randomness.sample(range(24, 100), pad_count)
    names = randomness.sample(PAD_NAMES, pad_count)
    notes = _line(randomness, length, pitches, (0.05, 0.25, 0.5))
    return Voice("Kit", notes, is_drums=True, pads=tuple(zip(pitches, names)))


def _voice(randomness: random.Random, length: float) -> Voice:
    if randomness.random() < 0.35:
        return random_drums(randomness, length, randomness.randint(1, 8))
    low = randomness.randint(28, 72)
    notes = _line(randomness, length, range(low, low + 20), (0.1, 0.25, 0.5, 1.0, 3.0))
    program = randomness.choice((0, 0, 33, 48, 81))
    return Voice(randomness.choice(VOICE_NAMES), notes, program)


def _line(
    randomness: random.Random,
    length: float,
    pitches: Sequence[int],
    durations: Sequence[float],
) -> tuple[Note, ...]:
    step = randomness.choice(STEPS)
    chance, played = randomness.uniform(0.1, 0.9), randomness.choice((0.0, 0.0, 0.02))
    notes = []
    for index in range(min(96, int(length / step))):
        if randomness.random() < chance:
            start = index * step + abs(randomness.gauss(0.0, played))
            size = min(len(pitches), randomness.choice((1, 1, 1, 3)))
            chord = randomness.sample(pitches, size)
            notes += [_note(randomness, start, pitch, durations) for pitch in chord]
    return tuple(note for note in notes if note.start < length)


def _note(randomness: random.Random, start: float, pitch: int, durations: Sequence[float]) -> Note:
    return Note(
        start,
        pitch,
        randomness.choice(durations),
        randomness.randint(1, 127),
        is_muted=randomness.random() < 0.04,
    )


def _meters(randomness: random.Random, bars: int) -> tuple[MeterMap, float]:
    if randomness.random() < 0.7:
        meter = Meter(*randomness.choice(METERS))
        return MeterMap.constant(meter), bars * meter.bar_length
    changes, start = [], 0.0
    for _ in range(bars):
        meter = Meter(*randomness.choice(METERS))
        changes.append((start, meter))
        start += meter.bar_length
    return MeterMap(tuple(changes)), start


def _holes(randomness: random.Random, verb: Verb, source: Score) -> tuple[tuple[Hole, ...], float]:
    last = len(source.voices) - 1
    if verb in NEW_SPAN:
        end = source.length + randomness.choice((0.5, 2.0, 4.0, source.length))
        span = Span(source.length, end)
        return tuple(Hole(voice, span) for voice in range(last + 1)), end
    if verb == Verb.ACCOMPANY:
        return (Hole(last, source.span),), source.length
    voices = randomness.sample(range(last + 1), randomness.randint(1, last + 1))
    start = randomness.choice((0.0, 0.0, 0.25, 0.5)) * source.length
    end = start + randomness.choice((1.0, 0.5, 0.1)) * (source.length - start)
    return tuple(Hole(voice, Span(start, end)) for voice in sorted(voices)), source.length


def _locked(randomness: random.Random, verb: Verb, source: Score) -> frozenset[int]:
    count = randomness.choice((0, 0, 1, 3))
    places = range(source.note_count)
    locked = set(randomness.sample(places, min(count, len(places))))
    if verb in NEW_SPAN:
        locked |= {place for place, _, note in source.places() if note.start >= source.length}
    return frozenset(locked)


def _context(randomness: random.Random, source: Score, most_bars: int) -> Score:
    if randomness.random() < 0.6:
        return Score((), source.length, source.meter_map, source.tempo_map)
    return random_score(randomness, most_bars)

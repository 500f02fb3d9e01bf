"""Listening: from a task to all that the Markov engine learns before it writes a note."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reprise.engines.base import Task, Verb, Watch
from reprise.engines.fitting import EDGE
from reprise.engines.markov.chain import ContextChain
from reprise.engines.markov.material import (
    WIDEST_STEP,
    Bars,
    Harmony,
    Material,
    VoiceMaterial,
    divides,
    role_range,
    step_symbol,
)
from reprise.engines.markov.units import Unit, lines_of, units_of
from reprise.music.drums import is_drums
from reprise.music.edges import max_polyphony
from reprise.music.feel import Feel, take_off
from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

GRIDS = (1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 8, 1 / 12, 1 / 24)
ON_GRID = 0.9
"""The coarsest grid that holds this share of the onsets is the voice's own."""

OWN_WEIGHT, OTHERS_WEIGHT, LIKED_WEIGHT = 2.0, 0.5, 3.0
ENOUGH_NOTES = 48
"""A voice with so many notes need not learn from the others."""

NOTES_AT_ONCE = 500
"""How many notes are taken in between two questions whether to stop."""


def learn(task: Task, watch: Watch) -> Material:
    """Return what is to be learned from a task.

    Raises:
        CancelledError: Through `watch.check`.
        DeadlineError: Through `watch.check`.
    """
    length = max(task.length, task.source.length)
    bars = Bars(task.source.meter_map, length)
    key = task.source.key or find_key(_pitched(task)) or Key(0, "chromatic")
    heard = list(_heard(task.source, task.free_places, watch))
    beside = [voice.leads for voice in _heard(task.context, frozenset(), watch)]
    leads = [*(voice.leads for voice in heard), *beside]
    voices = tuple(
        _voice_material(task, key, index, voice, leads, watch) for index, voice in enumerate(heard)
    )
    return Material(
        task=task,
        key=key,
        bars=bars,
        cells=_cells(task, bars),
        voices=voices,
        harmony=_harmony(task, max(length, task.context.length), watch),
        liked=tuple((_straight_voices(score, watch), weight) for score, weight in task.like),
        target=_straight_voices(task.target, watch) if task.target else (),
    )


@dataclass(frozen=True, slots=True)
class _Heard:
    voice: Voice
    straight: tuple[Note, ...]
    feel: Feel
    units: tuple[Unit, ...]
    leads: list[Note]


def _heard(score: Score, free: frozenset[int], watch: Watch) -> Iterator[_Heard]:
    """Yield each voice on the straight grid, as units, and as leading notes line after line."""
    first_place = 0
    for voice in score.voices:
        watch.check()
        straight, feel = take_off(voice.notes, score.meter_map)
        watch.check()
        places = [(note, first_place + place) for place, note in enumerate(straight)]
        units = tuple(units_of(places, free))
        watch.check()
        lines = [] if is_drums(voice) else lines_of(units)
        leads = [unit.notes[0] for line in lines for unit in line]
        yield _Heard(voice, straight, feel, units, leads)
        first_place += len(voice.notes)


def _voice_material(
    task: Task,
    key: Key,
    index: int,
    heard: _Heard,
    leads: Sequence[Sequence[Note]],
    watch: Watch,
) -> VoiceMaterial:
    voice = heard.voice
    low, high = _range(task, voice, leads, _target_pitches(task, index))
    classes, steps = _chains(task, key, index, leads, watch)
    watch.check()
    return VoiceMaterial(
        index=index,
        voice=voice,
        is_drums=is_drums(voice),
        units=heard.units,
        feel=heard.feel,
        low=low,
        high=high,
        grid=_grid(heard.straight or [note for line in leads for note in line]),
        polyphony=task.controls.max_polyphony or max(1, max_polyphony(voice.notes)),
        holes=tuple(sorted(hole for hole in task.holes if hole.voice == index)),
        classes=classes,
        steps=steps,
    )


def _harmony(task: Task, length: float, watch: Watch) -> Harmony:
    harmony = Harmony(length)
    for voice in (*task.source.voices, *task.context.voices):
        notes = () if is_drums(voice) else voice.sounding
        for first in range(0, len(notes), NOTES_AT_ONCE):
            watch.check()
            harmony.add(notes[first : first + NOTES_AT_ONCE])
    return harmony


def _pitched(task: Task) -> Iterator[Note]:
    for voice in (*task.source.voices, *task.context.voices):
        if not is_drums(voice):
            yield from voice.sounding


def _cells(task: Task, bars: Bars) -> tuple[Span, ...]:
    """Return the source's whole bars, or the source itself where it is shorter than a bar."""
    whole = tuple(span for span in bars.spans if span.end <= task.source.length + EDGE)
    return whole or (Span(0.0, task.source.length),)


def _straight_voices(score: Score, watch: Watch) -> tuple[tuple[Unit, ...], ...]:
    """Return each voice of another score as new units."""
    return tuple(
        tuple(Unit(unit.notes) for unit in heard.units)
        for heard in _heard(score, frozenset(), watch)
    )


def _target_pitches(task: Task, index: int) -> list[int]:
    """Return the pitches that a voice is on its way to."""
    if task.verb != Verb.MORPH or task.target is None or index >= len(task.target.voices):
        return []
    return [note.pitch for note in task.target.voices[index].sounding]


def _range(
    task: Task, voice: Voice, leads: Sequence[Sequence[Note]], aimed_at: Sequence[int]
) -> tuple[int, int]:
    """Return the lowest and highest new pitch: as asked, else near the voice's own."""
    pitches = [note.pitch for note in voice.sounding] or list(role_range(voice.name, leads))
    pitches += aimed_at
    low, high = min(pitches), max(pitches)
    margin = max(2, (high - low) // 6) if high > low else 4
    asked_low, asked_high = task.controls.lowest_pitch, task.controls.highest_pitch
    low = max(0, low - margin) if asked_low is None else asked_low
    high = min(127, high + margin) if asked_high is None else asked_high
    if low <= high:
        return low, high
    return (low, min(127, low + 12)) if asked_high is None else (max(0, high - 12), high)


def _chains(
    task: Task, key: Key, index: int, leads: Sequence[Sequence[Note]], watch: Watch
) -> tuple[ContextChain, ContextChain]:
    classes, steps = ContextChain(12), ContextChain(2 * WIDEST_STEP + 1)
    own_is_enough = len(leads[index]) >= ENOUGH_NOTES
    weighted = [(leads[index], OWN_WEIGHT)]
    if not own_is_enough:
        weighted += [(line, OTHERS_WEIGHT) for line in leads if line is not leads[index]]
    for score, weight in task.like:
        if index < len(score.voices):
            units = _straight_voices(score, watch)[index]
            weighted.append(([unit.notes[0] for unit in units], LIKED_WEIGHT * weight))
    for line, weight in weighted:
        watch.check()
        pitches = [note.pitch for note in line]
        classes.learn([(pitch - key.tonic) % 12 for pitch in pitches], weight)
        steps.learn([step_symbol(key, a, b) for a, b in zip(pitches, pitches[1:])], weight)
    return classes, steps


def _grid(notes: Sequence[Note]) -> float:
    for grid in GRIDS:
        if sum(divides(note.start, grid) for note in notes) >= ON_GRID * len(notes):
            return grid
    return GRIDS[-1]

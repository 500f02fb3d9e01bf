"""The nearest passages of the user's own corpora, for answers in the style of one of them.

Indexes are read when they are first asked for, and again when they change.
"""

import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reprise.engines.base import StyleClip, Task
from reprise.errors import CannotServeError
from reprise.library import own_style
from reprise.library.ingest.store import CORPORA
from reprise.library.own_corpora import existing, names_in, style_of, style_state
from reprise.library.own_style import Passage, StyleIndex, Wanted
from reprise.music.drums import is_drums
from reprise.music.feel import take_off
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.pads import map_pads
from reprise.music.roles import role_of
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.grid import GridBar, beats, grid_bars, ticks
from reprise.tokenizers.ensemble.vocabulary import METER_TICKS, METERS

PASSAGES: Final = 4
"""For each voice."""


MOST_HELD: Final = 4
"""Corpora whose passages are kept in memory."""


@dataclass(frozen=True)
class _Held:
    state: tuple[int, int]
    index: StyleIndex


class Styles:
    """Finds passages of the user's corpora for tasks; safe to use from any thread."""

    def __init__(self, data_directory: Path) -> None:
        """Take where the user's corpora are."""
        self._corpora = data_directory / CORPORA
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str, task: Task) -> tuple[StyleClip, ...]:
        """Return the nearest passages of a corpus for each voice that may be written.

        Raises:
            InvalidRequestError: There is no such corpus; the message says which there are.
            CannotServeError: It has nothing in the meter and of the kind that is asked for.
            FileError: What was read of it is damaged.
        """
        found = nearest(self._index(name), task)
        if not found:
            kinds = {is_drums(task.source.voices[hole.voice]) for hole in task.holes}
            what = " or ".join("drums" if drums else "pitched parts" for drums in sorted(kinds))
            meter = task.source.meter_map.at(min(hole.span.start for hole in task.holes))
            raise CannotServeError(
                f"the corpus {name} has no two bars of {what} in "
                f"{meter.numerator}/{meter.denominator} to take after; choose another corpus, or "
                "ask without its style"
            )
        return found

    def names(self) -> list[str]:
        """Return the names of the user's corpora, sorted."""
        return names_in(self._corpora)

    def _index(self, name: str) -> StyleIndex:
        with self._lock:
            corpus = existing(self._corpora, name)
            held = self._held.pop(name, None)
            if held is None or held.state != style_state(corpus):
                index = style_of(corpus)
                held = _Held(style_state(corpus), index)
            self._held[name] = held
            while len(self._held) > MOST_HELD:
                del self._held[next(iter(self._held))]
            return held.index


def nearest(index: StyleIndex, task: Task, count: int = PASSAGES) -> tuple[StyleClip, ...]:
    """Return the nearest passages for each voice that may be written; none of another meter."""
    bars = grid_bars(task.source.meter_map, max(task.length, task.source.length))
    found: list[StyleClip] = []
    for voice in sorted({hole.voice for hole in task.holes}):
        wanted = _wanted(task, voice, bars)
        found += [
            StyleClip(voice, _score(passage), passage.name)
            for passage in index.nearest(wanted, count)
        ]
    return tuple(found)


def _wanted(task: Task, number: int, bars: tuple[GridBar, ...]) -> Wanted:
    voice = task.source.voices[number]
    first = round(min(hole.span.start for hole in task.holes if hole.voice == number) * 24)
    meter = next((bar.meter for bar in bars if first < bar.end), bars[-1].meter)
    shape = shape_of_voice(voice, task.source.meter_map, bars, key_of_task(task))
    return Wanted(int(role_of(voice)), is_drums(voice), meter, shape)


def shape_of_voice(
    voice: Voice, meter_map: MeterMap, bars: Sequence[GridBar], key: Key
) -> own_style.Floats | None:
    """Return what a voice plays is like, as passages are compared; None where it plays nothing."""
    straight, _ = take_off(voice.sounding, meter_map)
    drums = is_drums(voice)
    drum_of = map_pads(voice, meter_map).drum_of_pad if drums else {}
    starts = [bar.start for bar in bars]
    rows, played = [], set()
    for note in straight:
        tick = ticks(note.start)
        if tick < bars[-1].end:
            bar = bars[bisect_right(starts, tick) - 1]
            played.add(bar)
            pitch = drum_of.get(note.pitch, note.pitch)
            rows.append((tick - bar.start, pitch, max(1, ticks(note.duration))))
    if not rows:
        return None
    return own_style.shape_of(rows, sum(bar.length for bar in played), None if drums else key)


def key_of_task(task: Task) -> Key:
    """Return the host's key, else the one that is heard, C major where nothing pitched sounds."""
    notes = [
        (0.0, float(note.pitch), note.duration)
        for score in (task.source, task.context)
        for voice in score.voices
        if not is_drums(voice)
        for note in voice.sounding
    ]
    return task.source.key or own_style.key_of(notes) or Key(0)


def _score(passage: Passage) -> Score:
    notes = tuple(
        Note(beats(onset), pitch, beats(duration), velocity)
        for onset, pitch, duration, velocity in passage.notes
    )
    meter_map = MeterMap(((0.0, Meter(*METERS[passage.meter])),))
    length = own_style.PASSAGE_BARS * beats(METER_TICKS[passage.meter])
    voice = Voice("", notes, is_drums=passage.is_drums)
    return Score((voice,), length, meter_map, key=passage.key)

"""A melody against chords: whether a refilled line fits what sounds with it.

The same bars of a melody are asked for twice, once with the other voices and once without them. A
strong beat is where a bar or its half begins, or a pulse of a compound meter; a chord tone is a
pitch class that sounds in another voice just then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import Task
from reprise.evaluation.examples import GREEDY, Example, hide
from reprise.evaluation.slices import Slice
from reprise.evaluation.statistics import Part
from reprise.music.drums import is_drums
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score

MELODIC = (Role.MELODY, Role.LEAD, Role.VOICE, Role.REED, Role.PIPE)
HEARD_BARS = 2
MIN_HIDDEN_NOTES = 4
EDGE = 1e-6
WITH, WITHOUT = "with_chords", "without_chords"


@dataclass(frozen=True)
class Pair:
    """One melody asked for twice.

    Attributes:
        accompanied: With all voices.
        alone: With the melody's own voice only.
        voice: The melody's voice in the first.
    """

    accompanied: Example
    alone: Example
    voice: int


def pairs(slices: Iterable[Slice], count: int) -> list[Pair]:
    """Return up to `count` pairs: the melody stays in the first bars and is hidden after them."""
    found: list[Pair] = []
    for one in slices:
        voice = melody_of(one)
        if voice is None or len(found) == count:
            continue
        places = [(voice, bar) for bar in range(HEARD_BARS, one.bar_count)]
        accompanied = hide(one, places, WITH, GREEDY)
        alone_slice = replace(
            one,
            score=replace(one.score, voices=(one.score.voices[voice],)),
            roles=(one.roles[voice],),
        )
        alone = hide(alone_slice, [(0, bar) for _, bar in places], WITHOUT, GREEDY)
        is_fair = len(accompanied.truth[voice]) >= MIN_HIDDEN_NOTES
        if is_fair and alone.task.source.note_count:
            found.append(Pair(accompanied, alone, voice))
    return found


def melody_of(one: Slice) -> int | None:
    """Return the voice that is a melody with others beside it, None where there is none."""
    pitched = [index for index, voice in enumerate(one.score.voices) if not is_drums(voice)]
    if len(pitched) < 2:
        return None
    order = {role: rank for rank, role in enumerate(MELODIC)}
    able = [index for index in pitched if one.roles[index] in order]
    return min(able, key=lambda index: order[Role(one.roles[index])], default=None)


def chord_tones(notes: Iterable[Note], others: Score) -> Part:
    """Return how many notes on strong beats are chord tones, of how many.

    Args:
        notes: The melody's.
        others: What sounds with them; strong beats on which nothing sounds do not count.
    """
    hits = count = 0
    chords = [note for voice in others.voices if not is_drums(voice) for note in voice.sounding]
    for note in notes:
        if not is_strong(note.start, others.meter_map):
            continue
        chord = {
            other.pitch % 12
            for other in chords
            if other.start <= note.start + EDGE and other.end > note.start + EDGE
        }
        if chord:
            count += 1
            hits += note.pitch % 12 in chord
    return Part(hits, count)


def is_strong(beat: float, meter_map: MeterMap) -> bool:
    """Tell whether a bar, its half, or a pulse of a compound meter begins at a time in beats."""
    bar = meter_map.bar_at(beat + EDGE)
    meter = meter_map.at(beat + EDGE)
    offset = beat - bar.start
    is_halved = meter.numerator % 2 == 0 and meter.numerator <= 4
    steps = [bar.length, *([bar.length / 2] if is_halved else [])]
    if meter.pulse > 4.0 / meter.denominator:
        steps.append(meter.pulse)
    return any(abs(offset / step - round(offset / step)) * step < 1e-3 for step in steps)


def without_voice(task: Task, voice: int) -> Score:
    """Return a task's source without one voice."""
    voices = task.source.voices
    return replace(task.source, voices=(*voices[:voice], *voices[voice + 1 :]))


def figures_of(pair: Pair, with_chords: Sequence[Note], alone: Sequence[Note]) -> dict[str, Part]:
    """Return the chord-tone rates of both answers and of the truth."""
    others = without_voice(pair.accompanied.task, pair.voice)
    return {
        WITH: chord_tones(with_chords, others),
        WITHOUT: chord_tones(alone, others),
        "truth": chord_tones(pair.accompanied.truth[pair.voice], others),
    }

"""What the theme engine says no to, in words that say what to do instead."""

from typing import Final

from reprise.engines.base import Task, Verb
from reprise.engines.fitting import allowed_pitches
from reprise.engines.theme.arranging import heard, leading_voice
from reprise.music.drums import is_drums
from reprise.music.feel import take_off
from reprise.music.meter import Meter
from reprise.tokenizers.theme_grid import BAR_STEPS, STEPS_PER_BEAT

VERBS: Final = (Verb.DEVELOP, Verb.CONTINUE)
MOST_VOICES: Final = 4
FEWEST_NOTES: Final = 3
BAR_BEATS: Final = BAR_STEPS / STEPS_PER_BEAT
OFF_GRID: Final = 0.15
"""16ths by which a straight onset misses the grid if it is none of its places."""
MOST_OFF_GRID: Final = 0.4


def refusal(task: Task) -> str | None:
    """Return a sentence on why a task cannot be served, or None where it can."""
    if task.verb not in VERBS:
        return f"the theme engine does not {task.verb}; choose another engine"
    if not task.holes:
        return "nothing new may be written; unlock a voice"
    drums = [voice.name for voice in task.source.voices if is_drums(voice)]
    if drums:
        return f"the theme engine writes no drums; leave out {', '.join(drums)}"
    sounding = [index for index in range(len(task.source.voices)) if heard(task, index)]
    if len(sounding) > MOST_VOICES:
        return (
            f"the theme engine writes a melody and up to {MOST_VOICES - 1} voices beside it, and "
            f"{len(sounding)} sound here; choose fewer voices or another engine"
        )
    return _no_time(task) or _no_theme(task)


def _no_time(task: Task) -> str | None:
    """Return what is wrong with the meter or the length, or None."""
    changes = task.source.meter_map.changes
    odd = next((meter for _, meter in changes if meter != Meter()), None)
    if odd is not None:
        return f"the theme engine knows 4/4 only and here is {odd}; choose another engine"
    if any(start % BAR_BEATS for start, _ in changes):
        return (
            "a bar is cut short here and the theme engine knows whole bars; choose another engine"
        )
    start = min(hole.span.start for hole in task.holes)
    if round(start * STEPS_PER_BEAT) >= round(task.length * STEPS_PER_BEAT):
        return "less than a sixteenth is to be written; ask for a longer answer"
    return None


def _no_theme(task: Task) -> str | None:
    """Return why there is no theme that could be developed, or None."""
    lead = leading_voice(task)
    notes = () if lead is None else heard(task, lead)
    if lead is None or len(notes) < FEWEST_NOTES:
        return (
            f"a theme has {FEWEST_NOTES} notes or more and {len(notes)} sound here; "
            "choose a clip with a melody or another engine"
        )
    voice = task.source.voices[lead]
    if all(hole.voice != lead for hole in task.holes):
        return f"the melody, {voice.name or f'voice {lead + 1}'}, is locked; unlock it"
    straight, _ = take_off(notes, task.source.meter_map)
    steps = [note.start * STEPS_PER_BEAT for note in straight]
    missing = sum(abs(step - round(step)) > OFF_GRID for step in steps)
    if missing > MOST_OFF_GRID * len(steps):
        return (
            "the theme engine hears sixteenths, and this melody moves in triplets or finer; "
            "choose another engine"
        )
    if not allowed_pitches(task, lead):
        return (
            "no note of the scale lies in the range that is set; widen the range or turn the "
            "strict scale off"
        )
    return None

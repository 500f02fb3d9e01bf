"""The control suite: hard limits that must always hold, and density that should come near.

Every clip is refilled under limits drawn by the seed. Range, polyphony, a strict scale, a kept
rhythm and the clip's length are hard: one note outside is one too many.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reprise.engines.base import Candidate, Controls, Engine, ScaleMode, Task, Verb
from reprise.evaluation.asking import Asked, EngineSource, Progress, Told, ask_all
from reprise.evaluation.clips import VoiceClip
from reprise.evaluation.statistics import mean, spearman
from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.grid import ticks

COUNT = 2
EDGE = 1e-6
NARROWEST = 8
DENSITIES = (1.0, 2.0, 4.0, 6.0, 10.0, 15.0, 22.0)
"""Notes per bar that are asked for: one in each of the flagship's bins but the last."""

Holds = Callable[[Task, Candidate], bool]


@dataclass(frozen=True, slots=True)
class Hard:
    """A hard limit.

    Attributes:
        name: In the figures.
        set: Returns the task with the limit, from a task, its clip and a random generator.
        holds: Tells whether an answer keeps to it.
    """

    name: str
    set: Callable[[Task, VoiceClip, random.Random], Task]
    holds: Holds


def _limited_range(task: Task, clip: VoiceClip, randomness: random.Random) -> Task:
    low, high = min(n.pitch for n in clip.notes), max(n.pitch for n in clip.notes)
    least = max(0, low - 7)
    lowest = randomness.randint(least, max(least, high - NARROWEST))
    highest = min(127, lowest + randomness.randint(NARROWEST, 2 * NARROWEST))
    return _with(task, lowest_pitch=lowest, highest_pitch=highest)


def _in_range(task: Task, answer: Candidate) -> bool:
    controls = task.controls
    low, high = controls.lowest_pitch or 0, controls.highest_pitch or 127
    return all(low <= note.pitch <= high for note in answer.new_notes[0])


def _limited_polyphony(task: Task, _: VoiceClip, randomness: random.Random) -> Task:
    return _with(task, max_polyphony=randomness.randint(1, 3))


def _in_polyphony(task: Task, answer: Candidate) -> bool:
    most = task.controls.max_polyphony or 16
    together = _line(task, answer)
    return all(
        sum(other.start <= note.start + EDGE < other.end - EDGE for other in together) <= most
        for note in answer.new_notes[0]
    )


def _strict_scale(task: Task, clip: VoiceClip, randomness: random.Random) -> Task:
    found = find_key((*clip.notes, *clip.context.sounding)) or Key(0)
    key = Key((found.tonic + randomness.choice((0, 0, 5, 7))) % 12, found.scale)
    return _with(replace(task, source=replace(task.source, key=key)), scale=ScaleMode.STRICT)


def _in_scale(task: Task, answer: Candidate) -> bool:
    key = task.source.key
    return key is None or all(key.contains(note.pitch) for note in answer.new_notes[0])


def _kept_rhythm(task: Task, _clip: VoiceClip, _randomness: random.Random) -> Task:
    return replace(task, keep_rhythm=True)


def _in_rhythm(task: Task, answer: Candidate) -> bool:
    own = {ticks(note.start) for note in task.source.voices[0].notes}
    return {ticks(note.start) for note in _line(task, answer)} == own


def _same_length(task: Task, _clip: VoiceClip, _randomness: random.Random) -> Task:
    return task


def _in_length(task: Task, answer: Candidate) -> bool:
    return all(note.end <= task.length + EDGE for note in answer.new_notes[0])


def _line(task: Task, answer: Candidate) -> tuple[Note, ...]:
    """Return kept and new notes together."""
    return answer.score(task).voices[0].notes


HARD = (
    Hard("range", _limited_range, _in_range),
    Hard("polyphony", _limited_polyphony, _in_polyphony),
    Hard("scale", _strict_scale, _in_scale),
    Hard("rhythm", _kept_rhythm, _in_rhythm),
    Hard("length", _same_length, _in_length),
)
OF_PITCHES = ("range", "polyphony", "scale")
"""Limits that mean nothing to drums."""


def hard_figures(
    source: EngineSource | Engine,
    clips: Sequence[VoiceClip],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return for each hard limit the share of answers that keep to it."""
    asked = [
        (limit, limit.set(_refill(clip), clip, random.Random(f"{seed} {clip.name} {limit.name}")))
        for clip in clips
        for limit in HARD
        if not (clip.is_drums and limit.name in OF_PITCHES)
    ]
    told = ask_all(source, [Asked(task, COUNT, seed) for _, task in asked], workers)
    rows: dict[str, list[bool]] = {limit.name: [] for limit in HARD}
    refused = 0
    for index, ((limit, task), answer) in enumerate(zip(asked, told, strict=True)):
        progress((index + 1) / len(asked), f"hard: {limit.name}")
        refused += not answer.candidates
        rows[limit.name] += [limit.holds(task, candidate) for candidate in answer.candidates]
    return {
        "hard": {
            name: {"share": mean(map(float, kept)), "answers": len(kept)}
            for name, kept in rows.items()
        },
        "hard_refused": refused,
    }


def density_figures(
    source: EngineSource | Engine,
    clips: Sequence[VoiceClip],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return how near the notes per bar come to what was asked for."""
    asked = [(clip, wish) for clip in clips for wish in DENSITIES]
    questions = [
        Asked(_with(_refill(clip), notes_per_bar=wish), COUNT, seed) for clip, wish in asked
    ]
    told = _watched(ask_all(source, questions, workers), len(asked), progress)
    rows = [
        (clip.name, wish, densities(told_one, clip)) for (clip, wish), told_one in zip(asked, told)
    ]
    achieved = [(wish, density) for _, wish, found in rows for density in found]
    bins = [abs(_bin(wish) - _bin(density)) for wish, density in achieved]
    return {
        "density": {
            "within_one_bin": mean(float(distance <= 1) for distance in bins),
            "exact_bin": mean(float(distance == 0) for distance in bins),
            "spearman": mean(_correlations(rows)),
            "mean_error": mean(abs(wish - density) for wish, density in achieved),
            "answers": len(achieved),
            "by_wish": [
                {"wish": wish, "achieved": mean(d for w, d in achieved if w == wish)}
                for wish in DENSITIES
            ],
        }
    }


def densities(told: Told, clip: VoiceClip) -> list[float]:
    """Return the notes per bar of each answer."""
    bars = clip.source.meter_map.bar_count(clip.source.length)
    return [_notes_of(candidate) / bars for candidate in told.candidates]


def _notes_of(candidate: Candidate) -> int:
    return len(candidate.kept) + len(candidate.new_notes[0])


def _correlations(rows: Sequence[tuple[str, float, list[float]]]) -> Iterator[float]:
    """Yield the rank correlation of each clip that was answered at every wish."""
    by_clip: dict[str, list[tuple[float, float]]] = {}
    for name, wish, found in rows:
        density = mean(found)
        if density is not None:
            by_clip.setdefault(name, []).append((wish, density))
    for pairs in by_clip.values():
        if len(pairs) == len(DENSITIES):
            yield spearman([wish for wish, _ in pairs], [density for _, density in pairs])


def _bin(notes_per_bar: float) -> int:
    return words.density_token(notes_per_bar) - words.DENSITY.first


def _refill(clip: VoiceClip) -> Task:
    return clip.task(Verb.REFILL, controls=Controls(surprise=0.3))


def _with(task: Task, **changes: Any) -> Task:  # noqa: ANN401 - fields of Controls
    return replace(task, controls=replace(task.controls, **changes))


def _watched(told: Iterator[Told], count: int, progress: Progress) -> Iterator[Told]:
    for index, one in enumerate(told):
        progress((index + 1) / count, "density")
        yield one

"""Examples of refilling: bars that are hidden, what was there, and the task that asks for them.

The patterns are those of the literature on multi-track infilling: half of all cells, one voice in
all bars but one, one voice altogether, and the last two bars of every voice. Hidden notes are
taken out of the score that is asked about, so nobody can look at them.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.evaluation.slices import Slice
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span

GREEDY = Controls(surprise=0.0)
MIN_HIDDEN, MAX_HIDDEN = 2, 256
LAST_BARS = 2

Place = tuple[int, int]
"""A voice and a bar, both counted from 0."""


class Pattern(StrEnum):
    """What is hidden."""

    HALF = "half"
    VOICE_BUT_ONE_BAR = "voice_7_of_8"
    WHOLE_VOICE = "voice_8_of_8"
    LAST_TWO = "last_2"


@dataclass(frozen=True)
class Example:
    """A question whose answer is known.

    Attributes:
        name: The slice's, and the pattern.
        kind: Of music.
        song: For statistics by song.
        pattern: What is hidden.
        task: What is asked; its source lacks the hidden notes.
        hidden: The hidden cells, rising.
        truth: The hidden notes, one tuple a voice.
        roles: One a voice.
    """

    name: str
    kind: str
    song: str
    pattern: str
    task: Task
    hidden: tuple[Place, ...]
    truth: tuple[tuple[Note, ...], ...]
    roles: tuple[int, ...]

    @property
    def whole(self) -> Score:
        """The score with the hidden notes where they were."""
        voices = zip(self.task.source.voices, self.truth, strict=True)
        return self.task.source.with_notes(
            tuple(tuple(sorted((*voice.notes, *notes))) for voice, notes in voices)
        )


def hide(whole: Slice, hidden: Iterable[Place], pattern: str, controls: Controls) -> Example:
    """Return the example that asks for hidden cells of a slice."""
    places = tuple(sorted(hidden))
    score = whole.score
    holes = holes_of(score, places)
    task = Task(
        verb=Verb.REFILL,
        source=score,
        context=Score((), score.length, score.meter_map, score.tempo_map),
        holes=holes,
        length=score.length,
        controls=controls,
    )
    known: list[tuple[Note, ...]] = []
    truth: list[tuple[Note, ...]] = []
    for voice, line in enumerate(score.voices):
        is_hidden = [task.hole_at(voice, note.start) is not None for note in line.notes]
        truth.append(tuple(note for note, gone in zip(line.notes, is_hidden) if gone))
        known.append(tuple(note for note, gone in zip(line.notes, is_hidden) if not gone))
    task = replace(task, source=score.with_notes(tuple(known)))
    return Example(
        f"{whole.name} {pattern}",
        whole.kind,
        whole.song,
        pattern,
        task,
        places,
        tuple(truth),
        whole.roles,
    )


def holes_of(score: Score, places: Iterable[Place]) -> tuple[Hole, ...]:
    """Return the holes that cover cells; neighbours of one voice are one hole."""
    bars = [
        Span(bar.start, min(bar.end, score.length)) for bar in score.meter_map.bars(score.length)
    ]
    holes: list[Hole] = []
    for voice, bar in sorted(places):
        last = holes[-1] if holes else None
        if last and last.voice == voice and abs(last.span.end - bars[bar].start) < 1e-9:
            holes[-1] = Hole(voice, Span(last.span.start, bars[bar].end))
        else:
            holes.append(Hole(voice, bars[bar]))
    return tuple(holes)


def examples(slices: Iterable[Slice], pattern: Pattern, count: int, seed: int) -> list[Example]:
    """Return up to `count` examples of a pattern; the same seed hides the same cells."""
    found: list[Example] = []
    for whole in slices:
        randomness = random.Random(f"{seed} {whole.name} {pattern}")
        for places in _PATTERNS[pattern](whole, randomness):
            example = hide(whole, places, pattern, GREEDY)
            if _is_fair(example):
                found.append(example)
    # One example of every slice comes before the second of any.
    found.sort(key=_turns(found))
    return found[:count]


def _turns(found: Iterable[Example]) -> Callable[[Example], int]:
    seen: dict[str, int] = {}
    turn: dict[int, int] = {}
    for example in found:
        seen[example.name] = seen.get(example.name, -1) + 1
        turn[id(example)] = seen[example.name]
    return lambda example: turn[id(example)]


def _is_fair(example: Example) -> bool:
    """Tell whether something was hidden, and something is left to go by."""
    is_bounded = MIN_HIDDEN <= len(example.hidden) <= MAX_HIDDEN
    return is_bounded and any(example.truth) and example.task.source.note_count > 0


def _half(whole: Slice, randomness: random.Random) -> Iterator[set[Place]]:
    yield {place for place in _all_places(whole) if randomness.random() < 0.5}


def _voice_but_one_bar(whole: Slice, randomness: random.Random) -> Iterator[set[Place]]:
    for voice in _shuffled(whole, randomness):
        places = {(voice, bar) for bar in range(whole.bar_count)}
        yield places - {(voice, randomness.choice(_sounding_bars(whole, voice)))}


def _whole_voice(whole: Slice, randomness: random.Random) -> Iterator[set[Place]]:
    for voice in _shuffled(whole, randomness):
        yield {(voice, bar) for bar in range(whole.bar_count)}


def _last_two(whole: Slice, randomness: random.Random) -> Iterator[set[Place]]:
    del randomness
    bars = range(max(0, whole.bar_count - LAST_BARS), whole.bar_count)
    yield {(voice, bar) for voice in range(len(whole.score.voices)) for bar in bars}


_PATTERNS: dict[Pattern, Callable[[Slice, random.Random], Iterator[set[Place]]]] = {
    Pattern.HALF: _half,
    Pattern.VOICE_BUT_ONE_BAR: _voice_but_one_bar,
    Pattern.WHOLE_VOICE: _whole_voice,
    Pattern.LAST_TWO: _last_two,
}


def _all_places(whole: Slice) -> Iterator[Place]:
    for voice in range(len(whole.score.voices)):
        yield from ((voice, bar) for bar in range(whole.bar_count))


def _shuffled(whole: Slice, randomness: random.Random) -> list[int]:
    voices = list(range(len(whole.score.voices)))
    randomness.shuffle(voices)
    return voices


def _sounding_bars(whole: Slice, voice: int) -> list[int]:
    """Return the bars in which a voice begins a note."""
    bars = list(whole.score.meter_map.bars(whole.score.length))
    notes = whole.score.voices[voice].notes
    return [
        index for index, bar in enumerate(bars) if any(bar.contains(note.start) for note in notes)
    ]

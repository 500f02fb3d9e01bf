"""What an engine is asked, what it gives back, and the protocol that every engine meets.

Everything here is in `music` words. A task is a request after planning: what may be written is
spelled out as holes, what stays is spelled out as places, so that an engine never guesses.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from reprise.errors import InvalidRequestError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span


class Verb(StrEnum):
    """What a producer asks for."""

    VARY = "vary"
    CONTINUE = "continue"
    REFILL = "refill"
    REDO = "redo"
    MORPH = "morph"
    ACCOMPANY = "accompany"
    DEVELOP = "develop"


NEW_VERBS = (Verb.CONTINUE, Verb.DEVELOP)
"""Answers come after the source."""

ADDING_VERBS = (*NEW_VERBS, Verb.ACCOMPANY)
"""Answers replace nothing."""


class ScaleMode(StrEnum):
    """How strictly new notes follow the scale."""

    OFF = "off"
    GUIDE = "guide"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Controls:
    """What a producer may turn besides strength; None leaves it to the clip.

    Attributes:
        surprise: 0.0 always takes the likeliest note, 1.0 is adventurous.
        lowest_pitch: No new note below, 0-127.
        highest_pitch: No new note above, 0-127.
        max_polyphony: Notes of one voice that may sound together, 1-16.
        notes_per_bar: Aimed-at number of notes of one voice in a bar, above 0.
        scale: Whether new notes keep to the key of the source (or the one found).
    """

    surprise: float = 0.5
    lowest_pitch: int | None = None
    highest_pitch: int | None = None
    max_polyphony: int | None = None
    notes_per_bar: float | None = None
    scale: ScaleMode = ScaleMode.GUIDE

    def __post_init__(self) -> None:
        _in_range("surprise", self.surprise, 0.0, 1.0)
        _in_range("lowest_pitch", self.lowest_pitch, 0, 127)
        _in_range("highest_pitch", self.highest_pitch, 0, 127)
        _in_range("max_polyphony", self.max_polyphony, 1, 16)
        _in_range("notes_per_bar", self.notes_per_bar, 0.01, 256)
        low, high = self.lowest_pitch, self.highest_pitch
        if low is not None and high is not None and low > high:
            raise InvalidRequestError(
                f"lowest_pitch {low} is above highest_pitch {high}; swap them or leave one out"
            )


def _in_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InvalidRequestError(f"{name} must be {low:g} to {high:g}, got {value}")


@dataclass(frozen=True, slots=True, order=True)
class Hole:
    """A stretch of one voice that may be written.

    Attributes:
        voice: Index of the voice in the source, from 0.
        span: In beats from the start of the source; a continuation's begin at the source's end.
    """

    voice: int
    span: Span


@dataclass(frozen=True, slots=True)
class StyleClip:
    """A passage of the producer's own music that answers may take after.

    Attributes:
        voice: The source voice that it is for, from 0.
        score: One voice of a bar or two from beat 0, in its own key.
        name: Of the piece that it is from.
    """

    voice: int
    score: Score
    name: str


@dataclass(frozen=True)
class Task:
    """One musical question, fully spelled out.

    Attributes:
        verb: What the producer asked for.
        source: The clip or clips that are worked on; results name its notes by place.
        context: What sounds beside them on the same time line; heard, never changed.
        holes: Where new notes may begin; they never ring past the end of their hole's span unless
            a kept note of the source did. Those of one voice never overlap.
        locked: Places of source notes inside holes that stay all the same.
        length: Length of the answer in beats: the source's, or more for a continuation.
        strength: 0.0 keeps the source, 1.0 is as far from it as unrelated music of its kind.
        keep_rhythm: New notes have the replaced notes' starts and durations.
        keep_pitches: New notes have the replaced notes' pitches, in order.
        controls: Everything else that a producer may turn.
        like: Earlier answers to lean towards, with weights above 0.
        avoid: Earlier answers that must not come again (similarity above 0.95).
        target: The clip to morph towards, or the theme to develop.
        amount: How far towards the target, 0.0-1.0.
        passes: How often a redo goes round all voices, 1-8.
        pads: Pitches that new notes may have and no others, for some pads of a drum voice; empty
            for any.
        style: Passages of the producer's own to take after, nearest first for each voice; empty
            where none were asked for.
    """

    verb: Verb
    source: Score
    context: Score
    holes: tuple[Hole, ...]
    length: float
    locked: frozenset[int] = frozenset()
    strength: float = 0.35
    keep_rhythm: bool = False
    keep_pitches: bool = False
    controls: Controls = field(default_factory=Controls)
    like: tuple[tuple[Score, float], ...] = ()
    avoid: tuple[Score, ...] = ()
    target: Score | None = None
    amount: float = 0.5
    passes: int = 1
    pads: frozenset[int] = frozenset()
    style: tuple[StyleClip, ...] = ()

    @cached_property
    def _holes_by_voice(self) -> dict[int, tuple[list[float], list[Hole]]]:
        found: dict[int, tuple[list[float], list[Hole]]] = {}
        for hole in sorted(self.holes):
            starts, holes = found.setdefault(hole.voice, ([], []))
            starts.append(hole.span.start)
            holes.append(hole)
        return found

    def hole_at(self, voice: int, beat: float) -> Hole | None:
        """Return the hole of a voice, counted from 0, that holds a time in beats, or None."""
        starts, holes = self._holes_by_voice.get(voice, ([], []))
        index = bisect_right(starts, beat) - 1
        return holes[index] if index >= 0 and beat < holes[index].span.end else None

    @cached_property
    def free_places(self) -> frozenset[int]:
        """Places of the source notes that an answer may replace.

        Muted notes are not free: what the producer silenced is neither heard nor removed.
        """
        return frozenset(
            place
            for place, voice, note in self.source.places()
            if place not in self.locked
            and not note.is_muted
            and self.hole_at(voice, note.start) is not None
        )

    @property
    def needs_free_notes(self) -> bool:
        """Whether an answer is made of the notes that it replaces, and of nothing else."""
        if self.verb in ADDING_VERBS:
            return False
        return self.verb in (Verb.VARY, Verb.MORPH) or self.keep_rhythm or self.keep_pitches

    @cached_property
    def fixed_places(self) -> tuple[int, ...]:
        """Places of the source notes that every answer keeps, rising."""
        return tuple(
            place for place in range(self.source.note_count) if place not in self.free_places
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer.

    Attributes:
        kept: Places of source notes that stay exactly as they are, rising.
        new_notes: One tuple a source voice, each by onset and then pitch.
        log_probability: Mean log-probability of the new notes, nats per note, None where unknown.
        guards: What guards did to it, as sentences.
        style_from: Names of the pieces whose passages of `Task.style` it takes after.
    """

    kept: tuple[int, ...]
    new_notes: tuple[tuple[Note, ...], ...]
    log_probability: float | None = None
    guards: tuple[str, ...] = ()
    style_from: tuple[str, ...] = ()

    def score(self, task: Task) -> Score:
        """Return the whole answer: kept and new notes together, by onset and then pitch."""
        kept = frozenset(self.kept)
        voices: list[list[Note]] = [list(notes) for notes in self.new_notes]
        for place, voice, note in task.source.places():
            if place in kept:
                voices[voice].append(note)
        full = task.source.with_notes(tuple(tuple(sorted(notes)) for notes in voices))
        return Score(
            full.voices, task.length, full.meter_map, full.tempo_map, full.key, None, full.markers
        )


class Watch(Protocol):
    """How a running engine is watched: cancelled, timed and listened to."""

    def check(self) -> None:
        """Raise `CancelledError` or `DeadlineError` when the job must stop; call it often."""

    def progress(self, fraction: float, stage: str = "") -> None:
        """Tell how far the whole job is, 0.0-1.0, with one word on what it is doing."""

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        """Show the new notes of one bar of a candidate as soon as they stand; a preview only."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What people and clients see of an engine.

    Attributes:
        name: How requests name it: lower case, no spaces.
        title: The musical name in menus.
        summary: One sentence for people.
        verbs: What it can be asked for.
        max_voices: Source voices in one request.
        serves_drums: Whether it writes drums.
        model: Name of its model directory, "" where it needs none.
        model_hash: Eight hexadecimal digits of the weights' SHA-256, "" where it needs none.
        style_verbs: What it can be asked for in the style of a corpus (`Task.style`).
    """

    name: str
    title: str
    summary: str
    verbs: tuple[Verb, ...]
    max_voices: int
    serves_drums: bool
    model: str = ""
    model_hash: str = ""
    style_verbs: tuple[Verb, ...] = ()


class Engine(Protocol):
    """A named thing that answers tasks.

    Engines are found through the entry point group `reprise.engines`: a callable without arguments
    that returns one. Making one must be quick; weights are loaded at the first answer.
    """

    @property
    def info(self) -> EngineInfo:
        """What people and clients see of it."""

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""

    def suitability(self, task: Task) -> float:
        """Return how well a task that it can serve suits it, 0.0-1.0; "auto" takes the highest."""

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        """Yield up to `count` different answers, each as soon as it is ready.

        The same task, count and seed give the same answers on the same machine. Answers keep
        `task.fixed_places`, write inside `task.holes` only, and are unlike `task.avoid`.

        Raises:
            CannotServeError: `why_not` says why.
            CancelledError: Through `watch.check`.
            DeadlineError: Through `watch.check`; answers yielded before stand.
        """

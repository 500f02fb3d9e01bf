"""Clips for variation and control tests: one voice of some held-out bars, the others beside it."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.evaluation.slices import Slice
from reprise.music.compare import drum_similarity, similarity
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.tokenizers.ensemble.window import tonic_shift

CLIP_BARS = 4
MIN_NOTES, MAX_NOTES = 8, 128
FLOOR_SAMPLES = 40


@dataclass(frozen=True)
class VoiceClip:
    """A clip as a producer selects it.

    Attributes:
        name: Slice and voice.
        kind: Of music.
        song: Clips of one song share it.
        role: Of its voice.
        source: One voice.
        context: The other voices.
    """

    name: str
    kind: str
    song: str
    role: int
    source: Score
    context: Score

    @property
    def is_drums(self) -> bool:
        """Whether its voice is drums."""
        return is_drums(self.source.voices[0])

    @property
    def notes(self) -> tuple[Note, ...]:
        """The clip's notes."""
        return self.source.voices[0].notes

    def task(self, verb: Verb = Verb.VARY, **changes: object) -> Task:
        """Return the task that asks for all of the clip anew."""
        task = Task(
            verb, self.source, self.context, (Hole(0, self.source.span),), self.source.length
        )
        return replace(task, **changes)  # type: ignore[arg-type]


def clips_of(slices: Iterable[Slice], count: int, seed: int) -> list[VoiceClip]:
    """Return up to `count` clips, one voice of each slice that has a fit one."""
    found: list[VoiceClip] = []
    for one in slices:
        fit = [
            index
            for index, voice in enumerate(one.score.voices)
            if MIN_NOTES <= len(voice.notes) <= MAX_NOTES
        ]
        if fit and len(found) < count:
            chosen = random.Random(f"{seed} {one.name}").choice(fit)
            found.append(clip_of(one, chosen))
    return found


def clip_of(one: Slice, voice: int) -> VoiceClip:
    """Return one voice of a slice as a clip."""
    score = one.score
    others = (*score.voices[:voice], *score.voices[voice + 1 :])
    return VoiceClip(
        f"{one.name} {score.voices[voice].name or voice + 1}",
        one.kind,
        one.song,
        one.roles[voice],
        replace(score, voices=(score.voices[voice],)),
        replace(score, voices=others),
    )


def clip_similarity(clip: VoiceClip, notes: Sequence[Note]) -> float:
    """Return how alike a clip and other notes in its place are, 0.0-1.0."""
    measure = drum_similarity if clip.is_drums else similarity
    return measure(clip.notes, notes)


class Floors:
    """How alike unrelated music of one kind is: what the strongest variation comes down to."""

    def __init__(self, clips: Sequence[VoiceClip], seed: int) -> None:
        """Take clips of many songs; a clip is compared with those of other songs than its own."""
        self._seed = seed
        self._by_role: dict[tuple[str, int], list[VoiceClip]] = defaultdict(list)
        self._by_sort: dict[bool, list[VoiceClip]] = defaultdict(list)
        for clip in clips:
            self._by_role[clip.kind, clip.role].append(clip)
            self._by_sort[clip.is_drums].append(clip)

    def of(self, clip: VoiceClip) -> float:
        """Return the median similarity to unrelated clips in the same key, 0.0-1.0.

        They are of its kind and role where there are enough, else only drums if it is drums.
        """
        others = self._unrelated(clip, self._by_role[clip.kind, clip.role])
        if len(others) < 5:
            others = self._unrelated(clip, self._by_sort[clip.is_drums])
        if not others:
            return 0.0
        chosen = random.Random(f"{self._seed} {clip.name}").sample(
            others, min(FLOOR_SAMPLES, len(others))
        )
        return median(clip_similarity(clip, _in_key_of(clip, other)) for other in chosen)

    def _unrelated(self, clip: VoiceClip, others: Iterable[VoiceClip]) -> list[VoiceClip]:
        return [
            other
            for other in others
            if other.song != clip.song
            and other.is_drums == clip.is_drums
            and abs(other.source.length - clip.source.length) < 1e-6
        ]


def _in_key_of(clip: VoiceClip, other: VoiceClip) -> list[Note]:
    """Return another clip's notes with their tonic on this clip's, the shorter way."""
    if clip.is_drums:
        return list(other.notes)
    moved = (tonic_shift(other.notes)[0] - tonic_shift(clip.notes)[0] + 6) % 12 - 6
    return [
        replace(note, pitch=note.pitch + moved)
        for note in other.notes
        if 0 <= note.pitch + moved <= 127
    ]


def greedy(**changes: object) -> Controls:
    """Return controls at surprise 0 with some of them set."""
    return replace(Controls(surprise=0.0), **changes)  # type: ignore[arg-type]

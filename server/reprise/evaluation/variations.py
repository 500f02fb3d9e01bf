"""The variation suite: whether strength means what it says, and whether what must stay stays.

Strength s asks for a similarity to the source of S* = 1 - s (1 - S0), S0 being the clip's own
floor: how alike unrelated clips of its kind are to it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from reprise.engines.base import Candidate, Engine
from reprise.evaluation.asking import Asked, EngineSource, Progress, Told, ask_all
from reprise.evaluation.clips import Floors, VoiceClip, clip_similarity
from reprise.evaluation.statistics import mean, spearman
from reprise.music.note import Note
from reprise.tokenizers.ensemble.grid import ticks

LEVELS = tuple(level / 10 for level in range(11))
COUNT = 4
COPY = 0.98
NEAR = 0.10
STRONG = 0.5
LOCKED_SHARE = 0.3


@dataclass(frozen=True)
class Level:
    """What one strength gave for one clip.

    Attributes:
        strength: As asked, 0.0-1.0.
        wished: The similarity that it asks for.
        similarities: Of each candidate to the source.
        pairwise: Of each pair of candidates.
    """

    strength: float
    wished: float
    similarities: tuple[float, ...]
    pairwise: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """The mean similarity, None where nothing was answered."""
        return mean(self.similarities)


@dataclass(frozen=True)
class Varied:
    """A clip at all strengths.

    Attributes:
        clip: The clip.
        floor: Its S0.
        levels: From no change to all.
        answers: First candidates by strength, for pictures.
    """

    clip: VoiceClip
    floor: float
    levels: tuple[Level, ...]
    answers: tuple[tuple[float, Candidate], ...]

    @property
    def rank_correlation(self) -> float | None:
        """Spearman's correlation of what was asked and what came, None where levels are missing."""
        means = [level.mean for level in self.levels]
        if any(value is None for value in means):
            return None
        return spearman([level.wished for level in self.levels], [v or 0.0 for v in means])

    @property
    def distance(self) -> float | None:
        """The mean distance of what came from what was asked."""
        return mean(
            abs(level.mean - level.wished) for level in self.levels if level.mean is not None
        )


def vary_all(
    source: EngineSource | Engine,
    clips: Sequence[VoiceClip],
    floors: Floors,
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> list[Varied]:
    """Ask for variations of every clip at eleven strengths."""
    questions = [
        Asked(clip.task(strength=strength), COUNT, seed) for clip in clips for strength in LEVELS
    ]
    told = _watched(ask_all(source, questions, workers), len(questions), progress, "strengths")
    found = []
    for clip in clips:
        floor = floors.of(clip)
        answers = [(strength, next(told)) for strength in LEVELS]
        levels = tuple(_level(clip, strength, floor, answer) for strength, answer in answers)
        firsts = tuple((s, answer.candidates[0]) for s, answer in answers if answer.candidates)
        found.append(Varied(clip, floor, levels, firsts))
    return found


def _watched(told: Iterator[Told], count: int, progress: Progress, what: str) -> Iterator[Told]:
    for index, one in enumerate(told):
        progress((index + 1) / count, what)
        yield one


def _level(clip: VoiceClip, strength: float, floor: float, told: Told) -> Level:
    lines = [whole_line(candidate, clip) for candidate in told.candidates]
    return Level(
        strength,
        1.0 - strength * (1.0 - floor),
        tuple(clip_similarity(clip, line) for line in lines),
        tuple(_pair(clip, left, right) for left, right in combinations(lines, 2)),
    )


def whole_line(candidate: Candidate, clip: VoiceClip) -> tuple[Note, ...]:
    """Return a candidate's voice, kept and new notes together."""
    return candidate.score(clip.task()).voices[0].notes


def _pair(clip: VoiceClip, left: Sequence[Note], right: Sequence[Note]) -> float:
    voice = replace(clip.source.voices[0], notes=tuple(left))
    return clip_similarity(replace(clip, source=replace(clip.source, voices=(voice,))), right)


def strength_figures(found: Sequence[Varied]) -> dict[str, Any]:
    """Return what the strengths came to, as JSON."""
    levels = [level for varied in found for level in varied.levels if level.mean is not None]
    strong = [level for level in levels if level.strength >= STRONG]
    correlations = [v.rank_correlation for v in found if v.rank_correlation is not None]
    distances = [v.distance for v in found if v.distance is not None]
    near = [abs((level.mean or 0.0) - level.wished) <= NEAR for level in levels]
    copies = [s > COPY for level in strong for s in level.similarities]
    pairs = [s for level in strong for s in level.pairwise]
    return {
        "clips": len(found),
        "spearman": mean(correlations),
        "spearman_lowest": min(correlations, default=None),
        "near_share": mean(map(float, near)),
        "clips_near_share": mean(float(distance <= NEAR) for distance in distances),
        "mean_distance": mean(distances),
        "copies_share": mean(map(float, copies)),
        "pairwise_similarity": mean(pairs),
        "unanswered_levels": sum(level.mean is None for v in found for level in v.levels),
        "floors": floors_by_kind(found),
        "by_strength": [_by_strength(found, strength) for strength in LEVELS],
    }


def floors_by_kind(found: Sequence[Varied]) -> dict[str, dict[str, float | int | None]]:
    """Return the mean floor of clips of each kind, drums apart."""
    kinds: dict[str, list[float]] = {}
    for varied in found:
        name = f"{varied.clip.kind}{' drums' if varied.clip.is_drums else ''}"
        kinds.setdefault(name, []).append(varied.floor)
    return {kind: {"floor": mean(rows), "clips": len(rows)} for kind, rows in kinds.items()}


def _by_strength(found: Sequence[Varied], strength: float) -> dict[str, float | None]:
    levels = [level for v in found for level in v.levels if level.strength == strength]
    means = [level.mean for level in levels if level.mean is not None]
    return {
        "strength": strength,
        "wished": mean(level.wished for level in levels),
        "similarity": mean(means),
        "pairwise": mean(s for level in levels for s in level.pairwise),
    }


# ---------------------------------------------------------------- what must stay


def keeping_figures(
    source: EngineSource | Engine,
    clips: Sequence[VoiceClip],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return which share of onsets stays with the rhythm kept, and of locked notes with locks."""
    rhythm = [Asked(clip.task(keep_rhythm=True, strength=0.8), COUNT, seed) for clip in clips]
    locks = [_locks(clip, seed) for clip in clips]
    locked = [
        Asked(clip.task(locked=places, strength=0.8), COUNT, seed)
        for clip, places in zip(clips, locks)
    ]
    told = _watched(ask_all(source, [*rhythm, *locked], workers), 2 * len(clips), progress, "locks")
    kept_onsets = [
        _onsets(whole_line(candidate, clip)) == _onsets(clip.notes)
        for clip in clips
        for candidate in next(told).candidates
    ]
    identical = [
        all(note in lines for note in _locked_notes(clip, places))
        for clip, places in zip(clips, locks)
        for candidate in next(told).candidates
        for lines in [candidate.score(clip.task(locked=places)).voices[0].notes]
    ]
    return {
        "rhythm_kept_share": mean(map(float, kept_onsets)),
        "rhythm_answers": len(kept_onsets),
        "locked_identical_share": mean(map(float, identical)),
        "locked_answers": len(identical),
    }


def _locks(clip: VoiceClip, seed: int) -> frozenset[int]:
    count = max(1, round(LOCKED_SHARE * len(clip.notes)))
    places = random.Random(f"{seed} {clip.name}").sample(range(len(clip.notes)), count)
    return frozenset(places)


def _locked_notes(clip: VoiceClip, places: frozenset[int]) -> list[Note]:
    return [clip.notes[place] for place in sorted(places)]


def _onsets(notes: Sequence[Note]) -> list[int]:
    return sorted({ticks(note.start) for note in notes})


def like_figures(
    source: EngineSource | Engine,
    clips: Sequence[VoiceClip],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return how much nearer answers come to one that was liked, and how unlike they stay."""
    first = list(
        ask_all(source, [Asked(c.task(strength=STRONG), COUNT, seed) for c in clips], workers)
    )
    liked = [
        (clip, told.candidates[0].score(clip.task()))
        for clip, told in zip(clips, first)
        if told.candidates
    ]
    plain = [Asked(clip.task(strength=STRONG), COUNT, seed + 1) for clip, _ in liked]
    leaning = [
        Asked(clip.task(strength=STRONG, like=((score, 1.0),)), COUNT, seed + 1)
        for clip, score in liked
    ]
    told = _watched(ask_all(source, [*plain, *leaning], workers), 2 * len(liked), progress, "likes")
    before = [next(told) for _ in liked]
    after = [next(told) for _ in liked]
    rises, pairwise = [], []
    for (clip, score), left, right in zip(liked, before, after):
        wanted = replace(clip, source=score)
        near_before = mean(clip_similarity(wanted, whole_line(c, clip)) for c in left.candidates)
        near_after = mean(clip_similarity(wanted, whole_line(c, clip)) for c in right.candidates)
        lines = [whole_line(candidate, clip) for candidate in right.candidates]
        pairwise += [_pair(clip, one, other) for one, other in combinations(lines, 2)]
        if near_before is not None and near_after is not None:
            rises.append(near_after - near_before)
    return {
        "like_rise": mean(rises),
        "like_clips": len(rises),
        "like_pairwise_similarity": mean(pairwise),
    }

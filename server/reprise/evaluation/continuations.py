"""The continuation suite: whether a network knows the true continuation among four.

It hears four bars and is told four ways to go on: the true one, and those of three other songs in
the same roles and, transposed, the same key. Whatever costs it the fewest bits a note is its pick;
whatever hearing the prompt saves most of is told beside it.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from reprise.evaluation.examples import GREEDY, Example, hide
from reprise.evaluation.likelihood import Scorer, Truth, network_bits, truth_of
from reprise.evaluation.players.ngram import TokenCounts
from reprise.evaluation.slices import Slice
from reprise.evaluation.statistics import Part
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.tokenizers.ensemble.vocabulary import Asked, copy_offset
from reprise.tokenizers.ensemble.window import tonic_shift

PROMPT_BARS = 4
CHOICES = 4
MIN_NOTES = 4
CONTINUED = "last_4"

Cost = Callable[[Truth], float]
"""Bits a note that a way to go on costs."""


@dataclass(frozen=True)
class Choice:
    """A prompt with four ways to go on.

    Attributes:
        song: Of the prompt.
        kind: Of music.
        examples: The true continuation first.
    """

    song: str
    kind: str
    examples: tuple[Example, ...]


def choices(slices: Sequence[Slice], count: int, seed: int) -> list[Choice]:
    """Return up to `count` choices; others are of the same kind, roles and meters."""
    by_form: dict[object, list[Slice]] = defaultdict(list)
    for one in slices:
        by_form[_form(one)].append(one)
    found: list[Choice] = []
    for one in slices:
        if len(found) == count:
            break
        if one.bar_count <= PROMPT_BARS or not _sounds_after(one):
            continue
        own = hide_rest(one)
        others = [other for other in by_form[_form(one)] if other.song != one.song]
        others = [other for other in others if _sounds_after(other)]
        distinct = _of_different_songs(others, random.Random(f"{seed} {one.name}"))
        is_fair = len(distinct) == CHOICES - 1 and own.task.source.note_count > 0
        if is_fair:
            wrong = tuple(hide_rest(_continued(one, other)) for other in distinct)
            found.append(Choice(one.song, one.kind, (own, *wrong)))
    return found


def _form(one: Slice) -> object:
    lengths = tuple(round(bar.length, 6) for bar in one.score.meter_map.bars(one.score.length))
    return one.kind, tuple(sorted(one.roles)), lengths


def _of_different_songs(others: list[Slice], randomness: random.Random) -> list[Slice]:
    randomness.shuffle(others)
    by_song = {other.song: other for other in others}
    return list(by_song.values())[: CHOICES - 1]


def _middle(one: Slice) -> float:
    return list(one.score.meter_map.bars(one.score.length))[PROMPT_BARS].start


def _sounds_after(one: Slice) -> bool:
    middle = _middle(one)
    return sum(note.start >= middle for note in one.score.sounding) >= MIN_NOTES


def hide_rest(one: Slice) -> Example:
    """Return the example that asks for all bars after the prompt."""
    places = [
        (voice, bar)
        for voice in range(len(one.score.voices))
        for bar in range(PROMPT_BARS, one.bar_count)
    ]
    return hide(one, places, CONTINUED, GREEDY)


def _continued(one: Slice, other: Slice) -> Slice:
    """Return a slice that goes on as another one, in its own key; voices are paired by role."""
    middle = _middle(one)
    moved = (
        tonic_shift(_pitched(other.score))[0] - tonic_shift(_pitched(one.score))[0] + 6
    ) % 12 - 6
    waiting: dict[int, list[int]] = defaultdict(list)
    for index, role in enumerate(other.roles):
        waiting[role].append(index)
    voices = []
    for voice, role in zip(one.score.voices, one.roles):
        stranger = other.score.voices[waiting[role].pop(0)]
        shift = 0 if is_drums(voice) else moved
        before = (note for note in voice.notes if note.start < middle)
        voices.append(replace(voice, notes=(*before, *_moved(stranger.notes, middle, shift))))
    return replace(one, score=replace(one.score, voices=tuple(voices)))


def _moved(notes: Sequence[Note], first: float, semitones: int) -> Iterator[Note]:
    for note in notes:
        if note.start >= first and 0 <= note.pitch + semitones <= 127:
            yield replace(note, pitch=note.pitch + semitones)


def _pitched(score: Score) -> list[Note]:
    return [note for voice in score.voices if not is_drums(voice) for note in voice.sounding]


def picks(choice: Choice, cost: Cost) -> Part:
    """Return whether the true way to go on costs least, as a part of a pool."""
    return _is_picked([cost(truth_of(example)) for example in choice.examples])


def network_picks(model: Scorer, choice: Choice) -> tuple[Part, Part]:
    """Return whether a network picks the true way to go on: by its cost, and by what hearing saves.

    What is simple in itself costs few bits after any prompt. What hearing the prompt saves tells
    how well a way to go on belongs to it.
    """
    truths = [truth_of(example) for example in choice.examples]
    heard = [network_cost(model)(truth) for truth in truths]
    alone = [network_cost(model)(unheard(truth)) for truth in truths]
    return _is_picked(heard), _is_picked([left - right for left, right in zip(heard, alone)])


def unheard(truth: Truth) -> Truth:
    """Return the same ways to go on where nothing of the prompt is heard."""
    question = truth.question
    cells = {
        place: cell for place, cell in question.window.cells.items() if place in question.holes
    }
    window = replace(question.window, cells=cells)
    copies = tuple(
        tuple(token for token in tokens if (bar + copy_offset(token), track) in question.holes)
        for (bar, track), tokens in zip(question.holes, truth.copies)
    )
    return replace(truth, question=replace(question, window=window), copies=copies)


def _is_picked(costs: Sequence[float]) -> Part:
    return Part(float(costs[0] < min(costs[1:])))


def network_cost(model: Scorer) -> Cost:
    """Return what ways to go on cost a network."""

    def cost(truth: Truth) -> float:
        asked = replace(truth, question=replace(truth.question, asked=Asked.CONTINUE))
        return network_bits(model, asked).total / max(1, truth.note_count)

    return cost


def counting_cost(counts: TokenCounts) -> Cost:
    """Return what ways to go on cost a counting model."""

    def cost(truth: Truth) -> float:
        return -sum(counts.log2_of(truth.spelled)) / max(1, truth.note_count)

    return cost

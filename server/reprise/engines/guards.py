"""What no musician would take from an engine: silence, a wall of notes, a stuck loop.

All are measured against the source: what the source does is never wrong. It changes no notes.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from reprise.engines.base import Candidate, Task, Verb
from reprise.music.drums import is_drums
from reprise.music.note import Note

SILENT = "silent where the clip has notes"
WALL = "with more than twice the notes of the clip's densest bar"
STUCK = "stuck on one bar or pitch"

FEWEST_FOR_A_WALL, FEWEST_OF_A_NEW_PART = 8, 32
"""Up to so many notes a bar are never a wall, however sparse the source is."""

FEW_BARS = 4
"""A voice heard in fewer bars may become as busy as any other: they do not tell how busy it is."""

SHORTEST_BAR = 0.5
"""Beats: density is not measured over less."""

LONGEST_PITCH_RUN = 12
"""Up to so many equal pitches in a row are never stuck, whatever the source does."""

LONGEST_BAR_RUN = 4
"""Up to so many equal bars in a row are never stuck, whatever the source does."""


class Guards:
    """The bounds of one task."""

    def __init__(self, task: Task) -> None:
        """Measure the source."""
        self._task = task
        self._bars = list(task.source.meter_map.bars(max(task.length, task.source.length)))
        self._bar_starts = [bar.start for bar in self._bars]
        voices = [voice.sounding for voice in task.source.voices]
        self._most = self._most_a_beat(voices)
        self._pitch_runs = [max(2 * _pitch_run(notes), LONGEST_PITCH_RUN) for notes in voices]
        self._bar_runs = [max(2 * self._bar_run(notes), LONGEST_BAR_RUN) for notes in voices]
        controls = task.controls
        has_one_pitch = controls.lowest_pitch == controls.highest_pitch is not None
        # Where one bar of many is known, the likeliest is that bar again and again.
        self._may_repeat_bars = task.verb == Verb.REFILL and controls.surprise == 0.0
        self._may_be_stuck = [
            has_one_pitch or is_drums(voice) or len({note.pitch for note in voice.notes}) == 1
            for voice in task.source.voices
        ]
        places = (voice for place, voice, _ in task.source.places() if place in task.free_places)
        self._must_sound = frozenset(places)

    def reason(self, candidate: Candidate) -> str | None:
        """Return what is wrong with a proposal, as a part of a sentence, or None."""
        if self._is_silent(candidate):
            return SILENT
        for voice, notes in enumerate(candidate.new_notes):
            if self._is_wall(voice, notes):
                return WALL
            if self._is_stuck(voice, notes):
                return STUCK
        return None

    def _most_a_beat(self, voices: Sequence[Sequence[Note]]) -> list[float]:
        """Return the notes a beat above which each voice is a wall."""
        heard = [*voices, *(voice.sounding for voice in self._task.context.voices)]
        target = self._task.target.voices if self._task.target else ()
        aimed = max((self._densest(voice.sounding) for voice in target), default=0.0)
        busiest = max((self._densest(notes) for notes in heard), default=0.0)
        return [
            2 * max(self._densest(notes), aimed, busiest if self._is_hardly_heard(notes) else 0.0)
            for notes in voices
        ]

    def _is_hardly_heard(self, notes: Iterable[Note]) -> bool:
        """Tell whether a voice is heard in few bars, of which the task asks for more."""
        return len(self._counts(notes)) < min(FEW_BARS, max(1, len(self._bars) // 2))

    def _is_wall(self, voice: int, notes: Iterable[Note]) -> bool:
        asked = 2 * (self._task.controls.notes_per_bar or 0.0)
        is_new_part = not self._task.source.voices[voice].notes
        fewest = max(asked, FEWEST_OF_A_NEW_PART if is_new_part else FEWEST_FOR_A_WALL)
        return any(
            count > max(fewest, self._most[voice] * self._bars[bar].length)
            for bar, count in self._counts(notes).items()
        )

    def _is_silent(self, candidate: Candidate) -> bool:
        if not self._must_sound:
            return not any(candidate.new_notes) and self._should_sound_somewhere()
        kept = self._task.free_places.intersection(candidate.kept)
        sounding = {voice for place, voice, _ in self._task.source.places() if place in kept}
        sounding |= {voice for voice, notes in enumerate(candidate.new_notes) if notes}
        # A morph may fade a voice out, and all of them at its far end; elsewhere it is lost.
        if self._task.verb == Verb.MORPH:
            return not sounding and self._task.amount < 1.0
        return not self._must_sound <= sounding

    def _should_sound_somewhere(self) -> bool:
        task = self._task
        is_filled = any(
            hole.voice == voice and hole.span.contains(note.start)
            for _, voice, note in task.source.places()
            for hole in task.holes
        )
        heard = (*task.source.voices, *task.context.voices)
        return not is_filled and any(voice.sounding for voice in heard)

    def _is_stuck(self, voice: int, notes: Sequence[Note]) -> bool:
        if self._task.keep_pitches or self._task.keep_rhythm or self._may_be_stuck[voice]:
            return False
        if _pitch_run(notes) > self._pitch_runs[voice]:
            return True
        return not self._may_repeat_bars and self._bar_run(notes) > self._bar_runs[voice]

    def _bar(self, note: Note) -> int:
        return bisect_right(self._bar_starts, note.start) - 1

    def _counts(self, notes: Iterable[Note]) -> Counter[int]:
        return Counter(self._bar(note) for note in notes)

    def _densest(self, notes: Iterable[Note]) -> float:
        """Return the most notes a beat of any bar of the source, as far as it fills the bar."""
        end = self._task.source.length
        return max(
            (
                count / max(min(self._bars[bar].end, end) - self._bars[bar].start, SHORTEST_BAR)
                for bar, count in self._counts(notes).items()
            ),
            default=0.0,
        )

    def _bar_run(self, notes: Iterable[Note]) -> int:
        """Return how many bars in a row sound the same, at most."""
        shapes = []
        for bar, group in groupby(sorted(notes), key=self._bar):
            start = self._bar_starts[bar]
            shapes.append(tuple((round(note.start - start, 2), note.pitch) for note in group))
        return _longest_run(shapes)


def _pitch_run(notes: Iterable[Note]) -> int:
    return _longest_run([note.pitch for note in sorted(notes)])


def _longest_run(values: Iterable[object]) -> int:
    return max((len(list(group)) for _, group in groupby(values)), default=0)

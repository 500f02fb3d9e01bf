"""A melody as one class a sixteenth, in two encodings, and the windows that a network reads.

*Melody*: hold, note-off, or a pitch that begins. *Piano roll*: the pitch that sounds, or rest; it
cannot tell a repeated note from a held one. Both know 56 pitches, so every tune is first brought
to C major or A minor, in the octave where most of its notes have a class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reprise.music.key import Key, find_key
from reprise.music.note import Note

STEPS_PER_BEAT: Final = 4
BAR_STEPS: Final = 16
WINDOW_STEPS: Final = 64
"""Four bars: what is heard and the step that follows."""
HEARD_STEPS: Final = WINDOW_STEPS - 1

LOWEST_PITCH: Final = 48
HIGHEST_PITCH: Final = 103
PITCH_COUNT: Final = HIGHEST_PITCH - LOWEST_PITCH + 1

FARTHEST_OCTAVES: Final = 5
MINOR_TONIC: Final = 9

Classes = NDArray[np.int64]


class Encoding(Protocol):
    """How a line becomes one class a step, and back."""

    @property
    def name(self) -> str:
        """As recipes and model directories name it."""

    @property
    def class_count(self) -> int:
        """How many classes there are."""

    @property
    def silence(self) -> int:
        """The class of silence that goes on; what stands before a tune."""

    def encode(self, line: Sequence[Note], steps: int) -> Classes:
        """Return a class for each of some steps.

        Args:
            line: As `line_of` gives it, pitches between `LOWEST_PITCH` and `HIGHEST_PITCH`.
            steps: How many steps from beat 0 on.
        """

    def decode(self, classes: Classes) -> tuple[Note, ...]:
        """Return the line that classes stand for, the first step at beat 0."""

    def class_of(self, pitch: int) -> int:
        """Return the class of a pitch."""


@dataclass(frozen=True, slots=True)
class MelodyEncoding:
    """Events: 0 holds what is, 1 ends a note, 2 and above begin one."""

    name: str = "melody"
    class_count: int = PITCH_COUNT + 2
    silence: int = 0

    def encode(self, line: Sequence[Note], steps: int) -> Classes:
        """Return a class for each step, see `Encoding.encode`."""
        classes = np.zeros(steps, np.int64)
        for note in line:
            end = _step(note.end)
            if end < steps:
                classes[end] = 1
        for note in line:
            classes[_step(note.start)] = self.class_of(note.pitch)
        return classes

    def decode(self, classes: Classes) -> tuple[Note, ...]:
        """Return the line that classes stand for, the first step at beat 0."""
        starts = [int(step) for step in np.flatnonzero(classes)]
        return tuple(
            _note(int(classes[start]) - 2, start, end)
            for start, end in zip(starts, [*starts[1:], len(classes)])
            if classes[start] > 1
        )

    def class_of(self, pitch: int) -> int:
        """Return the class of a pitch."""
        return pitch - LOWEST_PITCH + 2

    def pitch_of(self, class_: int) -> int:
        """Return the pitch that a class of 2 or more begins."""
        return class_ - 2 + LOWEST_PITCH


@dataclass(frozen=True, slots=True)
class RollEncoding:
    """What sounds: 0 is rest, 1 and above are pitches.

    The study that this follows had no class for rest, so silence taught its network nothing.
    """

    name: str = "pianoroll"
    class_count: int = PITCH_COUNT + 1
    silence: int = 0

    def encode(self, line: Sequence[Note], steps: int) -> Classes:
        """Return a class for each step, see `Encoding.encode`."""
        classes = np.zeros(steps, np.int64)
        for note in line:
            classes[_step(note.start) : _step(note.end)] = self.class_of(note.pitch)
        return classes

    def decode(self, classes: Classes) -> tuple[Note, ...]:
        """Return the line that classes stand for, the first step at beat 0."""
        starts = [0, *(int(step) + 1 for step in np.flatnonzero(np.diff(classes)))]
        return tuple(
            _note(int(classes[start]) - 1, start, end)
            for start, end in zip(starts, [*starts[1:], len(classes)])
            if len(classes) and classes[start] > 0
        )

    def class_of(self, pitch: int) -> int:
        """Return the class of a pitch."""
        return pitch - LOWEST_PITCH + 1


MELODY: Final = MelodyEncoding()
ROLL: Final = RollEncoding()
ENCODINGS: Final = MappingProxyType[str, Encoding]({MELODY.name: MELODY, ROLL.name: ROLL})


def line_of(notes: Iterable[Note], steps: int) -> tuple[Note, ...]:
    """Return the top line of notes on the grid, each note ending where the next begins at latest.

    Args:
        notes: Sounding notes in any order.
        steps: Sixteenths from beat 0 on; notes that begin later are left out.
    """
    tops: dict[int, Note] = {}
    for note in notes:
        start = _step(note.start)
        if start < steps and (start not in tops or note.pitch > tops[start].pitch):
            tops[start] = note
    starts = sorted(tops)
    return tuple(
        replace(
            tops[start],
            start=start / STEPS_PER_BEAT,
            duration=(min(max(_step(tops[start].end), start + 1), following) - start)
            / STEPS_PER_BEAT,
        )
        for start, following in zip(starts, [*starts[1:], steps])
    )


def home_shift(notes: Iterable[Note], key: Key | None = None) -> int:
    """Return the semitones that bring notes to C major or A minor, most of them within reach.

    Of all octaves, the nearest that leaves the fewest pitches outside `LOWEST_PITCH` to
    `HIGHEST_PITCH`; 0 where nothing sounds.

    Args:
        notes: Muted ones do not count.
        key: Theirs; found from the notes where None.
    """
    sounding = [note for note in notes if not note.is_muted]
    found = key or find_key(sounding)
    if found is None:
        return 0
    home = MINOR_TONIC if (found.tonic + 3) % 12 in found.pitch_classes else 0
    nearest = (home - found.tonic + 5) % 12 - 5
    pitches = np.array([note.pitch for note in sounding], np.int64)
    shifts = [nearest + 12 * octave for octave in range(-FARTHEST_OCTAVES, FARTHEST_OCTAVES + 1)]
    return min(shifts, key=lambda shift: (_outside(pitches + shift), abs(shift)))


def moved_home(line: Iterable[Note], shift: int) -> tuple[Note, ...]:
    """Return a line moved by semitones; pitches that have no class move on by octaves."""
    return tuple(replace(note, pitch=folded(note.pitch + shift)) for note in line)


def folded(pitch: int) -> int:
    """Return a pitch, or the octave of it that is nearest to it and has a class."""
    if pitch < LOWEST_PITCH:
        return LOWEST_PITCH + (pitch - LOWEST_PITCH) % 12
    if pitch > HIGHEST_PITCH:
        return HIGHEST_PITCH - (HIGHEST_PITCH - pitch) % 12
    return pitch


def heard_before(classes: Classes, step: int, silence: int) -> Classes:
    """Return what is heard before a step: shape (HEARD_STEPS,), silence before the tune.

    Args:
        classes: Of a tune, shape (steps,).
        step: The step that follows, 0 to the number of steps.
        silence: The encoding's class of silence.
    """
    heard = np.full(HEARD_STEPS, silence, np.int64)
    known = classes[max(0, step - HEARD_STEPS) : step]
    heard[HEARD_STEPS - len(known) :] = known
    return heard


class Windows:
    """All windows of some tunes: the steps heard, and the one to say.

    Every step of a tune is said once (a hop of 1), or only those that end a bar (a hop of 16), as
    in the study that this follows: its network was only ever asked for the last sixteenth of a bar.
    """

    def __init__(self, tunes: Sequence[Classes], silence: int, hop: int = 1) -> None:
        """Lay the tunes end to end, silence between them.

        Args:
            tunes: Classes of each tune, shape (steps,).
            silence: The encoding's class of silence.
            hop: Steps between two windows of a tune.
        """
        gap = np.full(HEARD_STEPS, silence, np.int64)
        laid = [part for tune in tunes for part in (gap, tune)]
        self._all = sliding_window_view(np.concatenate([*laid, gap, [silence]]), WINDOW_STEPS)
        self._firsts = self._places([len(tune) for tune in tunes], hop)

    @staticmethod
    def _places(lengths: Sequence[int], hop: int) -> Classes:
        first = WINDOW_STEPS - 1 if hop > 1 else 0
        places = []
        start = 0
        for length in lengths:
            places.append(np.arange(start + first, start + length, hop))
            start += length + HEARD_STEPS
        return np.concatenate([*places, np.zeros(0, np.int64)])

    def __len__(self) -> int:
        """Return how many windows there are."""
        return len(self._firsts)

    @property
    def followed(self) -> Classes:
        """What follows in each window, of shape (windows,)."""
        said: Classes = self._all[self._firsts, -1]
        return said

    @property
    def before(self) -> Classes:
        """The last step that is heard in each window, of shape (windows,)."""
        last: Classes = self._all[self._firsts, -2]
        return last

    def take(self, numbers: Classes) -> tuple[Classes, Classes]:
        """Return what is heard, (windows, HEARD_STEPS), and what follows, (windows,)."""
        windows = self._all[self._firsts[numbers]]
        return windows[:, :-1], windows[:, -1]


def _outside(pitches: Classes) -> int:
    return int(((pitches < LOWEST_PITCH) | (pitches > HIGHEST_PITCH)).sum())


def _note(number: int, start: int, end: int) -> Note:
    return Note(start / STEPS_PER_BEAT, LOWEST_PITCH + number, (end - start) / STEPS_PER_BEAT)


def _step(beat: float) -> int:
    return round(beat * STEPS_PER_BEAT)

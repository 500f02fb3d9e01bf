"""From cells that were written back to notes beside those that stay, and what is refused at once.

All that the engines which write on a choir's grid have in common and that needs no network.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Candidate, Task, Verb
from reprise.engines.choir.grid import Arrangement, Hidden, arrange, played_notes, written_notes
from reprise.engines.choir.lines import too_many_lines
from reprise.engines.fitting import UNLIMITED, fitted
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.tokenizers import chorale

Classes = NDArray[np.bool_]


def refusal(task: Task, title: str) -> str | None:
    """Return a sentence on why four lines on a grid are no answer to a task, or None.

    Args:
        task: The task, of a verb that the engine serves.
        title: How the engine is called in the sentence, such as "the chorale engine".
    """
    if not task.holes:
        return "nothing in the clip may change; unlock some notes or choose another part"
    drums = [voice.name for voice in task.source.voices if is_drums(voice)]
    if drums:
        return f"{title} writes no drums; leave out {', '.join(drums)}"
    lines = too_many_lines(task)
    if lines:
        return (
            f"{title} writes at most four lines and {lines} sound together here; "
            "choose fewer voices or another engine"
        )
    if not (task.source.sounding or task.context.sounding):
        return f"no note sounds in the clip or beside it that {title} could listen to"
    if task.keep_pitches:
        return (
            f"{title} finds new pitches and cannot keep the old ones; "
            "unlock the pitches or choose another engine"
        )
    arrangement = arrange(task)
    if not arrangement.open.any():
        return (
            "what is kept sounds through all of the part that may change; "
            "unlock some notes or choose a longer part"
        )
    return _empty_range(arrangement)


def _empty_range(arrangement: Arrangement) -> str | None:
    for role, line in arrangement.lines.items():
        if arrangement.open[:, role].any() and not arrangement.allowed[role].any():
            return (
                f"no note that the {chorale.VOICES[role]} could take lies between pitches "
                f"{line.lowest} and {line.highest}; widen the range or turn the strict scale off"
            )
    return None


def classes_beside(allowed: Classes, role: int, row: chorale.Grid, unwanted: int) -> Classes:
    """Return the classes that a voice may take beside what stands in its row.

    It stays in its range, below the voices above it and above those below it; where these leave
    nothing, its range alone counts.

    Args:
        allowed: Classes that each role may take, of shape (4, classes).
        role: Whose.
        row: What stands, of shape (4,); UNKNOWN elsewhere.
        unwanted: A class to avoid where anything else is allowed; UNKNOWN for none.
    """
    classes = np.arange(chorale.CLASS_COUNT)
    is_pitch = (row != chorale.UNKNOWN) & (row != chorale.REST)
    above = row[:role][is_pitch[:role]]
    below = row[role + 1 :][is_pitch[role + 1 :]]
    mask: Classes = allowed[role].copy()
    uncrossed = mask & (classes <= above.min(initial=classes[-1]))
    uncrossed &= classes >= below.max(initial=0)
    if uncrossed.any():
        mask = uncrossed
    wanted: Classes = mask & (classes != unwanted)
    return wanted if wanted.any() else mask


def first_open_step(arrangement: Arrangement) -> int:
    """Return the first step at which any line may be written."""
    return int(np.flatnonzero(arrangement.open.any(axis=1))[0])


def bar_ends(arrangement: Arrangement) -> dict[int, int]:
    """Return the bars of an answer, by number, under the first step after each."""
    bars = arrangement.task.source.meter_map.bars(arrangement.task.length)
    return {
        min(round(bar.end * chorale.STEPS_PER_BEAT), arrangement.steps): number
        for number, bar in enumerate(bars)
    }


def notes_of_bar(
    task: Task, number: int, voices: Iterable[Iterable[Note]]
) -> tuple[tuple[Note, ...], ...]:
    """Return the notes of each voice that begin in a bar, counted from 0."""
    bar = list(task.source.meter_map.bars(task.length))[number]
    return tuple(tuple(note for note in notes if bar.contains(note.start)) for notes in voices)


def sung_notes(
    arrangement: Arrangement, voice: int, classes: chorale.Grid, written: Hidden
) -> list[Note]:
    """Return the new notes of a source voice, each line of it in one breath and with its feel.

    Args:
        arrangement: The task.
        voice: Index of the source voice.
        classes: All four lines, of shape (steps, 4).
        written: True where cells are new, of the same shape.
    """
    found: list[Note] = []
    for role, line in arrangement.lines.items():
        if line.voice == voice:
            notes = written_notes(arrangement, role, classes, written & arrangement.open)
            found += _in_one_breath(played_notes(line, notes))
    return found


def fitted_notes(
    task: Task, voice: int, wished: Iterable[Note], staying: Sequence[Note]
) -> tuple[Note, ...]:
    """Return what of the new notes of a source voice is legal beside those that stay."""
    # Hosts cut what rings over a clip's end, but a wish for fewer notes at once counts it too.
    is_cut = task.verb == Verb.CONTINUE and task.controls.max_polyphony is None
    heard_until = task.source.length if is_cut else float("inf")
    holes = [hole for hole in task.holes if hole.voice == voice]
    polyphony = task.controls.max_polyphony or UNLIMITED
    return fitted(wished, staying, holes, polyphony, _nowhere, heard_until)


def gathered(
    arrangement: Arrangement,
    replaced: AbstractSet[int],
    wished: Sequence[Sequence[Note]],
    log_chances: NDArray[np.float64],
) -> Candidate:
    """Return what was written as an answer: new notes beside those that stay.

    Args:
        arrangement: The task on its grid.
        replaced: Places of the source notes that were let go.
        wished: New notes as they came out, one sequence a source voice.
        log_chances: Natural logarithms of the draws' chances, of shape (steps, 4).
    """
    task = arrangement.task
    kept = set(range(task.source.note_count)) - replaced
    new_notes = []
    for index, voice in enumerate(wished):
        own = {
            note: place
            for place, owner, note in task.source.places()
            if owner == index and place in replaced
        }
        # What came out just as it was is kept, not new.
        kept.update(own[note] for note in voice if note in own)
        staying = [
            note for place, owner, note in task.source.places() if owner == index and place in kept
        ]
        fresh = [note for note in voice if note not in own]
        new_notes.append(fitted_notes(task, index, fresh, staying))
    count = sum(len(notes) for notes in new_notes)
    chances = float(log_chances[arrangement.open].sum())
    return Candidate(tuple(sorted(kept)), tuple(new_notes), chances / count if count else None)


def let_go(arrangement: Arrangement, cells: Hidden) -> set[int]:
    """Return the places of the free notes that begin in some cells, of shape (steps, 4)."""
    return {
        place
        for role in arrangement.lines
        for place, note in arrangement.free_notes(role)
        if cells[arrangement.cells_of(note).start, role]
    }


def _nowhere(_pitch: int) -> tuple[int, ...]:
    return ()


def _in_one_breath(notes: Iterable[Note]) -> list[Note]:
    """Return the notes of a line, each ending where the next begins at the latest."""
    ordered = sorted(notes)
    cut = [
        replace(note, duration=min(note.duration, later.start - note.start))
        for note, later in zip(ordered, ordered[1:])
        if later.start > note.start
    ]
    return [*cut, *ordered[-1:]]

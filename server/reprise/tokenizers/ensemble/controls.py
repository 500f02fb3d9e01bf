"""What can be asked of a track's answers, measured on the answers themselves.

A track's controls are told in the order of the vocabulary. Pitches are those of the window, whose
tonic is C.
"""

from collections.abc import Iterable, Mapping, Sequence

from reprise.music.key import SCALES
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import Mode

EIGHTH_TICKS = words.TICKS_PER_BEAT // 2


def track_controls(
    cells: Mapping[int, Cell],
    known: Iterable[Cell],
    bars: Sequence[GridBar],
    *,
    is_drums: bool,
    mode: Mode | None,
) -> tuple[int, ...]:
    """Return all control tokens that answers fulfil, but for likeness to a source and themes.

    Args:
        cells: A track's answers by grid bar.
        known: The track's other cells.
        bars: The window's grid bars.
        is_drums: Drums have no polyphony, range, durations or key.
        mode: Of the key whose tonic is C; None where it is not told.
    """
    notes = [note for cell in cells.values() for note in cell]
    tokens = [words.density_token(len(notes) / len(cells))]
    if notes:
        tokens.append(words.repetition_token(repetition(cells.values(), known)))
        tokens.append(words.syncopation_token(syncopation(cells.values())))
    if notes and not is_drums:
        pitches = [note.pitch for note in notes]
        tokens.append(words.polyphony_token(polyphony(cells, bars)))
        tokens.append(words.lowest_token(min(pitches)))
        tokens.append(words.highest_token(max(pitches)))
        tokens.append(words.length_token(sum(note.duration for note in notes) / len(notes)))
        if mode in (Mode.MAJOR, Mode.MINOR):
            tokens.append(words.in_key_token(share_in_key(notes, mode)))
    return tuple(sorted(tokens))


def polyphony(cells: Mapping[int, Cell], bars: Sequence[GridBar]) -> int:
    """Return the most notes that sound together in cells, which are told by grid bar."""
    changes: list[tuple[int, int]] = []
    for bar, cell in cells.items():
        for note in cell:
            start = bars[bar].start + note.onset
            changes += [(start, 1), (start + note.duration, -1)]
    sounding = most = 0
    for _, change in sorted(changes):
        sounding += change
        most = max(most, sounding)
    return most


def repetition(cells: Iterable[Cell], known: Iterable[Cell]) -> float:
    """Return the share of cells with notes that are as a known one, or as another of themselves."""
    seen = {attacks(cell) for cell in known}
    repeats = count = 0
    for cell in cells:
        if cell:
            own = attacks(cell)
            repeats += own in seen
            count += 1
            seen.add(own)
    return repeats / count if count else 0.0


def syncopation(cells: Iterable[Cell]) -> float:
    """Return the share of onsets that lie off every eighth of their grid bar."""
    onsets = [onset for cell in cells for onset in {note.onset for note in cell}]
    off = sum(onset % EIGHTH_TICKS != 0 for onset in onsets)
    return off / len(onsets) if onsets else 0.0


def share_in_key(notes: Sequence[GridNote], mode: Mode) -> float:
    """Return the share of notes inside the major or minor scale on C."""
    scale = SCALES["minor" if mode is Mode.MINOR else "major"]
    return sum(note.pitch % 12 in scale for note in notes) / len(notes)


def attacks(cell: Cell) -> frozenset[tuple[int, int]]:
    """Return what makes two cells the same music: their onsets and pitches."""
    return frozenset((note.onset, note.pitch) for note in cell)

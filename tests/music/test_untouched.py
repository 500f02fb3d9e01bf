"""The promise about files: whatever a request did not ask to change is identical, to the tick.

`REPRISE_DATA` names a folder of real files; the fixtures always run.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import builders
from reprise.music import smf
from reprise.music.note import Note
from reprise.music.smf_select import Selection, select
from reprise.music.span import Span
from second_opinion import compared, opened, real_files

MAX_REAL_FILES = 40
FIXTURES = sorted(builders.MIDI_FIXTURES.glob("*.mid"))


def two_bars(selection: Selection) -> Span:
    """The two bars with the most notes of the selection's source."""
    source = selection.source
    bars = list(source.meter_map.bars(source.length))
    starts = [bar.start for bar in bars]
    counts = Counter(
        sum(start <= note.start for start in starts) for note in source.voices[0].notes
    )
    fullest = max(range(1, len(bars) + 1), key=lambda bar: (counts[bar] + counts[bar + 1], -bar))
    return Span(bars[fullest - 1].start, bars[min(fullest, len(bars) - 1)].end)


def answer(notes: Sequence[Note], span: Span) -> tuple[Note, ...]:
    """New notes for the old ones of a span: other pitches, off the file's grid, inside the span."""
    made = []
    for index, note in enumerate(notes):
        start = min(note.start + 0.0137 * (index % 3), span.end - 0.001)
        duration = max(0.0005, min(note.duration * 0.9, span.end - start))
        pitch = (note.pitch + 3 + index % 5) % 128
        made.append(replace(note, start=start, pitch=pitch, duration=duration, velocity=77))
    return tuple(made)


def differences(data: bytes, part: int) -> list[str]:
    """Answer two bars of one part of a file; return what changed that was not asked to."""
    selection = select(smf.read(data), (part,))
    span = two_bars(selection)
    inside = [
        (place, note) for place, _, note in selection.source.places() if span.contains(note.start)
    ]
    gone = {place for place, _ in inside}
    kept = [place for place in range(selection.source.note_count) if place not in gone]
    new_notes = answer([note for _, note in inside], span)
    changed = selection.with_answer(kept, (new_notes,), selection.source.length).to_bytes()
    track = selection.document.parts[part].track
    grid = selection.document.ticks_per_beat
    removed = Counter(
        (
            note.start_tick,
            note.end_tick,
            note.channel,
            note.pitch,
            note.velocity,
            note.release_velocity,
        )
        for place, note in enumerate(selection.document.parts[part].notes)
        if place in gone
    )
    ticks = range(round(span.start * grid), round(span.end * grid) + 2)
    return list(compared(opened(data), opened(changed), track, removed, ticks, len(new_notes)))


def checked(path: Path) -> tuple[int, list[str]]:
    """Check every part of a file; return how many there were and what differs."""
    data = path.read_bytes()
    parts = range(len(smf.read(data).parts))
    return len(parts), [
        f"{path.name}: {text}" for part in parts for text in differences(data, part)
    ]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_an_answer_of_two_bars_leaves_all_else_to_the_tick(path: Path) -> None:
    count, found = checked(path)
    assert count > 0
    assert found == []


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_file_read_and_written_says_the_same(path: Path) -> None:
    data = path.read_bytes()
    again = smf.read(data).to_bytes()
    assert [list(track) for track in opened(again).tracks] == [
        list(track) for track in opened(data).tracks
    ]


@pytest.mark.parametrize(
    ("track", "index", "change"),
    [
        (1, 0, {"name": "Sopran"}),
        (2, 1, {"program": 7}),
        (3, 2, {"velocity": 1}),
        (4, 3, {"time": 961}),
        (0, 0, {"numerator": 3}),
    ],
)
def test_the_comparison_notices_the_smallest_change(
    track: int, index: int, change: dict[str, str | int]
) -> None:
    data = (builders.MIDI_FIXTURES / "old_hundredth.mid").read_bytes()
    old, new = opened(data), opened(data)
    new.tracks[track][index] = new.tracks[track][index].copy(**change)
    for asked in range(5):
        assert compared(old, new, asked, Counter(), range(0), 0) != []
    assert compared(old, opened(data), track, Counter(), range(0), 0) == []


@pytest.mark.slow
def test_answers_to_forty_real_files_leave_all_else_to_the_tick() -> None:
    found = [text for path in real_files(MAX_REAL_FILES) for text in checked(path)[1]]
    assert found == []

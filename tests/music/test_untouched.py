"""The promise about files: whatever a request did not ask to change is identical, to the tick.

The two files are compared through mido, which shares no code with the reader and writer under test.
`REPRISE_DATA` names a folder of real files; the fixtures always run.
"""

import io
import os
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mido
import pytest
from mido.midifiles.meta import KeySignatureError

import builders
from reprise.music import smf
from reprise.music.note import Note
from reprise.music.smf_select import Selection, select
from reprise.music.span import Span

MAX_REAL_FILES = 40
FIXTURES = sorted(builders.MIDI_FIXTURES.glob("*.mid"))

Heard = tuple[int, int, int, int, int, int]
"""A note as mido's messages tell it: on tick, off tick, channel, pitch, velocity, release."""


@dataclass(frozen=True)
class Facts:
    """What a track says: its notes, every other message with its tick, in order, and its end."""

    notes: Counter[Heard]
    others: tuple[tuple[int, object], ...]
    end: int


def facts_of(track: mido.MidiTrack) -> Facts:
    notes: list[Heard] = []
    others: list[tuple[int, object]] = []
    sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    tick = 0
    for message in track:
        tick += message.time
        if message.type not in ("note_on", "note_off"):
            others.append((tick, message.copy(time=0)))
            continue
        key = message.channel, message.note
        if message.type == "note_on" and message.velocity:
            sounding[key].append((tick, message.velocity))
        elif sounding[key]:
            start, velocity = sounding[key].popleft()
            release = message.velocity if message.type == "note_off" else 64
            notes.append((start, tick, *key, velocity, release))
    for key, waiting in sounding.items():
        notes += [(start, tick, *key, velocity, 64) for start, velocity in waiting]
    return Facts(Counter(notes), tuple(others[:-1]), tick)


def opened(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data))


def mido_reads(path: Path) -> bool:
    """Whether the second opinion can be had: mido gives up on some keys that we write back."""
    try:
        opened(path.read_bytes())
    except (OSError, EOFError, KeySignatureError):
        return False
    return True


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


def compared(
    old: mido.MidiFile,
    new: mido.MidiFile,
    asked_track: int,
    removed: Counter[Heard],
    ticks: range,
    new_count: int,
) -> Sequence[str]:
    found = []
    if (old.type, old.ticks_per_beat, len(old.tracks)) != (
        new.type,
        new.ticks_per_beat,
        len(new.tracks),
    ):
        found.append("the header differs")
    for number, (before, after) in enumerate(zip(old.tracks, new.tracks, strict=True)):
        if number != asked_track:
            if list(before) != list(after):
                found.append(f"track {number}, which no one asked about, differs")
            continue
        was, now = facts_of(before), facts_of(after)
        if was.others != now.others:
            found.append(f"messages of track {number} differ")
        last = max([was.end, *(end for _, end, *_ in now.notes)])
        if now.end != last:
            found.append(f"track {number} ended at {was.end} and ends at {now.end}")
        if missing := (was.notes - removed) - now.notes:
            found.append(f"{missing.total()} notes of track {number} are not as they were")
        added = now.notes - (was.notes - removed)
        if any(start not in ticks or end not in ticks for start, end, *_ in added):
            found.append(f"new notes of track {number} lie outside the two bars")
        if removed and not 0 < added.total() <= new_count:
            found.append(f"{new_count} new notes went in and {added.total()} came out")
    return found


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
    folder = os.environ.get("REPRISE_DATA")
    if folder is None:
        pytest.skip("REPRISE_DATA names no folder of real files")
    paths = [path for path in sorted(Path(folder).rglob("*.mid")) if mido_reads(path)]
    step = max(1, len(paths) // MAX_REAL_FILES)
    chosen = paths[::step][:MAX_REAL_FILES]
    assert len(chosen) == MAX_REAL_FILES
    assert [text for path in chosen for text in checked(path)[1]] == []

"""Two MIDI files compared by a second opinion: mido shares no code with our reader and writer."""

import io
import os
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import pytest
from mido.midifiles.meta import KeySignatureError

DATA = os.environ.get("REPRISE_DATA")
"""Read once, before a test hides the user's own settings from what it tests."""

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


def real_files(count: int) -> list[Path]:
    """That many files, spread over the folder of `REPRISE_DATA`; skips where it names none."""
    if DATA is None:
        pytest.skip("REPRISE_DATA names no folder of real files")
    paths = [path for path in sorted(Path(DATA).rglob("*.mid")) if mido_reads(path)]
    chosen = paths[:: max(1, len(paths) // count)][:count]
    assert len(chosen) == count
    return chosen

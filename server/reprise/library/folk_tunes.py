"""Tunes of one voice in 4/4: Nottingham to compare with the study, free songs for what ships.

Practice tunes are made up by rule, for trying things out.

Files are read on their own bar lines, and only whole bars of four beats are taken. Where a voice
is silent for two bars it has ended; what comes after is a tune of its own.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from reprise.library import datasets, practice
from reprise.library.bar_lines import with_bar_lines
from reprise.library.midi_score import read_score
from reprise.library.pieces import Reject, SourcePiece, Split, split_of_song
from reprise.library.readers import read_source, source_files
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers import folk

TuneSet = Literal["nottingham", "permissive", "practice"]

NOTTINGHAM: Final[TuneSet] = "nottingham"
PERMISSIVE: Final[TuneSet] = "permissive"
PRACTICE: Final[TuneSet] = "practice"
TUNE_SETS: Final[tuple[TuneSet, ...]] = (PERMISSIVE, NOTTINGHAM, PRACTICE)
PRACTICE_COUNTS: Final[Mapping[Split, int]] = {"train": 20, "valid": 4, "test": 8}
PERMISSIVE_SETS: Final = ("openewld", "openscore_lieder")
SUNG_ROLES: Final = (Role.MELODY, Role.VOICE)

BAR_BEATS: Final = 4.0
FEWEST_BARS: Final = 4
SILENT_BARS: Final = 2
TRAIN_SHARE, VALID_SHARE = 0.6797, 0.8304
"""Of Nottingham, by the hash of a file's name: 692 files, 173, and 169 for testing."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune.

    Attributes:
        name: Its file and, where the file holds several, its number.
        song: Tunes of one file share it.
        score: One voice, whole bars of 4/4, as it was written.
    """

    name: str
    song: str
    score: Score

    @property
    def home_line(self) -> tuple[Note, ...]:
        """Its line on the grid of sixteenths, brought to C major or A minor."""
        notes = self.score.sounding
        line = folk.line_of(notes, round(self.score.length * folk.STEPS_PER_BEAT))
        return folk.moved_home(line, folk.home_shift(notes))


def read_tunes(data_directory: Path | None, name: TuneSet, split: Split) -> list[Tune]:
    """Return the tunes of a split, in the order of their files.

    Raises:
        MissingDataError: A set is not there.
    """
    if name == NOTTINGHAM:
        return _nottingham(data_directory, split)
    if name == PRACTICE:
        return _practice(split)
    return _permissive(data_directory, split)


def nottingham_split(stem: str) -> Split:
    """Return the split of a file of Nottingham by its name without the suffix."""
    place = int(_hash(stem)[:8], 16) / 2**32
    if place < TRAIN_SHARE:
        return "train"
    return "valid" if place < VALID_SHARE else "test"


def tunes_of(score: Score, voice: int, name: str) -> Iterator[Tune]:
    """Yield the tunes that a voice of a score holds.

    Args:
        score: With its bar lines.
        voice: Which one, from 0.
        name: Of its file.
    """
    notes = score.voices[voice].sounding
    for number, bars in enumerate(_stretches(score, notes), start=1):
        span = Span(bars[0].start, bars[-1].end)
        yield Tune(f"{name}#{number}", name, _cut(notes, span))


def chosen_tunes(tunes: Sequence[Tune], most_steps: int) -> list[Tune]:
    """Return as many tunes as hold about so many sixteenths, chosen by their names' hashes.

    The fewer are always among the more.

    Args:
        tunes: Any tunes.
        most_steps: Sixteenths of all that are chosen; 0 for all tunes.
    """
    if most_steps == 0:
        return list(tunes)
    left = most_steps / folk.STEPS_PER_BEAT
    found: list[Tune] = []
    for tune in sorted(tunes, key=lambda tune: _hash(tune.name)):
        if left <= 0:
            break
        found.append(tune)
        left -= tune.score.length
    return found


def _nottingham(data_directory: Path | None, split: Split) -> list[Tune]:
    folder = datasets.find(data_directory, NOTTINGHAM)
    found: list[Tune] = []
    for path in sorted(folder.glob("MIDI/*.mid")):
        if nottingham_split(path.stem) == split:
            score = with_bar_lines(read_score(path))
            if score.voices:
                found += tunes_of(score, 0, f"{NOTTINGHAM}/{path.stem}")
    return found


def _permissive(data_directory: Path | None, split: Split) -> list[Tune]:
    found: list[Tune] = []
    for source in source_files(data_directory, PERMISSIVE_SETS):
        if split_of_song(source.name) == split:
            piece = read_source(source)
            if isinstance(piece, Reject):
                continue
            for voice in _sung(piece):
                found += tunes_of(piece.score, voice, f"{piece.name}:{voice}")
    return found


def _practice(split: Split) -> list[Tune]:
    scores = practice.tunes(PRACTICE_COUNTS[split], [*PRACTICE_COUNTS].index(split))
    return [
        Tune(f"{PRACTICE}/{split}#{number}", f"{PRACTICE}/{split}#{number}", score)
        for number, score in enumerate(scores)
    ]


def _sung(piece: SourcePiece) -> list[int]:
    return [index for index, role in enumerate(piece.roles) if role in SUNG_ROLES]


def _stretches(score: Score, notes: Sequence[Note]) -> Iterator[list[Span]]:
    """Yield runs of whole bars of four beats in which the voice goes on."""
    sounding = {score.meter_map.bar_start(note.start) for note in notes}
    bars = [*score.meter_map.bars(score.length)]
    for is_whole, run in groupby(bars, key=lambda bar: abs(bar.length - BAR_BEATS) < 1e-6):
        if is_whole:
            yield from _sung_parts([*run], sounding)


def _sung_parts(bars: Sequence[Span], sounding: Collection[float]) -> Iterator[list[Span]]:
    """Yield runs of bars, the first and the last sung, with no long silence between."""
    sung = [index for index, bar in enumerate(bars) if bar.start in sounding]
    breaks = [0]
    breaks += [
        place for place in range(1, len(sung)) if sung[place] - sung[place - 1] > SILENT_BARS
    ]
    for first, stop in zip(breaks, [*breaks[1:], len(sung)]):
        part = [*bars[sung[first] : sung[stop - 1] + 1]] if stop > first else []
        if len(part) >= FEWEST_BARS:
            yield part


def _cut(notes: Sequence[Note], span: Span) -> Score:
    """Return the notes that begin in a span as a tune that begins there and ends with it."""
    inside = tuple(
        replace(
            note,
            start=note.start - span.start,
            duration=min(note.duration, span.end - note.start),
        )
        for note in notes
        if span.contains(note.start)
    )
    return Score((Voice("Tune", inside, is_drums=False),), span.length)


def _hash(name: str) -> str:
    return hashlib.md5(name.encode("utf-8"), usedforsecurity=False).hexdigest()

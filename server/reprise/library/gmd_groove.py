"""The Groove MIDI Dataset: human drumming with its own split, in `info.csv`."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, SourceFile, SourcePiece, Split
from reprise.music.note import Note
from reprise.music.roles import Role

DATASET: Final = "gmd_groove"
_SPLITS: Final[dict[str, Split]] = {"train": "train", "validation": "valid", "test": "test"}

_PADS: Final = {22: 42, 26: 46, 58: 43}
"""Pads of the electronic kit whose pitches mean another drum in General MIDI, or none: the edges of
the closed and the open hi-hat, and the rim of the floor tom."""


def files(folder: Path) -> Iterator[SourceFile]:
    """Find the performances that are here, in the order of the table."""
    with (folder / "info.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            path = folder / row["midi_filename"]
            if path.is_file():
                yield SourceFile(DATASET, path, folder, _SPLITS[row["split"]])


def read(source: SourceFile) -> SourcePiece:
    """Return a performance, its pads as General MIDI names them."""
    score = read_score(source.path)
    voices = tuple(
        replace(voice, notes=tuple(map(_on_its_pad, voice.notes)), is_drums=True)
        for voice in score.voices
    )
    roles = (int(Role.DRUMS),) * len(voices)
    return SourcePiece(
        source.name,
        DATASET,
        "drums",
        source.name,
        source.split,
        replace(score, voices=voices),
        roles,
    )


def _on_its_pad(note: Note) -> Note:
    return replace(note, pitch=_PADS.get(note.pitch, note.pitch))


READERS = (Reader(DATASET, files, read),)

"""Slices: some bars of a held-out song as a score, the way a DAW would send them.

A packed piece is ticks in grid bars; a slice is beats in a score, so that whatever is asked about
it goes through the same door as a producer's request. Voices that are silent in a slice are left
out, as a muted track is.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reprise.library.corpus_file import Piece
from reprise.library.pieces import Split
from reprise.music.drums import DRUM_CHANNEL
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role, role_of
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.grid import beats
from reprise.tokenizers.ensemble.vocabulary import MAX_TRACKS, METERS

BARS = 8
MIN_NOTES, MAX_NOTES = 8, 600
"""A slice with fewer notes asks for nothing; one with more is over what a question may hold."""

_NAMES: dict[Role, str] = {
    Role.DRUMS: "Drums",
    Role.PERC: "Percussion",
    Role.BASS: "Bass",
    Role.PIANO: "Piano",
    Role.E_PIANO: "Rhodes",
    Role.ORGAN: "Organ",
    Role.AC_GUITAR: "Acoustic Guitar",
    Role.EL_GUITAR: "Guitar",
    Role.STRINGS: "Strings",
    Role.ENSEMBLE: "Orchestra",
    Role.BRASS: "Brass",
    Role.REED: "Sax",
    Role.PIPE: "Flute",
    Role.LEAD: "Lead",
    Role.PAD: "Pad",
    Role.FX: "FX",
    Role.ETHNIC: "Sitar",
    Role.MALLET: "Marimba",
    Role.VOICE: "Voice",
    Role.ARP: "Arp",
    Role.MELODY: "Melody",
    Role.CHORDS: "Chords",
    Role.COMP: "Comp",
    Role.UNKNOWN: "",
}
"""Names that tell each role, for tracks whose own name does not."""


@dataclass(frozen=True)
class Slice:
    """Some bars of a song.

    Attributes:
        name: The piece and the slice's first bar, such as "pop909/874:16".
        kind: Such as "pop" or "drums".
        song: Pieces and slices of one song share it.
        score: What sounds, from beat 0.
        roles: One a voice.
    """

    name: str
    kind: str
    song: str
    score: Score
    roles: tuple[int, ...]

    @property
    def bar_count(self) -> int:
        """How many grid bars it holds."""
        return self.score.meter_map.bar_count(self.score.length)


def slices_of(piece: Piece, bars: int = BARS, *, offset: int = 0) -> Iterator[Slice]:
    """Yield a piece's slices of so many grid bars, one after another from bar `offset` on.

    Those that hold too little, too much, or more tracks than a question can name are left out.
    """
    for first in range(offset, len(piece.grid_bars) - bars + 1, bars):
        found = slice_at(piece, first, bars)
        if found and MIN_NOTES <= found.score.note_count <= MAX_NOTES:
            yield found


def slice_at(piece: Piece, first: int, bars: int) -> Slice | None:
    """Return so many grid bars of a piece from bar `first` on, None where too many tracks sound."""
    rows = piece.notes[_between(piece.notes[:, 0], first, first + bars)]
    tracks = [index for index in range(len(piece.tracks)) if (rows[:, 1] == index).any()]
    if not tracks or len(tracks) > MAX_TRACKS:
        return None
    grid = piece.grid_bars[first : first + bars]
    starts = beats_of(grid[:, 0] - grid[0, 0])
    length = float(starts[-1] + grid[-1, 1] / 24.0)
    voices = tuple(
        _voice(piece, track, _notes(rows[rows[:, 1] == track], first, starts, length))
        for track in tracks
    )
    tempo_map = TempoMap.constant(min(1000.0, max(1.0, float(piece.tempo_bpm))))
    score = Score(voices, length, _meter_map(grid), tempo_map)
    roles = tuple(int(piece.tracks[track].role) for track in tracks)
    return Slice(f"{piece.name}:{first}", piece.kind, piece.song, score, roles)


def of_kind(
    pieces: Iterable[Piece],
    kind: str,
    count: int,
    seed: int,
    *,
    bars: int = BARS,
    split: Split = "test",
) -> list[Slice]:
    """Return up to `count` slices of the songs of a kind and split, in the seed's order.

    Slices that begin half-way between the others come after all of those, so that bars are heard
    twice only where there are too few.
    """
    songs = [piece for piece in pieces if (piece.kind, piece.split) == (kind, split)]
    found: list[Slice] = []
    for offset in (0, bars // 2):
        more = [one for piece in songs for one in slices_of(piece, bars, offset=offset)]
        random.Random(f"{seed} {kind} {offset}").shuffle(more)
        found += more
        if len(found) >= count or bars < 2:
            break
    return found[:count]


def beats_of(ticks: Sequence[int]) -> np.ndarray:
    """Return times in beats of times in ticks."""
    return np.asarray(ticks, np.float64) / 24.0


def _between(bars: np.ndarray, first: int, stop: int) -> slice:
    low, high = np.searchsorted(bars, (first, stop))
    return slice(int(low), int(high))


def _notes(
    rows: np.ndarray,
    first: int,
    starts: np.ndarray,
    length: float,
) -> tuple[Note, ...]:
    found = []
    for bar, _, onset, pitch, duration, velocity in rows.tolist():
        start = float(starts[bar - first]) + beats(onset)
        if start < length:
            found.append(Note(start, pitch, min(beats(duration), length - start), velocity))
    return tuple(sorted(found))


def _voice(piece: Piece, track: int, notes: tuple[Note, ...]) -> Voice:
    """Return a voice whose name tells its role to whoever reads names."""
    told = piece.tracks[track]
    if told.is_drums:
        # Packed drums are General MIDI's, and their channel is what says so.
        notes = tuple(replace(note, channel=DRUM_CHANNEL) for note in notes)
    voice = Voice(told.name, notes, is_drums=bool(told.is_drums))
    if role_of(voice) == told.role:
        return voice
    return Voice(_NAMES[Role(told.role)], notes, is_drums=bool(told.is_drums))


def _meter_map(grid: np.ndarray) -> MeterMap:
    changes: list[tuple[float, Meter]] = []
    origin, due = int(grid[0, 0]), -1
    for start, length, index in grid.tolist():
        meter = Meter(*METERS[index])
        # A bar that was cut short ends where the next one is told to begin.
        if not changes or changes[-1][1] != meter or start != due:
            changes.append((beats(start - origin), meter))
        due = start + round(meter.bar_length * 24)
        del length
    return MeterMap(tuple(changes))

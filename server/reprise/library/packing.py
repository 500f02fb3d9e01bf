"""From a score to a piece on the grid: feel taken off, durations settled, the unusable left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.library import duplicates
from reprise.library.corpus_file import PieceTrack
from reprise.library.midi_score import mean_tempo
from reprise.library.pieces import Reject, SourcePiece
from reprise.music import feel
from reprise.music.drums import is_drums
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.cells import Cell, cells_of, encode, settled
from reprise.tokenizers.ensemble.grid import GridBar, grid_bars, ticks
from reprise.tokenizers.ensemble.vocabulary import FIRST_DRUM, LAST_DRUM, MAX_TRACKS
from reprise.tokenizers.ensemble.window import default_velocity

MIN_KEPT_SHARE: Final = 0.9
"""Of a piece with too many tracks, the share of notes that its busiest sixteen must hold."""
MAX_EMPTY_SHARE: Final = 0.4
MAX_POLYPHONY: Final = 16
MIN_BARS: Final = {"drums": 1, "electronic": 4}
MIN_CUE_BARS: Final = {"easyrpg_rtp": 2}
USUAL_MIN_BARS: Final = 8
MIN_NOTES: Final = 8

TickNote = tuple[int, int, int, int]
"""Onset from the start of the piece, pitch, duration, velocity."""


@dataclass(frozen=True)
class Packed:
    """A piece on the grid whose split is not known yet.

    Attributes:
        source: Where it comes from, without its score.
        tempo_bpm: The mean.
        grid_bars, tracks, notes: As in `corpus_file.Piece`.
        token_count: Tokens of all its cells, each with its role, and of its meters.
    """

    name: str
    tempo_bpm: float
    grid_bars: NDArray[np.int32]
    tracks: tuple[PieceTrack, ...]
    notes: NDArray[np.int16]
    token_count: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a piece must be, to be learnt from.

    Attributes:
        fewest_notes: In all.
        fewest_bars: For each set, or kind, its own; `usual` for all others.
        usual: Bars that a piece must have where nothing else is said.
        most_empty: Share of bars in which nothing sounds.
    """

    fewest_notes: int = MIN_NOTES
    fewest_bars: Mapping[str, int] = field(default_factory=lambda: {**MIN_BARS, **MIN_CUE_BARS})
    usual: int = USUAL_MIN_BARS
    most_empty: float = MAX_EMPTY_SHARE


OF_SETS: Final = Bounds()
OF_ONES_OWN: Final = Bounds(fewest_notes=2, fewest_bars={}, usual=1, most_empty=1.0)
"""Whatever somebody keeps is worth learning: one bar of one track is music."""


def pack(piece: SourcePiece, bounds: Bounds = OF_SETS) -> Packed | Reject:
    """Return a piece on the grid, or why it is left out."""
    parts = [(voice, role) for voice, role in zip(piece.score.voices, piece.roles) if voice.notes]
    busiest = _busiest(parts)
    if busiest is None:
        return Reject(piece.name, "more than 16 tracks", f"{len(parts)} tracks")
    meter_map = piece.score.meter_map
    rows = [_tick_notes(voice, meter_map) for voice, _ in busiest]
    if not any(rows) or sum(map(len, rows)) < bounds.fewest_notes:
        return Reject(piece.name, "hardly any notes", f"{sum(map(len, rows))} notes")
    bars, start = _sounding_bars(rows, meter_map)
    rows = [
        [(onset - start, pitch, duration, velocity) for onset, pitch, duration, velocity in row]
        for row in rows
    ]
    pitched = [row for row, (voice, _) in zip(rows, busiest) if not is_drums(voice)]
    reason = _reason(piece, bars, pitched, rows, bounds)
    if reason is not None:
        return reason
    return _packed(piece, busiest, bars, rows)


def _busiest(parts: Sequence[tuple[Voice, int]]) -> list[tuple[Voice, int]] | None:
    """Return the parts, at most 16 of them, or None where too much would be lost."""
    counts = sorted((len(voice.notes) for voice, _ in parts), reverse=True)
    if sum(counts[:MAX_TRACKS]) < MIN_KEPT_SHARE * sum(counts):
        return None
    order = sorted(range(len(parts)), key=lambda index: -len(parts[index][0].notes))
    return [parts[index] for index in sorted(order[:MAX_TRACKS])]


def _tick_notes(voice: Voice, meter_map: MeterMap) -> list[TickNote]:
    """Return a voice's notes on the grid without their feel, in order."""
    drums = is_drums(voice)
    played = [note for note in voice.sounding if not drums or FIRST_DRUM <= note.pitch <= LAST_DRUM]
    straight, _ = feel.take_off(played, meter_map)
    return _without_collisions(sorted(_row(note) for note in straight))


def _row(note: Note) -> TickNote:
    start, end = ticks(note.start), ticks(note.end)
    return start, note.pitch, max(1, end - start), note.velocity


def _without_collisions(rows: Sequence[TickNote]) -> list[TickNote]:
    """Return notes of which none sounds on when its pitch is struck again.

    Of two that begin together the longer one stays.
    """
    found: list[TickNote] = []
    latest: dict[int, int] = {}
    for onset, pitch, duration, velocity in rows:
        before = latest.get(pitch)
        if before is not None and found[before][0] == onset:
            longest = max(duration, found[before][2])
            found[before] = (onset, pitch, longest, max(velocity, found[before][3]))
            continue
        if before is not None:
            start, _, length, loudness = found[before]
            found[before] = (start, pitch, min(length, onset - start), loudness)
        latest[pitch] = len(found)
        found.append((onset, pitch, duration, velocity))
    return found


def _sounding_bars(
    rows: Sequence[Sequence[TickNote]], meter_map: MeterMap
) -> tuple[tuple[GridBar, ...], int]:
    """Return the grid bars from the first bar with a note to the last, and the first one's start.

    They begin at 0; the start is in ticks of the piece as it was.
    """
    first = min(row[0][0] for row in rows if row)
    last = max(row[-1][0] for row in rows if row)
    start = meter_map.bar_start(first / 24)
    end = meter_map.bar_at(last / 24).end
    return grid_bars(meter_map.after(start), end - start), ticks(start)


def _reason(
    piece: SourcePiece,
    bars: Sequence[GridBar],
    pitched: Sequence[Sequence[TickNote]],
    rows: Sequence[Sequence[TickNote]],
    bounds: Bounds,
) -> Reject | None:
    least = bounds.fewest_bars.get(piece.dataset, bounds.fewest_bars.get(piece.kind, bounds.usual))
    count = sum(bar.opens_bar for bar in bars)
    if count < least:
        return Reject(piece.name, f"fewer than {least} bars", f"{count} bars")
    empty = 1.0 - _sounding_share(bars, rows)
    if empty > bounds.most_empty:
        return Reject(piece.name, "more than 40 % empty bars", f"{empty:.0%}")
    most = max((_polyphony(row) for row in pitched), default=0)
    if most > MAX_POLYPHONY:
        return Reject(piece.name, "polyphony over 16", f"{most} notes at once in one track")
    return None


def _sounding_share(bars: Sequence[GridBar], rows: Sequence[Sequence[TickNote]]) -> float:
    sounds = np.zeros(bars[-1].end + 1, np.int64)
    for onset, _, duration, _ in (note for row in rows for note in row):
        sounds[onset] += 1
        sounds[min(onset + duration, len(sounds) - 1)] -= 1
    is_on = np.cumsum(sounds) > 0
    return float(np.mean([is_on[bar.start : bar.end].any() for bar in bars]))


def _polyphony(row: Sequence[TickNote]) -> int:
    steps: Counter[int] = Counter()
    for onset, _, duration, _ in row:
        steps[onset] += 1
        steps[onset + duration] -= 1
    sounding = np.cumsum([steps[time] for time in sorted(steps)])
    return int(sounding.max(initial=0))


def _packed(
    piece: SourcePiece,
    parts: Sequence[tuple[Voice, int]],
    bars: Sequence[GridBar],
    rows: Sequence[Sequence[TickNote]],
) -> Packed:
    bounds = [(bar.start, bar.length) for bar in bars]
    tracks: list[PieceTrack] = []
    notes: list[tuple[int, ...]] = []
    token_count = len(bars)
    for (voice, role), row in zip(parts, rows):
        track = PieceTrack(role, is_drums(voice), voice.name)
        usual = default_velocity(velocity for *_, velocity in row)
        for number, (cell, bar) in enumerate(zip(cells_of(row, bounds), bars)):
            meant = settled(cell, bar.length)
            notes += ((number, len(tracks), *note) for note in meant)
            token_count += _token_count(meant, bar, usual, track)
        tracks.append(track)
    packed = np.array(notes, np.int16).reshape(-1, 6)
    order = np.lexsort((-packed[:, 3], packed[:, 2], packed[:, 1], packed[:, 0]))
    grid = np.array([(bar.start, bar.length, bar.meter) for bar in bars], np.int32)
    tempo_bpm = round(mean_tempo(piece.score), 2)
    return Packed(piece.name, tempo_bpm, grid, tuple(tracks), packed[order], token_count)


def _token_count(cell: Cell, bar: GridBar, usual: int, track: PieceTrack) -> int:
    if not cell:
        return 0
    return 1 + len(encode(cell, bar.length, usual, is_drums=track.is_drums).tokens)


def signed(packed: Packed) -> tuple[duplicates.Signature, ...]:
    """Return the signatures of the tracks that say enough, drums left out."""
    notes = packed.notes
    onsets = packed.grid_bars[notes[:, 0], 0] + notes[:, 2]
    found = []
    for index, track in enumerate(packed.tracks):
        mine = notes[:, 1] == index
        if not track.is_drums:
            found.append(duplicates.signature(onsets[mine], notes[mine, 3]))
    return tuple(signature for signature in found if signature is not None)

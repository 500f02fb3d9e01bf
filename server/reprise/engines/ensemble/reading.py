"""A task as the flagship reads it: grid bars, parts, cells and openings, with C for a tonic.

A part is a voice of the source or of the context. Its notes are taken off their feel, moved such
that the tonic is C (drums: to the drums that the pads stand for), settled, and cut into cells. A
**spot** is a cell's grid bar and part, both counted from 0.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import ADDING_VERBS, NEW_VERBS, Hole, Task, Verb, Watch
from reprise.music.drums import is_drums
from reprise.music.feel import Feel, take_off
from reprise.music.key import SCALES, Key, find_key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.pads import PadMap, map_pads
from reprise.music.roles import Role, role_of
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order, settled
from reprise.tokenizers.ensemble.grid import GridBar, grid_bars, ticks
from reprise.tokenizers.ensemble.vocabulary import Mode, velocity_bin
from reprise.tokenizers.ensemble.window import default_velocity, shift_to_c

Spot = tuple[int, int]
EDGE = 1e-6
KEPT_WHEN_STRAY = (Verb.VARY, Verb.MORPH)


@dataclass(frozen=True)
class Part:
    """A voice as it is read.

    Attributes:
        voice: As it came.
        role: What it is for.
        is_drums: Whether it is drums.
        is_source: Whether it is a voice of the source; else it is only heard.
        feel: How it is played; an empty voice has the feel of the busiest other one.
        pads: Drums of its pads; None for a pitched voice.
        velocity: The bin that most of its velocities fall into.
    """

    voice: Voice
    role: Role
    is_drums: bool
    is_source: bool
    feel: Feel
    pads: PadMap | None
    velocity: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A note of the source in its cell.

    Attributes:
        place: As results count.
        played: As it came.
        straight: Without its feel, in beats.
        cell_note: As it stands in its cell.
    """

    place: int
    played: Note
    straight: Note
    cell_note: GridNote


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """A stretch of a cell that may be written; ticks from the start of its grid bar.

    Attributes:
        first: The first onset.
        stop: The onset after the last.
        end: Where its notes end at the latest.
    """

    first: int
    stop: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What is known of a task.

    Attributes:
        task: As it came.
        bars: Grid bars of the whole time line.
        parts: The source's voices in order, then those of the context.
        cells: What stands, by spot; cells without notes are left out.
        origins: The source's notes by spot, then onset and pitch; doubled notes stand together.
        stays: Places of the source's notes that every answer keeps: those that are fixed, those on
            pads that nobody can name, and in a variation those that feel has pushed out of reach.
        openings: What may be written, by spot.
        key: The host's, else the one that is found; None where nothing pitched sounds.
        shift: Semitones from the music to a tonic of C, -6 to 5.
        mode: Of the key.
    """

    task: Task
    bars: tuple[GridBar, ...]
    parts: tuple[Part, ...]
    cells: Mapping[Spot, Cell]
    origins: Mapping[Spot, Mapping[tuple[int, int], tuple[Origin, ...]]]
    stays: frozenset[int]
    openings: Mapping[Spot, tuple[Opening, ...]]
    key: Key | None
    shift: int
    mode: Mode

    @property
    def keeps_rhythm(self) -> bool:
        """Whether there are notes whose rhythm the answers have."""
        return self.task.keep_rhythm and self.task.verb not in ADDING_VERBS

    @property
    def keeps_pitches(self) -> bool:
        """Whether there are notes whose pitches the answers have."""
        return self.task.keep_pitches and self.task.verb not in ADDING_VERBS

    def free_cell(self, spot: Spot) -> Cell:
        """Return the notes of an open cell that may go."""
        return in_order(
            group[0].cell_note
            for group in self.origins.get(spot, {}).values()
            if not any(origin.place in self.stays for origin in group)
        )

    def locked(self, spot: Spot) -> Cell:
        """Return the notes of an open cell that stay."""
        return in_order(
            group[0].cell_note
            for group in self.origins.get(spot, {}).values()
            if any(origin.place in self.stays for origin in group)
        )

    def bar_at(self, tick: int) -> int:
        """Return the grid bar that holds a tick; the last for later ones."""
        return _bar_at(self.bars, tick)


def read_task(task: Task, watch: Watch) -> Reading:
    """Return a task as the flagship reads it; `watch.check` is called between voices."""
    key = task_key(task)
    shift = 0 if key is None else shift_to_c(key.tonic)
    bars = grid_bars(task.source.meter_map, max(task.length, task.source.length))
    parts: list[Part] = []
    cells: dict[Spot, Cell] = {}
    origins: dict[Spot, dict[tuple[int, int], tuple[Origin, ...]]] = {}
    first_place = 0
    for score in (task.source, task.context):
        for voice in score.voices:
            watch.check()
            straight, feel = take_off(voice.notes, task.source.meter_map)
            part = _part(voice, feel, task.source.meter_map, is_source=score is task.source)
            own = _placed(part, straight, bars, shift, first_place)
            for bar, group in own.items():
                cells[bar, len(parts)] = in_order(row[0].cell_note for row in group.values())
                if part.is_source:
                    origins[bar, len(parts)] = group
            first_place += len(voice.notes)
            parts.append(part)
    openings = _openings(task, bars)
    return Reading(
        task=task,
        bars=bars,
        parts=_with_borrowed_feel(parts),
        cells=cells,
        origins=origins,
        stays=_staying(task, parts, origins, openings),
        openings=openings,
        key=key,
        shift=shift,
        mode=_mode(key),
    )


def cells_of_score(
    score: Score, reading: Reading, parts: Sequence[int], watch: Watch
) -> dict[Spot, Cell]:
    """Return another score's cells on the time line of a reading, its voices paired in order.

    Args:
        score: Such as a liked answer, or a clip to morph towards; a shorter one comes again.
        reading: Whose grid bars, pads and tonic are taken.
        parts: The reading's parts that the score's voices stand for.
        watch: Checked between voices.
    """
    found: dict[Spot, Cell] = {}
    total = reading.bars[-1].end
    for index, voice in zip(parts, score.voices):
        watch.check()
        straight, feel = take_off(voice.notes, score.meter_map)
        like = reading.parts[index]
        pads = map_pads(voice, score.meter_map) if like.is_drums and voice.pads else like.pads
        part = replace(like, voice=voice, is_source=False, feel=feel, pads=pads)
        repeated = _repeated(straight, max(1, ticks(score.length)), total)
        for bar, group in _placed(part, repeated, reading.bars, reading.shift, 0).items():
            found[bar, index] = in_order(row[0].cell_note for row in group.values())
    return found


def task_key(task: Task) -> Key | None:
    """Return the host's key, else the one of source and context together, None without pitches."""
    pitched = [
        note
        for score in (task.source, task.context)
        for voice in score.voices
        if not is_drums(voice)
        for note in voice.sounding
    ]
    return task.source.key or find_key(pitched)


def _mode(key: Key | None) -> Mode:
    steps = () if key is None else SCALES[key.scale]
    if len(steps) in (0, 12) or (3 in steps) == (4 in steps):
        return Mode.NONE
    return Mode.MINOR if 3 in steps else Mode.MAJOR


def _part(voice: Voice, feel: Feel, meter_map: MeterMap, *, is_source: bool) -> Part:
    drums = is_drums(voice)
    return Part(
        voice=voice,
        role=role_of(voice),
        is_drums=drums,
        is_source=is_source,
        feel=feel,
        pads=map_pads(voice, meter_map) if drums else None,
        velocity=default_velocity(note.velocity for note in voice.sounding),
    )


def _with_borrowed_feel(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts, where a part without notes plays as the busiest of its kind does."""
    busiest = max(parts, key=lambda part: len(part.feel.played), default=None)
    if busiest is None:
        return ()
    loudness = velocity_bin(90) if not busiest.feel.played else busiest.velocity
    return tuple(
        part if part.feel.played else replace(part, feel=busiest.feel, velocity=loudness)
        for part in parts
    )


def cell_pitch(part: Part, pitch: int, shift: int) -> int | None:
    """Return a pitch as it stands in cells; None for a pad that stands for no drum."""
    if part.pads is not None:
        return part.pads.drum_of_pad.get(pitch)
    moved = pitch + shift
    return moved - 12 if moved > 127 else moved + 12 if moved < 0 else moved


def _placed(
    part: Part, straight: Sequence[Note], bars: Sequence[GridBar], shift: int, first_place: int
) -> dict[int, dict[tuple[int, int], tuple[Origin, ...]]]:
    """Return a part's notes by grid bar, then by onset and pitch, settled."""
    rows: dict[int, dict[tuple[int, int], list[Origin]]] = defaultdict(lambda: defaultdict(list))
    played = part.voice.notes
    for number, note in enumerate(straight):
        pitch = cell_pitch(part, note.pitch, shift)
        tick = ticks(note.start)
        if note.is_muted or pitch is None or tick >= bars[-1].end:
            continue
        bar = _bar_at(bars, tick)
        length = max(1, ticks(note.duration))
        cell_note = GridNote(tick - bars[bar].start, pitch, length, note.velocity)
        own = played[number % len(played)]
        origin = Origin(first_place + number, own, note, cell_note)
        rows[bar][cell_note.onset, pitch].append(origin)
    return {bar: _settled(part, group, bars[bar].length) for bar, group in rows.items()}


def _settled(
    part: Part, group: Mapping[tuple[int, int], Sequence[Origin]], length: int
) -> dict[tuple[int, int], tuple[Origin, ...]]:
    longest = {
        key: max(origins, key=lambda origin: origin.cell_note.duration)
        for key, origins in group.items()
    }
    cell = in_order(origin.cell_note for origin in longest.values())
    meant = cell if part.is_drums else settled(cell, length)
    by_key = {(note.onset, note.pitch): note for note in meant}
    return {
        key: tuple(Origin(o.place, o.played, o.straight, by_key[key]) for o in origins)
        for key, origins in group.items()
    }


def _repeated(notes: Sequence[Note], length: int, total: int) -> list[Note]:
    """Return straight notes again and again, every `length` ticks up to `total`."""
    turns = -(-total // length)
    beats = length / 24
    inside = [note for note in notes if ticks(note.start) < length]
    return [
        Note(note.start + turn * beats, note.pitch, note.duration, note.velocity)
        for turn in range(turns)
        for note in inside
        if not note.is_muted
    ]


def _openings(task: Task, bars: Sequence[GridBar]) -> dict[Spot, tuple[Opening, ...]]:
    found: dict[Spot, list[Opening]] = defaultdict(list)
    for hole in task.holes:
        for piece in _pieces(hole, task):
            first = round(piece.start * 24)
            stop = max(first + 1, -int(-(piece.end - EDGE) * 24 // 1))
            for bar in range(_bar_at(bars, first), _bar_at(bars, stop - 1) + 1):
                grid_bar = bars[bar]
                opening = Opening(
                    max(0, first - grid_bar.start),
                    min(grid_bar.length, stop - grid_bar.start),
                    max(first + 1, round(piece.end * 24)) - grid_bar.start,
                )
                if opening.first < opening.stop:
                    found[bar, hole.voice].append(opening)
    return {spot: tuple(sorted(openings)) for spot, openings in found.items()}


def _pieces(hole: Hole, task: Task) -> Iterable[Span]:
    """Yield a hole in one or two pieces: no note rings across the end of the loop."""
    loop, span = task.source.loop, hole.span
    if loop is None or task.verb in NEW_VERBS or not span.start < loop.end < span.end:
        yield span
        return
    yield Span(span.start, loop.end)
    yield Span(loop.end, span.end)


def _staying(
    task: Task,
    parts: Sequence[Part],
    origins: Mapping[Spot, Mapping[tuple[int, int], Sequence[Origin]]],
    openings: Mapping[Spot, Sequence[Opening]],
) -> frozenset[int]:
    nameless = {
        place
        for place, voice, note in task.source.places()
        if cell_pitch(parts[voice], note.pitch, 0) is None
    }
    staying = nameless.union(task.fixed_places)
    if task.verb not in KEPT_WHEN_STRAY and not (task.keep_rhythm or task.keep_pitches):
        return frozenset(staying)
    inside = {
        origin.place
        for spot, groups in origins.items()
        for (onset, _), group in groups.items()
        if any(opening.first <= onset < opening.stop for opening in openings.get(spot, ()))
        for origin in group
    }
    return frozenset(staying | (task.free_places - inside))


def _bar_at(bars: Sequence[GridBar], tick: int) -> int:
    return max(0, bisect_right(bars, tick, key=lambda bar: bar.start) - 1)

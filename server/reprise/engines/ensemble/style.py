"""Passages of the producer's own music as the flagship hears them: ideas with C for a tonic.

A pitched passage takes the place of a theme, which the network learnt as two bars of the very track
that it writes; so it is moved to the octave, and to the loudness, of the part that it is for. It
learnt no themes of drums: where drums are written, a passage is what a variation starts from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from reprise.engines.base import StyleClip, Verb
from reprise.engines.ensemble.asking import Stage, Theme
from reprise.engines.ensemble.limits import Limits
from reprise.engines.ensemble.reading import Part, Reading, Spot
from reprise.music.key import find_key
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell, GridNote, cells_of, in_order
from reprise.tokenizers.ensemble.grid import grid_bars, ticks
from reprise.tokenizers.ensemble.vocabulary import Asked
from reprise.tokenizers.ensemble.window import shift_to_c

STYLE_VERBS = (Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.REDO, Verb.ACCOMPANY)
"""A development has a theme already, and a morph has two clips."""

DRUM_SIMILARITY = 0.75
"""How like a passage of drums the answers are that start from it."""

OCTAVE = 12


@dataclass(frozen=True)
class Idea:
    """A passage for one part.

    Attributes:
        theme: Its notes, and whose they are.
        name: Of the piece that it is from.
    """

    theme: Theme
    name: str

    def cell(self, bar: int, length: int) -> Cell | None:
        """Return what it has in a grid bar, said again and again; None where its bars differ."""
        number = bar % len(self.theme.bars)
        fits = self.theme.bars[number].length == length
        return self.theme.cells[number] if fits else None


def ideas_of(reading: Reading, limits: Mapping[int, Limits]) -> dict[int, tuple[Idea, ...]]:
    """Return the ideas for each part that may be written, nearest first."""
    found: dict[int, tuple[Idea, ...]] = {}
    for clip in reading.task.style:
        if clip.voice in limits:
            own = _idea(clip, reading.parts[clip.voice], limits[clip.voice])
            found[clip.voice] = (*found.get(clip.voice, ()), own)
    return found


def unaccustomed(reading: Reading, parts: Collection[int]) -> Reading:
    """Return a reading in which nothing is known of how some parts play.

    Else their own habits would speak against every idea that has others.
    """
    cells = {spot: cell for spot, cell in reading.cells.items() if spot[1] not in parts}
    return replace(reading, cells=cells)


def drawn(ideas: Mapping[int, Sequence[Idea]], random: np.random.Generator) -> dict[int, Idea]:
    """Return one idea for each part that has some."""
    return {part: own[int(random.integers(len(own)))] for part, own in sorted(ideas.items())}


def styled(reading: Reading, stages: Sequence[Stage], ideas: Mapping[int, Idea]) -> list[Stage]:
    """Return stages that take after ideas, as far as the network learnt to.

    Stages in which notes stand stay as they are: it never saw such beside a theme.
    """
    if reading.task.verb == Verb.VARY:
        return [_mixed(reading, stage, ideas) for stage in stages]
    return [_led(reading, stage, ideas) if not stage.sources else stage for stage in stages]


def _mixed(reading: Reading, stage: Stage, ideas: Mapping[int, Idea]) -> Stage:
    """Return a variation that starts from its own cells and from ideas as well."""
    if stage.asked is not Asked.VARY:
        return stage
    second = _repeated(reading, [spot for spot in stage.spots if stage.sources.get(spot)], ideas)
    second = {spot: cell for spot, cell in second.items() if spot not in stage.second_sources}
    return replace(
        stage,
        second_sources={**stage.second_sources, **second},
        style=_names(ideas, second),
    )


def _led(reading: Reading, stage: Stage, ideas: Mapping[int, Idea]) -> Stage:
    """Return a stage that has the idea of its leading part for a theme, or starts from drums."""
    parts = {part for _, part in stage.spots}
    pitched = [part for part in sorted(parts & ideas.keys()) if not reading.parts[part].is_drums]
    if pitched:
        part = pitched[0]
        return replace(
            stage,
            asked=Asked.THEME,
            theme=ideas[part].theme,
            style={part: ideas[part].name},
        )
    sources = _repeated(reading, stage.spots, ideas)
    if len(sources) < len(stage.spots) or not any(sources.values()):
        return stage
    return replace(
        stage,
        asked=Asked.VARY,
        sources=sources,
        similarity=dict.fromkeys(parts, DRUM_SIMILARITY),
        style=_names(ideas, sources),
    )


def _repeated(
    reading: Reading, spots: Sequence[Spot], ideas: Mapping[int, Idea]
) -> dict[Spot, Cell]:
    found: dict[Spot, Cell] = {}
    for bar, part in spots:
        cell = ideas[part].cell(bar, reading.bars[bar].length) if part in ideas else None
        if cell is not None:
            found[bar, part] = cell
    return found


def _names(ideas: Mapping[int, Idea], cells: Mapping[Spot, Cell]) -> dict[int, str]:
    return {part: ideas[part].name for part in sorted({part for _, part in cells})}


def _idea(clip: StyleClip, part: Part, limits: Limits) -> Idea:
    score, voice = clip.score, clip.score.voices[0]
    bars = grid_bars(score.meter_map, score.length)
    shift = 0 if part.is_drums else _shift(clip, part)
    louder = _loudness(part.voice.sounding) - _loudness(voice.sounding)
    rows = [
        (
            ticks(note.start),
            note.pitch + shift,
            max(1, ticks(note.duration)),
            min(127, max(1, note.velocity + louder)),
        )
        for note in voice.sounding
        if note.pitch + shift in limits.pitches
    ]
    cells = cells_of(sorted(rows), [(bar.start, bar.length) for bar in bars])
    heard = tuple(in_order(GridNote(*note) for note in cell) for cell in cells)
    return Idea(Theme(clip.voice, bars, heard), clip.name)


def _shift(clip: StyleClip, part: Part) -> int:
    """Return the semitones to C, and to the octave of the part where it plays anything."""
    notes = clip.score.voices[0].sounding
    key = clip.score.key or find_key(notes)
    shift = 0 if key is None else shift_to_c(key.tonic)
    own = part.voice.sounding
    if not own or not notes:
        return shift
    apart = median(n.pitch for n in own) - median(n.pitch + shift for n in notes)
    return shift + OCTAVE * round(apart / OCTAVE)


def _loudness(notes: Sequence[Note]) -> int:
    return round(median(note.velocity for note in notes)) if notes else 90

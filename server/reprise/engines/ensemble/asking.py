"""From what stands on the board, and what a stage asks for, to a question for the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from reprise.engines.base import ScaleMode
from reprise.engines.ensemble.limits import Limits
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.engines.ensemble.windows import View, choose_view, window_bars
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, CellTokens, encode
from reprise.tokenizers.ensemble.controls import repetition, syncopation
from reprise.tokenizers.ensemble.grid import GridBar, beats
from reprise.tokenizers.ensemble.layout import Question, spelled
from reprise.tokenizers.ensemble.locks import Open, opened
from reprise.tokenizers.ensemble.vocabulary import Asked, Mode, Special
from reprise.tokenizers.ensemble.window import Place, Track, Window


@dataclass
class Board:
    """What stands while one candidate is written.

    Attributes:
        cells: By spot; cells without notes are left out.
        unknown: Spots that are asked for later, and not known until then.
    """

    cells: dict[Spot, Cell]
    unknown: set[Spot]

    def copy(self) -> "Board":
        """Return the same board, to go its own way."""
        return Board(dict(self.cells), set(self.unknown))

    def put(self, spot: Spot, cell: Cell) -> None:
        """Let an answer stand."""
        self.unknown.discard(spot)
        if cell:
            self.cells[spot] = cell
        else:
            self.cells.pop(spot, None)


@dataclass(frozen=True)
class Theme:
    """An idea to be developed.

    Attributes:
        part: Whose idea it is.
        bars: Grid bars of its own, from tick 0.
        cells: One for each grid bar.
    """

    part: int
    bars: tuple[GridBar, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Stage:
    """Spots that are answered in one go, and how.

    Attributes:
        spots: By grid bar and then part.
        asked: The task that the network is told.
        sources: Cells to start from, by spot.
        second_sources: Others, for spots that have a first.
        similarity: How like the sources answers should be, 0.0-1.0, by part.
        open: What is left open of what is kept; None where nothing is.
        theme: An idea to be developed, or None.
        held: Free notes of a source that stay in this stage, by spot.
        given: Answers that stand already, by spot: they are heard and not asked for.
        kept: Cells whose rhythm or pitches the answers have.
        mixed: For a morph, the other clip's cells to start from, by spot.
        mixed_similarity: How like these the answers should be, by part.
        style: Names of the producer's own pieces that it takes after, by part.
    """

    spots: tuple[Spot, ...]
    asked: Asked
    sources: Mapping[Spot, Cell] = field(default_factory=dict)
    second_sources: Mapping[Spot, Cell] = field(default_factory=dict)
    similarity: Mapping[int, float] = field(default_factory=dict)
    open: Open | None = None
    theme: Theme | None = None
    held: Mapping[Spot, Cell] = field(default_factory=dict)
    given: Mapping[Spot, Cell] = field(default_factory=dict)
    kept: Mapping[Spot, Cell] = field(default_factory=dict)
    mixed: Mapping[Spot, Cell] = field(default_factory=dict)
    mixed_similarity: Mapping[int, float] = field(default_factory=dict)
    style: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asking:
    """A question, and where its answers go.

    Attributes:
        question: What the network is asked.
        spots: The spot of each hole, in the order of the answers.
        view: What it hears.
        other: For a morph, the same question that starts from the other clip.
    """

    question: Question
    spots: tuple[Spot, ...]
    view: View
    other: Question | None = None


class Asker:
    """Asks about one task."""

    def __init__(
        self, reading: Reading, limits: Mapping[int, Limits], style: int | None = None
    ) -> None:
        """Take what is known, the limits of each part that may be written, and a style to tell."""
        self._reading = reading
        self._limits = limits
        self._style = style
        self._own_cells = {
            part: [cell for (_, own), cell in sorted(reading.cells.items()) if own == part]
            for part in limits
        }

    def ask(self, board: Board, stage: Stage) -> Asking:
        """Return the question of a stage on a board."""
        weight = 2.0 if stage.sources else 1.0
        expected = {**board.cells, **stage.sources}
        view = choose_view(self._reading, stage.spots, expected, weight)
        window = self._window(board, stage, view)
        at = {column.bar: i for i, column in enumerate(view.columns) if not column.is_echo}
        track_of = {part: i for i, part in enumerate(view.parts)}
        place_of = {spot: (at[spot[0]], track_of[spot[1]]) for spot in stage.spots}
        question = Question(
            window=window,
            asked=stage.asked,
            holes=tuple(place_of[spot] for spot in stage.spots),
            sources=self._told(stage.sources, stage, window, place_of),
            second_sources=self._told(stage.second_sources, stage, window, place_of),
            unknown=_unknown(board, stage, view, set(place_of.values())),
            theme=_theme_window(stage.theme, window, track_of),
            controls=self._all_controls(stage, window, track_of),
            style=self._style,
        )
        if not stage.mixed:
            return Asking(question, stage.spots, view)
        mixed = replace(stage, sources=stage.mixed, similarity=stage.mixed_similarity)
        other = replace(
            question,
            sources=self._told(mixed.sources, mixed, window, place_of),
            controls=self._all_controls(mixed, window, track_of),
        )
        return Asking(question, stage.spots, view, other)

    def _all_controls(
        self, stage: Stage, window: Window, track_of: Mapping[int, int]
    ) -> dict[int, tuple[int, ...]]:
        return {
            track_of[part]: self._controls(stage, window, part)
            for part in sorted({part for _, part in stage.spots})
        }

    def _window(self, board: Board, stage: Stage, view: View) -> Window:
        reading = self._reading
        bars = window_bars(reading, view.columns)
        asked = set(stage.spots)
        cells: dict[Place, Cell] = {}
        for number, column in enumerate(view.columns):
            for track, part in enumerate(view.parts):
                cell = board.cells.get((column.bar, part), ())
                if cell and (column.bar, part) not in asked:
                    cells[number, track] = cell
        start = beats(reading.bars[stage.spots[0][0]].start)
        return Window(
            bars=bars,
            tracks=tuple(self._track(part, slot) for slot, part in enumerate(view.parts)),
            cells=cells,
            tempo=reading.task.source.tempo_map.at(start),
            mode=reading.mode,
        )

    def _track(self, part: int, slot: int) -> Track:
        own = self._reading.parts[part]
        return Track(int(own.role), own.is_drums, own.velocity, slot)

    def _told(
        self,
        cells: Mapping[Spot, Cell],
        stage: Stage,
        window: Window,
        place_of: Mapping[Spot, Place],
    ) -> dict[Place, CellTokens]:
        found: dict[Place, CellTokens] = {}
        for spot, cell in cells.items():
            bar, track = place_of[spot]
            told = window.tracks[track]
            tokens = encode(cell, window.bars[bar].length, told.velocity, is_drums=told.is_drums)
            if not cell:
                tokens = spelled(Special.EMPTY)
            elif stage.open is not None and stage.asked is Asked.LOCKS:
                tokens = opened(tokens, {stage.open})
            found[bar, track] = tokens
        return found

    def _controls(self, stage: Stage, window: Window, part: int) -> tuple[int, ...]:
        limits, controls = self._limits[part], self._reading.task.controls
        spots = [spot for spot in stage.spots if spot[1] == part]
        tokens: list[int] = []
        if limits.is_known or limits.is_asked:
            tokens.append(words.density_token(self._expected(stage, spots)))
        if part in stage.similarity:
            tokens.append(words.similarity_token(stage.similarity[part]))
        if stage.theme is not None and stage.theme.part == part:
            tokens.append(words.IN_THEME)
        if controls.surprise > 0.0 and part not in {**stage.similarity, **stage.style}:
            tokens += self._own_ways(part)
        if self._reading.parts[part].is_drums:
            return tuple(sorted(tokens))
        if limits.is_known or controls.max_polyphony is not None:
            tokens.append(words.polyphony_token(limits.polyphony))
        if controls.lowest_pitch is not None:
            tokens.append(words.lowest_token(min(limits.pitches, default=0)))
        if controls.highest_pitch is not None:
            tokens.append(words.highest_token(max(limits.pitches, default=127)))
        if window.mode in (Mode.MAJOR, Mode.MINOR) and controls.scale == ScaleMode.STRICT:
            tokens.append(words.in_key_token(1.0))
        return tuple(sorted(tokens))

    def _own_ways(self, part: int) -> tuple[int, ...]:
        """Return what a part is like: how repetitive, how syncopated, how high, how long."""
        cells = self._own_cells[part]
        notes = [note for cell in cells for note in cell]
        if not notes:
            return ()
        found = [
            words.repetition_token(repetition(cells, ())),
            words.syncopation_token(syncopation(cells)),
        ]
        if self._reading.parts[part].is_drums:
            return tuple(found)
        controls, pitches = self._reading.task.controls, [note.pitch for note in notes]
        if controls.lowest_pitch is None:
            found.append(words.lowest_token(min(pitches)))
        if controls.highest_pitch is None:
            found.append(words.highest_token(max(pitches)))
        return (*found, words.length_token(fmean(note.duration for note in notes)))

    def _expected(self, stage: Stage, spots: Sequence[Spot]) -> float:
        """Return how many notes a grid bar of a part should hold."""
        limits = self._limits[spots[0][1]]
        if stage.sources and not limits.is_asked:
            return sum(len(stage.sources.get(spot, ())) for spot in spots) / len(spots)
        lengths = [self._reading.bars[bar].length for bar, _ in spots]
        return limits.density * beats(sum(lengths)) / len(lengths)


def _unknown(board: Board, stage: Stage, view: View, holes: set[Place]) -> frozenset[Place]:
    asked = set(stage.spots)
    return frozenset(
        (number, track)
        for number, column in enumerate(view.columns)
        for track, part in enumerate(view.parts)
        if (number, track) not in holes
        and ((column.bar, part) in asked or (column.bar, part) in board.unknown)
    )


def _theme_window(
    theme: Theme | None, window: Window, track_of: Mapping[int, int]
) -> Window | None:
    """Return the theme as a window of its own; None where its voice is not heard in this one."""
    if theme is None or theme.part not in track_of:
        return None
    track = window.tracks[track_of[theme.part]]
    cells = {(number, 0): cell for number, cell in enumerate(theme.cells)}
    return Window(theme.bars, (track,), cells, window.tempo, window.mode)

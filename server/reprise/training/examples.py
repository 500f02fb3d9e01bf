"""Training examples, drawn on the fly from packed pieces: a question and its true answers.

The same generator state gives the same examples, whatever was drawn before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np

from reprise.errors import InvalidRequestError
from reprise.library.corpus_file import Corpus, Piece
from reprise.library.pieces import Split
from reprise.music.key import Key
from reprise.tokenizers.ensemble import layout
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.locks import Open
from reprise.tokenizers.ensemble.vocabulary import Asked
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import Cut, Excerpt, PieceReader, draw_excerpt, grid_bars
from reprise.training.hiding import draw_hiding, theme_hiding
from reprise.training.questions import Asking, Draft, TellingChances, ask, key_of
from reprise.training.standing import draw_standing, without
from reprise.training.themes import THEME_BARS, FoundTheme, find_theme
from reprise.training.variation_pairs import draw_sources

TRIES = 40
PIECE_TRIES = 8
LONGEST_PIECE_BARS = 256
LOOPED_SHARE = 0.2
LOOP_UNITS = (1, 2, 4)
SECOND_SOURCE_SHARE = 0.15

TASK_SHARES: Mapping[Asked, float] = {
    Asked.INFILL: 0.30,
    Asked.TRACK: 0.15,
    Asked.CONTINUE: 0.20,
    Asked.VARY: 0.18,
    Asked.THEME: 0.10,
    Asked.LOCKS: 0.07,
}
STANDING_SHARES: Mapping[Asked, float] = {
    Asked.INFILL: 0.2,
    Asked.TRACK: 0.05,
    Asked.CONTINUE: 0.05,
}
"""How often notes stand in cells that are asked for."""

BAR_SHARES: Mapping[int, float] = {1: 0.06, 2: 0.09, 4: 0.25, 8: 0.40, 12: 0.10, 16: 0.10}
OPEN_SHARES: Mapping[Open, float] = {Open.PITCH: 0.5, Open.RHYTHM: 0.35, Open.VELOCITY: 0.15}
KIND_FACTORS: Mapping[str, float] = {
    "pop": 1.0,
    "piano": 0.7,
    "quartets": 0.5,
    "multitrack": 4.0,
    "electronic": 5.5,
    "drums": 1.0,
    "melody": 1.0,
    "chorales": 2.0,
}
"""How much more often a bar of a kind is drawn than a bar of pop."""


@dataclass(frozen=True, slots=True)
class ExampleSettings:
    """What examples are made of.

    Attributes:
        split: Which pieces are drawn from.
        longest: Tokens of the longest example.
        context_weight: How much the prediction of notes in context and theme counts.
        tasks: Share of each task.
        bars: Share of each number of grid bars; 1 and 2 are looped.
        kinds: How often a bar of each kind of piece is drawn; 1.0 where it is not told.
        chances: How often what is told, and changed.
        styles: The style 0-31 that is told of pieces of a kind; none of other kinds.
    """

    split: Split = "train"
    longest: int = 1024
    context_weight: float = 0.25
    tasks: Mapping[Asked, float] = field(default_factory=lambda: TASK_SHARES)
    bars: Mapping[int, float] = field(default_factory=lambda: BAR_SHARES)
    kinds: Mapping[str, float] = field(default_factory=lambda: KIND_FACTORS)
    chances: TellingChances = field(default_factory=TellingChances)
    styles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence to learn from.

    Attributes:
        features: Rows of the table, (tokens, `layout.FEATURES`).
        tau: Musical time in quarters, (tokens,).
        weights: How much the prediction of each token counts, (tokens,).
        task: The task's name in small letters.
        kind: The piece's kind.
        answer_start: The first token of the answers.
        answer_notes: Notes that the answers stand for, copied ones included.
    """

    features: layout.Indices
    tau: layout.Floats
    weights: layout.Floats
    task: str
    kind: str
    answer_start: int
    answer_notes: int

    def __len__(self) -> int:
        return len(self.tau)


class ExampleSampler:
    """Draws examples from the pieces of one split.

    Its only state that matters is the generator's.
    """

    def __init__(
        self, corpus: Corpus, settings: ExampleSettings, random: np.random.Generator
    ) -> None:
        """Prepare to draw.

        Raises:
            InvalidRequestError: The corpus has no piece of the split.
        """
        self.settings = settings
        self.random = random
        self._readers = [
            PieceReader(piece)
            for piece in corpus.pieces
            if piece.split == settings.split and len(piece.notes)
        ]
        if not self._readers:
            raise InvalidRequestError(
                f"the corpus has no piece in the split {settings.split!r}; build it with more sets"
            )
        self._edges = _edges([_weight(reader.piece, settings) for reader in self._readers])
        self._tasks, self._task_edges = list(settings.tasks), _edges(settings.tasks.values())
        self._bars, self._bar_edges = list(settings.bars), _edges(settings.bars.values())
        self._opens, self._open_edges = list(OPEN_SHARES), _edges(OPEN_SHARES.values())
        self._themes: dict[int, FoundTheme | None] = {}

    def draw(self) -> Example:
        """Return the next example.

        Raises:
            InvalidRequestError: The pieces are too short or too empty for any example.
        """
        for _ in range(TRIES):
            asked = self._tasks[self._index(self._task_edges)]
            for _ in range(PIECE_TRIES):
                example = self._drawn(asked)
                if example is not None:
                    return example
        raise InvalidRequestError(
            f"no example was found in {TRIES * PIECE_TRIES} tries: the pieces of the split "
            f"{self.settings.split!r} are too short or too empty"
        )

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.draw()

    def draft(self, asked: Asked) -> Draft | None:
        """Return what an example of a task will ask, or None where the drawn piece has none."""
        index = self._index(self._edges)
        if asked is Asked.THEME:
            return self._theme_draft(index)
        excerpt = draw_excerpt(self._readers[index], self._cut(asked), self.random)
        return None if excerpt is None else self._draft(excerpt, asked)

    def _drawn(self, asked: Asked) -> Example | None:
        draft = self.draft(asked)
        while draft is not None:
            asking = self._styled(ask(draft, self.settings.chances, self.random), draft)
            row, answer_start = _row(asking, self.settings.context_weight)
            if len(row) <= self.settings.longest:
                return Example(
                    row.features,
                    row.times,
                    row.weights,
                    asked.name.lower(),
                    draft.excerpt.reader.piece.kind,
                    answer_start,
                    sum(len(asking.question.window.cell(place)) for place in draft.holes),
                )
            length = len(draft.excerpt.bars) // 2
            draft = self._draft(draft.excerpt.shortened(length), asked) if length else None
        return None

    def _styled(self, asking: Asking, draft: Draft) -> Asking:
        style = self.settings.styles.get(draft.excerpt.reader.piece.kind)
        return replace(asking, question=replace(asking.question, style=style))

    def _draft(self, excerpt: Excerpt, asked: Asked) -> Draft | None:
        """Return a draft of any task but that of themes."""
        if asked is Asked.THEME or (asked is Asked.TRACK and len(excerpt.track_numbers) < 2):
            return None
        hiding = draw_hiding(excerpt, asked, self.random)
        if hiding is None:
            return None
        draft = Draft(excerpt, asked, hiding)
        if asked is Asked.VARY:
            return self._with_sources(draft)
        if asked is Asked.LOCKS:
            return self._with_locks(draft)
        return self._with_standing(draft)

    def _with_standing(self, draft: Draft) -> Draft:
        """Return a draft in which sometimes notes of the holes stand and only others are asked."""
        if self.random.random() >= STANDING_SHARES.get(draft.asked, 0.0):
            return draft
        standing = draw_standing(draft.excerpt, draft.hiding.holes, self.random)
        left = without(draft.excerpt.cells, standing)
        if not any(place in left for place in draft.hiding.holes):
            return draft
        return replace(draft, excerpt=replace(draft.excerpt, cells=left), sources=standing)

    def _with_sources(self, draft: Draft) -> Draft | None:
        """Return a draft with sources; places that are empty and stay so are not asked for."""
        first = self._sources(draft)
        second = self._sources(draft) if self.random.random() < SECOND_SOURCE_SHARE else {}
        holes = frozenset(
            place for place in draft.hiding.holes if first[place] or place in draft.excerpt.cells
        )
        if not any(first[place] for place in holes):
            return None
        return replace(
            draft,
            hiding=replace(draft.hiding, holes=holes),
            sources={place: first[place] for place in holes},
            second_sources={place: second[place] for place in holes}
            if any(second.values())
            else {},
        )

    def _sources(self, draft: Draft) -> Mapping[Place, Cell]:
        excerpt = draft.excerpt
        tracks = excerpt.tracks
        key = key_of(excerpt.cells.items(), lambda track: not tracks[track].is_drums)
        other = self._readers[self._index(self._edges)]
        return draw_sources(excerpt, draft.holes, key or Key(0), other, self.random).cells

    def _with_locks(self, draft: Draft) -> Draft:
        """Return a draft with something left open of all holes that have notes."""
        holes = draft.hiding.holes & draft.excerpt.cells.keys()
        opened = self._opens[self._index(self._open_edges)]
        if opened is Open.VELOCITY and _is_even(draft.excerpt.cells[place] for place in holes):
            opened = Open.PITCH
        hiding = replace(draft.hiding, holes=frozenset(holes))
        return replace(draft, hiding=hiding, open=opened)

    def _theme_draft(self, index: int) -> Draft | None:
        """Return a draft in which a piece's theme comes back, told by another occurrence."""
        if index not in self._themes:
            self._themes[index] = find_theme(self._readers[index])
        theme, reader = self._themes[index], self._readers[index]
        if theme is None:
            return None
        returns = theme.bars[int(self.random.integers(len(theme.bars)))]
        bars = max(4, self._bars[self._index(self._bar_edges)])
        cut = Cut(bars, budget=self.settings.longest * 0.8, around=returns, track=theme.track)
        excerpt = draw_excerpt(reader, cut, self.random)
        if excerpt is None or theme.track not in excerpt.track_numbers:
            return None
        return self._developed(excerpt, theme)

    def _developed(self, excerpt: Excerpt, theme: FoundTheme) -> Draft | None:
        track = excerpt.track_numbers.index(theme.track)
        numbers = excerpt.bar_numbers
        inside = tuple(
            numbers.index(bar)
            for bar in theme.bars
            if bar in numbers and bar + THEME_BARS - 1 in numbers
        )
        hiding = theme_hiding(excerpt, track, inside, self.random)
        if hiding is None:
            return None
        hidden = [
            bar
            for bar in inside
            if all((bar + step, track) in hiding.holes for step in range(THEME_BARS))
        ]
        told = self._told_occurrence(theme, {numbers[bar] for bar in hidden})
        cells = excerpt.reader.cells(told, told + THEME_BARS)
        return Draft(
            excerpt,
            Asked.THEME,
            hiding,
            theme=tuple(cells.get((told + step, theme.track), ()) for step in range(THEME_BARS)),
            theme_bars=grid_bars(excerpt.reader, range(told, told + THEME_BARS)),
            theme_track=track,
            has_theme=bool(hidden),
        )

    def _told_occurrence(self, theme: FoundTheme, hidden: set[int]) -> int:
        """Return an occurrence that is not asked for, if there is one."""
        others = [bar for bar in theme.bars if bar not in hidden]
        return others[int(self.random.integers(len(others)))] if others else theme.bars[0]

    def _cut(self, asked: Asked) -> Cut:
        """Return how to cut an excerpt: as many bars as drawn, or a loop of a few."""
        bars = self._bars[self._index(self._bar_edges)]
        # What is varied stands twice in the sequence: as its source, and as the answer.
        share = 0.48 if asked in (Asked.VARY, Asked.LOCKS) else 0.92
        budget = self.settings.longest * share
        fewest = 2 if asked is Asked.TRACK else 1
        if bars <= 2:
            turns = int(self.random.integers(2, 5))
            return Cut(bars * turns, bars, budget, fewest_tracks=fewest)
        unit = 0
        if self.random.random() < LOOPED_SHARE:
            units = [unit for unit in LOOP_UNITS if 2 * unit <= bars]
            unit = units[int(self.random.integers(len(units)))]
        return Cut(bars, unit, budget, fewest_tracks=fewest)

    def _index(self, edges: list[float]) -> int:
        """Return a random index, by cumulative shares."""
        return min(bisect_right(edges, self.random.random()), len(edges) - 1)


def _row(asking: Asking, context_weight: float) -> tuple[layout.TokenRow, int]:
    prompt = layout.prompt(asking.question, context_weight)
    answer = layout.answer(asking.question, asking.answers)
    return layout.joined(prompt, answer), len(prompt)


def _is_even(cells: Iterable[Cell]) -> bool:
    """Tell whether all notes are as loud: then there is nothing to learn about loudness."""
    return len({note.velocity for cell in cells for note in cell}) <= 1


def _edges(shares: Iterable[float]) -> list[float]:
    """Return cumulative shares of the whole."""
    sums = list(accumulate(shares))
    return [value / sums[-1] for value in sums]


def _weight(piece: Piece, settings: ExampleSettings) -> float:
    return settings.kinds.get(piece.kind, 1.0) * min(len(piece.grid_bars), LONGEST_PIECE_BARS)

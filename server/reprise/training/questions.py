"""From an excerpt, and what of it is hidden, to a question and its true answers.

Here the music is brought to the key of C as its listener would hear it, which is by the notes that
are known; loudness and articulation vary a little, slots are shuffled, and what is told beside the
notes (tempo, mode, roles, controls) is left out now and then, so that any of it may be missing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import (
    Cell,
    CellTokens,
    GridNote,
    encode,
    in_order,
    settled,
)
from reprise.tokenizers.ensemble.controls import track_controls
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.layout import Question, spelled
from reprise.tokenizers.ensemble.locks import Open, opened
from reprise.tokenizers.ensemble.vocabulary import MAX_TRACKS, Asked, Mode, Special
from reprise.tokenizers.ensemble.window import (
    Place,
    Track,
    Window,
    default_velocity,
    tonic_shift,
)
from reprise.training.answers import CopyChances, spell_answers
from reprise.training.excerpts import Excerpt
from reprise.training.hiding import Hiding
from reprise.training.variation_pairs import folded, mean_similarity

ALL_CELLS_COPY = CopyChances()
NO_COPIES = CopyChances(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class TellingChances:
    """How often things are told or changed in an example, 0.0-1.0.

    Attributes:
        other_key: Everything is moved to another key than C, and the mode is not told.
        octave: One track is moved by an octave.
        articulation: One track is played shorter.
        no_mode: The mode is not told.
        no_tempo: The tempo is not told.
        no_role: A track's role is said to be unknown.
        no_controls: No control of any track is told.
        control: Each control is told.
        own_control: The control that a task is about is told: likeness to the source, a theme.
    """

    other_key: float = 0.2
    octave: float = 0.1
    articulation: float = 0.1
    no_mode: float = 0.2
    no_tempo: float = 0.1
    no_role: float = 0.1
    no_controls: float = 0.25
    control: float = 0.5
    own_control: float = 0.9


@dataclass(frozen=True)
class Draft:
    """What an example will ask, still in the piece's own pitches.

    Attributes:
        excerpt: The truth.
        asked: The task.
        hiding: What is hidden.
        sources: Where to start from, by place, for `VARY`; for others, notes that stand at holes
            all the same, and are not in the excerpt.
        second_sources: Other places to start from.
        theme: Cells of a theme's bars, for `THEME`, and the grid bars themselves.
        theme_track: The excerpt's track that the theme belongs to.
        has_theme: Whether the theme comes back in the holes of its track.
        open: What is left open of the truth that stands at the holes, for `LOCKS`.
    """

    excerpt: Excerpt
    asked: Asked
    hiding: Hiding
    sources: Mapping[Place, Cell] = field(default_factory=dict)
    second_sources: Mapping[Place, Cell] = field(default_factory=dict)
    theme: tuple[Cell, ...] = ()
    theme_bars: tuple[GridBar, ...] = ()
    theme_track: int = 0
    has_theme: bool = False
    open: Open | None = None

    @property
    def holes(self) -> tuple[Place, ...]:
        """In the order of the answers."""
        return tuple(sorted(self.hiding.holes))


@dataclass(frozen=True)
class Asking:
    """A question, and the tokens of its true answers.

    Attributes:
        question: What is asked.
        answers: One for each hole.
    """

    question: Question
    answers: list[CellTokens]


def ask(draft: Draft, chances: TellingChances, random: np.random.Generator) -> Asking:
    """Return the question and the answers of a draft."""
    hearing = _Hearing(draft, chances, random)
    excerpt, holes = draft.excerpt, draft.holes
    truth = hearing.cells(excerpt.cells)
    hidden = draft.hiding.holes | draft.hiding.unknown
    known = {place: cell for place, cell in truth.items() if place not in hidden}
    window = Window(
        excerpt.bars,
        _tracks(draft, truth, known, chances, random),
        truth,
        None if random.random() < chances.no_tempo else excerpt.reader.piece.tempo_bpm,
        None if random.random() < chances.no_mode else hearing.mode,
    )
    sources, second = hearing.cells(draft.sources), hearing.cells(draft.second_sources)
    return Asking(
        Question(
            window,
            draft.asked,
            holes,
            _spelled_sources(window, holes, sources, draft, truth),
            _spelled_sources(window, tuple(second), second, draft, truth),
            draft.hiding.unknown,
            _theme(draft, hearing, window),
            _controls(draft, window, known, sources, chances, random),
        ),
        spell_answers(
            window,
            holes,
            known,
            () if draft.asked is Asked.VARY else draft.sources,
            NO_COPIES if draft.open else ALL_CELLS_COPY,
            random,
        ),
    )


def key_of(cells: Iterable[tuple[Place, Cell]], is_pitched: Callable[[int], bool]) -> Key | None:
    """Return the key of the cells of pitched tracks, None where they hold no notes."""
    return find_key(_pitch_classes(cells, is_pitched))


def _pitch_classes(
    cells: Iterable[tuple[Place, Cell]], is_pitched: Callable[[int], bool]
) -> list[Note]:
    """Return one note for each pitch class that sounds, as long as all of its notes together."""
    weights = [0] * 12
    for (_, track), cell in cells:
        if is_pitched(track):
            for note in cell:
                weights[note.pitch % 12] += note.duration
    return [
        Note(0.0, 60 + pitch_class, float(weight))
        for pitch_class, weight in enumerate(weights)
        if weight
    ]


class _Hearing:
    """Brings cells to C, and changes how they are played, the same way for a whole example."""

    def __init__(self, draft: Draft, chances: TellingChances, random: np.random.Generator) -> None:
        tracks = draft.excerpt.tracks
        self._is_drums = [track.is_drums for track in tracks]
        self._lengths = [bar.length for bar in draft.excerpt.bars]
        self._loudness = random.uniform(0.9, 1.1)
        shift, self.mode = self._key(draft, random)
        if random.random() < chances.other_key:
            shift, self.mode = int(random.integers(-6, 6)), None
        self._shifts = [0 if is_drums else shift for is_drums in self._is_drums]
        self._shares = [1.0] * len(tracks)
        if random.random() < chances.octave:
            moved = int(random.integers(len(tracks)))
            octave = 12 if random.random() < 0.5 else -12
            self._shifts[moved] += 0 if self._is_drums[moved] else octave
        if random.random() < chances.articulation:
            self._shares[int(random.integers(len(tracks)))] = random.uniform(0.5, 1.0)

    def _key(self, draft: Draft, random: np.random.Generator) -> tuple[int, Mode | None]:
        """Return the way to C by what is known; where that is nothing, often by what is asked."""

        def is_pitched(track: int) -> bool:
            return not self._is_drums[track]

        hidden = draft.hiding.holes | draft.hiding.unknown
        known = [item for item in draft.excerpt.cells.items() if item[0] not in hidden]
        known += draft.sources.items()
        known += [((0, draft.theme_track), cell) for cell in draft.theme]
        notes = _pitch_classes(known, is_pitched)
        if not notes and (draft.open or random.random() < 0.7):
            notes = _pitch_classes(draft.excerpt.cells.items(), is_pitched)
        if notes or all(self._is_drums):
            return tonic_shift(notes)
        return int(random.integers(-6, 6)), Mode.NONE

    def cells(self, cells: Mapping[Place, Cell]) -> dict[Place, Cell]:
        """Return cells as they are heard."""
        return {
            (bar, track): self.cell(cell, track, self._lengths[bar])
            for (bar, track), cell in cells.items()
        }

    def cell(self, cell: Cell, track: int, length: int) -> Cell:
        """Return a cell of a track as it is heard."""
        shift, loudness = self._shifts[track], self._loudness
        heard = tuple(
            GridNote(onset, pitch + shift, duration, min(127, max(1, int(velocity * loudness))))
            for onset, pitch, duration, velocity in cell
        )
        if any(not 0 <= note.pitch <= 127 for note in heard):
            heard = in_order(note._replace(pitch=folded(note.pitch)) for note in heard)
        share = self._shares[track]
        if share < 1.0:
            shorter = (note._replace(duration=max(1, int(note.duration * share))) for note in heard)
            heard = settled(tuple(shorter), length)
        return heard


def _tracks(
    draft: Draft,
    truth: Mapping[Place, Cell],
    known: Mapping[Place, Cell],
    chances: TellingChances,
    random: np.random.Generator,
) -> tuple[Track, ...]:
    """Return the track table; a default velocity is that of what is known of a track, if any."""
    count = len(draft.excerpt.track_numbers)
    loud: list[list[int]] = [[] for _ in range(count)]
    heard: list[list[int]] = [[] for _ in range(count)]
    for (_, track), cell in truth.items():
        loud[track] += [note.velocity for note in cell]
    for (_, track), cell in known.items():
        heard[track] += [note.velocity for note in cell]
    slots = random.permutation(MAX_TRACKS)[:count].tolist()
    untold = (random.random(count) < chances.no_role).tolist()
    return tuple(
        Track(
            int(Role.UNKNOWN) if untold[index] else told.role,
            told.is_drums,
            default_velocity(heard[index] or loud[index]),
            slots[index],
        )
        for index, told in enumerate(draft.excerpt.tracks)
    )


def _spelled_sources(
    window: Window,
    holes: tuple[Place, ...],
    sources: Mapping[Place, Cell],
    draft: Draft,
    truth: Mapping[Place, Cell],
) -> dict[Place, CellTokens]:
    """Return what stands at the holes: sources, or the truth with something left open."""
    if draft.open is not None:
        return {
            place: opened(_tokens(window, place, truth.get(place, ())), {draft.open})
            for place in holes
        }
    return {place: _tokens(window, place, cell) for place, cell in sources.items()}


def _tokens(window: Window, place: Place, cell: Cell) -> CellTokens:
    """Return a cell's tokens; a source that is empty says so."""
    bar, track = window.bars[place[0]], window.tracks[place[1]]
    if not cell:
        return spelled(Special.EMPTY)
    return encode(cell, bar.length, track.velocity, is_drums=track.is_drums)


def _theme(draft: Draft, hearing: _Hearing, window: Window) -> Window | None:
    if not draft.theme:
        return None
    cells = {
        (number, 0): hearing.cell(cell, draft.theme_track, bar.length)
        for number, (cell, bar) in enumerate(zip(draft.theme, draft.theme_bars))
    }
    track = window.tracks[draft.theme_track]
    return Window(draft.theme_bars, (track,), cells, window.tempo, window.mode)


def _controls(
    draft: Draft,
    window: Window,
    known: Mapping[Place, Cell],
    sources: Mapping[Place, Cell],
    chances: TellingChances,
    random: np.random.Generator,
) -> dict[int, tuple[int, ...]]:
    """Return the controls that are told, for each track with holes, maybe none for it."""
    chance = 0.0 if random.random() < chances.no_controls else chances.control
    found: dict[int, tuple[int, ...]] = {}
    for track in sorted({track for _, track in draft.holes}):
        measured = _kept(_measured(draft, window, known, track), chance, random)
        own = _kept(_own(draft, window, sources, track), chances.own_control, random)
        found[track] = tuple(sorted(measured + own))
    return found


def _kept(tokens: tuple[int, ...], chance: float, random: np.random.Generator) -> list[int]:
    draws = random.random(len(tokens)).tolist()
    return [token for token, draw in zip(tokens, draws) if draw < chance]


def _measured(
    draft: Draft, window: Window, known: Mapping[Place, Cell], track: int
) -> tuple[int, ...]:
    return track_controls(
        {bar: window.cell((bar, track)) for bar, other in draft.holes if other == track},
        [cell for place, cell in known.items() if place[1] == track],
        window.bars,
        is_drums=window.tracks[track].is_drums,
        mode=window.mode,
    )


def _own(
    draft: Draft, window: Window, sources: Mapping[Place, Cell], track: int
) -> tuple[int, ...]:
    """Return the controls that only the task gives: likeness to the source, a theme."""
    found: list[int] = []
    pairs = [(window.cell(place), source) for place, source in sources.items() if place[1] == track]
    if pairs and draft.asked is Asked.VARY:
        is_drums = window.tracks[track].is_drums
        found.append(words.similarity_token(mean_similarity(pairs, is_drums=is_drums)))
    if draft.has_theme and track == draft.theme_track:
        found.append(words.IN_THEME)
    return tuple(found)

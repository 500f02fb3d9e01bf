"""A whole REAPER project as its file holds it: tracks, items, takes, sources, and its tempi."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_ELEMENTS
from reprise.library.ingest.reaper.source import EVENTS, Source
from reprise.library.ingest.reaper.text import Kind, Line, lines
from reprise.library.ingest.reaper.time import TempoPoint, meter_of_number
from reprise.music.meter import DENOMINATORS, MAX_NUMERATOR, Meter

_ROOT: Final = "REAPER_PROJECT"
_WANTED: Final = frozenset(
    {_ROOT, "TEMPOENVEX", "TRACK", "ITEM", "SOURCE", "NAME", "MIDINOTENAMES", "X", "x"}
)
_SQUARE: Final = 1
_MAX_SECONDS: Final = 1e7


@dataclass(slots=True)
class Take:
    """One take of an item, filled while its lines are read.

    Attributes:
        name: Of the take, "" where it has none.
        offset_seconds: Where in the source it begins.
        rate: How fast it plays.
        source: None for an empty take.
        is_active: It is the one that sounds.
        damage: What is wrong with it, "" where nothing is.
    """

    name: str = ""
    offset_seconds: float = 0.0
    rate: float = 1.0
    source: Source | None = None
    is_active: bool = False
    damage: str = ""


@dataclass(slots=True)
class Item:
    """An item on the time line.

    Attributes:
        position_seconds: Where it begins.
        length_seconds: How long it plays.
        loops: Its source repeats until the item ends.
        is_muted: The user switched it off.
        plays_all_takes: All takes sound, not the active one alone.
        takes: In order.
    """

    position_seconds: float = 0.0
    length_seconds: float = 0.0
    loops: bool = False
    is_muted: bool = False
    plays_all_takes: bool = False
    takes: list[Take] = field(default_factory=lambda: [Take()])


@dataclass(slots=True)
class Track:
    """A track.

    Attributes:
        name: "" where it has none.
        items: In the order of the file.
        pads: Pitches with the names that the user gave them.
    """

    name: str = ""
    items: list[Item] = field(default_factory=list)
    pads: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Project:
    """A project.

    Attributes:
        made_by: "REAPER 6.13/OSX64".
        format: Version of the format: "0.1".
        tempo_bpm: At the start, quarter notes per minute.
        meter: At the start.
        points: Tempo and meter markers in order of time.
        tracks: In order.
    """

    made_by: str = "REAPER"
    format: str = ""
    tempo_bpm: float = 120.0
    meter: Meter = field(default_factory=Meter)
    points: list[TempoPoint] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)


def read(chunks: Iterable[bytes]) -> Project:
    """Return what a project holds.

    Raises:
        RefusedError: It is no project, damaged, cut short, or too large.
    """
    reader = _Reader()
    for number, line in enumerate(lines(chunks, _WANTED)):
        if number == 0 and line.words[:1] != (_ROOT,):
            break
        reader.take(line)
    if not reader.has_begun:
        raise RefusedError(Reason.OTHER_CONTENT, f"it does not begin with <{_ROOT}")
    return reader.project


class _Reader:
    """Takes lines and fills a project; knows at any time which block it is in."""

    def __init__(self) -> None:
        self.project = Project()
        self.has_begun = False
        self._blocks: list[str] = []
        self._sources: list[Source] = []
        self._said = 0

    def take(self, line: Line) -> None:
        if line.kind == Kind.OPENS:
            self._open(line.words)
        elif line.kind == Kind.CLOSES:
            self._close()
        elif line.kind == Kind.TEXT:
            self._text(line.words[0])
        elif line.words[0] in EVENTS and self._sources:
            self._event(line.words)
        else:
            self._say(line.words)

    def _open(self, words: tuple[str, ...]) -> None:
        name = words[0]
        outer = self._blocks[-1] if self._blocks else ""
        self._blocks.append(name)
        self._count()
        if name == _ROOT:
            self._begin(words)
        elif name == "TRACK":
            self.project.tracks.append(Track())
        elif name == "ITEM" and outer == "TRACK":
            self._track.items.append(Item())
        elif name == "SOURCE" and outer in ("ITEM", "SOURCE") and self._track.items:
            self._open_source(words[1] if len(words) > 1 else "", outer)
        elif name in ("X", "x") and outer == "SOURCE" and self._sources:
            self._guarded(lambda: self._sources[-1].wait(words[1] if len(words) > 1 else "0"))

    def _begin(self, words: tuple[str, ...]) -> None:
        self.has_begun = True
        self.project.format = words[1] if len(words) > 1 else ""
        self.project.made_by = " ".join(("REAPER", *words[2:3]))

    def _open_source(self, kind: str, outer: str) -> None:
        source = Source(kind)
        if outer == "ITEM":
            self._take.source = source
        elif self._sources:
            self._sources[-1].holds_midi |= kind in ("MIDI", "MIDIPOOL")
        self._sources.append(source)

    def _close(self) -> None:
        if self._blocks and self._blocks.pop() == "SOURCE" and self._sources:
            self._sources.pop()

    def _text(self, text: str) -> None:
        """Take a name that holds every kind of quote: its line before was only nearly right."""
        if self._blocks[-2:] == ["TRACK", "NAME"]:
            self._track.name = text
        elif self._blocks[-2:] == ["ITEM", "NAME"]:
            self._take.name = text

    def _event(self, words: tuple[str, ...]) -> None:
        self._guarded(lambda: self._sources[-1].add(words))

    def _say(self, words: tuple[str, ...]) -> None:
        block = self._blocks[-1] if self._blocks else ""
        known = _SAYINGS.get((block, words[0]))
        if block == "MIDINOTENAMES" and len(words) > 2:
            self._guarded(lambda: self._name_pad(words))
        elif known is not None:
            self._count()
            self._guarded(lambda: known(self, words))

    def _guarded(self, work: Callable[[], None]) -> None:
        """Take a line in; what is wrong with it spoils the take that it belongs to."""
        try:
            work()
        except (ValueError, IndexError) as error:
            if "ITEM" in self._blocks and self._track.items:
                self._take.damage = self._take.damage or str(error)

    def _count(self) -> None:
        self._said += 1
        if self._said > MAX_ELEMENTS:
            raise RefusedError(
                Reason.TOO_LARGE, f"more than {MAX_ELEMENTS:,} of its lines would have to be kept"
            )

    @property
    def _track(self) -> Track:
        if not self.project.tracks:
            self.project.tracks.append(Track())
        return self.project.tracks[-1]

    @property
    def _item(self) -> Item:
        return self._track.items[-1]

    @property
    def _take(self) -> Take:
        return self._item.takes[-1]

    def _name_pad(self, words: tuple[str, ...]) -> None:
        pitch = int(words[1])
        if 0 <= pitch <= 127:
            self._track.pads[pitch] = words[2]

    def _tempo(self, words: tuple[str, ...]) -> None:
        self.project.tempo_bpm = number(words[1])
        numerator, denominator = (int(word) for word in (*words[2:4], "4", "4")[:2])
        if 1 <= numerator <= MAX_NUMERATOR and denominator in DENOMINATORS:
            self.project.meter = Meter(numerator, denominator)

    def _point(self, words: tuple[str, ...]) -> None:
        meter = meter_of_number(int(words[4])) if len(words) > 4 else None
        is_square = int(words[3]) == _SQUARE
        self.project.points.append(
            TempoPoint(number(words[1]), number(words[2]), meter, glides=not is_square)
        )

    def _track_name(self, words: tuple[str, ...]) -> None:
        self._track.name = words[1] if len(words) > 1 else ""

    def _take_name(self, words: tuple[str, ...]) -> None:
        self._take.name = words[1] if len(words) > 1 else ""

    def _position(self, words: tuple[str, ...]) -> None:
        self._item.position_seconds = number(words[1])

    def _length(self, words: tuple[str, ...]) -> None:
        self._item.length_seconds = number(words[1])

    def _loop(self, words: tuple[str, ...]) -> None:
        self._item.loops = words[1] != "0"

    def _mute(self, words: tuple[str, ...]) -> None:
        self._item.is_muted = words[1] != "0"

    def _all_takes(self, words: tuple[str, ...]) -> None:
        self._item.plays_all_takes = words[1] != "0"

    def _offset(self, words: tuple[str, ...]) -> None:
        self._take.offset_seconds = number(words[1])

    def _rate(self, words: tuple[str, ...]) -> None:
        self._take.rate = number(words[1])
        if not 0.01 <= self._take.rate <= 100.0:
            raise ValueError(f"it plays {self._take.rate:g} times as fast")

    def _next_take(self, words: tuple[str, ...]) -> None:
        self._item.takes.append(Take(is_active="SEL" in words[1:]))

    def _has_data(self, words: tuple[str, ...]) -> None:
        grid = int(words[2])
        if not 1 <= grid <= 1_000_000:
            raise ValueError(f"{grid} ticks a beat")
        self._sources[-1].ticks_per_beat = grid

    def _pool(self, words: tuple[str, ...]) -> None:
        self._sources[-1].pool = words[1]

    def _file(self, words: tuple[str, ...]) -> None:
        self._sources[-1].file = words[1]

    def _own_tempo(self, words: tuple[str, ...]) -> None:
        tempo_bpm = number(words[2])
        if words[1] != "0" and not 1.0 <= tempo_bpm <= 1000.0:
            raise ValueError(f"a tempo of {tempo_bpm:g}")
        self._sources[-1].own_tempo_bpm = tempo_bpm if words[1] != "0" else None


def number(text: str) -> float:
    """Return a number of a project.

    Raises:
        ValueError: It is none, or beyond all music.
    """
    value = float(text)
    if not abs(value) <= _MAX_SECONDS:
        raise ValueError(f"{text!r} where a number belongs")
    return value


_Saying = Callable[[_Reader, tuple[str, ...]], None]
_SAYINGS: Final[Mapping[tuple[str, str], _Saying]] = MappingProxyType(
    {
        (_ROOT, "TEMPO"): _Reader._tempo,
        ("TEMPOENVEX", "PT"): _Reader._point,
        ("TRACK", "NAME"): _Reader._track_name,
        ("ITEM", "NAME"): _Reader._take_name,
        ("ITEM", "POSITION"): _Reader._position,
        ("ITEM", "LENGTH"): _Reader._length,
        ("ITEM", "LOOP"): _Reader._loop,
        ("ITEM", "MUTE"): _Reader._mute,
        ("ITEM", "ALLTAKES"): _Reader._all_takes,
        ("ITEM", "SOFFS"): _Reader._offset,
        ("ITEM", "PLAYRATE"): _Reader._rate,
        ("ITEM", "TAKE"): _Reader._next_take,
        ("SOURCE", "HASDATA"): _Reader._has_data,
        ("SOURCE", "POOLEDEVTS"): _Reader._pool,
        ("SOURCE", "FILE"): _Reader._file,
        ("SOURCE", "IGNTEMPO"): _Reader._own_tempo,
    }
)

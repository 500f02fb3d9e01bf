"""A REAPER for Python scripts: one project at 120 bpm in 4/4, its items, takes and notes.

Its functions have the names, arguments and results of REAPER's `reaper_python`: what REAPER fills
in comes back behind the arguments, in one tuple. A call with other types is refused, since REAPER
would take it for something else.
"""

# ruff: noqa: N802 - REAPER's own names

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

QN_PER_SECOND = 2.0
TICKS_PER_QN = 960
PROJECT, OTHER_PROJECT = "(ReaProject*)0x0000000000000001", "(ReaProject*)0x0000000000000002"

Note = tuple[float, float, int, int, int]
"""Start and end in ticks of the take, channel, pitch, velocity."""


def guarded(types: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuse calls with other types: p pointer, s text, d float, i int, b bool."""
    wanted = {"p": str, "s": str, "d": float, "i": int, "b": bool}

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(self: "FakeReaper", *arguments: object) -> object:
            assert len(arguments) == len(types), f"{function.__name__} takes {len(types)}"
            for letter, argument in zip(types, arguments):
                assert type(argument) is wanted[letter], f"{function.__name__}: {argument!r}"
                if letter == "p":
                    assert str(argument).startswith("("), f"{function.__name__}: {argument!r}"
            self.calls.append(function.__name__)
            return function(self, *arguments)

        return call

    return wrap


@dataclass
class Take:
    """A take; its notes in REAPER's order."""

    guid: str
    name: str = ""
    notes: list[Note] = field(default_factory=list)
    selected: set[int] = field(default_factory=set)
    controllers: tuple[str, ...] = ()
    rate: float = 1.0
    is_midi: bool = True


@dataclass
class Item:
    """An item; position and length in seconds."""

    guid: str
    track: str
    position: float
    length: float
    takes: list[Take]
    active: int = 0
    is_selected: bool = False
    values: dict[str, float] = field(default_factory=dict)
    source_qn: float = 1000.0


class FakeReaper:
    """The project and REAPER's functions on it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(16)
        self.items: dict[str, Item] = {}
        self.tracks: dict[str, tuple[str, bool]] = {}
        self.front = PROJECT
        self.selection = (0.0, 0.0)
        self.messages: list[str] = []
        self.undo: list[str] = []
        self.calls: list[str] = []
        self.now = 0.0
        self.refresh = self.open_blocks = 0
        self.copies_take = 1

    # ------------------------------------------------------------ what a test does

    def add_track(self, name: str, *, is_muted: bool = False) -> str:
        track = self._pointer("MediaTrack")
        self.tracks[track] = (name, is_muted)
        return track

    def add_item(
        self, track: str, start: float, end: float, notes: list[tuple[float, float, int]]
    ) -> Item:
        """Add an item with notes; all positions in project quarter notes."""
        take = Take(self._guid())
        take.notes = sorted(
            ((on - start) * TICKS_PER_QN, (off - start) * TICKS_PER_QN, 0, pitch, 90)
            for on, off, pitch in notes
        )
        item = Item(
            self._guid(), track, start / QN_PER_SECOND, (end - start) / QN_PER_SECOND, [take]
        )
        self.items[self._pointer("MediaItem")] = item
        return item

    def items_on(self, track: str) -> list[Item]:
        return sorted(
            (one for one in self.items.values() if one.track == track), key=lambda i: i.position
        )

    def _pointer(self, kind: str) -> str:
        return f"({kind}*)0x{next(self._numbers):016X}"

    def _guid(self) -> str:
        return f"{{{next(self._numbers):032X}}}"

    def _take(self, pointer: str) -> tuple[Item, Take]:
        kind, _, place = pointer.partition(")0x")
        assert kind == "(MediaItem_Take*", pointer
        item = list(self.items.values())[int(place[:8], 16)]
        return item, item.takes[int(place[8:], 16)]

    def _take_pointer(self, item: Item, index: int) -> str:
        number = [one is item for one in self.items.values()].index(True)
        return f"(MediaItem_Take*)0x{number:08X}{index:08X}"

    # ------------------------------------------------------------ items and takes

    @guarded("isi")
    def RPR_EnumProjects(self, index: int, name: str, size: int) -> tuple[str, int, str, int]:
        return self.front, index, name, size

    @guarded("p")
    def RPR_CountSelectedMediaItems(self, _: str) -> int:
        return sum(item.is_selected for item in self.items.values())

    @guarded("pi")
    def RPR_GetSelectedMediaItem(self, _: str, number: int) -> str:
        return [key for key, item in self.items.items() if item.is_selected][number]

    @guarded("p")
    def RPR_CountMediaItems(self, _: str) -> int:
        return len(self.items)

    @guarded("pi")
    def RPR_GetMediaItem(self, _: str, number: int) -> str:
        return list(self.items)[number]

    @guarded("p")
    def RPR_CountTakes(self, item: str) -> int:
        return len(self.items[item].takes)

    @guarded("pi")
    def RPR_GetTake(self, item: str, index: int) -> str:
        return self._take_pointer(self.items[item], index)

    @guarded("p")
    def RPR_GetActiveTake(self, item: str) -> str:
        return self._take_pointer(self.items[item], self.items[item].active)

    @guarded("p")
    def RPR_SetActiveTake(self, take: str) -> None:
        item, found = self._take(take)
        item.active = item.takes.index(found)

    @guarded("p")
    def RPR_TakeIsMIDI(self, take: str) -> int:
        return int(self._take(take)[1].is_midi)

    @guarded("p")
    def RPR_GetMediaItem_Track(self, item: str) -> str:
        return self.items[item].track

    @guarded("p")
    def RPR_GetMediaItemTake_Source(self, take: str) -> str:
        return take.replace("MediaItem_Take", "PCM_source")

    @guarded("pb")
    def RPR_GetMediaSourceLength(self, source: str, _: bool) -> tuple[float, str, int]:
        item = self._take(source.replace("PCM_source", "MediaItem_Take"))[0]
        return item.source_qn, source, 1

    @guarded("ps")
    def RPR_GetMediaItemTakeInfo_Value(self, take: str, name: str) -> float:
        assert name == "D_PLAYRATE"
        return self._take(take)[1].rate

    @guarded("ps")
    def RPR_GetMediaItemInfo_Value(self, item: str, name: str) -> float:
        found = self.items[item]
        own = {"D_POSITION": found.position, "D_LENGTH": found.length}
        return {**found.values, **own}.get(name, 0.0)

    @guarded("psd")
    def RPR_SetMediaItemInfo_Value(self, item: str, name: str, value: float) -> int:
        self.items[item].values[name] = value
        return 1

    @guarded("ps")
    def RPR_GetMediaTrackInfo_Value(self, track: str, name: str) -> float:
        assert name == "B_MUTE"
        return float(self.tracks[track][1])

    @guarded("pssb")
    def RPR_GetSetMediaTrackInfo_String(
        self, track: str, name: str, _: str, is_set: bool
    ) -> tuple[int, str, str, str, bool]:
        assert (name, is_set) == ("P_NAME", False)
        return 1, track, name, self.tracks[track][0], is_set

    @guarded("pssb")
    def RPR_GetSetMediaItemInfo_String(
        self, item: str, name: str, _: str, is_set: bool
    ) -> tuple[int, str, str, str, bool]:
        assert (name, is_set) == ("GUID", False)
        return 1, item, name, self.items[item].guid, is_set

    @guarded("pssb")
    def RPR_GetSetMediaItemTakeInfo_String(
        self, take: str, name: str, text: str, is_set: bool
    ) -> tuple[int, str, str, str, bool]:
        found = self._take(take)[1]
        if is_set:
            assert name == "P_NAME"
            found.name = text
        return 1, take, name, found.guid if name == "GUID" else found.name, is_set

    @guarded("pb")
    def RPR_SetMediaItemSelected(self, item: str, is_selected: bool) -> None:
        self.items[item].is_selected = is_selected

    @guarded("pddb")
    def RPR_CreateNewMIDIItemInProj(
        self, track: str, start: float, end: float, is_qn: bool
    ) -> tuple[str, str, float, float, bool]:
        assert is_qn
        self.add_item(track, start, end, [])
        return list(self.items)[-1], track, start, end, is_qn

    @guarded("ii")
    def RPR_Main_OnCommand(self, command: int, flag: int) -> None:
        assert flag == 0
        if command == 40289:
            for item in self.items.values():
                item.is_selected = False
        elif command == 40639:
            for item in self._selected_and_grouped():
                copied = item.takes[item.active]
                for _ in range(self.copies_take):
                    item.takes.append(replace(copied, guid=self._guid(), notes=list(copied.notes)))
        else:
            assert command == 41613, command

    def _selected_and_grouped(self) -> list[Item]:
        groups = {
            item.values.get("I_GROUPID", 0.0) for item in self.items.values() if item.is_selected
        } - {0.0}
        return [
            item
            for item in self.items.values()
            if item.is_selected or item.values.get("I_GROUPID", 0.0) in groups
        ]

    # ------------------------------------------------------------ notes

    @guarded("piii")
    def RPR_MIDI_CountEvts(
        self, take: str, _: int, __: int, ___: int
    ) -> tuple[int, str, int, int, int]:
        found = self._take(take)[1]
        return 1, take, len(found.notes), len(found.controllers), 0

    @guarded("pibbddiii")
    def RPR_MIDI_GetNote(self, take: str, index: int, *_: object) -> tuple[object, ...]:
        found = self._take(take)[1]
        start, end, channel, pitch, velocity = found.notes[index]
        is_selected = int(index in found.selected)
        return 1, take, index, is_selected, 0, start, end, channel, pitch, velocity

    @guarded("pi")
    def RPR_MIDI_DeleteNote(self, take: str, index: int) -> int:
        del self._take(take)[1].notes[index]
        return 1

    @guarded("pbbddiiib")
    def RPR_MIDI_InsertNote(
        self,
        take: str,
        is_selected: bool,
        is_muted: bool,
        start: float,
        end: float,
        channel: int,
        pitch: int,
        velocity: int,
        no_sort: bool,
    ) -> tuple[object, ...]:
        assert no_sort
        assert 0 <= pitch <= 127
        assert 1 <= velocity <= 127
        self._take(take)[1].notes.append((start, end, channel, pitch, velocity))
        rest = (start, end, channel, pitch, velocity, no_sort)
        return 1, take, is_selected, is_muted, *rest

    @guarded("p")
    def RPR_MIDI_Sort(self, take: str) -> None:
        self._take(take)[1].notes.sort()

    @guarded("pd")
    def RPR_MIDI_GetProjQNFromPPQPos(self, take: str, ticks: float) -> float:
        return self._take(take)[0].position * QN_PER_SECOND + ticks / TICKS_PER_QN

    @guarded("pd")
    def RPR_MIDI_GetPPQPosFromProjQN(self, take: str, qn: float) -> float:
        return (qn - self._take(take)[0].position * QN_PER_SECOND) * TICKS_PER_QN

    # ------------------------------------------------------------ project

    @guarded("pbbddb")
    def RPR_GetSet_LoopTimeRange2(
        self, project: str, is_set: bool, is_loop: bool, _: float, __: float, seeks: bool
    ) -> tuple[object, ...]:
        assert not is_set
        return project, is_set, is_loop, *self.selection, seeks

    @guarded("pd")
    def RPR_TimeMap2_timeToQN(self, _: str, seconds: float) -> float:
        return seconds * QN_PER_SECOND

    @guarded("pd")
    def RPR_TimeMap2_QNToTime(self, _: str, qn: float) -> float:
        return qn / QN_PER_SECOND

    @guarded("pdiid")
    def RPR_TimeMap_GetTimeSigAtTime(
        self, project: str, seconds: float, _: int, __: int, ___: float
    ) -> tuple[str, float, int, int, float]:
        return project, seconds, 4, 4, 60.0 * QN_PER_SECOND

    @guarded("p")
    def RPR_Undo_BeginBlock2(self, _: str) -> None:
        self.open_blocks += 1

    @guarded("psi")
    def RPR_Undo_EndBlock2(self, _: str, title: str, flags: int) -> None:
        assert flags == -1
        self.open_blocks -= 1
        self.undo.append(title)

    @guarded("i")
    def RPR_PreventUIRefresh(self, change: int) -> None:
        self.refresh += change

    @guarded("")
    def RPR_UpdateArrange(self) -> None:
        assert self.refresh == 0

    @guarded("ssi")
    def RPR_ShowMessageBox(self, text: str, title: str, kind: int) -> int:
        assert (title, kind) == ("Reprise", 0)
        self.messages.append(text)
        return 1

    @guarded("")
    def RPR_time_precise(self) -> float:
        return self.now

    @guarded("")
    def RPR_GetResourcePath(self) -> str:
        return "nowhere"

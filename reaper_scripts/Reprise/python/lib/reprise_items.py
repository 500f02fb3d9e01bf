"""MIDI items of REAPER through its Python functions: reading them, and writing takes and items.

Positions are project quarter notes, so that tempo, take offset and the grid of a source play no
part. REAPER hands a function's outputs back behind its arguments, in one tuple.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Api = Any
"""The module `reaper_python`, or what stands for it."""

SELECT_NO_ITEMS, DUPLICATE_TAKE, REMOVE_FROM_POOL = 40289, 40639, 41613
EDGE_QN = 1e-6


class ItemError(Exception):
    """Something about the selected items that the user can change."""


@dataclass(frozen=True)
class ItemNote:
    """A note as REAPER has it.

    Attributes:
        index: Its number in the take, as REAPER counts.
        start, end: In project quarter notes.
        is_selected: Whether it is selected in the MIDI editor.
        is_muted: Whether it is silent.
    """

    index: int
    start: float
    end: float
    pitch: int
    velocity: int
    channel: int
    is_selected: bool
    is_muted: bool


@dataclass(frozen=True)
class MidiItem:
    """One item with the notes that sound in it.

    Attributes:
        item: REAPER's name for it.
        guid: Stays the same whatever happens to the item.
        track: REAPER's name for its track.
        name: Of the track.
        start, end: In project quarter notes.
        notes: Those that begin inside the item, in REAPER's order.
        is_muted: Whether the item is silent.
    """

    item: str
    guid: str
    track: str
    name: str
    start: float
    end: float
    notes: tuple[ItemNote, ...]
    is_muted: bool


def current_project(api: Api) -> str:
    """Return REAPER's name for the project in front."""
    return str(api.RPR_EnumProjects(-1, "", 0)[0])


def selected_items(api: Api, project: str) -> list[MidiItem]:
    """Return the selected items.

    Raises:
        ItemError: There is none, or one of them cannot be worked on.
    """
    count = api.RPR_CountSelectedMediaItems(project)
    items = [api.RPR_GetSelectedMediaItem(project, number) for number in range(count)]
    if not items:
        raise ItemError("Select a MIDI item first.")
    for item in items:
        _check(api, project, item)
    return [_read(api, project, item) for item in items]


def neighbours(
    api: Api, project: str, chosen: Sequence[MidiItem], limit: int = 8
) -> list[MidiItem]:
    """Return other MIDI items that sound at the same time, at most so many."""
    start, end = min(one.start for one in chosen), max(one.end for one in chosen)
    taken = {one.guid for one in chosen}
    found: list[MidiItem] = []
    for item in _all_items(api, project):
        if len(found) < limit and _is_midi(api, item) and _guid(api, item) not in taken:
            other = _read(api, project, item)
            is_heard = not other.is_muted and bool(other.notes)
            if is_heard and other.start < end - EDGE_QN and other.end > start + EDGE_QN:
                found.append(other)
    return found


def find_again(api: Api, project: str, known: MidiItem) -> MidiItem:
    """Return an item as it is now.

    Raises:
        ItemError: It is gone, or was moved or edited.
    """
    for item in _all_items(api, project):
        if _guid(api, item) == known.guid:
            found = _read(api, project, item)
            if (found.start, found.end) != (known.start, known.end):
                raise ItemError("The item was moved meanwhile, so nothing was written.")
            if _sounds(found) != _sounds(known):
                raise ItemError("The item was edited meanwhile, so nothing was written.")
            return found
    raise ItemError("The item was deleted meanwhile, so nothing was written.")


def time_selection(api: Api, project: str) -> tuple[float, float] | None:
    """Return the time selection in project quarter notes, None where there is none."""
    found = api.RPR_GetSet_LoopTimeRange2(project, False, False, 0.0, 0.0, False)
    start, end = found[3], found[4]
    if end <= start:
        return None
    return api.RPR_TimeMap2_timeToQN(project, start), api.RPR_TimeMap2_timeToQN(project, end)


def meter_at(api: Api, project: str, start: float) -> tuple[int, int, float]:
    """Return numerator, denominator and tempo at a project quarter note."""
    seconds = api.RPR_TimeMap2_QNToTime(project, start)
    found = api.RPR_TimeMap_GetTimeSigAtTime(project, seconds, 0, 0, 0.0)
    return int(found[2]), int(found[3]), float(found[4])


# ---------------------------------------------------------------- writing


def write_take(
    api: Api, item: MidiItem, kept: frozenset[int], new_notes: Sequence[ItemNote], name: str
) -> str:
    """Copy the item's take, take out the notes that are not kept, add others; return the take.

    All else in the take stays: controllers, bends, names, notes outside the item.

    Raises:
        ItemError: REAPER made no copy, or another one than was asked for.
    """
    source = api.RPR_GetActiveTake(item.item)
    before = _count(api, source)
    take = _copied_take(api, item.item)
    for note in reversed(item.notes):
        if note.index not in kept:
            api.RPR_MIDI_DeleteNote(take, note.index)
    _insert(api, take, new_notes)
    _name(api, take, name)
    api.RPR_SetActiveTake(source)
    wanted = before - len(item.notes) + len(kept) + len(new_notes)
    if (_count(api, source), _count(api, take)) != (before, wanted):
        raise ItemError("REAPER did not write what was asked for; undo it with Ctrl+Z.")
    return take


def _copied_take(api: Api, item: str) -> str:
    """Return a new take, active now, like the active one and with notes of its own."""
    known = {_take_guid(api, take) for take in _takes(api, item)}
    group = api.RPR_GetMediaItemInfo_Value(item, "I_GROUPID")
    api.RPR_SetMediaItemInfo_Value(item, "I_GROUPID", 0.0)
    api.RPR_Main_OnCommand(SELECT_NO_ITEMS, 0)
    api.RPR_SetMediaItemSelected(item, True)
    api.RPR_Main_OnCommand(DUPLICATE_TAKE, 0)
    made = [take for take in _takes(api, item) if _take_guid(api, take) not in known]
    if len(made) == 1:
        api.RPR_SetActiveTake(made[0])
        api.RPR_Main_OnCommand(REMOVE_FROM_POOL, 0)
    api.RPR_SetMediaItemInfo_Value(item, "I_GROUPID", group)
    if len(made) != 1:
        raise ItemError(f"REAPER made {len(made)} copies of the take instead of one.")
    return made[0]


def write_item(
    api: Api, track: str, start: float, end: float, notes: Sequence[ItemNote], name: str
) -> None:
    """Make a new item of notes, with positions in project quarter notes."""
    item = api.RPR_CreateNewMIDIItemInProj(track, start, end, True)[0]
    take = api.RPR_GetActiveTake(item)
    _insert(api, take, notes)
    _name(api, take, name)


def check_room(api: Api, project: str, track: str, start: float, end: float) -> None:
    """Raise where an item is in the way on a track.

    Raises:
        ItemError: One is.
    """
    for item in _all_items(api, project):
        if api.RPR_GetMediaItem_Track(item) == track:
            there, until = _extent(api, project, item)
            if there < end - EDGE_QN and until > start + EDGE_QN:
                raise ItemError("Another item follows at once, so there is no room: move it away.")


def _insert(api: Api, take: str, notes: Sequence[ItemNote]) -> None:
    for note in notes:
        start = api.RPR_MIDI_GetPPQPosFromProjQN(take, note.start)
        end = api.RPR_MIDI_GetPPQPosFromProjQN(take, note.end)
        api.RPR_MIDI_InsertNote(
            take,
            True,  # selected, so that the new ones are seen
            note.is_muted,
            float(round(start)),
            float(max(round(end), round(start) + 1)),
            note.channel,
            note.pitch,
            note.velocity,
            True,  # sorted once, below
        )
    api.RPR_MIDI_Sort(take)


def _name(api: Api, take: str, name: str) -> None:
    api.RPR_GetSetMediaItemTakeInfo_String(take, "P_NAME", name, True)


# ---------------------------------------------------------------- reading


def _check(api: Api, project: str, item: str) -> None:
    if not _is_midi(api, item):
        raise ItemError("This works on MIDI items; one of the selected ones is none.")
    take = api.RPR_GetActiveTake(item)
    if api.RPR_GetMediaItemTakeInfo_Value(take, "D_PLAYRATE") != 1.0:
        raise ItemError("The take's playback rate is not 1; glue the item first.")
    source = api.RPR_GetMediaItemTake_Source(take)
    length, _, is_in_beats = api.RPR_GetMediaSourceLength(source, False)
    start, end = _extent(api, project, item)
    is_looped = bool(api.RPR_GetMediaItemInfo_Value(item, "B_LOOPSRC"))
    if is_looped and is_in_beats and end - start > length + EDGE_QN:
        raise ItemError("The item repeats its source; glue it first.")


def _is_midi(api: Api, item: str) -> bool:
    return api.RPR_CountTakes(item) > 0 and bool(api.RPR_TakeIsMIDI(api.RPR_GetActiveTake(item)))


def _read(api: Api, project: str, item: str) -> MidiItem:
    start, end = _extent(api, project, item)
    track = api.RPR_GetMediaItem_Track(item)
    notes = tuple(_notes(api, api.RPR_GetActiveTake(item), start, end))
    is_muted = bool(
        api.RPR_GetMediaItemInfo_Value(item, "B_MUTE")
        or api.RPR_GetMediaTrackInfo_Value(track, "B_MUTE")
    )
    name = str(api.RPR_GetSetMediaTrackInfo_String(track, "P_NAME", "", False)[3])
    return MidiItem(item, _guid(api, item), track, name, start, end, notes, is_muted)


def _notes(api: Api, take: str, start: float, end: float) -> Iterator[ItemNote]:
    for index in range(_count(api, take)):
        found = api.RPR_MIDI_GetNote(take, index, False, False, 0.0, 0.0, 0, 0, 0)
        _, _, _, is_selected, is_muted, first, last, channel, pitch, velocity = found
        note_start = api.RPR_MIDI_GetProjQNFromPPQPos(take, first)
        note_end = api.RPR_MIDI_GetProjQNFromPPQPos(take, last)
        if start - EDGE_QN <= note_start < end - EDGE_QN and note_end > note_start:
            yield ItemNote(
                index,
                note_start,
                note_end,
                pitch,
                velocity,
                channel,
                bool(is_selected),
                bool(is_muted),
            )


def _count(api: Api, take: str) -> int:
    return int(api.RPR_MIDI_CountEvts(take, 0, 0, 0)[2])


def _extent(api: Api, project: str, item: str) -> tuple[float, float]:
    seconds = api.RPR_GetMediaItemInfo_Value(item, "D_POSITION")
    length = api.RPR_GetMediaItemInfo_Value(item, "D_LENGTH")
    return (
        api.RPR_TimeMap2_timeToQN(project, seconds),
        api.RPR_TimeMap2_timeToQN(project, seconds + length),
    )


def _sounds(item: MidiItem) -> list[tuple[float, float, int, int, int]]:
    return [(n.start, n.end, n.pitch, n.velocity, n.channel) for n in item.notes]


def _all_items(api: Api, project: str) -> Iterator[str]:
    for number in range(api.RPR_CountMediaItems(project)):
        yield str(api.RPR_GetMediaItem(project, number))


def _takes(api: Api, item: str) -> list[str]:
    return [api.RPR_GetTake(item, number) for number in range(api.RPR_CountTakes(item))]


def _take_guid(api: Api, take: str) -> str:
    return str(api.RPR_GetSetMediaItemTakeInfo_String(take, "GUID", "", False)[3])


def _guid(api: Api, item: str) -> str:
    return str(api.RPR_GetSetMediaItemInfo_String(item, "GUID", "", False)[3])

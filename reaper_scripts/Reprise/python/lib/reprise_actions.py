"""Vary, continue and refill in REAPER's Python: from the selected items to new takes and items.

REAPER calls again and again (`Job.is_going_on`), so nothing here waits: REAPER's window stays
alive while the server works.
"""

from collections.abc import Callable, Sequence
from typing import Any

import reprise_items as items
from reprise_client import Client
from reprise_items import Api, ItemError, ItemNote, MidiItem

TITLE = "Reprise"
COUNTS = {"vary": 4, "continue": 1, "refill": 1}
GIVE_UP_S = 3.0
"""A server that is there says hello within this time."""
UNDO_ALL = -1

Plain = dict[str, Any]


def begin(verb: str, api: Api, make_client: Callable[[str], Client] = Client) -> "Job | None":
    """Read the selected items and ask; None where a message told why that cannot be."""
    project = items.current_project(api)
    try:
        chosen = items.selected_items(api, project)
        request = _request(verb, api, project, chosen)
    except ItemError as error:
        _tell(api, str(error))
        return None
    return Job(verb, api, project, chosen, make_client("REAPER, Python"), request)


class Job:
    """One request under way."""

    def __init__(
        self,
        verb: str,
        api: Api,
        project: str,
        chosen: Sequence[MidiItem],
        client: Client,
        request: Plain,
    ) -> None:
        self._verb = verb
        self._api = api
        self._project = project
        self._chosen = tuple(chosen)
        self._client = client
        self._results: dict[int, Plain] = {}
        self._is_over = False
        self._began = api.RPR_time_precise()
        self._request_id = client.start(request)

    def is_going_on(self) -> bool:
        """Take what the server said since the last call; tell whether to call again."""
        if self._is_over:
            return False
        for message in self._client.poll(0.0):
            if message.get("request_id") in (self._request_id, -1):
                self._take(message)
        self._look_after_server()
        return not self._is_over

    def _look_after_server(self) -> None:
        waited = self._api.RPR_time_precise() - self._began
        if not self._is_over and self._client.welcome is None and waited > GIVE_UP_S:
            self._end("No Reprise server answers. Start it in a terminal: reprise start")

    def stop(self) -> None:
        """Cancel, where REAPER ends the script before the answer is there."""
        if self._is_over:
            return
        self._client.cancel(self._request_id)
        self._client.poll(0.0)
        self._end("")

    def _take(self, message: Plain) -> None:
        if message["kind"] == "result":
            self._results[message["index"]] = message
        elif message["kind"] == "error":
            self._end(message["sentence"])
        elif message["kind"] == "done":
            self._end(self._written())

    def _end(self, sentence: str) -> None:
        self._is_over = True
        self._client.close()
        if sentence:
            _tell(self._api, sentence)

    def _written(self) -> str:
        """Write all results in one undo step; return a sentence where that cannot be."""
        if items.current_project(self._api) != self._project:
            return "Another project is in front now, so nothing was written. Go back and ask again."
        try:
            chosen = [items.find_again(self._api, self._project, one) for one in self._chosen]
        except ItemError as error:
            return str(error)
        self._api.RPR_Undo_BeginBlock2(self._project)
        self._api.RPR_PreventUIRefresh(1)
        try:
            self._write(chosen)
        except ItemError as error:
            return str(error)
        finally:
            for one in chosen:
                self._api.RPR_SetMediaItemSelected(one.item, True)
            self._api.RPR_PreventUIRefresh(-1)
            self._api.RPR_UpdateArrange()
            title = f"{TITLE}: {self._verb.capitalize()}"
            self._api.RPR_Undo_EndBlock2(self._project, title, UNDO_ALL)
        return "" if self._results else "The server found no answer. Try again, or select more."

    def _write(self, chosen: Sequence[MidiItem]) -> None:
        results = [self._results[index] for index in sorted(self._results)]
        if self._verb == "continue":
            for result in results[:1]:
                self._write_after(chosen, result)
            return
        first: list[str] = []
        for result in results:
            takes = self._write_takes(chosen, result)
            first = first or takes
        for take in first:
            self._api.RPR_SetActiveTake(take)

    def _write_takes(self, chosen: Sequence[MidiItem], result: Plain) -> list[str]:
        """Write a take into each item, so that take n of all of them belongs together."""
        name = self._name(result)
        origin = min(one.start for one in chosen)
        takes, place = [], 0
        for one, wire in zip(chosen, result["new_notes"], strict=True):
            kept = frozenset(
                note.index for at, note in enumerate(one.notes, place) if at in result["kept"]
            )
            new_notes = [_from_wire(note, origin, one) for note in wire]
            takes.append(items.write_take(self._api, one, kept, new_notes, name))
            place += len(one.notes)
        return takes

    def _write_after(self, chosen: Sequence[MidiItem], result: Plain) -> None:
        """Write an item after each of the items, all from the end of the last to the same end."""
        origin, start = min(one.start for one in chosen), max(one.end for one in chosen)
        end = origin + result["length"]
        for one in chosen:
            items.check_room(self._api, self._project, one.track, start, end)
        name = self._name(result)
        for one, wire in zip(chosen, result["new_notes"], strict=True):
            notes = [_from_wire(note, origin, one) for note in wire]
            items.write_item(self._api, one.track, start, end, notes, name)

    def _name(self, result: Plain) -> str:
        return f"{self._verb.capitalize()} {result['index'] + 1}: {result['result_id']}"


# ---------------------------------------------------------------- asking


def _request(verb: str, api: Api, project: str, chosen: Sequence[MidiItem]) -> Plain:
    origin, end = min(one.start for one in chosen), max(one.end for one in chosen)
    if not any(one.notes for one in chosen):
        raise ItemError("There are no notes in the selected item.")
    request: Plain = {
        "kind": verb,
        "count": COUNTS[verb],
        "clip_name": chosen[0].name,
        "source": _score(api, project, chosen, origin, end),
    }
    beside = items.neighbours(api, project, chosen)
    if beside:
        request["context"] = _score(api, project, beside, origin, end)
    if verb == "continue":
        return request
    return {**request, **_what_changes(verb, api, project, chosen)}


def _what_changes(verb: str, api: Api, project: str, chosen: Sequence[MidiItem]) -> Plain:
    """Return the selected notes, at least two and not all, else the time selection, else all."""
    origin, end = min(one.start for one in chosen), max(one.end for one in chosen)
    notes = [note for one in chosen for note in one.notes]
    marked = [note.is_selected for note in notes]
    if 2 <= sum(marked) < len(notes):
        span = (
            min(note.start for note in notes if note.is_selected),
            max(note.end for note in notes if note.is_selected),
        )
        stretch = {"span": _span(span, origin, end)}
        if verb == "refill":
            return {**stretch, "notes": [place for place, is_one in enumerate(marked) if is_one]}
        rest = [place for place, is_one in enumerate(marked) if not is_one]
        return {**stretch, "locks": {"notes": rest}}
    selection = items.time_selection(api, project)
    if selection is None or selection[1] <= origin or selection[0] >= end:
        return {}
    return {"span": _span(selection, origin, end)}


def _span(stretch: tuple[float, float], origin: float, end: float) -> Plain:
    start, stop = max(stretch[0], origin) - origin, min(stretch[1], end) - origin
    return {"start": start, "end": stop}


def _score(api: Api, project: str, voices: Sequence[MidiItem], origin: float, end: float) -> Plain:
    numerator, denominator, tempo_bpm = items.meter_at(api, project, origin)
    meter = {"numerator": numerator, "denominator": denominator}
    return {
        "length": end - origin,
        "meter_map": {"changes": [[0.0, meter]]},
        "tempo_map": {"changes": [[0.0, tempo_bpm]]},
        "voices": [
            {
                "name": one.name,
                "notes": [
                    _to_wire(note, origin)
                    for note in one.notes
                    if origin - items.EDGE_QN <= note.start < end
                ],
            }
            for one in voices
        ],
    }


def _to_wire(note: ItemNote, origin: float) -> Plain:
    return {
        "start": max(0.0, note.start - origin),
        "pitch": note.pitch,
        "duration": note.end - note.start,
        "velocity": note.velocity,
        "is_muted": note.is_muted,
        "channel": note.channel,
    }


def _from_wire(note: Plain, origin: float, item: MidiItem) -> ItemNote:
    start = origin + note["start"]
    channels = {one.channel for one in item.notes}
    channel = channels.pop() if len(channels) == 1 else note["channel"]
    return ItemNote(
        -1,
        start,
        start + note["duration"],
        note["pitch"],
        note["velocity"],
        channel,
        is_selected=True,
        is_muted=note["is_muted"],
    )


def _tell(api: Api, sentence: str) -> None:
    api.RPR_ShowMessageBox(sentence, TITLE, 0)

"""A whole Live set or Live clip as its file holds it: tracks with clips and pads, tempo, meters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.live.clip import (
    DamagedClip,
    LiveClip,
    NoteGatherer,
    made_clip,
    number,
)
from reprise.library.ingest.live.plan import plan
from reprise.library.ingest.xml_stream import Element, parsed
from reprise.music.meter import DENOMINATORS, Meter

DEFAULT_TEMPO_BPM: Final = 120.0
_METERS_A_DENOMINATOR: Final = 99
_ALL_NOTES: Final = 0
"""What a pad receives that plays whatever comes: no pad, but a way to a rack inside."""
_FIRST_PAD: Final = 128

AnyClip = LiveClip | DamagedClip
Event = tuple[float, float]
"""A time in beats, below 0 for what holds from the start, and a value."""


@dataclass(frozen=True, slots=True)
class LiveTrack:
    """A MIDI track.

    Attributes:
        name: As the user named it, else as Live shows it without the number.
        pads: Pitches and names of the pads of its drum racks, by pitch.
        session: Scenes from 0 and the clips in them.
        arrangement: Clips on the time line.
        takes: Clips in take lanes.
    """

    name: str
    pads: tuple[tuple[int, str], ...]
    session: tuple[tuple[int, AnyClip], ...]
    arrangement: tuple[AnyClip, ...]
    takes: tuple[AnyClip, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scene switches when it is launched.

    Attributes:
        tempo_bpm: Quarter notes per minute, None where it leaves the tempo alone.
        meter: None where it leaves the meter alone.
    """

    tempo_bpm: float | None
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class LiveSet:
    """A set.

    Attributes:
        made_by: "Ableton Live 12.3.2".
        schema: Version of the format, such as "12.0_12300".
        tracks: MIDI tracks in order.
        scenes: In order; none before Live 11.
        tempo_bpm: What the tempo field shows.
        tempo_events: The tempo's automation, a time twice for a jump.
        meter_events: The meter's automation.
        grooves: Clips of the groove pool.
        groove_amount: How much of a groove is heard, 1.0 for all of it.
    """

    made_by: str
    schema: str
    tracks: tuple[LiveTrack, ...]
    scenes: tuple[Scene, ...]
    tempo_bpm: float
    tempo_events: tuple[Event, ...]
    meter_events: tuple[tuple[float, Meter], ...]
    grooves: tuple[AnyClip, ...]
    groove_amount: float


def read(chunks: Iterable[bytes]) -> LiveSet:
    """Return what an XML document of Live holds, streamed.

    Raises:
        RefusedError: It is no set, damaged, or too large; see `xml_stream.parsed`.
    """
    root = parsed(chunks, plan(NoteGatherer().take, made_clip))
    live_set = root.find("LiveSet")
    if root.name != "Ableton" or live_set is None:
        raise RefusedError(
            Reason.OTHER_CONTENT, f"its XML begins with <{root.name}> and holds no Live set"
        )
    try:
        return _set(root.attributes, live_set)
    except ValueError as error:
        raise RefusedError(Reason.DAMAGED, f"it says {error}; save it again in Live") from None


def meter_of_number(value: float) -> Meter | None:
    """Return the meter that Live writes as one number: 201 is 4/4; None for none."""
    index, beats = divmod(round(value), _METERS_A_DENOMINATOR)
    is_known = 0 <= index < len(DENOMINATORS) and beats < 64
    return Meter(beats + 1, DENOMINATORS[index]) if is_known else None


def _set(attributes: dict[str, str], live_set: Element) -> LiveSet:
    main = live_set.find("MainTrack") or live_set.find("MasterTrack")
    tempo, meters, amount = (
        _Parameter.of(main, name) for name in ("Tempo", "TimeSignature", "GlobalGrooveAmount")
    )
    meter_events = meters.events or ((-1.0, meters.manual if meters.manual else 201.0),)
    return LiveSet(
        attributes.get("Creator", ""),
        attributes.get("MinorVersion", ""),
        tuple(_track(track) for track in _children(live_set, "Tracks")),
        tuple(_scene(scene) for scene in _children(live_set, "Scenes")),
        tempo.manual or (tempo.events[0][1] if tempo.events else DEFAULT_TEMPO_BPM),
        tempo.events,
        tuple((at, meter) for at, value in meter_events if (meter := meter_of_number(value))),
        tuple(
            clip
            for groove in _children(live_set, "GroovePool/Grooves")
            for clip in _clips(groove.find("Clip/Value"))
        ),
        (100.0 if amount.manual is None else amount.manual) / 100.0,
    )


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A control of the main track: where it stands, and its automation."""

    manual: float | None
    events: tuple[Event, ...]

    @classmethod
    def of(cls, main: Element | None, name: str) -> "_Parameter":
        if main is None:
            return cls(None, ())
        chains = (main.find(f"{chain}/Mixer/{name}") for chain in ("DeviceChain", "MasterChain"))
        element = next((found for found in chains if found is not None), None)
        if element is None:
            return cls(None, ())
        manual = element.value("Manual")
        inline = _events(element.find("ArrangerAutomation/Events"))
        return cls(
            None if manual is None else number(manual),
            inline or _events(_envelope(main, element.find("AutomationTarget"))),
        )


def _envelope(main: Element, target: Element | None) -> Element | None:
    """Return the events of the envelope that points at a parameter."""
    if target is None:
        return None
    for envelope in _children(main, "AutomationEnvelopes/Envelopes"):
        if envelope.value("EnvelopeTarget/PointeeId") == target.attributes.get("Id"):
            return envelope.find("Automation/Events")
    return None


def _events(events: Element | None) -> tuple[Event, ...]:
    found = events.children if events is not None else ()
    pairs = (
        (number(event.attributes.get("Time")), number(event.attributes.get("Value")))
        for event in found
    )
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _track(track: Element) -> LiveTrack:
    slots = track.find("DeviceChain/MainSequencer/ClipSlotList")
    arrangement = track.find("DeviceChain/MainSequencer/ClipTimeable/ArrangerAutomation/Events")
    lanes = _children(track, "TakeLanes/TakeLanes")
    return LiveTrack(
        _name(track),
        _pads(track.find("DeviceChain/DeviceChain/Devices")),
        tuple(
            (scene, clip)
            for scene, slot in enumerate(slots.all("ClipSlot") if slots is not None else ())
            for clip in _clips(slot.find("ClipSlot/Value"))
        ),
        tuple(_clips(arrangement)),
        tuple(clip for lane in lanes for clip in _clips(lane.find("ClipAutomation/Events"))),
    )


def _clips(holder: Element | None) -> Iterator[AnyClip]:
    for clip in holder.all("MidiClip") if holder is not None else ():
        if isinstance(clip.content, LiveClip | DamagedClip):
            yield clip.content


def _name(element: Element) -> str:
    """Return a track's or pad's name: the user's own, else the one that Live made up."""
    own = element.value("Name/UserName")
    shown = element.value("Name/EffectiveName") or ""
    front, dash, rest = shown.partition("-")
    return own or (rest if dash and front.isdecimal() else shown)


def _pads(devices: Element | None) -> tuple[tuple[int, str], ...]:
    found: dict[int, str] = {}
    if devices is not None:
        _add_pads(devices, found)
    return tuple(sorted(found.items()))


def _add_pads(holder: Element, found: dict[int, str]) -> None:
    """Add the pads that a clip's notes reach.

    What stands inside a pad hears another note than the clip plays, unless the pad lets everything
    through.
    """
    for branch in holder.all("DrumBranch"):
        receiving = int(number(branch.value("BranchInfo/ReceivingNote"), float(_ALL_NOTES)))
        if receiving == _ALL_NOTES:
            chain = branch.find("DeviceChain")
            if chain is not None:
                _add_pads(chain, found)
        elif 1 <= receiving <= _FIRST_PAD:
            found.setdefault(_FIRST_PAD - receiving, _name(branch))


def _scene(scene: Element) -> Scene:
    has_tempo = scene.value("IsTempoEnabled") == "true"
    has_meter = scene.value("IsTimeSignatureEnabled") == "true"
    tempo_bpm = number(scene.value("Tempo"), DEFAULT_TEMPO_BPM)
    meter = meter_of_number(number(scene.value("TimeSignatureId"), 201.0))
    return Scene(tempo_bpm if has_tempo else None, meter if has_meter else None)


def _children(element: Element, path: str) -> Iterable[Element]:
    found = element.find(path)
    return () if found is None else found.children

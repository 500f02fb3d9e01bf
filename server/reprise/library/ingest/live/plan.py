"""What of a Live set's XML is read, for all versions from Live 8 on.

Elements are told by where they stand, never by version numbers: those start anew, and betas have
numbers of their own.
"""

from array import array
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from reprise.library.ingest.xml_stream import ANYWHERE, NOTHING, Element, Keep, Plan

NOTE_FIELDS: Final = 7
"""Numbers that a row of notes has: start, duration, velocity, probability, velocity deviation,
release velocity, is muted."""

_NAME: Final[Keep] = {"EffectiveName": NOTHING, "UserName": NOTHING}
_EVENTS: Final[Keep] = {"Events": {"FloatEvent": NOTHING, "EnumEvent": NOTHING}}

_CLIP: Final[Keep] = {
    "CurrentStart": NOTHING,
    "CurrentEnd": NOTHING,
    "Loop": dict.fromkeys(("LoopStart", "LoopEnd", "StartRelative", "LoopOn"), NOTHING),
    "Name": NOTHING,
    "Disabled": NOTHING,
    "TakeId": NOTHING,
    "IsInKey": NOTHING,
    "ProgramChange": NOTHING,
    "ScaleInformation": dict.fromkeys(("Root", "RootNote", "Name"), NOTHING),
    "GrooveSettings": {"GrooveId": NOTHING},
    "TimeSignature": {
        "TimeSignatures": {
            "RemoteableTimeSignature": {"Numerator": NOTHING, "Denominator": NOTHING}
        }
    },
    "Notes": {"KeyTracks": {"KeyTrack": {"Notes": {"MidiNoteEvent": NOTHING}, "MidiKey": NOTHING}}},
}
_CLIPS: Final[Keep] = {"MidiClip": _CLIP}


def _devices() -> Keep:
    """Return the search for drum pads: racks stand in racks, to any depth."""
    devices: dict[str, Keep] = {}
    pad: Keep = {
        "Name": _NAME,
        "BranchInfo": {"ReceivingNote": NOTHING},
        "DeviceChain": {ANYWHERE: devices},
    }
    devices |= {"DrumBranch": pad, ANYWHERE: devices}
    return devices


_SLOTS: Final[Keep] = {"ClipSlot": {"ClipSlot": {"Value": _CLIPS}}}
_MIDI_TRACK: Final[Keep] = {
    "Name": _NAME,
    "TakeLanes": {"TakeLanes": {"TakeLane": {"ClipAutomation": {"Events": _CLIPS}}}},
    "DeviceChain": {
        "MainSequencer": {
            "ClipSlotList": _SLOTS,
            "ClipTimeable": {"ArrangerAutomation": {"Events": _CLIPS}},
        },
        "DeviceChain": {"Devices": _devices()},
    },
}
_PARAMETER: Final[Keep] = {
    "Manual": NOTHING,
    "AutomationTarget": NOTHING,
    "ArrangerAutomation": _EVENTS,
}
_CHAIN: Final[Keep] = {
    "Mixer": {"Tempo": _PARAMETER, "TimeSignature": _PARAMETER, "GlobalGrooveAmount": _PARAMETER}
}
_MAIN_TRACK: Final[Keep] = {
    "DeviceChain": _CHAIN,
    "MasterChain": _CHAIN,
    "AutomationEnvelopes": {
        "Envelopes": {
            "AutomationEnvelope": {
                "EnvelopeTarget": {"PointeeId": NOTHING},
                "Automation": _EVENTS,
            }
        }
    },
}
_SCENE: Final = dict.fromkeys(
    ("Tempo", "IsTempoEnabled", "TimeSignatureId", "IsTimeSignatureEnabled"), NOTHING
)
_KEEP: Final[Keep] = MappingProxyType(
    {
        "LiveSet": {
            "Tracks": {"MidiTrack": _MIDI_TRACK},
            "MainTrack": _MAIN_TRACK,
            "MasterTrack": _MAIN_TRACK,
            "Scenes": {"Scene": _SCENE},
            "GroovePool": {"Grooves": {"Groove": {"Clip": {"Value": _CLIPS}}}},
        }
    }
)


def plan(
    on_note: Callable[[Element, dict[str, str]], None], made_clip: Callable[[Element], object]
) -> Plan:
    """Return the plan of a set; notes and clips become what the calls make of them."""
    return Plan(_KEEP, {"MidiNoteEvent": on_note}, {"MidiClip": made_clip})


def rows_of(notes: Element) -> "array[float]":
    """Return the rows of notes that were gathered in a `Notes` element, `NOTE_FIELDS` each."""
    return notes.content if isinstance(notes.content, array) else array("d")

"""Files of DAWs for tests, written by hand in the formats' own words; no DAW saved them."""

import gzip
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from builders import midi_bytes

HeldNote = tuple[float, int, float]
"""Start in beats, pitch, duration in beats."""

FOUR_ON_THE_FLOOR: Sequence[HeldNote] = [(float(beat), 36, 0.25) for beat in range(4)]
TRIAD: Sequence[HeldNote] = [(0.0, 60, 1.0), (1.0, 64, 1.0), (2.0, 67, 1.0)]


def element(name: str, value: object) -> str:
    return f"<{name} Value={quoteattr(str(value))} />"


def live_notes(notes: Sequence[HeldNote], extra: str = "") -> str:
    """KeyTracks of a clip; `extra` goes into every note's tag."""
    pitches = sorted({pitch for _, pitch, _ in notes})
    tracks = []
    for pitch in pitches:
        events = "".join(
            f'<MidiNoteEvent Time="{start}" Duration="{duration}" Velocity="100"'
            f' OffVelocity="64" {extra}/>'
            for start, its_pitch, duration in notes
            if its_pitch == pitch
        )
        tracks.append(f"<KeyTrack><Notes>{events}</Notes>{element('MidiKey', pitch)}</KeyTrack>")
    return f"<Notes><KeyTracks>{''.join(tracks)}</KeyTracks></Notes>"


def live_clip(
    notes: Sequence[HeldNote] = TRIAD,
    *,
    time: float = 0.0,
    length: float = 4.0,
    loop: tuple[float, float] = (0.0, 4.0),
    start_relative: float = 0.0,
    loops: bool = True,
    name: str = "",
    more: str = "",
    extra: str = "",
) -> str:
    """A MidiClip that plays `length` beats from `time` on."""
    on = "true" if loops else "false"
    return (
        f'<MidiClip Time="{time}">{element("CurrentStart", time)}'
        f"{element('CurrentEnd', time + length)}"
        f"<Loop>{element('LoopStart', loop[0])}{element('LoopEnd', loop[1])}"
        f"{element('StartRelative', start_relative)}{element('LoopOn', on)}"
        f"{element('HiddenLoopStart', 99)}</Loop>"
        f"{element('Name', name)}{more}{live_notes(notes, extra)}</MidiClip>"
    )


def drum_rack(pads: Mapping[int, str], inner: str = "") -> str:
    """A rack whose pads lie on pitches; `inner` stands in a pad that lets all notes through."""
    branches = "".join(_pad(128 - pitch, name) for pitch, name in pads.items())
    through = _pad(0, "all", inner) if inner else ""
    return f"<DrumGroupDevice><Branches>{branches}{through}</Branches></DrumGroupDevice>"


def _pad(receiving: int, name: str, inner: str = "") -> str:
    return (
        f"<DrumBranch><Name>{element('EffectiveName', name)}{element('UserName', '')}</Name>"
        f"<DeviceChain><MidiToAudioDeviceChain><Devices>{inner}</Devices>"
        f"</MidiToAudioDeviceChain></DeviceChain>"
        f"<BranchInfo>{element('ReceivingNote', receiving)}</BranchInfo></DrumBranch>"
    )


def live_track(
    *,
    session: Sequence[str] = (),
    arrangement: Sequence[str] = (),
    takes: Sequence[str] = (),
    name: str = "",
    shown: str = "1-MIDI",
    devices: str = "",
) -> str:
    """A MIDI track; an empty string in `session` is an empty slot."""
    slots = "".join(
        f"<ClipSlot><ClipSlot><Value>{clip}</Value></ClipSlot></ClipSlot>" for clip in session
    )
    lanes = "".join(
        f"<TakeLane><ClipAutomation><Events>{clip}</Events></ClipAutomation></TakeLane>"
        for clip in takes
    )
    return (
        f"<MidiTrack><Name>{element('EffectiveName', shown)}{element('UserName', name)}</Name>"
        f"<TakeLanes><TakeLanes>{lanes}</TakeLanes></TakeLanes>"
        f"<DeviceChain><MainSequencer><ClipSlotList>{slots}</ClipSlotList>"
        f"<ClipTimeable><ArrangerAutomation><Events>{''.join(arrangement)}</Events>"
        f"</ArrangerAutomation></ClipTimeable></MainSequencer>"
        f"<DeviceChain><Devices>{devices}</Devices></DeviceChain></DeviceChain></MidiTrack>"
    )


def live_document(
    *tracks: str,
    tempo: float = 120.0,
    tempo_events: Sequence[tuple[float, float]] = (),
    meter_events: Sequence[tuple[float, int]] = (),
    scenes: str = "",
    grooves: Sequence[str] = (),
    groove_amount: float = 100.0,
    schema: str = "12.0_12300",
    creator: str = "Ableton Live 12.3.2",
) -> bytes:
    """The XML of a set as Live 10 and later write it."""
    pool = "".join(f"<Groove><Clip><Value>{clip}</Value></Clip></Groove>" for clip in grooves)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Ableton MajorVersion="5" '
        f'MinorVersion="{schema}" Creator="{creator}"><LiveSet><Tracks>{"".join(tracks)}</Tracks>'
        f"<MainTrack><AutomationEnvelopes><Envelopes>{_envelope(8, 'FloatEvent', tempo_events)}"
        f"{_envelope(10, 'EnumEvent', meter_events)}</Envelopes></AutomationEnvelopes>"
        f"<DeviceChain><Mixer>"
        f'<Tempo>{element("Manual", tempo)}<AutomationTarget Id="8" /></Tempo>'
        f'<TimeSignature>{element("Manual", 201)}<AutomationTarget Id="10" /></TimeSignature>'
        f"<GlobalGrooveAmount>{element('Manual', groove_amount)}</GlobalGrooveAmount>"
        f"</Mixer></DeviceChain></MainTrack><Scenes>{scenes}</Scenes>"
        f"<GroovePool><Grooves>{pool}</Grooves></GroovePool></LiveSet></Ableton>"
    )
    return text.encode("utf-8")


def _envelope(target: int, kind: str, events: Sequence[tuple[float, float]]) -> str:
    said = "".join(f'<{kind} Time="{at}" Value="{value}" />' for at, value in events)
    return (
        f"<AutomationEnvelope><EnvelopeTarget>{element('PointeeId', target)}</EnvelopeTarget>"
        f"<Automation><Events>{said}</Events></Automation></AutomationEnvelope>"
        if events
        else ""
    )


def scene(tempo: float | None = None, meter: int | None = None) -> str:
    return (
        f"<Scene>{element('Tempo', tempo or 120)}"
        f"{element('IsTempoEnabled', str(tempo is not None).lower())}"
        f"{element('TimeSignatureId', meter or 201)}"
        f"{element('IsTimeSignatureEnabled', str(meter is not None).lower())}</Scene>"
    )


def live_set(*tracks: str) -> bytes:
    """A set as it lies on the disk."""
    return gzip.compress(live_document(*tracks), mtime=0)


def reaper_events(notes: Sequence[HeldNote], *, grid: int = 960, length: float = 4.0) -> str:
    """Event lines of a source, as many selected as not, up to the event that ends it."""
    events = []
    for start, pitch, duration in notes:
        events.append((round(start * grid), f"90 {pitch:02x} 60"))
        events.append((round((start + duration) * grid), f"80 {pitch:02x} 00"))
    events.sort(key=lambda event: (event[0], event[1] > "9"))
    lines, before = [], 0
    for number, (tick, data) in enumerate(events):
        lines.append(f"{'eE'[number % 2]} {tick - before} {data}")
        before = tick
    return "\n".join([*lines, f"E {round(length * grid) - before} b0 7b 00"])


def reaper_source(events: str, *, kind: str = "MIDI", pool: str = "{A}", more: str = "") -> str:
    return (
        f"<SOURCE {kind}\nHASDATA 1 960 QN\nPOOLEDEVTS {pool}\n{events}\n"
        f"{more or 'IGNTEMPO 0 120 4 4'}\n>"
    )


def reaper_item(
    *sources: str,
    position: float = 0.0,
    length: float = 2.0,
    loop: int = 1,
    mute: int = 0,
    more: str = "",
) -> str:
    """An item; each source after the first is a take of its own."""
    first, *others = sources or ("",)
    takes = "".join(f"\n{other}" for other in others)
    return (
        f"<ITEM\nPOSITION {position}\nLENGTH {length}\nLOOP {loop}\nMUTE {mute} 0\n"
        f'NAME "take one"\n{more}\n{first}{takes}\n>'
    )


def reaper_track(*items: str, name: str = "Keys", more: str = "") -> str:
    return "\n".join(["<TRACK {T}", f'NAME "{name}"', more, *items, ">"])


def reaper_project(*blocks: str, tempo: str = "120 4 4", points: Iterable[str] = ()) -> bytes:
    """A project with the line ends that REAPER writes."""
    marked = "\n".join(f"PT {point}" for point in points)
    text = (
        f'<REAPER_PROJECT 0.1 "7.51/linux-x86_64" 1596796080\nTEMPO {tempo}\n'
        f"<TEMPOENVEX\nACT 1\n{marked}\n>\n" + "\n".join(blocks) + "\n>\n"
    )
    return text.replace("\n", "\r\n").encode("utf-8")


def music_xml(measures: str, parts: str = "", *, doctype: str = "", more: str = "") -> bytes:
    """A score of one part; `parts` replaces what the list says of it."""
    said = parts or '<score-part id="P1"><part-name>Flute</part-name></score-part>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<score-partwise version="3.1">'
        f'<part-list>{said}</part-list><part id="P1">{measures}</part>{more}</score-partwise>'
    ).encode()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive, its names as they are given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def tune() -> bytes:
    """A MIDI file of one note."""
    return midi_bytes(b"\x00\x90\x3c\x40\x60\x80\x3c\x00")

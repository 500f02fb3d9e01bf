"""One MIDI clip of a Live set as its file holds it."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_BEATS, MAX_FILE_NOTES
from reprise.library.ingest.live.plan import NOTE_FIELDS, rows_of
from reprise.library.ingest.looping import HeldNote, Playing
from reprise.library.ingest.xml_stream import Element
from reprise.music.key import SCALES, Key
from reprise.music.meter import DENOMINATORS, MAX_NUMERATOR, Meter

NO_GROOVE: Final = -1
_SCALES_BY_NUMBER: Final = ("major", "minor")
"""Live 12.3 numbers its scales; these two were seen."""


@dataclass(frozen=True, slots=True)
class KeyTrack:
    """The notes of one pitch.

    Attributes:
        pitch: 0-127.
        rows: As in `plan.rows_of`.
    """

    pitch: int
    rows: "array[float]"

    @property
    def note_count(self) -> int:
        """How many notes it holds."""
        return len(self.rows) // NOTE_FIELDS

    def notes(self) -> Iterator[HeldNote]:
        """Yield the notes."""
        rows = iter(self.rows)
        for start, duration, velocity, probability, deviation, release, muted in zip(*[rows] * 7):
            yield HeldNote(
                start,
                self.pitch,
                duration,
                _held(velocity, 1, 127),
                # Nearly every note is certain: they share one number.
                1.0 if probability >= 1.0 else max(probability, 0.0),
                _held(deviation, -127, 127),
                _held(release, 0, 127),
                bool(muted),
            )


@dataclass(frozen=True, slots=True)
class LiveClip:
    """A clip.

    Attributes:
        name: "" where it has none.
        time: Beat at which it begins in the arrangement, 0 in a session slot.
        playing: Which part of its content plays.
        meter: As its view shows it; None where it has none.
        key: Where the user chose one for it.
        is_on: False for a clip that the user switched off.
        take: Number of the recording that it is part of, None before Live 11.
        groove: Number of its groove in the pool, `NO_GROOVE` without one.
        program: General MIDI program that it sends, 0 where it sends none.
        key_tracks: Its notes by pitch.
    """

    name: str
    time: float
    playing: Playing
    meter: Meter | None
    key: Key | None
    is_on: bool
    take: int | None
    groove: int
    program: int
    key_tracks: tuple[KeyTrack, ...]

    @property
    def note_count(self) -> int:
        """How many notes the file holds for it, heard or not."""
        return sum(track.note_count for track in self.key_tracks)

    def notes(self) -> Iterator[HeldNote]:
        """Yield all its notes, heard or not."""
        for track in self.key_tracks:
            yield from track.notes()


@dataclass(frozen=True, slots=True)
class DamagedClip:
    """A clip that holds something that is no clip.

    Attributes:
        name: "" where it has none.
        details: What is wrong.
    """

    name: str
    details: str


class NoteGatherer:
    """Takes the notes of a set one by one, as rows of numbers."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, notes: Element, attributes: dict[str, str]) -> None:
        """Add a note to the rows of the `Notes` element that it stands in.

        Raises:
            RefusedError: The set holds too many.
        """
        self._count += 1
        if self._count > MAX_FILE_NOTES:
            raise RefusedError(
                Reason.TOO_MANY_NOTES, f"at most {MAX_FILE_NOTES:,} notes of a set are read"
            )
        if notes.content is None:
            notes.content = array("d")
        if isinstance(notes.content, array):
            try:
                notes.content.extend(_row(attributes))
            except ValueError as error:
                notes.content = str(error)


def made_clip(element: Element) -> LiveClip | DamagedClip:
    """Return what a `MidiClip` element says."""
    name = element.value("Name") or ""
    try:
        return _clip(element, name)
    except ValueError as error:
        return DamagedClip(name, str(error))


def number(text: str | None, otherwise: float | None = None) -> float:
    """Return a number of a set.

    Raises:
        ValueError: It is none, or beyond all music.
    """
    if text is None and otherwise is not None:
        return otherwise
    value = float(text) if text is not None else float("nan")
    if not abs(value) <= _MOST:
        raise ValueError(f"{text!r} where a number belongs")
    return value


_MOST: Final = 1e9
"""Live itself writes -63,072,000 for the time before everything."""


def _row(attributes: dict[str, str]) -> tuple[float, ...]:
    """Return a note's numbers; what Live 12.3 leaves out is as usual."""
    row = (
        number(attributes.get("Time")),
        number(attributes.get("Duration")),
        number(attributes.get("Velocity"), 100.0),
        number(attributes.get("Probability"), 1.0),
        number(attributes.get("VelocityDeviation"), 0.0),
        number(attributes.get("OffVelocity"), 64.0),
        float(attributes.get("IsEnabled") == "false"),
    )
    if abs(row[0]) > MAX_BEATS:
        raise ValueError(f"a note at beat {row[0]:g}")
    return row


def _held(value: float, low: int, high: int) -> int:
    return min(max(round(value), low), high)


def _clip(element: Element, name: str) -> LiveClip:
    take = element.value("TakeId")
    time = number(element.attributes.get("Time"), 0.0)
    if not 0.0 <= time <= 1e8:
        raise ValueError(f"it begins at beat {time:g}")
    return LiveClip(
        name,
        time,
        _playing(element),
        _meter(element),
        _key(element),
        element.value("Disabled") != "true",
        None if take is None else int(number(take)),
        int(number(element.value("GrooveSettings/GrooveId"), float(NO_GROOVE))),
        max(0, min(127, int(number(element.value("ProgramChange"), 0.0)))),
        tuple(_key_tracks(element)),
    )


def _playing(element: Element) -> Playing:
    """Return the playing range; how long it plays is told by its place, so the file's is kept.

    With the loop off, what Live calls the loop's start and end are the clip's own.
    """
    loop_start = number(element.value("Loop/LoopStart"))
    end = number(element.value("Loop/LoopEnd"))
    start = loop_start + number(element.value("Loop/StartRelative"), 0.0)
    played = number(element.value("CurrentEnd")) - number(element.value("CurrentStart"))
    loops = element.value("Loop/LoopOn") == "true"
    return Playing(start, end, loop_start if loops else None, played)


def _meter(element: Element) -> Meter | None:
    signature = element.find("TimeSignature/TimeSignatures/RemoteableTimeSignature")
    if signature is None:
        return None
    numerator = int(number(signature.value("Numerator"), 4.0))
    denominator = int(number(signature.value("Denominator"), 4.0))
    if not 1 <= numerator <= MAX_NUMERATOR or denominator not in DENOMINATORS:
        return None
    return Meter(numerator, denominator)


def _key(element: Element) -> Key | None:
    """Return the clip's scale, where it is switched on.

    C major is what Live writes when nobody chose, so it is left to be found.
    """
    if element.value("IsInKey") != "true":
        return None
    scale = element.value("ScaleInformation/Name") or ""
    root = element.value("ScaleInformation/Root") or element.value("ScaleInformation/RootNote")
    name = scale.lower()
    if scale.isdecimal():
        name = dict(enumerate(_SCALES_BY_NUMBER)).get(int(scale), "")
    tonic = int(number(root, 0.0))
    if name not in SCALES or not 0 <= tonic <= 11 or (tonic, name) == (0, "major"):
        return None
    return Key(tonic, name)


def _check_undamaged(notes: Element) -> None:
    """Raise what `NoteGatherer` found wrong with a note.

    Raises:
        ValueError: A note holds something that is no number.
    """
    damage = notes.content if isinstance(notes.content, str) else ""
    if damage:
        raise ValueError(damage)


def _key_tracks(element: Element) -> Iterator[KeyTrack]:
    tracks = element.find("Notes/KeyTracks")
    for track in tracks.all("KeyTrack") if tracks is not None else ():
        notes = track.find("Notes")
        if notes is None:
            continue
        _check_undamaged(notes)
        pitch = number(track.value("MidiKey"))
        if not 0 <= pitch <= 127:
            raise ValueError(f"a pitch {pitch:g}")
        yield KeyTrack(int(pitch), rows_of(notes))

"""The parts of a MusicXML score, gathered measure by measure, so that none is held as XML."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import MAX_BEATS, MAX_FILE_NOTES
from reprise.library.ingest.xml_stream import Element
from reprise.music.key import Key
from reprise.music.meter import DENOMINATORS, MAX_NUMERATOR, Meter
from reprise.music.note import Note

_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FULL_VELOCITY: Final = 90.0
"""What the format calls 100 percent."""


@dataclass(slots=True)
class Timeline:
    """What all parts share; the first part says it.

    Attributes:
        starts: Beat at which each measure begins, and at last where the score ends.
        meters: Where meters begin; said anew behind a measure that is not whole.
        tempi: Where tempi begin, in quarter notes per minute.
        key: The first that is not C major.
        has_repeats: Something is to be played more than once.
    """

    starts: list[float] = field(default_factory=lambda: [0.0])
    meters: dict[float, Meter] = field(default_factory=dict)
    tempi: dict[float, float] = field(default_factory=dict)
    key: Key | None = None
    has_repeats: bool = False


@dataclass(slots=True)
class Part:
    """What one part plays.

    Attributes:
        notes: In order.
        skipped: Grace and cue notes, and what names no pitch.
    """

    notes: list[Note] = field(default_factory=list)
    skipped: int = 0


class Gatherer:
    """Takes the measures of one part after the other.

    Args:
        pitches: Of unpitched instruments, by their ids.
    """

    def __init__(self, pitches: "PitchesOfInstruments") -> None:
        self.timeline = Timeline()
        self._pitches = pitches
        self._count = 0
        self._is_first = True
        self._begin_part()

    def part(self, _: Element) -> Part:
        """End a part and return it."""
        part = self._part
        self._is_first = False
        self._begin_part()
        return part

    def measure(self, element: Element) -> None:
        """Take a measure.

        Raises:
            RefusedError: The score lasts too long, or has too many notes.
        """
        start = self._start()
        self._cursor = self._furthest = start
        for child in element.children:
            self._take(child)
        self._number += 1
        if self._is_first:
            self._end_measure(start)

    def _begin_part(self) -> None:
        self._part = Part()
        self._number = 0
        self._divisions = 1.0
        self._transposed = 0
        self._velocity = _FULL_VELOCITY
        self._meter = Meter()
        self._last_start = 0.0
        self._cursor = self._furthest = 0.0
        self._tied: dict[int, int] = {}

    def _start(self) -> float:
        """Return where the measure begins; one more than the first part has follows its own."""
        starts = self.timeline.starts
        return starts[self._number] if self._number < len(starts) else self._furthest

    def _end_measure(self, start: float) -> None:
        end = self._furthest if self._furthest > start else start + self._meter.bar_length
        self.timeline.starts.append(end)
        is_whole = abs(end - start - self._meter.bar_length) < 1e-6
        self.timeline.meters.setdefault(start, self._meter)
        if not is_whole:
            self.timeline.meters.setdefault(end, self._meter)

    def _take(self, child: Element) -> None:
        if child.name == "note":
            self._note(child)
        elif child.name in ("backup", "forward"):
            self._move(-1.0 if child.name == "backup" else 1.0, child)
        elif child.name == "attributes":
            self._attributes(child)
        elif child.name in ("direction", "sound"):
            self._sound(child if child.name == "sound" else child.find("sound"))
        elif child.name == "barline":
            self.timeline.has_repeats |= child.find("repeat") is not None

    def _move(self, sign: float, element: Element) -> None:
        self._cursor = max(0.0, self._cursor + sign * self._beats(element))
        self._furthest = max(self._furthest, self._cursor)
        if self._furthest > MAX_BEATS:
            raise RefusedError(Reason.TOO_LONG, f"at most {MAX_BEATS:,.0f} beats are read")

    def _beats(self, element: Element) -> float:
        return _number(element.text_of("duration"), 0.0) / self._divisions

    def _attributes(self, element: Element) -> None:
        self._divisions = max(_number(element.text_of("divisions"), self._divisions), 1e-3)
        transposed = element.find("transpose")
        if transposed is not None:
            octaves = _number(transposed.text_of("octave-change"), 0.0)
            self._transposed = int(_number(transposed.text_of("chromatic"), 0.0) + 12 * octaves)
        meter = _meter(element.find("time"))
        if meter is not None:
            self._meter = meter
            self.timeline.meters[self._cursor] = meter
        key = _key(element.find("key"))
        self.timeline.key = self.timeline.key or key

    def _sound(self, sound: Element | None) -> None:
        if sound is None:
            return
        tempo_bpm = _number(sound.attributes.get("tempo"), 0.0)
        if tempo_bpm > 0.0:
            self.timeline.tempi.setdefault(self._cursor, tempo_bpm)
        percent = _number(sound.attributes.get("dynamics"), 0.0)
        if percent > 0.0:
            self._velocity = _FULL_VELOCITY * percent / 100.0

    def _note(self, element: Element) -> None:
        duration = self._beats(element)
        is_chord = element.find("chord") is not None
        start = self._last_start if is_chord else self._cursor
        if not is_chord:
            self._last_start = start
            self._move(1.0, element)
        if element.find("rest") is not None:
            return
        pitch = self._pitch(element)
        if pitch is None or duration <= 0.0 or element.find("cue") is not None:
            self._part.skipped += 1
            return
        self._sound_note(element, start, pitch, duration)

    def _sound_note(self, element: Element, start: float, pitch: int, duration: float) -> None:
        ties = {tie.attributes.get("type") for tie in element.all("tie")}
        notes = self._part.notes
        before = self._tied.pop(pitch, None) if "stop" in ties else None
        if before is not None and abs(notes[before].end - start) < 1e-6:
            note = notes[before]
            notes[before] = Note(note.start, pitch, start + duration - note.start, note.velocity)
            place = before
        else:
            self._count_note()
            place = len(notes)
            notes.append(Note(start, pitch, duration, self._velocity_of(element)))
        if "start" in ties:
            self._tied[pitch] = place

    def _count_note(self) -> None:
        self._count += 1
        if self._count > MAX_FILE_NOTES:
            raise RefusedError(Reason.TOO_MANY_NOTES, f"at most {MAX_FILE_NOTES:,} are read")

    def _velocity_of(self, element: Element) -> int:
        percent = _number(element.attributes.get("dynamics"), 0.0)
        velocity = _FULL_VELOCITY * percent / 100.0 if percent > 0.0 else self._velocity
        return min(max(round(velocity), 1), 127)

    def _pitch(self, element: Element) -> int | None:
        written = element.find("pitch")
        if written is None:
            instrument = element.find("instrument")
            name = "" if instrument is None else instrument.attributes.get("id", "")
            return self._pitches.of(name)
        step = _STEPS.get(written.text_of("step") or "")
        octave = _number(written.text_of("octave"), -9.0)
        if step is None:
            return None
        altered = round(_number(written.text_of("alter"), 0.0))
        pitch = int(12 * (octave + 1)) + step + altered + self._transposed
        return pitch if 0 <= pitch <= 127 else None


class PitchesOfInstruments:
    """Pitches of unpitched instruments, known once the list of parts has been read."""

    def __init__(self) -> None:
        self._pitches: dict[str, int] = {}

    def learn(self, instrument: Element) -> None:
        """Take what is said of one instrument; the format counts from 1."""
        pitch = int(_number(instrument.text_of("midi-unpitched"), 0.0)) - 1
        if 0 <= pitch <= 127:
            self._pitches[instrument.attributes.get("id", "")] = pitch

    def of(self, instrument: str) -> int | None:
        """Return the pitch of an instrument, None where nobody says."""
        return self._pitches.get(instrument)


def _number(text: str | None, otherwise: float) -> float:
    try:
        value = float(text) if text else otherwise
    except ValueError:
        return otherwise
    return value if abs(value) < 1e9 else otherwise


def _meter(time: Element | None) -> Meter | None:
    """Return a meter; 3+2 over 8 is 5/8."""
    if time is None:
        return None
    parts = (time.text_of("beats") or "").split("+")
    numerator = int(sum(_number(part, 0.0) for part in parts))
    denominator = int(_number(time.text_of("beat-type"), 0.0))
    is_meter = 1 <= numerator <= MAX_NUMERATOR and denominator in DENOMINATORS
    return Meter(numerator, denominator) if is_meter else None


def _key(key: Element | None) -> Key | None:
    """Return a key; C major is what programs write when nobody chose one."""
    if key is None:
        return None
    fifths = int(_number(key.text_of("fifths"), 99.0))
    is_minor = (key.text_of("mode") or "major") == "minor"
    if not -7 <= fifths <= 7 or (fifths, is_minor) == (0, False):
        return None
    return Key((fifths * 7 + 9 * is_minor) % 12, "minor" if is_minor else "major")


def moved(notes: Sequence[Note], by: float) -> tuple[Note, ...]:
    """Return notes some beats later."""
    return tuple(Note(note.start + by, note.pitch, note.duration, note.velocity) for note in notes)

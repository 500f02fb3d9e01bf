"""What comes of a user's file: clips, and a reason for everything that is left out."""

from dataclasses import dataclass
from enum import StrEnum

from reprise.library.pieces import Reject
from reprise.music.meter import Meter
from reprise.music.score import Score


class FoundIn(StrEnum):
    """Which part of a file a clip comes from."""

    FILE = "file"
    SESSION = "session"
    ARRANGEMENT = "arrangement"
    TAKE = "take"
    ITEM = "item"


class Reason(StrEnum):
    """Why a file, or a clip in it, is left out; the same words for all of one reason."""

    OTHER_KIND = "no kind of file that is read"
    SYSTEM_FILE = "written by the system, no music"
    BACKUP = "backup of a project"
    SPECIAL = "no ordinary file"
    READ_ALREADY = "read already under another name"
    NO_TARGET = "link to nothing"
    NOT_READABLE = "not readable"
    CHANGED = "changed while it was read"
    EMPTY_FILE = "empty file"
    TOO_LARGE = "too large"
    TOO_MANY_TRACKS = "too many tracks"
    TOO_MANY_NOTES = "too many notes"
    TOO_LONG = "too long"
    DAMAGED = "damaged or cut short"
    OTHER_CONTENT = "not what its name says"
    BOMB = "unpacks to far more than it holds"
    ENTITIES = "declares XML entities"
    OUTSIDE = "its name leads out of the archive"
    LOCKED = "locked by a password"
    PACKING = "packed in a way that is not read"
    TOO_DEEP = "archives in archives in archives"
    NO_NOTES = "no notes"
    GROOVE = "groove of the pool, no clip"
    TAKE_COPY = "take of a clip that is read"
    SWITCHED_OFF = "switched off"
    ELSEWHERE = "its notes are in a file of their own"
    COPY = "copy of a file that is read"
    OUR_MISTAKE = "a mistake of ours"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a clip was found.

    Attributes:
        file: Path below the folder that was searched, with "/" on every system; what lies in an
            archive stands behind the archive's name.
        found_in: The part of the file.
        track: Name of its track, "" where it has none.
        position: Of a session clip the scene's number from 0; of what lies on a time line the beat
            at which it begins; 0 for whole files.
        take: Clips of one track with the same number are parts of one recording; None where the
            host does not say.
    """

    file: str
    found_in: FoundIn = FoundIn.FILE
    track: str = ""
    position: float = 0.0
    take: int | None = None

    def __str__(self) -> str:
        if self.found_in == FoundIn.FILE:
            return self.file
        return f"{self.file}: {self.track or 'unnamed track'}, {self._where}"

    @property
    def _where(self) -> str:
        if self.found_in == FoundIn.SESSION:
            return f"scene {self.position + 1:g}"
        return f"{self.found_in} at beat {self.position:g}"


@dataclass(frozen=True, slots=True)
class SourceClip:
    """Music of the user's as its host plays it.

    Attributes:
        origin: Where it was found.
        name: Its own name, "" where it has none.
        score: The notes that sound. What stands before the end of `score.loop` plays once, then
            the loop repeats (`edges.unrolled` plays it out); without a loop it plays once.
        played: How long it plays where it lies on a time line, in beats; None where it lies on
            none, such as in a session slot.
        unheard: Notes of the file's clip that never sound there, such as those behind its loop.
        remarks: What could not be taken over, as sentences.
    """

    origin: Origin
    name: str
    score: Score
    played: float | None = None
    unheard: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def loop_length(self) -> float | None:
        """The length of what repeats in beats, None where nothing does."""
        return None if self.score.loop is None else self.score.loop.length

    @property
    def pads(self) -> tuple[tuple[int, str], ...]:
        """Pitches of the drum pads of all voices, with their names."""
        return tuple(pad for voice in self.score.voices for pad in voice.pads)

    @property
    def tempo_bpm(self) -> float:
        """The tempo at its start in quarter notes per minute."""
        return self.score.tempo_map.at(0.0)

    @property
    def meter(self) -> Meter:
        """The meter at its start."""
        return self.score.meter_map.at(0.0)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader found in one document.

    Attributes:
        made_by: The program that wrote it, as it says itself; "" where it does not.
        clips: What can be learned from.
        rejects: What is left out.
        remarks: What the user should know of the file as a whole, as sentences.
    """

    made_by: str = ""
    clips: tuple[SourceClip, ...] = ()
    rejects: tuple[Reject, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file, or of one member of an archive.

    Attributes:
        name: As in `Origin.file`.
        kind: What it was read as, a value of `walk.Kind`.
        digest: SHA-256 of its bytes in hexadecimal, "" where they were not read to the end.
        contents: What it holds; nothing but a reject where it could not be read.
    """

    name: str
    kind: str
    digest: str
    contents: Contents


class RefusedError(Exception):
    """A file or clip cannot be used; never leaves this room, where it becomes a `Reject`.

    Args:
        reason: Of `Reason`.
        details: What was found and what can be done, in a sentence.
    """

    def __init__(self, reason: Reason, details: str) -> None:
        super().__init__(details)
        self.reason = reason
        self.details = details

    def reject(self, name: str) -> Reject:
        """Return it as what is said of a file or clip of this name."""
        return Reject(name, self.reason, self.details)

"""A file that gets one more track: what `accompany` adds to the music that is there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.smf import MidiDocument
from reprise.music.smf_select import Selection
from reprise.music.smf_write import with_voice
from reprise.music.voice import Voice
from reprise.service.messages import Accompany
from reprise.service.plan import working_source


@dataclass(frozen=True, slots=True)
class NewPart:
    """A file that gets one more track.

    Attributes:
        selection: What the new part was asked for.
        part: The new track, still without notes.
        heard: The same as the engine heard of it: its name tells what it is.
    """

    selection: Selection
    part: Voice
    heard: Voice

    @classmethod
    def of(cls, request: Accompany, selection: Selection, name: str, program: int) -> "NewPart":
        """Return what a request adds, as a track of that name and General MIDI program, 0-127."""
        heard = working_source(request).voices[-1]
        return cls(selection, replace(heard, name=name, program=program), heard)

    def with_answer(
        self, kept: Collection[int], new_notes: Sequence[Sequence[Note]], length: float
    ) -> MidiDocument:
        """Return the file with the new part behind all others."""
        start = self.selection.window.start
        document = self.selection.with_answer(kept, new_notes[:-1], length)
        notes = tuple(replace(note, start=note.start + start) for note in new_notes[-1])
        return with_voice(
            document,
            replace(self.part, notes=notes, is_drums=is_drums(self.heard)),
            start + length,
        )

"""Parts of a document as a request's source, with the rest as context, and the way back.

`reprise vary IN.mid --track 2 --bars 4:8` asks about one track and a few bars, all other tracks
sound along; the answer goes back into the whole file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reprise.errors import InvalidRequestError
from reprise.music.edges import heard_from
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf import MidiDocument
from reprise.music.span import Span
from reprise.music.voice import Voice


@dataclass(frozen=True)
class Selection:
    """Some parts of a document inside a window of time.

    Attributes:
        document: The whole file.
        parts: Numbers of the chosen parts, from 0, rising.
        window: What is looked at, in beats of the document; it becomes beat 0 and on.
    """

    document: MidiDocument
    parts: tuple[int, ...]
    window: Span

    @cached_property
    def source(self) -> Score:
        """The chosen parts with the notes that begin inside the window."""
        return self._windowed([self._own(part) for part in self.parts])

    @cached_property
    def context(self) -> Score | None:
        """The other parts, heard through the window, or None where there are none.

        Notes that ring into the window are cut to begin with it.
        """
        others = [
            replace(voice, notes=heard_from(voice.notes, self.window))
            for part, voice in enumerate(self._score.voices)
            if part not in self.parts
        ]
        return self._windowed(others) if others else None

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The place in the document of each note of the source, by its place there."""
        return tuple(
            place
            for place, part, note in self._score.places()
            if part in self.parts and self.window.contains(note.start)
        )

    def with_answer(
        self, kept: Collection[int], new_notes: Sequence[Sequence[Note]], length: float
    ) -> MidiDocument:
        """Return the document with an answer to the source put in.

        Args:
            kept: Places in the source of the notes that stay; its others go.
            new_notes: New notes of each voice of the source, in beats of the source.
            length: Of the answer, in beats.
        """
        staying = frozenset(kept)
        gone = {whole for place, whole in enumerate(self.places) if place not in staying}
        stay = [place for place in range(self.document.note_count) if place not in gone]
        added: list[tuple[Note, ...]] = [() for _ in self.document.parts]
        for part, notes in zip(self.parts, new_notes, strict=True):
            added[part] = tuple(
                replace(note, start=note.start + self.window.start) for note in notes
            )
        return self.document.with_answer(stay, added, self.window.start + length)

    @cached_property
    def _score(self) -> Score:
        return self.document.score()

    def _own(self, part: int) -> Voice:
        voice = self._score.voices[part]
        start = self.window.start
        notes = tuple(
            replace(note, start=note.start - start)
            for note in voice.notes
            if self.window.contains(note.start)
        )
        return replace(voice, notes=notes)

    def _windowed(self, voices: Sequence[Voice]) -> Score:
        score, start = self._score, self.window.start
        return Score(
            tuple(voices),
            self.window.length,
            score.meter_map.after(start),
            score.tempo_map.after(start),
            score.key,
            None,
            tuple(
                replace(marker, start=marker.start - start)
                for marker in score.markers
                if self.window.contains(marker.start)
            ),
        )


def select(
    document: MidiDocument, parts: Sequence[int] = (), window: Span | None = None
) -> Selection:
    """Return parts of a document as the source of a request.

    Args:
        document: The whole file.
        parts: Numbers of parts, from 0; all of them where none is given.
        window: In beats of the document; all of it where None is given.

    Raises:
        InvalidRequestError: No such part, or nothing sounds in the file.
    """
    count = len(document.parts)
    if not count:
        raise InvalidRequestError("the file holds no notes; choose one with music in it")
    for part in parts:
        if not 0 <= part < count:
            raise InvalidRequestError(
                f"track {part + 1} was asked for, but the file has {count} with notes: "
                f"{_listed(document)}"
            )
    chosen = tuple(sorted(set(parts))) or tuple(range(count))
    return Selection(document, chosen, window or Span(0.0, document.length))


def _listed(document: MidiDocument) -> str:
    shown = [f"{number} {part.name!r}" for number, part in enumerate(document.parts[:16], 1)]
    return ", ".join(shown)

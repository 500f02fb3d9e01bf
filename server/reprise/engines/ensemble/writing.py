"""From answered cells back to the notes of a candidate, with the player's feel.

A note that came out as it was is kept, with everything that its host attached to it. A new note
falls where the player would have put it, as long and as loud as the player plays there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reprise.engines.base import Candidate, Hole
from reprise.engines.ensemble.limits import Limits
from reprise.engines.ensemble.playing import Playing
from reprise.engines.ensemble.reading import Origin, Part, Reading, Spot
from reprise.engines.fitting import fitted
from reprise.music.feel import put_back
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.grid import beats


class Scribe:
    """Writes the candidates of one task."""

    def __init__(self, reading: Reading, limits: Mapping[int, Limits]) -> None:
        """Take what is known, and the limits of each part that may be written."""
        self._reading = reading
        self._limits = limits
        self._playing = {part: Playing(reading, part) for part in limits}
        self._by_part: dict[int, dict[int, Origin]] = defaultdict(dict)
        for (_, part), groups in reading.origins.items():
            for group in groups.values():
                for origin in group:
                    self._by_part[part][origin.place] = origin
        self._holes: dict[int, list[Hole]] = defaultdict(list)
        for hole in sorted(reading.task.holes):
            self._holes[hole.voice].append(hole)

    def candidate(
        self,
        answers: Mapping[Spot, Cell],
        log_probability: float | None = None,
        guards: Sequence[str] = (),
    ) -> Candidate:
        """Return a candidate.

        Args:
            answers: New notes of each spot that was answered; what stays is not among them. Free
                notes of other spots are kept.
            log_probability: Of all answers together, nats.
            guards: What was done, as sentences.
        """
        task = self._reading.task
        kept = self._kept(answers)
        wishes: list[list[Note]] = [[] for _ in task.source.voices]
        for spot, cell in sorted(answers.items()):
            fresh = [note for note in cell if not self._came_back(spot, note)]
            kept.update(
                origin.place
                for note in cell
                if self._came_back(spot, note)
                for origin in self._group(spot, note)
            )
            wishes[spot[1]] += self._straight(spot, fresh)
        new_notes = []
        for index, notes in enumerate(wishes):
            played = self._played(index, notes)
            again = self._struck_again(index, played, kept)
            kept.difference_update(origin.place for origin in again)
            played += tuple(origin.played for origin in again)
            new_notes.append(self._fitted(index, played, kept))
        count = sum(map(len, new_notes))
        mean = log_probability / count if log_probability is not None and count else None
        return Candidate(tuple(sorted(kept)), tuple(new_notes), mean, tuple(guards))

    def _struck_again(self, index: int, new_notes: Sequence[Note], kept: set[int]) -> list[Origin]:
        """Return free notes that came back and ring where a new note strikes their pitch again.

        They have to be cut there, so they are new notes too.
        """
        starts: dict[int, list[float]] = defaultdict(list)
        for note in new_notes:
            starts[note.pitch].append(note.start)
        free = self._reading.task.free_places - self._reading.stays
        return [
            origin
            for place, origin in self._by_part[index].items()
            if place in kept
            and place in free
            and any(
                origin.played.start < start < origin.played.end
                for start in starts.get(origin.played.pitch, ())
            )
        ]

    def bar(self, answers: Mapping[Spot, Cell]) -> tuple[tuple[Note, ...], ...]:
        """Return the notes of a few answers as a preview, one tuple a source voice."""
        found: list[list[Note]] = [[] for _ in self._reading.task.source.voices]
        for spot, cell in answers.items():
            found[spot[1]] += self._straight(spot, cell)
        played = (self._played(index, notes) for index, notes in enumerate(found))
        return tuple(tuple(sorted(notes)) for notes in played)

    def _kept(self, answers: Mapping[Spot, Cell]) -> set[int]:
        kept = set(self._reading.stays)
        for spot, groups in self._reading.origins.items():
            if spot not in answers:
                kept.update(origin.place for group in groups.values() for origin in group)
        return kept

    def _group(self, spot: Spot, note: GridNote) -> tuple[Origin, ...]:
        return self._reading.origins.get(spot, {}).get((note.onset, note.pitch), ())

    def _came_back(self, spot: Spot, note: GridNote) -> bool:
        group = self._group(spot, note)
        is_drum = self._reading.parts[spot[1]].is_drums
        return bool(group) and (is_drum or group[0].cell_note.duration == note.duration)

    # ------------------------------------------------------------ one spot

    def _straight(self, spot: Spot, notes: Sequence[GridNote]) -> list[Note]:
        """Return new notes of a spot without their feel; of a rhythm that is kept, as played."""
        if self._reading.keeps_rhythm:
            return self._repitched(spot, notes)
        part, bar = self._reading.parts[spot[1]], self._reading.bars[spot[0]]
        playing, channel = self._playing[spot[1]], _channel(part)
        found = []
        for note in notes:
            pitch = self._pitch(spot[1], note.pitch)
            if pitch is not None:
                start = beats(bar.start + note.onset)
                duration = playing.duration(note.pitch, note.onset, spot[0], beats(note.duration))
                loudness = playing.velocity(note.pitch, note.onset, spot[0], note.velocity)
                found.append(Note(start, pitch, duration, loudness, channel=channel))
        return found

    def _pitch(self, index: int, in_cell: int) -> int | None:
        """Return the pitch of a note in a cell: as the limits have it, else as the part does."""
        pitch = self._limits[index].pitches.get(in_cell)
        own = (o for o in self._by_part[index].values() if o.cell_note.pitch == in_cell)
        return next((o.played.pitch for o in own), None) if pitch is None else pitch

    def _repitched(self, spot: Spot, notes: Sequence[GridNote]) -> list[Note]:
        """Return the notes that the answers replace, each with the pitch of its answer."""
        task, found = self._reading.task, []
        waiting: dict[int, list[Origin]] = defaultdict(list)
        for (onset, _), group in sorted(
            self._reading.origins.get(spot, {}).items(), key=lambda item: -item[0][1]
        ):
            free = [o for o in group if o.place in task.free_places - self._reading.stays]
            waiting[onset] += free
        for note in notes:
            pitch = self._limits[spot[1]].pitches.get(note.pitch)
            if waiting[note.onset] and pitch is not None:
                found.append(replace(waiting[note.onset].pop(0).played, pitch=pitch))
        return found

    # ------------------------------------------------------------ one voice

    def _played(self, index: int, notes: Sequence[Note]) -> tuple[Note, ...]:
        """Return notes of a voice with its player's feel."""
        part = self._reading.parts[index]
        if self._reading.keeps_rhythm:
            return tuple(notes)
        played = put_back(notes, part.feel)
        if part.voice.notes:
            return played
        return tuple(replace(note, channel=_channel(part)) for note in played)

    def _fitted(self, index: int, notes: Sequence[Note], kept: set[int]) -> tuple[Note, ...]:
        if not notes:
            return ()
        staying = [
            note
            for place, voice, note in self._reading.task.source.places()
            if voice == index and place in kept
        ]
        limits = self._limits[index]
        is_bound = self._reading.keeps_pitches or self._reading.parts[index].is_drums
        allowed = sorted(limits.pitches.values())

        def elsewhere(pitch: int) -> Iterable[int]:
            return () if is_bound else sorted(allowed, key=lambda other: abs(other - pitch))[:8]

        wished = [self._inside(index, note) for note in notes]
        return fitted(wished, staying, self._holes[index], limits.played_polyphony, elsewhere)

    def _inside(self, index: int, note: Note) -> Note:
        """Return a note that its feel has pushed past the end of its hole a little before it."""
        task = self._reading.task
        if task.hole_at(index, note.start) is not None or self._reading.keeps_rhythm:
            return note
        before = [hole for hole in self._holes[index] if hole.span.end <= note.start]
        if not before or note.start - before[-1].span.end > 0.2:
            return note
        span = before[-1].span
        length = min(note.duration, span.length / 2, 1 / 24)
        return replace(note, start=max(span.start, span.end - length), duration=length)


def _channel(part: Part) -> int:
    channels = [note.channel for note in part.voice.notes]
    if channels:
        return max(set(channels), key=lambda channel: (channels.count(channel), -channel))
    return 9 if part.is_drums else 0

"""The MIDI items of a REAPER project as clips, with what is left out and why."""

from collections.abc import Iterator, Mapping
from typing import Final

from reprise.library.ingest import looping
from reprise.library.ingest.clips import (
    Contents,
    FoundIn,
    Origin,
    Reason,
    RefusedError,
    SourceClip,
)
from reprise.library.ingest.files import Measured
from reprise.library.ingest.looping import HeldNote, Playing
from reprise.library.ingest.reaper import project as projects
from reprise.library.ingest.reaper.project import Item, Project, Take, Track
from reprise.library.ingest.reaper.source import Source
from reprise.library.ingest.reaper.time import SongTime
from reprise.library.ingest.time_line import meters_under, tempi_under
from reprise.library.midi_score import by_channel
from reprise.library.pieces import Reject
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

_KNOWN_FORMAT: Final = "0.1"
_MIDI: Final = ("MIDI", "MIDIPOOL")


def read(stream: Measured, name: str) -> Contents:
    """Return what a REAPER project holds.

    Raises:
        RefusedError: It cannot be read.
    """
    project = projects.read(stream.chunks())
    found = list(_Song(project, name).found())
    clips = tuple(clip for clip in found if isinstance(clip, SourceClip))
    rejects = tuple(reject for reject in found if isinstance(reject, Reject))
    return Contents(project.made_by, clips, rejects, tuple(_remarks(project)))


def _remarks(project: Project) -> Iterator[str]:
    if project.format != _KNOWN_FORMAT:
        yield (
            f"saved in a version of the format that is not known ({project.format or 'none'}, "
            f"{project.made_by}): look whether all items are here"
        )


class _Song:
    """A project's items on its time line."""

    def __init__(self, project: Project, file: str) -> None:
        self._project = project
        self._file = file
        self._time = SongTime(project.tempo_bpm, project.meter, project.points)
        self._meters = self._time.meter_map()
        self._tempi = self._time.tempo_map()
        self._pools = _pools(project)

    def found(self) -> Iterator[SourceClip | Reject]:
        for track in self._project.tracks:
            for item in track.items:
                for take, sounds in _takes(item):
                    yield from self._taken(track, item, take, sounds=sounds)

    def _taken(
        self, track: Track, item: Item, take: Take, *, sounds: bool
    ) -> Iterator[SourceClip | Reject]:
        source = take.source
        if source is None or not (source.kind in _MIDI or source.holds_midi):
            return
        found_in = FoundIn.ITEM if sounds else FoundIn.TAKE
        position = self._time.beat_at(item.position_seconds)
        origin = Origin(self._file, found_in, track.name, position)
        try:
            yield self._clip(origin, track, item, take, self._resolved(take, source))
        except RefusedError as refused:
            yield refused.reject(str(origin))

    def _resolved(self, take: Take, source: Source) -> Source:
        """Return the source that holds the events: a copy in the pool shares another's.

        Raises:
            RefusedError: They are not in this file, or cannot be read.
        """
        if take.damage:
            raise RefusedError(Reason.DAMAGED, f"{take.damage}; save the project again")
        if source.file:
            raise RefusedError(Reason.ELSEWHERE, "a MIDI file beside the project")
        if source.kind not in _MIDI:
            raise RefusedError(Reason.PACKING, "a section of a source; glue the item in REAPER")
        if source.event_count or not source.pool:
            return source
        return self._pools.get(source.pool, source)

    def _clip(
        self, origin: Origin, track: Track, item: Item, take: Take, source: Source
    ) -> SourceClip:
        if item.is_muted:
            raise RefusedError(Reason.SWITCHED_OFF, "the item is muted in REAPER")
        playing = self._playing(item, take, source)
        heard = looping.heard(_scaled(source.notes(), take.rate), playing)
        if not heard.notes:
            raise RefusedError(Reason.NO_NOTES, f"{heard.unheard} outside what plays")
        voice = Voice(track.name, heard.notes, pads=tuple(sorted(track.pads.items())))
        own = source.own_tempo_bpm
        span = Span(origin.position, origin.position + heard.length)
        score = Score(
            tuple(by_channel(voice)),
            heard.length,
            meters_under(self._meters, span),
            tempi_under(self._tempi, span) if own is None else TempoMap.constant(own),
            loop=heard.loop,
        )
        return SourceClip(origin, take.name, score, playing.played, heard.unheard, _said(take))

    def _playing(self, item: Item, take: Take, source: Source) -> Playing:
        """Return the part of a source that plays, in beats as the item plays them.

        A source with a tempo of its own is told in its own beats: they are what was written.
        """
        begin, end = item.position_seconds, item.position_seconds + item.length_seconds
        own = source.own_tempo_bpm
        if own is None:
            played = round(self._time.beat_at(end) - self._time.beat_at(begin), 6)
            tempo_bpm = self._tempi.at(self._time.beat_at(begin))
        else:
            played, tempo_bpm = round(item.length_seconds * own / 60.0, 6), own
        length = source.length / take.rate
        offset = round(take.offset_seconds * tempo_bpm / 60.0 / take.rate, 6)
        if item.loops and offset >= length > 0.0:
            offset %= length
        return Playing(offset, length, 0.0 if item.loops else None, played)


def _takes(item: Item) -> Iterator[tuple[Take, bool]]:
    """Yield an item's takes, and whether each one sounds: the active one, else the first."""
    active = next((take for take in item.takes if take.is_active), item.takes[0])
    for take in item.takes:
        yield take, item.plays_all_takes or take is active


def _pools(project: Project) -> Mapping[str, Source]:
    """Return the sources that hold the events of each pool."""
    sources = (
        take.source for track in project.tracks for item in track.items for take in item.takes
    )
    return {
        source.pool: source
        for source in sources
        if source is not None and source.pool and source.event_count
    }


def _scaled(notes: Iterator[HeldNote], rate: float) -> Iterator[HeldNote]:
    for note in notes:
        yield note._replace(start=note.start / rate, duration=note.duration / rate)


def _said(take: Take) -> tuple[str, ...]:
    if take.rate == 1.0:
        return ()
    return (f"plays {take.rate:g} times as fast as it was written; it is learned as it plays",)

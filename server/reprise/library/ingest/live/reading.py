"""The clips of a Live set that are its user's, with what is left out and why."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from reprise.library.ingest import looping, ramps
from reprise.library.ingest.clips import (
    Contents,
    FoundIn,
    Origin,
    Reason,
    RefusedError,
    SourceClip,
)
from reprise.library.ingest.files import Measured
from reprise.library.ingest.gzip_stream import unpacked
from reprise.library.ingest.live import live_set
from reprise.library.ingest.live.clip import NO_GROOVE, LiveClip
from reprise.library.ingest.live.live_set import AnyClip, LiveSet, LiveTrack
from reprise.library.ingest.time_line import meters_under, tempi_under
from reprise.library.pieces import Reject
from reprise.music.meter import Meter, MeterMap
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

_KNOWN_SCHEMAS: Final = re.compile(r"(8|9|10|11|12)\.\d+_\d+")

Found = SourceClip | Reject


def read(stream: Measured, name: str) -> Contents:
    """Return what a Live set or Live clip holds, streamed and packed with gzip or not.

    Raises:
        RefusedError: It cannot be read.
    """
    found_set = live_set.read(unpacked(stream))
    song = _Song(found_set, name)
    found = list(song.found())
    clips = tuple(clip for clip in found if isinstance(clip, SourceClip))
    rejects = tuple(reject for reject in found if isinstance(reject, Reject))
    return Contents(found_set.made_by, clips, rejects, tuple(_remarks(found_set)))


def _remarks(found_set: LiveSet) -> Iterator[str]:
    if not _KNOWN_SCHEMAS.fullmatch(found_set.schema):
        yield (
            f"saved in a version of the format that is not known ({found_set.schema or 'none'}, "
            f"{found_set.made_by or 'no program named'}): look whether all clips are here"
        )


class _Song:
    """A set's clips on its time line."""

    def __init__(self, found_set: LiveSet, file: str) -> None:
        self._set = found_set
        self._file = file
        self._meters = _meter_map(found_set)
        self._tempi = ramps.tempo_map(found_set.tempo_events, found_set.tempo_bpm)

    def found(self) -> Iterator[Found]:
        for track in self._set.tracks:
            yield from self._session(track)
            yield from self._arrangement(track)
            yield from self._takes(track)
        for number, clip in enumerate(self._set.grooves):
            name = f"{self._file}: groove pool, groove {number + 1}"
            yield Reject(name, Reason.GROOVE, clip.name)

    def _session(self, track: LiveTrack) -> Iterator[Found]:
        for scene, clip in track.session:
            origin = Origin(self._file, FoundIn.SESSION, track.name, float(scene), _take(clip))
            yield self._source(origin, track, clip)

    def _arrangement(self, track: LiveTrack) -> Iterator[Found]:
        for clip in track.arrangement:
            origin = self._on_time_line(FoundIn.ARRANGEMENT, track, clip)
            yield self._source(origin, track, clip)

    def _takes(self, track: LiveTrack) -> Iterator[Found]:
        """Yield the takes; what was taken into the arrangement is there already, edited."""
        used = {_take(clip) for clip in track.arrangement} - {None}
        for clip in track.takes:
            origin = self._on_time_line(FoundIn.TAKE, track, clip)
            if _take(clip) in used:
                yield Reject(str(origin), Reason.TAKE_COPY, f"take {_take(clip)}")
            else:
                yield self._source(origin, track, clip)

    def _on_time_line(self, found_in: FoundIn, track: LiveTrack, clip: AnyClip) -> Origin:
        time = clip.time if isinstance(clip, LiveClip) else 0.0
        return Origin(self._file, found_in, track.name, time, _take(clip))

    def _source(self, origin: Origin, track: LiveTrack, clip: AnyClip) -> Found:
        try:
            return self._clip(origin, track, clip)
        except RefusedError as refused:
            return refused.reject(str(origin))

    def _clip(self, origin: Origin, track: LiveTrack, clip: AnyClip) -> SourceClip:
        if not isinstance(clip, LiveClip):
            raise RefusedError(Reason.DAMAGED, f"{clip.details}; save the set again in Live")
        if not clip.is_on:
            raise RefusedError(Reason.SWITCHED_OFF, "the clip is deactivated in Live")
        lies_nowhere = origin.found_in == FoundIn.SESSION
        playing = replace(clip.playing, played=None) if lies_nowhere else clip.playing
        heard = looping.heard(clip.notes(), playing)
        if not heard.notes:
            raise RefusedError(Reason.NO_NOTES, f"{heard.unheard} outside what plays")
        voice = Voice(track.name, heard.notes, clip.program, pads=track.pads)
        score = Score(
            (voice,),
            heard.length,
            self._meters_of(origin, clip, heard.length),
            self._tempi_of(origin, clip, heard.length),
            clip.key,
            heard.loop,
        )
        return SourceClip(
            origin, clip.name, score, playing.played, heard.unheard, tuple(self._said(clip))
        )

    def _said(self, clip: LiveClip) -> Iterator[str]:
        if clip.groove != NO_GROOVE and self._set.groove_amount > 0.0:
            yield "a groove moves its notes when it plays; it is learned as it is written"

    def _meters_of(self, origin: Origin, clip: LiveClip, length: float) -> MeterMap:
        """Return the meters under a clip.

        On the time line they are the song's, since clips say 4/4 even where the song does not. A
        session clip lies nowhere in time: its own meter holds where somebody changed it, then its
        scene's.
        """
        if origin.found_in != FoundIn.SESSION:
            return meters_under(self._meters, Span(clip.time, clip.time + length))
        if clip.meter is not None and clip.meter != Meter():
            return MeterMap.constant(clip.meter)
        scene = self._scene(origin)
        return MeterMap.constant((scene and scene.meter) or self._meters.at(0.0))

    def _tempi_of(self, origin: Origin, clip: LiveClip, length: float) -> TempoMap:
        if origin.found_in != FoundIn.SESSION:
            return tempi_under(self._tempi, Span(clip.time, clip.time + length))
        scene = self._scene(origin)
        tempo_bpm = (scene and scene.tempo_bpm) or self._set.tempo_bpm
        return ramps.tempo_map((), tempo_bpm)

    def _scene(self, origin: Origin) -> live_set.Scene | None:
        index = int(origin.position)
        is_here = origin.found_in == FoundIn.SESSION and index < len(self._set.scenes)
        return self._set.scenes[index] if is_here else None


def _take(clip: AnyClip) -> int | None:
    return clip.take if isinstance(clip, LiveClip) else None


def _meter_map(found_set: LiveSet) -> MeterMap:
    changes = {0.0: Meter()}
    for beat, meter in found_set.meter_events:
        changes[max(beat, 0.0)] = meter
    return MeterMap(tuple(changes.items()))

"""A clip of somebody's own on the grid: one turn of its loop, its pads as General MIDI's.

Whoever draws examples plays the loop on.
"""

from dataclasses import dataclass, replace
from typing import Final

from reprise.errors import RepriseError
from reprise.library.ingest.clips import Origin, Reason, SourceClip
from reprise.library.packing import OF_ONES_OWN, Packed, pack
from reprise.library.pieces import Reject, SourcePiece
from reprise.music.clip import Clip
from reprise.music.drums import is_drums
from reprise.music.edges import unrolled
from reprise.music.pads import map_pads
from reprise.music.roles import Role, role_of
from reprise.music.score import Score
from reprise.music.voice import Voice

DATASET: Final = "mine"
KIND: Final = "mine"


@dataclass(frozen=True)
class OwnClip:
    """A clip on the grid, and what it must stay together with.

    Attributes:
        file: As in `Origin.file`.
        take: Names the recording that it is a part of; "" where its host does not say.
        packed: Its notes.
    """

    file: str
    take: str
    packed: Packed


def own_clip(clip: SourceClip) -> OwnClip | Reject:
    """Return a clip on the grid, or why nothing can be learned from it; never raises."""
    try:
        packed = pack(source_piece(clip), OF_ONES_OWN)
    except Exception as error:  # noqa: BLE001 - no clip may end the run
        said = str(error) if isinstance(error, RepriseError) else f"{type(error).__name__}: {error}"
        return Reject(_name(clip), Reason.OUR_MISTAKE, f"please report it: {said}")
    if isinstance(packed, Reject):
        return packed
    return OwnClip(clip.origin.file, _take(clip.origin), packed)


def source_piece(clip: SourceClip) -> SourcePiece:
    """Return a clip as packing takes it."""
    score = _heard(clip)
    voices = tuple(_general_midi(voice, score) for voice in score.voices)
    score = replace(score, voices=voices)
    roles = tuple(int(Role.DRUMS if is_drums(voice) else role_of(voice)) for voice in voices)
    return SourcePiece(_name(clip), DATASET, KIND, clip.origin.file, None, score, roles)


def _name(clip: SourceClip) -> str:
    return f"{clip.origin} {clip.name}".rstrip() if clip.name else str(clip.origin)


def _take(origin: Origin) -> str:
    return "" if origin.take is None else f"{origin.file}: {origin.track}, take {origin.take}"


def _heard(clip: SourceClip) -> Score:
    """Return what is learnt of a clip: what stands before its loop and one turn of it."""
    score, loop = clip.score, clip.score.loop
    if loop is None:
        return score
    voices = []
    for voice in score.voices:
        one = unrolled(Clip(voice.notes, score.length, score.meter_map, loop), loop.end)
        voices.append(replace(voice, notes=one.notes))
    return replace(score, voices=tuple(voices), length=loop.end, loop=None)


def _general_midi(voice: Voice, score: Score) -> Voice:
    if not is_drums(voice):
        return replace(voice, is_drums=False)
    drum_of = map_pads(voice, score.meter_map).drum_of_pad
    notes = tuple(replace(note, pitch=drum_of.get(note.pitch, note.pitch)) for note in voice.notes)
    return replace(voice, notes=notes, pads=(), is_drums=True)

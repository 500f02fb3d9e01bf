"""Clips of somebody's own for tests, on the grid."""

from reprise.library.ingest.clips import Origin, SourceClip
from reprise.library.own_clips import OwnClip, own_clip
from reprise.library.pieces import Reject
from reprise.music.score import Score


def on_grid(file: str, score: Score) -> OwnClip:
    """What a file that holds one clip gives."""
    return packed(SourceClip(Origin(file), "", score))


def packed(clip: SourceClip) -> OwnClip:
    """A clip that something can be learned from, on the grid."""
    found = own_clip(clip)
    assert not isinstance(found, Reject)
    return found

"""Another kit's hits on the pads of one's own: a morph plays no drum that the clip cannot play."""

from collections.abc import Iterable, Sequence

from reprise.engines.markov.units import Unit
from reprise.music.drums import Drum, drum_of
from reprise.music.voice import Voice

BACKBONE = (Drum.KICK, Drum.SNARE, Drum.CLAP)
"""What carries a bar; every other drum is light."""


def single_hits(units: Iterable[Unit]) -> list[Unit]:
    """Return units of one note each: drums that are hit together are changed apart."""
    hits = [
        Unit(
            (note,),
            unit.places[index : index + 1],
            unit.is_free,
            unit.timing[index : index + 1],
        )
        for unit in units
        for index, note in enumerate(unit.notes)
    ]
    return sorted(hits, key=by_time)


def by_time(unit: Unit) -> tuple[float, int]:
    """Return what sorts units by onset and then from the top down."""
    return unit.start, -unit.pitch


def pads_of(voice: Voice, chosen: frozenset[int]) -> list[int]:
    """Return the pitches that a drum voice may play, rising; [] where nobody knows its pads.

    Args:
        voice: Whose pads have names or not.
        chosen: The pads that were asked for, empty for any.
    """
    if chosen or not voice.pads:
        return sorted(chosen)
    return sorted({pitch for pitch, _ in voice.pads} | {note.pitch for note in voice.notes})


def on_pads(units: Iterable[Unit], kit: Voice, voice: Voice, pads: Sequence[int]) -> list[Unit]:
    """Return hits of another kit on given pads, each once, by onset; without pads as they are.

    A hit goes to a pad of its own kind, else to another light one, or heavy one, as it is itself;
    where there is none it is left out.

    Args:
        units: The other kit's hits.
        kit: The voice that they come from.
        voice: The voice that is to play them.
        pads: Pitches that it may play.
    """
    hits = single_hits(units)
    if not pads:
        return hits
    found: dict[tuple[float, int], Unit] = {}
    for hit in hits:
        pad = _pad_for(hit.pitch, drum_of(kit, hit.pitch), voice, pads)
        if pad is not None:
            found.setdefault((round(hit.start, 4), pad), hit.repitched([pad]))
    return sorted(found.values(), key=by_time)


def _pad_for(pitch: int, drum: Drum | None, voice: Voice, pads: Sequence[int]) -> int | None:
    kinds = {pad: drum_of(voice, pad) for pad in pads}
    alike = [pad for pad in pads if (kinds[pad] in BACKBONE) == (drum in BACKBONE)]
    return min(alike, key=lambda pad: (kinds[pad] != drum, abs(pad - pitch), pad), default=None)

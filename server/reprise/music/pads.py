"""Drum pads as General MIDI drums, one to one, and back.

A rack's pads lie wherever its maker put them. Each pad stands for a drum by its name, else by
General MIDI where the layout agrees with it, else by how the clip uses it. Two pads never stand for
one drum, and a pad that nobody can name stands for none. Where pads lie does not matter: the same
names and hits on other pitches stand for the same drums.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reprise.music.drums import DRUM_CHANNEL, DRUM_NAMES, Drum, drum_of_name, drum_of_pitch
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.voice import Voice

STANDARD_KIT = (36, 38, 42, 46, 39, 37, 45, 47, 50, 49, 51)
"""What may sound in a drum voice that has neither pads nor notes."""

_FAMILIES: dict[Drum, tuple[int, ...]] = {
    Drum.KICK: (36, 35),
    Drum.SNARE: (38, 40, 37),
    Drum.CLAP: (39, 28),
    Drum.HAT: (42, 44, 46),
    Drum.TOM: (45, 47, 48, 50, 43, 41),
    Drum.CYMBAL: (49, 51, 57, 59, 55, 52, 53),
    Drum.PERCUSSION: (56, 75, 76, 77, 54, 82, 69, 70, 63, 64, 62, 60, 61, 67, 68, 65, 66),
}
"""Drums that may stand for one kind, the plainest first."""

# The first that is found in a pad's name comes first; the pad's kind follows.
_NAMED: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"side ?stick|\brim|cross ?stick", (37,)),
    (r"(open|\bo) ?(hi-? ?hat|hats?|hh)\b|\boh+\b|\bohat", (46,)),
    (r"(pedal|foot) ?(hi-? ?hat|hats?|hh)\b|\bph+\b", (44,)),
    (r"(closed|\bc) ?(hi-? ?hat|hats?|hh)\b|\bch+\b|\bchat", (42, 44)),
    (r"ride ?bell|\bbell\b", (53,)),
    (r"ride", (51, 59)),
    (r"splash", (55,)),
    (r"china|chinese", (52,)),
    (r"crash", (49, 57)),
    (r"floor ?tom", (41, 43)),
    (r"\b(low|lo|l) ?tom|\btom ?(low|lo|l)\b|\blt\b", (45, 43, 41)),
    (r"\b(mid|m) ?tom|\btom ?(mid|m)\b|\bmt\b", (47, 48)),
    (r"\b(high|hi|h) ?tom|\btom ?(high|hi|h)\b|\bht\b", (50, 48)),
    (r"\b808\b", (36, 35)),
    (r"tamb", (54,)),
    (r"cowbell|\bcow\b|\bcb\b", (56,)),
    (r"shaker", (82, 69)),
    (r"clave", (75,)),
    (r"mute.*conga", (62,)),
    (r"low conga|conga (low|lo)", (64,)),
    (r"conga", (63, 64, 62)),
    (r"low bongo|bongo (low|lo)", (61,)),
    (r"bongo", (60, 61)),
    (r"timbale", (65, 66)),
    (r"agogo", (67, 68)),
    (r"cabasa", (69,)),
    (r"maraca", (70,)),
    (r"whistle", (71, 72)),
    (r"guiro", (73, 74)),
    (r"wood ?block|\bblock\b", (76, 77)),
    (r"cuica", (78, 79)),
    (r"triangle", (81, 80)),
    (r"jingle", (83,)),
    (r"castanet", (85,)),
    (r"surdo", (86, 87)),
    (r"vibraslap", (58,)),
    (r"stick", (31,)),
    (r"snap", (39, 28)),
)
_NAMED_PATTERNS = tuple((re.compile(words, re.IGNORECASE), drums) for words, drums in _NAMED)

_BY_FULL_NAME = {name.casefold(): drum for drum, name in DRUM_NAMES.items()}
_LAST_RESORT = (*_FAMILIES[Drum.PERCUSSION], *range(71, 88), *range(27, 35), 58, *range(35, 54))

AGREEMENT = 0.6
"""Share of the pads with a known kind that must lie where General MIDI has that kind."""
ON_DOWNBEATS, ON_BACKBEATS, HITS_A_BEAT = 0.5, 0.6, 0.9
"""What makes a kick, a snare and a hat of a pad without a name."""
FEWEST_HITS = 2
NEAR = 1 / 16


@dataclass(frozen=True)
class PadMap:
    """Which drum each pad stands for, for the length of a request.

    Attributes:
        drum_of_pad: General MIDI drum 27-87 by the pad's pitch.
        unknown: Pads that nobody can name: what they play stays as it is.
    """

    drum_of_pad: Mapping[int, int]
    unknown: frozenset[int] = frozenset()

    @cached_property
    def pad_of_drum(self) -> Mapping[int, int]:
        """The pad's pitch by the drum that it stands for."""
        return {drum: pad for pad, drum in self.drum_of_pad.items()}


def map_pads(voice: Voice, meter_map: MeterMap | None = None) -> PadMap:
    """Return which drum each pad of a drum voice stands for.

    Pads are those of the rack and those that are hit; without either, the standard kit's.

    Args:
        voice: A drum voice.
        meter_map: Its meters, 4/4 where None; they tell downbeats from backbeats.
    """
    hits = _hits(voice)
    names = dict(voice.pads)
    pads = names.keys() | hits.keys()
    if not pads:
        return PadMap({drum: drum for drum in STANDARD_KIT})
    uses = {pad: _Use.of(hits.get(pad, []), meter_map or MeterMap()) for pad in pads}
    agrees = _agrees(voice, names, uses)
    wishes = {pad: _wishes(pad, names.get(pad, ""), uses[pad], agrees=agrees) for pad in pads}
    known = [pad for pad in pads if wishes[pad]]
    known.sort(key=lambda pad: (_natural(names.get(pad, "")), uses[pad].rank, pad))
    return PadMap(_dealt(known, wishes), frozenset(pads.difference(known)))


@dataclass(frozen=True, slots=True)
class _Use:
    """How a pad is hit.

    Attributes:
        rank: The most used first, whatever its pitch.
        kind: Kick, snare or hat where the use is plain, else None.
    """

    rank: tuple[float, ...]
    kind: Drum | None

    @classmethod
    def of(cls, hits: Sequence[Note], meter_map: MeterMap) -> "_Use":
        starts = sorted(note.start for note in hits)
        if not starts:
            return cls((0.0, 0.0, 0.0), None)
        rank = (-len(starts), starts[0], -sum(note.velocity for note in hits) / len(hits))
        return cls(rank, _kind_of_use(starts, meter_map))


def _kind_of_use(starts: Sequence[float], meter_map: MeterMap) -> Drum | None:
    if len(starts) < FEWEST_HITS:
        return None
    bars, _ = meter_map.bars_at(np.array(starts) + NEAR)
    offsets = np.array(starts) - bars
    down = np.count_nonzero(np.abs(offsets) < NEAR)
    back = np.count_nonzero(np.abs(offsets % 2.0 - 1.0) < NEAR)
    beats = max(starts) - min(starts) + 0.5
    if down == 0 and back >= ON_BACKBEATS * len(starts):
        return Drum.SNARE
    if len(starts) >= HITS_A_BEAT * beats and len(starts) > 4:
        gaps = {round((after - before) * 4) for before, after in zip(starts, starts[1:])}
        return Drum.HAT if min(gaps) <= 2 else Drum.KICK
    return Drum.KICK if down >= ON_DOWNBEATS * len(set(bars.tolist())) else None


def _agrees(voice: Voice, names: Mapping[int, str], uses: Mapping[int, _Use]) -> bool:
    """Tell whether the pads lie where General MIDI has their drums.

    Names tell it best. Without any, what is on the drum channel or has a kick and a snare in their
    places is taken at its word: grooves use their drums in too many ways to say otherwise.
    """
    named = {pad: drum_of_name(names.get(pad, "")) for pad in uses}
    votes = [drum_of_pitch(pad) == kind for pad, kind in named.items() if kind is not None]
    if len(votes) >= FEWEST_HITS:
        return sum(votes) >= AGREEMENT * len(votes)
    notes = voice.notes
    is_on_drum_channel = bool(notes) and all(note.channel == DRUM_CHANNEL for note in notes)
    if not votes and (is_on_drum_channel or _has_a_kit(uses)):
        return True
    votes += [
        drum_of_pitch(pad) == use.kind
        for pad, use in uses.items()
        if named[pad] is None and use.kind is not None
    ]
    if len(votes) >= FEWEST_HITS:
        return sum(votes) >= AGREEMENT * len(votes)
    kinds = {drum_of_pitch(pad) for pad in uses}
    return all(votes) and bool(kinds & {Drum.KICK, Drum.SNARE, Drum.CLAP, Drum.HAT})


def _has_a_kit(pads: Collection[int]) -> bool:
    """Tell whether all pads are drums of General MIDI, a kick and a snare among them."""
    kinds = {drum_of_pitch(pad) for pad in pads}
    return {Drum.KICK, Drum.SNARE} <= kinds and None not in kinds


def _wishes(pad: int, name: str, use: _Use, *, agrees: bool) -> tuple[int, ...]:
    """Return the drums that a pad may stand for, the best first; () where nobody can tell."""
    spaced = re.sub(r"[_\-.]+", " ", name)
    exact = _BY_FULL_NAME.get(name.casefold().strip())
    found = next((drums for words, drums in _NAMED_PATTERNS if words.search(spaced)), ())
    special = found if exact is None else (exact, *found)
    kind = drum_of_name(name) or (drum_of_pitch(special[0]) if special else None)
    if kind is not None and special and drum_of_pitch(special[0]) != kind:
        special = ()
    if kind is None and agrees and pad in DRUM_NAMES:
        kind, special = drum_of_pitch(pad), (pad,)
    kind = kind or use.kind
    return () if kind is None else (*special, *_FAMILIES[kind], *_LAST_RESORT)


def _dealt(pads: Sequence[int], wishes: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Deal the drums out: first every pad's first wish, then the second, and so on."""
    dealt: dict[int, int] = {}
    taken: set[int] = set()
    for level in range(max((len(wishes[pad]) for pad in pads), default=0)):
        for pad in pads:
            if pad not in dealt and level < len(wishes[pad]) and wishes[pad][level] not in taken:
                dealt[pad] = wishes[pad][level]
                taken.add(dealt[pad])
    return dealt


def _hits(voice: Voice) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = defaultdict(list)
    for note in voice.notes:
        if not note.is_muted:
            found[note.pitch].append(note)
    return found


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts names as people do: "clap 2" before "clap 10"."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)

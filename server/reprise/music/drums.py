"""Drums: which voices are drums, and what their pitches stand for.

Told by what the host knows, then by the channel, the pads' names, the voice's name, and at last by
what is played.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from reprise.music.note import Note
from reprise.music.voice import Voice

DRUM_CHANNEL = 9
"""General MIDI's channel 10, counted from 0."""


class Drum(StrEnum):
    """What a pad is for."""

    KICK = "kick"
    SNARE = "snare"
    CLAP = "clap"
    HAT = "hat"
    TOM = "tom"
    CYMBAL = "cymbal"
    PERCUSSION = "percussion"


DRUM_NAMES: dict[int, str] = {
    27: "High Q",
    28: "Slap",
    29: "Scratch Push",
    30: "Scratch Pull",
    31: "Sticks",
    32: "Square Click",
    33: "Metronome Click",
    34: "Metronome Bell",
    35: "Acoustic Bass Drum",
    36: "Bass Drum 1",
    37: "Side Stick",
    38: "Acoustic Snare",
    39: "Hand Clap",
    40: "Electric Snare",
    41: "Low Floor Tom",
    42: "Closed Hi-Hat",
    43: "High Floor Tom",
    44: "Pedal Hi-Hat",
    45: "Low Tom",
    46: "Open Hi-Hat",
    47: "Low-Mid Tom",
    48: "Hi-Mid Tom",
    49: "Crash Cymbal 1",
    50: "High Tom",
    51: "Ride Cymbal 1",
    52: "Chinese Cymbal",
    53: "Ride Bell",
    54: "Tambourine",
    55: "Splash Cymbal",
    56: "Cowbell",
    57: "Crash Cymbal 2",
    58: "Vibraslap",
    59: "Ride Cymbal 2",
    60: "High Bongo",
    61: "Low Bongo",
    62: "Mute High Conga",
    63: "Open High Conga",
    64: "Low Conga",
    65: "High Timbale",
    66: "Low Timbale",
    67: "High Agogo",
    68: "Low Agogo",
    69: "Cabasa",
    70: "Maracas",
    71: "Short Whistle",
    72: "Long Whistle",
    73: "Short Guiro",
    74: "Long Guiro",
    75: "Claves",
    76: "High Wood Block",
    77: "Low Wood Block",
    78: "Mute Cuica",
    79: "Open Cuica",
    80: "Mute Triangle",
    81: "Open Triangle",
    82: "Shaker",
    83: "Jingle Bell",
    84: "Bell Tree",
    85: "Castanets",
    86: "Mute Surdo",
    87: "Open Surdo",
}
"""General MIDI's drums (level 2) by pitch."""

# The first that is found in a pad's name wins: "snare rim" is a snare, "tom hat" does not occur.
_HINTS: tuple[tuple[Drum, str], ...] = (
    (Drum.CLAP, r"clap|\bcp\b|snap"),
    (Drum.SNARE, r"snare|\bsn(r|ar)?\b|\bsd\b|side ?stick|\brim"),
    (Drum.KICK, r"kick|bass ?drum|\bbd\b|\bkik\b|\bkd\b"),
    (Drum.HAT, r"hi-? ?hat|\bh(at|ats|h)\b|\b[co]hh?\b|\b(open|closed|pedal) hat|hihat"),
    (Drum.TOM, r"\btoms?\b|floor ?tom|\b[lmh]t\b|\btom ?\d"),
    (Drum.CYMBAL, r"crash|ride|cymbal|splash|china|chinese|\bcym"),
    (
        Drum.PERCUSSION,
        r"perc|conga|bongo|shaker|tamb|cowbell|clave|timbale|agogo|maraca|cabasa|wood ?block"
        r"|triangle|guiro|cuica|surdo|djembe|tabla|cajon|castanet|jingle|vibraslap|whistle|sticks?",
    ),
)
_HINT_PATTERNS = tuple((drum, re.compile(pattern, re.IGNORECASE)) for drum, pattern in _HINTS)
_VOICE_NAME = re.compile(
    r"\bdrums?\b|\bkit\b|percussion|\bperc\b|\bbeats?\b|\b(606|707|808|909)\b",
    re.IGNORECASE,
)

_KICKS, _SNARES, _HATS = {35, 36}, {37, 38, 39, 40}, {22, 26, 42, 44, 46, 51, 53, 59}
MIN_PLAYED_NOTES = 8
MIN_GROUP_SHARE, MIN_CORE_SHARE, MIN_TOGETHER_SHARE = 0.04, 0.5, 0.25
TOGETHER_PER_BEAT = 8


def drum_of_name(name: str) -> Drum | None:
    """Return what a pad is for by its name, such as "808 Kick", or None where it does not say."""
    spaced = _spaced(name)
    found = (drum for drum, pattern in _HINT_PATTERNS if pattern.search(spaced))
    return next(found, None)


def _spaced(name: str) -> str:
    """Return a name whose words stand apart, as in files that are called "drum_loop-120"."""
    return re.sub(r"[_\-.]+", " ", name)


def drum_of_pitch(pitch: int) -> Drum | None:
    """Return what a pitch is for in General MIDI, or None outside 27-87."""
    name = DRUM_NAMES.get(pitch)
    return None if name is None else drum_of_name(name) or Drum.PERCUSSION


def drum_of(voice: Voice, pitch: int) -> Drum | None:
    """Return what a pitch of a drum voice is for: by its pad's name, else by General MIDI."""
    named = drum_of_name(dict(voice.pads).get(pitch, ""))
    return named or drum_of_pitch(pitch)


def is_drums(voice: Voice) -> bool:
    """Tell whether a voice is drums."""
    if voice.is_drums is not None:
        return voice.is_drums
    notes = voice.sounding
    if notes and all(note.channel == DRUM_CHANNEL for note in notes):
        return True
    if voice.pads:
        return _are_drum_pads(voice.pads, notes)
    return bool(_VOICE_NAME.search(_spaced(voice.name))) or sounds_like_drums(notes)


def _are_drum_pads(pads: Sequence[tuple[int, str]], notes: Iterable[Note]) -> bool:
    """Tell whether at least half of the pads that are played have a drum's name."""
    played = {note.pitch for note in notes}
    names = [name for pitch, name in pads if pitch in played] or [name for _, name in pads]
    known = sum(drum_of_name(name) is not None for name in names)
    return 2 * known >= len(names)


def sounds_like_drums(notes: Sequence[Note]) -> bool:
    """Tell whether notes are played as General MIDI drums are: kick, snare, and hats with them.

    Bass lines and power chords use the same pitches, but hardly ever two of these at once.
    """
    if len(notes) < MIN_PLAYED_NOTES:
        return False
    groups = [[note for note in notes if note.pitch in group] for group in (_KICKS, _SNARES, _HATS)]
    if min(map(len, groups)) < MIN_GROUP_SHARE * len(notes):
        return False
    if sum(map(len, groups)) < MIN_CORE_SHARE * len(notes):
        return False
    kicks, snares, hats = groups
    hat_times = {_time(note) for note in hats}
    together = sum(_time(note) in hat_times for note in (*kicks, *snares))
    return together >= MIN_TOGETHER_SHARE * (len(kicks) + len(snares))


def _time(note: Note) -> int:
    return round(note.start * TOGETHER_PER_BEAT)

"""Roles: what a track is for in a piece, told by its name, its program, or its notes.

Track names are what people type ("Sub", "Pad L", "Vox chop 2"), so hints are words in many
spellings. A name that says nothing leaves it to the General MIDI program, and where that is 0,
which is also what hosts write when nobody chose, to what is played.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from statistics import fmean, median

from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.voice import Voice


class Role(IntEnum):
    """What a track is for; the number is the token's index."""

    DRUMS = 0
    BASS = 1
    PIANO = 2
    E_PIANO = 3
    ORGAN = 4
    AC_GUITAR = 5
    EL_GUITAR = 6
    STRINGS = 7
    ENSEMBLE = 8
    BRASS = 9
    REED = 10
    PIPE = 11
    LEAD = 12
    PAD = 13
    FX = 14
    ETHNIC = 15
    MALLET = 16
    VOICE = 17
    ARP = 18
    MELODY = 19
    CHORDS = 20
    COMP = 21
    PERC = 22
    UNKNOWN = 23


# The first that is found wins, so what only colours another word stands below it: "bass drum" is
# drums, "synth bass" a bass, "ambient pad" and "string pad" pads, "piano chords" a piano.
_HINTS: tuple[tuple[Role, str], ...] = (
    (Role.MALLET, r"steel ?drums?|(tubular|orchestral) bells?"),
    (Role.REED, r"(english|french)? ?cor anglais|english horns?"),
    (Role.PERC, r"perc(ussion|ussions|s)?|congas?|bongos?|shakers?|tamb(ourine)?|cowbells?|timpani"
     r"|claves?|triangles?|taikos?|djembe|tabla|cajon|wood ?blocks?|timbales?|guiro|flexatone"),
    (Role.DRUMS, r"drums?|drm|drum ?kit|drum ?set|kits?|beats?|breaks?|amen|kicks?|kik|bd|snares?"
     r"|snr|sd|claps?|hats?|hh|hi ?hats?|rim ?shots?|rims?|rides?|crash|cymbals?|toms?|606|707|909"
     r"|bass ?drum|tops|grooves?"),
    (Role.FX, r"s?fx|risers?|uplifters?|downlifters?|sweeps?|impacts?|foley|effects?|whoosh"
     r"|transitions?"),
    (Role.BASS, r"(\w*[- ])?bass(es|line|lines|lead|ed)?|[a-z]+bass|bas|base|base ?line|subs?|808s?"
     r"|reese|wobbles?|acid|303|[tl]b ?303|low ?end|upright|bajo|basse|basso"),
    (Role.E_PIANO, r"e ?pianos?|ep|electric ?(grand ?)?pianos?|el ?pianos?|rhodes|wurl(i|y|itzer)?"
     r"|dx ?7|clav(i|inet)?"),
    (Role.ORGAN, r"organs?|hammond|b ?3|orgel|accordions?|harmonica|bandoneon|harmonium"),
    (Role.ARP, r"arps?|arpegg\w*|seq|sequences?|sequencer"),
    (Role.VOICE, r"vox|voc(al|als)?|voices?|vocoder|choirs?|chops?|singer|singstimme|sing|aahs?"
     r"|oohs?|chant|canto|gesang|sopranos?|altos?|tenors?|baritones?|mezzo|contralto|stimme|voix"
     r"|coro|chorus"),
    (Role.AC_GUITAR, r"ac(oustic)? ?(guitars?|gtr)|nylon|steel ?(strings?|guitars?|gtr)"
     r"|classical guitar|ukulele|banjo|mandolin|guitarre"),
    (Role.EL_GUITAR, r"guitars?|gtrs?|git|gitarre|dist(ortion|orted)?|overdrive|ovr"
     r"|power ?chords?"),
    (Role.PIANO, r"pianos?|pianno|pno|grand|keys?|keyboards?|klavier|pianoforte|harpsichord"
     r"|cembalo|felt"),
    (Role.PAD, r"pads?|synth ?strings?|warm|swells?"),
    (Role.STRINGS, r"strings?|str|violins?|violas?|cell[oi]s?|violoncell[oi]s?|contrabass|vln|vla"
     r"|vc|harps?|pizz(icato)?|fiddle"),
    (Role.ENSEMBLE, r"orch(estra|estral)?|ensemble|tutti|mellotron"),
    (Role.BRASS, r"brass|trumpets?|tpt|trombones?|tbn|horns?|tubas?"),
    (Role.REED, r"sax(es|ophones?)?|oboes?|clarinets?|bassoons?|reeds?"),
    (Role.PIPE, r"flutes?|piccolo|recorders?|pan ?flute|whistle|ocarina|pipes?|shakuhachi|flauto"),
    (Role.MALLET, r"mallets?|marimba|vib(e|es|raphone)|xylo(phone)?|glock(enspiel)?|bells?|celesta"
     r"|music ?box|kalimba|chimes?"),
    (Role.ETHNIC, r"sitar|koto|shamisen|shanai|bagpipes?|kora|oud|erhu|ethnic"),
    (Role.COMP, r"comp|comping|rhythm|skank|plucks?|plucked|plk|stabs?|accomp(animent)?"),
    (Role.LEAD, r"leads?|ld|solos?|hooks?|soloist"),
    (Role.MELODY, r"melod(y|ies|ie|ia)|mel|mldy|tune|theme|top ?line|refrain|lied"),
    (Role.CHORDS, r"chords?|chds?|harmon(y|ies)|akkorde?|progression"),
    (Role.LEAD, r"saw(tooth)?|squares?|sqr|super ?saw"),
    (Role.FX, r"atmos?|atmosphere|ambien(t|ce)|noises?|drones?|textures?"),
)  # fmt: skip
_PATTERNS = tuple(
    (role, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for role, pattern in _HINTS
)

_FAMILIES: tuple[tuple[int, Role], ...] = (
    (4, Role.PIANO),
    (6, Role.E_PIANO),
    (7, Role.PIANO),
    (8, Role.E_PIANO),
    (16, Role.MALLET),
    (24, Role.ORGAN),
    (26, Role.AC_GUITAR),
    (32, Role.EL_GUITAR),
    (40, Role.BASS),
    (47, Role.STRINGS),
    (48, Role.PERC),
    (52, Role.ENSEMBLE),
    (55, Role.VOICE),
    (56, Role.ENSEMBLE),
    (64, Role.BRASS),
    (72, Role.REED),
    (80, Role.PIPE),
    (87, Role.LEAD),
    (88, Role.BASS),
    (96, Role.PAD),
    (104, Role.FX),
    (112, Role.ETHNIC),
    (113, Role.MALLET),
    (114, Role.PERC),
    (115, Role.MALLET),
    (120, Role.PERC),
    (128, Role.FX),
)
"""The program after the last of each run of General MIDI, and the role of the run."""

HIGHEST_BASS_PITCH = 50
LONG_BEATS = 2.0
FAST_BEATS = 0.34
MIN_ARP_NOTES = 12
MIN_CHORD_SIZE = 1.8
MIN_LEAP = 2.5


def role_of_name(name: str) -> Role | None:
    """Return the role that a track's name tells, or None where it does not.

    Words may be glued with figures, case and punctuation ("SubBass_02", "PAD-L", "vox.chop").
    """
    words = _words(name)
    found = (role for role, pattern in _PATTERNS if pattern.search(words))
    return next(found, None)


def role_of_program(program: int) -> Role:
    """Return the role of a General MIDI program 0-127."""
    return next(role for stop, role in _FAMILIES if program < stop)


def role_of_notes(notes: Sequence[Note]) -> Role:
    """Return what notes are played like: bass, pad, chords, arp or melody; unknown where none."""
    if not notes:
        return Role.UNKNOWN
    groups: dict[int, list[int]] = {}
    for note in notes:
        groups.setdefault(round(note.start * 24), []).append(note.pitch)
    size = len(notes) / len(groups)
    length = median(note.duration for note in notes)
    if median(note.pitch for note in notes) < HIGHEST_BASS_PITCH and size < MIN_CHORD_SIZE:
        return Role.BASS
    if size >= MIN_CHORD_SIZE:
        return Role.PAD if length >= LONG_BEATS else Role.CHORDS
    return Role.ARP if _is_arpeggio(groups) else Role.MELODY


def role_of(voice: Voice) -> Role:
    """Return what a voice is for: drums, else by its name, its program, or its notes."""
    named = role_of_name(voice.name)
    if is_drums(voice):
        return Role.PERC if named == Role.PERC else Role.DRUMS
    if named is not None and named != Role.DRUMS:
        return named
    if voice.program > 0:
        return role_of_program(voice.program)
    return role_of_notes(voice.sounding)


def _words(name: str) -> str:
    """Return a name with its words apart: figures from letters, humps, punctuation."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)
    parted = re.sub(r"(?<=[A-Za-z]{2})(?=\d)|(?<=\d)(?=[A-Za-z]{2})", " ", parted)
    return re.sub(r"[^\w']+|_+", " ", parted).strip()


def _is_arpeggio(groups: dict[int, list[int]]) -> bool:
    """Tell whether single notes run fast and in leaps."""
    times = sorted(groups)
    if len(times) < MIN_ARP_NOTES:
        return False
    steps = [after - before for before, after in zip(times, times[1:])]
    tops = [max(groups[time]) for time in times]
    leaps = [abs(after - before) for before, after in zip(tops, tops[1:])]
    return median(steps) <= FAST_BEATS * 24 and fmean(leaps) >= MIN_LEAP

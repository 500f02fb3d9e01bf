"""Electronic music: projects and modules that were turned into MIDI files.

Drum tracks are named so; of the others, names say what a track is for more often than programs,
and program 81 stands for any synthesizer.
"""

import re

from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, SourceFile, SourcePiece, midi_files
from reprise.music.drums import is_drums
from reprise.music.roles import Role, role_of_name, role_of_notes, role_of_program
from reprise.music.voice import Voice

ANY_SYNTH = 81

_PATTERNS = {
    "madadog_lmms": "mid/**/*.mid",
    "farbrausch_v2m": "mid/*.mid",
    "sointu_examples": "mid/*.mid",
    "free_modules": "mid/*.mid",
}
_VERSION = re.compile(
    r"[-_ ]*(v?\d+[a-z]?|final|new|old|copy|alt|remix|edit|wip|short|long)$", re.IGNORECASE
)
_TAG = re.compile(r"\[[^\]]*\]")


def read(source: SourceFile) -> SourcePiece:
    """Return a piece."""
    score = read_score(source.path)
    roles = tuple(int(role(voice)) for voice in score.voices)
    song = f"{source.dataset}/{title_stem(source.path.stem)}"
    return SourcePiece(source.name, source.dataset, "electronic", song, source.split, score, roles)


def role(voice: Voice) -> Role:
    """Return what a voice is for: drums, else by its name, a program that says it, or its notes."""
    if is_drums(voice):
        return Role.DRUMS
    named = role_of_name(_TAG.sub(" ", voice.name))
    if named is not None and named != Role.DRUMS:
        return named
    if voice.program not in (0, ANY_SYNTH):
        return role_of_program(voice.program)
    return role_of_notes(voice.sounding)


def title_stem(title: str) -> str:
    """Return a title without what tells one version from another: "x-v2" and "x-01" are "x"."""
    stem = title.casefold()
    while (shorter := _VERSION.sub("", stem)) and shorter != stem:
        stem = shorter
    return stem


READERS = tuple(
    Reader(name, midi_files(name, pattern), read) for name, pattern in _PATTERNS.items()
)

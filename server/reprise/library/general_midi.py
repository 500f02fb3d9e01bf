"""Sets of multi-track General MIDI files: games and film, with drums on channel 10."""

from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, SourceFile, SourcePiece, midi_files
from reprise.music.drums import is_drums
from reprise.music.roles import Role, role_of_name, role_of_program
from reprise.music.voice import Voice

_PATTERNS = {
    "freedoom": "musics/*.mid",
    "simutrans": "simutrans/music/*.mid",
    "easyrpg_rtp": "Music/*.mid",
    "tannerhelland": "midi/*.mid",
}


def read(source: SourceFile) -> SourcePiece:
    """Return a piece."""
    score = read_score(source.path)
    roles = tuple(int(role_of_general_midi(voice)) for voice in score.voices)
    return SourcePiece(
        source.name, source.dataset, "multitrack", source.name, source.split, score, roles
    )


def role_of_general_midi(voice: Voice) -> Role:
    """Return the role of a voice in a file where program 0 says piano."""
    named = role_of_name(voice.name)
    if is_drums(voice):
        return Role.PERC if named == Role.PERC else Role.DRUMS
    if named is not None and named != Role.DRUMS:
        return named
    return role_of_program(voice.program)


READERS = tuple(
    Reader(name, midi_files(name, pattern), read) for name, pattern in _PATTERNS.items()
)

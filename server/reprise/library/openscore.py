"""Songs and string quartets of OpenScore: exact scores, whose pickups are found from the notes."""

from reprise.library.bar_lines import with_bar_lines
from reprise.library.general_midi import role_of_general_midi
from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, SourceFile, SourcePiece, midi_files

_KINDS = {"openscore_lieder": "piano", "openscore_quartets": "quartets"}


def read(source: SourceFile) -> SourcePiece:
    """Return a song or a quartet."""
    score = with_bar_lines(read_score(source.path))
    roles = tuple(int(role_of_general_midi(voice)) for voice in score.voices)
    kind = _KINDS[source.dataset]
    return SourcePiece(source.name, source.dataset, kind, source.name, source.split, score, roles)


READERS = tuple(Reader(name, midi_files(name, "mid/*.mid"), read) for name in _KINDS)

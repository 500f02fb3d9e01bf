"""How much of one file is read: every bound that keeps a hostile or broken file from doing harm."""

from typing import Final

CHUNK_BYTES: Final = 64 * 1024

MAX_MIDI_BYTES: Final = 4 * 1024 * 1024
"""An event takes fifty times its bytes in memory, and the longest pieces have 1 MB."""
MAX_TRACKS: Final = 256
MAX_TEXT_BYTES: Final = 64 * 1024 * 1024
"""Of a REAPER project, whose plug-ins may store megabytes."""
MAX_LINES: Final = 2_000_000
"""Of a project: at forty bytes a line, more than its bytes allow."""
MAX_LINE_BYTES: Final = 1024 * 1024
MAX_SET_BYTES: Final = 64 * 1024 * 1024
"""Of a Live set as it is stored."""
MAX_XML_BYTES: Final = 256 * 1024 * 1024
"""Of an XML document when it is unpacked; it is streamed, so this is time and not memory."""
MAX_SCORE_BYTES: Final = 32 * 1024 * 1024
"""Of a packed MusicXML score, which is held in memory."""

MAX_RATIO: Final = 200
"""What is unpacked may be so many times as large as it was; real Live sets reach 26."""
RATIO_FLOOR_BYTES: Final = 8 * 1024 * 1024
"""So much may always be unpacked, however small the file was."""

MAX_ARCHIVE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Of everything that is unpacked from one archive, those inside it included."""
MAX_DIRECTORY_BYTES: Final = 16 * 1024 * 1024
"""Of an archive's table of contents: about 150,000 names."""
MAX_INNER_ARCHIVE_BYTES: Final = 64 * 1024 * 1024
"""Of an archive that lies in another one; it is held in memory."""
MAX_ARCHIVE_DEPTH: Final = 2
"""An archive in an archive is read, one in that is not."""

MAX_DEPTH: Final = 200
"""Of elements or blocks inside each other; Live goes to 36."""
MAX_TAGS: Final = 5_000_000
"""Of a document, kept or not; the largest set that was seen has half a million."""
MAX_TOKEN_BYTES: Final = 8 * 1024 * 1024
"""Of one tag with its attributes."""
MAX_TEXT_LENGTH: Final = 1_000
"""Characters of one element's text; the rest is nobody's name."""
MAX_ELEMENTS: Final = 200_000
"""Of elements that are held in memory together."""
MAX_FILE_NOTES: Final = 500_000
MAX_BEATS: Final = 100_000.0
"""Of one clip, and of where it lies: 13 hours at 120 quarter notes per minute."""

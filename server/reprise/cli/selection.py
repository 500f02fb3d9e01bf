"""What a command line means in a .mid file: tracks, voices and bars.

Tracks and voices are counted from 1 in file order, bars from 0.
"""

import re
from pathlib import Path
from typing import Final

from reprise.errors import InvalidRequestError, TooLargeError
from reprise.music import smf
from reprise.music.score import Score
from reprise.music.smf_select import Selection, select
from reprise.music.span import Span
from reprise.service.messages import MAX_LENGTH_BEATS, MAX_NOTES

FOUR_VOICES: Final = ("soprano", "alto", "tenor", "bass")
BARS_AROUND: Final = 16
"""How much of a file too large for one request is looked at around the bars that were named."""
_SHOWN_VOICES: Final = 24


def read_selection(
    path: Path, track: int | None, bars: str | None
) -> tuple[Selection, Span | None]:
    """Read a file; return what is asked about, and the span of the bars in it.

    Of a file too large for one request only the surroundings of the bars are taken.

    Raises:
        InvalidMidiFileError: It is no MIDI file that can be read.
        InvalidRequestError: It holds no notes, has no such track, or no such bars.
        TooLargeError: It is too large for one request, and no bars were named.
    """
    whole = _read(path, track)
    if bars is None:
        _check_size(whole)
        return whole, None
    span = span_of_bars(bars, whole.source)
    if not _is_too_large(whole):
        return whole, span
    window = _around(span, whole.source)
    return Selection(whole.document, whole.parts, window), span.shifted(-window.start)


def read_ending(path: Path, track: int | None) -> Selection:
    """Read a file and return what is asked about for a continuation: of a large one, its end.

    Raises:
        InvalidMidiFileError: It is no MIDI file that can be read.
        InvalidRequestError: It holds no notes, or has no such track.
    """
    whole = _read(path, track)
    if not _is_too_large(whole):
        return whole
    bars = list(whole.source.meter_map.bars(whole.source.length))
    start = bars[max(0, len(bars) - 2 * BARS_AROUND)].start
    return Selection(whole.document, whole.parts, Span(start, whole.source.length))


def span_of_bars(bars: str, score: Score) -> Span:
    """Return the span of bars such as "2:6", counted from 0, the second not included.

    Raises:
        InvalidRequestError: It is no span, or not inside the score.
    """
    match = re.fullmatch(r"(-?\d+):(-?\d+)", bars)
    if match is None:
        raise InvalidRequestError(
            f"--bars takes two bar numbers such as 2:6 (from bar 2 up to, not including, 6; the "
            f"first bar is 0), got {bars!r}"
        )
    first, stop = int(match[1]), int(match[2])
    if first < 0:
        raise InvalidRequestError(f"bars start at 0, got {bars}; the first two are --bars 0:2")
    return score.meter_map.span_of_bars(first, stop, score.length)


def voice_index(wanted: str, score: Score) -> int:
    """Return the index of a voice by its number from 1, its name, or soprano to bass.

    Raises:
        InvalidRequestError: There is no such voice, or more than one.
    """
    voices = score.voices
    if re.fullmatch(r"-?\d+", wanted):
        if 1 <= int(wanted) <= len(voices):
            return int(wanted) - 1
        raise _no_voice(wanted, score)
    name = wanted.casefold().strip()
    found = [n for n, voice in enumerate(voices) if voice.name.casefold().strip() == name]
    if not found and len(voices) == len(FOUR_VOICES) and name in FOUR_VOICES:
        return FOUR_VOICES.index(name)
    if len(found) != 1:
        raise _no_voice(wanted, score)
    return found[0]


def _read(path: Path, track: int | None) -> Selection:
    document = smf.read(path)
    if track is not None and track < 1:
        raise InvalidRequestError(f"tracks are counted from 1, got --track {track}")
    return select(document, () if track is None else (track - 1,))


def _check_size(selection: Selection) -> None:
    if _is_too_large(selection):
        count = selection.document.note_count
        raise TooLargeError(
            f"the file has {count:,} notes in {selection.source.length:g} beats and one request "
            f"takes {MAX_NOTES:,} notes in {MAX_LENGTH_BEATS:g}; name the part that you want "
            "with --bars"
        )


def _is_too_large(selection: Selection) -> bool:
    context = selection.context
    counts = (selection.source.note_count, context.note_count if context else 0)
    return max(counts) > MAX_NOTES or selection.source.length > MAX_LENGTH_BEATS


def _around(span: Span, score: Score) -> Span:
    bars = list(score.meter_map.bars(score.length))
    inside = [index for index, bar in enumerate(bars) if bar.overlaps(span)]
    first = max(0, inside[0] - BARS_AROUND)
    last = min(len(bars) - 1, inside[-1] + BARS_AROUND)
    return Span(bars[first].start, min(bars[last].end, score.length))


def _no_voice(wanted: str, score: Score) -> InvalidRequestError:
    names = [f"{n} {voice.name}".rstrip() for n, voice in enumerate(score.voices, 1)]
    more = ", ..." if len(names) > _SHOWN_VOICES else ""
    return InvalidRequestError(
        f"there is no voice {wanted!r}, or more than one of that name; the voices are: "
        f"{', '.join(names[:_SHOWN_VOICES])}{more}; voices are counted from 1"
    )

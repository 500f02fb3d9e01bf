"""What a command line means in a .mid file: tracks, voices and bars.

Tracks and voices are counted from 1 in file order, bars from 0.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reprise.errors import InvalidRequestError, TooLargeError
from reprise.music import smf
from reprise.music.drums import DRUM_NAMES, drum_of, drum_of_name, is_drums
from reprise.music.score import Score
from reprise.music.smf_select import Selection, select
from reprise.music.span import Span
from reprise.music.voice import Voice
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


def note_places(wanted: str) -> tuple[int, ...]:
    """Return the places of notes such as "3,8,12:16", the second of two not included.

    Raises:
        InvalidRequestError: They are no numbers, or too many.
    """
    places: set[int] = set()
    for word in wanted.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})(?::(\d{1,6}))?\s*", word)
        if match is None:
            raise InvalidRequestError(
                f"--notes takes numbers counted from 0 such as 3,8,12:16, got {wanted!r}"
            )
        first = int(match[1])
        places.update(range(first, int(match[2]) if match[2] else first + 1))
    if not 0 < len(places) <= MAX_NOTES:
        raise InvalidRequestError(
            f"--notes {wanted} are {len(places):,} notes; name 1 to {MAX_NOTES:,} of them"
        )
    return tuple(sorted(places))


def pad_pitches(wanted: str, score: Score, voices: Sequence[int]) -> tuple[int, ...]:
    """Return the pitches of drum pads by pitch or name, such as "42,46" or "hats,clap".

    Args:
        wanted: Names of pads, of General MIDI drums, or of kinds of drums; commas between.
        score: Where they are played.
        voices: Which voices to look at, from 0; the drum voices where empty.

    Raises:
        InvalidRequestError: No such pad is played.
    """
    chosen = [score.voices[index] for index in voices] or [v for v in score.voices if is_drums(v)]
    if not chosen:
        raise InvalidRequestError(
            f"--pads {wanted} were given, but the file has no drum track; drums are on channel 10, "
            "or have a name that says so"
        )
    found: set[int] = set()
    for word in wanted.split(","):
        pitches = _pads_called(word.strip(), chosen)
        if not pitches:
            raise InvalidRequestError(
                f"there is no pad {word.strip()!r}; those that are played are: "
                f"{_played_pads(chosen)}"
            )
        found |= pitches
    return tuple(sorted(found))


def read_pads(wanted: str) -> tuple[tuple[int, str], ...]:
    """Return the pads of a drum rack such as "36=Kick,38=Snare,42", by pitch.

    Raises:
        InvalidRequestError: They are no pads, or two on one pitch.
    """
    pads: dict[int, str] = {}
    for word in wanted.split(","):
        pitch, _, name = word.partition("=")
        if not re.fullmatch(r"\s*\d{1,3}\s*", pitch) or int(pitch) in pads:
            raise InvalidRequestError(
                f"--pads takes pitches with names, each pitch once, such as 36=Kick,38=Snare,42; "
                f"got {wanted!r}"
            )
        pads[int(pitch)] = name.strip()
    return tuple(sorted(pads.items()))


def _pads_called(word: str, voices: Sequence[Voice]) -> set[int]:
    played = {(voice, note.pitch) for voice in voices for note in voice.notes}
    if re.fullmatch(r"\d{1,3}", word):
        return {pitch for _, pitch in played if pitch == int(word)}
    name = word.casefold()
    exact = {pitch for _, pitch in played if DRUM_NAMES.get(pitch, "").casefold() == name}
    kind = drum_of_name(word)
    return exact or {p for voice, p in played if kind is not None and drum_of(voice, p) == kind}


def _played_pads(voices: Sequence[Voice]) -> str:
    pitches = sorted({note.pitch for voice in voices for note in voice.notes})
    names = [f"{pitch} {DRUM_NAMES.get(pitch, '')}".rstrip() for pitch in pitches]
    more = ", ..." if len(names) > _SHOWN_VOICES else ""
    return f"{', '.join(names[:_SHOWN_VOICES])}{more}" if names else "none"


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

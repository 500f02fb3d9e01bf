"""From what a producer asked for to what an engine is asked: holes, locks, lengths.

Every refusal that needs no engine is here, as a sentence for musicians. It knows no history: ids
of earlier results are turned into scores before they come here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import singledispatch

from reprise.engines.base import Hole, Task, Verb
from reprise.errors import InvalidRequestError
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.service.messages import (
    Accompany,
    Continue,
    Develop,
    Morph,
    Redo,
    Refill,
    Request,
)

MAX_CONTINUATION_BARS = 8
"""How much a continuation adds where no length is given; more is asked for in so many words."""
DEVELOPMENT_TIMES = 4
EDGE = 1e-6
"""Beats by which a host's own rounding may overshoot the end of a clip."""

LikedScores = tuple[tuple[Score, float], ...]


def plan(request: Request, like: LikedScores = (), avoid: tuple[Score, ...] = ()) -> Task:
    """Return the task of a request.

    Args:
        request: Checked for ranges already, by its own class.
        like: Earlier answers to lean towards, with their weights.
        avoid: Earlier answers that must not come again.

    Raises:
        InvalidRequestError: It makes no musical sense; the sentence says why and what to do.
    """
    _check_voices(request)
    _check_sounding(request)
    _check_span(request)
    _check_locks(request)
    task = Task(
        verb=Verb(request.kind),
        source=working_source(request),
        context=request.context or _silence(request.source),
        holes=(),
        length=request.source.length,
        locked=frozenset(request.locks.notes),
        strength=request.strength,
        keep_rhythm=request.locks.rhythm,
        keep_pitches=request.locks.pitches,
        controls=request.controls,
        like=like,
        avoid=avoid,
    )
    return _planned(request, task)


def working_source(request: Request) -> Score:
    """Return the source that results speak of: an accompaniment adds its voice at the end."""
    if not isinstance(request, Accompany):
        return request.source
    added = Voice(request.role, (), is_drums=True if request.pads else None, pads=request.pads)
    return replace(request.source, voices=(*request.source.voices, added))


def _silence(source: Score) -> Score:
    return Score((), source.length, source.meter_map, source.tempo_map, source.key)


# ---------------------------------------------------------------- one planner a verb


@singledispatch
def _planned(request: Request, task: Task) -> Task:
    """Plan what one kind of request opens; a variation is the plainest."""
    return _open_everything(request, task)


def _open_everything(request: Request, task: Task) -> Task:
    planned = replace(task, holes=_holes(request, range(len(request.source.voices))))
    if not planned.free_places:
        raise InvalidRequestError(_nothing_free(request))
    return planned


@_planned.register
def _plan_redo(request: Redo, task: Task) -> Task:
    return replace(_open_everything(request, task), passes=request.passes)


@_planned.register
def _plan_morph(request: Morph, task: Task) -> Task:
    if not request.target.sounding:
        raise InvalidRequestError(
            "the clip to morph towards has no note that sounds; choose one that has"
        )
    opened = _open_everything(request, task)
    return replace(opened, target=request.target, amount=request.amount)


@_planned.register
def _plan_refill(request: Refill, task: Task) -> Task:
    chosen = request.voices or tuple(range(len(request.source.voices)))
    for voice in chosen:
        _check_voice(request.source, voice, "to refill")
    if request.notes and request.pads:
        raise InvalidRequestError(
            "notes and pads to replace were given both; give the notes, or the pads, not both"
        )
    if request.notes:
        return _plan_chosen_notes(request, task, chosen)
    if request.pads:
        return _plan_chosen_pads(request, task)
    return replace(task, holes=_holes(request, chosen))


def _plan_chosen_pads(request: Refill, task: Task) -> Task:
    source, pads = request.source, frozenset(request.pads)
    drums = [index for index, voice in enumerate(source.voices) if is_drums(voice)]
    voices = request.voices or tuple(drums)
    if not drums or not set(voices) <= set(drums):
        raise InvalidRequestError(
            "pads to replace are of drum voices, and the drum voices of the clip are: "
            f"{_named(source, drums) or 'none'}; choose one of them"
        )
    known = {pitch for voice in voices for pitch in _pads_of(source.voices[voice])}
    if unknown := sorted(pads - known):
        raise InvalidRequestError(
            f"there is no pad {unknown[0]} in {_named(source, voices)}; its pads are "
            f"{', '.join(map(str, sorted(known))) or 'none'}"
        )
    others = {place for place, _, note in source.places() if note.pitch not in pads}
    return replace(task, holes=_holes(request, voices), locked=task.locked | others, pads=pads)


def _pads_of(voice: Voice) -> set[int]:
    return {pitch for pitch, _ in voice.pads} | {note.pitch for note in voice.notes}


def _plan_chosen_notes(request: Refill, task: Task, voices: tuple[int, ...]) -> Task:
    source = request.source
    _check_places(source, request.notes, "to replace")
    chosen = frozenset(request.notes)
    free = chosen & replace(task, holes=_holes(request, voices)).free_places
    spans: dict[int, list[Span]] = defaultdict(list)
    for place, voice, note in source.places():
        if place in chosen:
            _check_chosen(request, voices, voice, note)
        if place in free:
            spans[voice].append(Span(note.start, min(note.end, source.length)))
    if not spans:
        raise InvalidRequestError(_nothing_free(request))
    holes = tuple(Hole(voice, span) for voice in sorted(spans) for span in _merged(spans[voice]))
    others = frozenset(range(source.note_count)) - chosen
    return replace(task, holes=holes, locked=task.locked | others)


@_planned.register
def _plan_continue(request: Continue, task: Task) -> Task:
    return _after(request, task, request.length or _continuation_length(request.source))


@_planned.register
def _plan_develop(request: Develop, task: Task) -> Task:
    length = request.length or DEVELOPMENT_TIMES * request.source.length
    return replace(_after(request, task, length), target=request.source)


def _after(request: Request, task: Task, length: float) -> Task:
    source = request.source
    end = source.length + length
    voices = _unlocked(request, range(len(source.voices)))
    # What a host keeps beyond the clip's end stays: nobody asked for it to go.
    beyond = frozenset(p for p, _, note in source.places() if note.start >= source.length)
    holes = tuple(Hole(voice, Span(source.length, end)) for voice in voices)
    return replace(task, holes=holes, length=end, locked=task.locked | beyond)


def _continuation_length(source: Score) -> float:
    wanted = source.loop.length if source.loop else source.length
    return min(wanted, MAX_CONTINUATION_BARS * source.meter_map.at(source.length).bar_length)


@_planned.register
def _plan_accompany(request: Accompany, task: Task) -> Task:
    length = request.length or request.source.length
    if request.length is not None and request.span is not None:
        raise InvalidRequestError(
            "a length and a span of the new part were given both; give the length, or the span"
        )
    span = Span(0.0, length) if request.span is None else _effective_span(request)
    added = len(request.source.voices)
    return replace(task, holes=(Hole(added, span),), length=length)


# ---------------------------------------------------------------- holes


def _holes(request: Request, voices: Iterable[int]) -> tuple[Hole, ...]:
    spans = _open_spans(request)
    return tuple(Hole(voice, span) for voice in _unlocked(request, voices) for span in spans)


def _unlocked(request: Request, voices: Iterable[int]) -> tuple[int, ...]:
    locked = frozenset(request.locks.voices)
    free = tuple(sorted(set(voices) - locked))
    if not free:
        raise InvalidRequestError(
            f"every voice that could change is locked ({_named(request.source, sorted(locked))}); "
            "unlock one"
        )
    return free


def _open_spans(request: Request) -> tuple[Span, ...]:
    """Return the asked-for span without its locked bars, whatever meters they are in."""
    source = request.source
    span = _effective_span(request)
    locked = frozenset(request.locks.bars)
    open_bars = [
        Span(max(bar.start, span.start), min(bar.end, span.end))
        for number, bar in enumerate(source.meter_map.bars(source.length))
        if number not in locked and bar.overlaps(span)
    ]
    if not open_bars:
        raise InvalidRequestError(
            f"every bar from beat {span.start:g} to {span.end:g} is locked; unlock one"
        )
    return _merged(open_bars)


def _effective_span(request: Request) -> Span:
    source = request.source
    if request.span is None:
        return source.span
    return Span(request.span.start, min(request.span.end, source.length))


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those that touch or overlap made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


# ---------------------------------------------------------------- checks


def _check_voices(request: Request) -> None:
    if not request.source.voices and not isinstance(request, Accompany):
        raise InvalidRequestError(
            "the clip has no voices at all; select a clip or a track with notes"
        )


def _check_sounding(request: Request) -> None:
    """Refuse where nothing sounds that an answer could come from."""
    heard = [request.source]
    if isinstance(request, Refill | Accompany) and request.context is not None:
        heard.append(request.context)
    note_count = sum(score.note_count for score in heard)
    if any(score.sounding for score in heard):
        return
    if note_count:
        raise InvalidRequestError(
            f"all {note_count} notes of the clip are muted, so there is nothing to go by; "
            "unmute at least one"
        )
    raise InvalidRequestError(
        f"the clip is empty, so there is nothing to {request.kind}; put at least one note in it"
    )


def _check_span(request: Request) -> None:
    span, length = request.span, request.source.length
    if span is None or (span.start < length and span.end <= length + EDGE):
        return
    raise InvalidRequestError(
        f"the span from beat {span.start:g} to {span.end:g} reaches outside the clip, "
        f"which is {length:g} beats long; select a part of the clip"
    )


def _check_locks(request: Request) -> None:
    locks, source = request.locks, request.source
    _check_places(source, locks.notes, "to lock")
    for voice in locks.voices:
        _check_voice(source, voice, "to lock")
    _check_bars(source, locks.bars)
    if locks.rhythm and locks.pitches and not isinstance(request, Continue | Develop | Accompany):
        raise InvalidRequestError(
            "rhythm and pitches are locked both, so nothing is left to change; unlock one of them"
        )


def _check_bars(source: Score, bars: tuple[int, ...]) -> None:
    count = source.meter_map.bar_count(source.length)
    for bar in bars:
        if not 0 <= bar < count:
            raise InvalidRequestError(
                f"bar {bar} to lock is not in the clip, which has bars 0 to {count - 1} "
                "(counted from 0)"
            )


def _check_places(source: Score, places: tuple[int, ...], purpose: str) -> None:
    for place in places:
        if not 0 <= place < source.note_count:
            raise InvalidRequestError(
                f"note {place} {purpose} is not in the clip, which has notes 0 to "
                f"{source.note_count - 1} (counted from 0)"
            )


def _check_voice(source: Score, voice: int, purpose: str) -> None:
    if not 0 <= voice < len(source.voices):
        raise InvalidRequestError(
            f"there is no voice {voice + 1} {purpose}; the clip has "
            f"{_named(source, range(len(source.voices)))}"
        )


def _check_chosen(request: Refill, voices: tuple[int, ...], voice: int, note: Note) -> None:
    what = f"the note to replace at beat {note.start:g}"
    if voice not in voices:
        raise InvalidRequestError(
            f"{what} is in {_named(request.source, [voice])}, which is not among the chosen "
            "voices; choose its voice too or leave the note out"
        )
    if not _effective_span(request).contains(note.start):
        raise InvalidRequestError(
            f"{what} is outside the chosen part of the clip; choose a wider part or leave it out"
        )


def _nothing_free(request: Request) -> str:
    span = _effective_span(request)
    return (
        f"from beat {span.start:g} to {span.end:g} there is no note that may change: those there "
        "are locked or muted, or there are none; unlock or unmute one, or choose another part"
    )


def _named(source: Score, voices: Iterable[int]) -> str:
    """Return voices for people, counted from 1, at most eight of them in full."""
    names = [
        f"voice {voice + 1}"
        + (f" ({source.voices[voice].name})" if source.voices[voice].name else "")
        for voice in voices
    ]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")

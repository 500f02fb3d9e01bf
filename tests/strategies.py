"""Hypothesis strategies for every message, with values that the OSC wire carries exactly.

Beats are multiples of 1/96,000, probabilities, strength and the like of 1/10,000, tempi of 1/1,000.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reprise.engines.base import Controls, ScaleMode, Verb
from reprise.errors import error_codes
from reprise.music.clip import Marker
from reprise.music.key import SCALES, Key
from reprise.music.meter import DENOMINATORS, Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice
from reprise.service import messages as m

TICKS = 96_000
ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ten_thousandths(low: int = 0, high: int = 10_000) -> SearchStrategy[float]:
    """Multiples of 1/10,000 between `low` and `high` of them."""
    return st.integers(low, high).map(lambda number: number / 10_000)


def beats(low: int = 0, high: int = 64 * TICKS) -> SearchStrategy[float]:
    """Multiples of 1/96,000 beat between `low` and `high` of them, easy grids more often."""
    sixteenths = st.integers(-(-low // 24_000), high // 24_000).map(lambda number: number * 24_000)
    return (sixteenths | st.integers(low, high)).map(lambda number: number / TICKS)


def texts(max_size: int = 12) -> SearchStrategy[str]:
    """Names and sentences in any script, without control characters."""
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=max_size)


request_ids = st.integers(0, m.MAX_INT32)
counts = st.integers(0, 2**31 - 1)
result_ids = st.text(ID_ALPHABET, min_size=6, max_size=6)
model_hashes = st.just("") | st.text("0123456789abcdef", min_size=8, max_size=8)
keys = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
meters = st.builds(Meter, st.integers(1, 64), st.sampled_from(DENOMINATORS))
tempi = st.integers(1_000, 1_000_000).map(lambda number: number / 1_000)
notes = st.builds(
    Note,
    start=beats(),
    pitch=st.integers(0, 127),
    duration=beats(low=1, high=8 * TICKS),
    velocity=st.integers(1, 127),
    probability=ten_thousandths(),
    velocity_deviation=st.integers(-127, 127),
    release_velocity=st.integers(0, 127),
    is_muted=st.booleans(),
    channel=st.integers(0, 15),
)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A span of up to 64 beats."""
    start = draw(st.integers(0, 63 * TICKS))
    return Span(start / TICKS, (start + draw(st.integers(1, TICKS))) / TICKS)


@st.composite
def change_starts(draw: st.DrawFn) -> tuple[float, ...]:
    """Where a map changes: beat 0 and up to three later beats, rising."""
    later = draw(st.sets(st.integers(1, 64 * TICKS), max_size=3))
    return (0.0, *(tick / TICKS for tick in sorted(later)))


@st.composite
def meter_maps(draw: st.DrawFn) -> MeterMap:
    """A meter map of one to four meters."""
    return MeterMap(tuple((start, draw(meters)) for start in draw(change_starts())))


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """A tempo map of one to four tempi."""
    return TempoMap(tuple((start, draw(tempi)) for start in draw(change_starts())))


def note_tuples(max_size: int = 6) -> SearchStrategy[tuple[Note, ...]]:
    """Notes in any order, unisons included."""
    return st.lists(notes, max_size=max_size).map(tuple)


def new_notes() -> SearchStrategy[tuple[tuple[Note, ...], ...]]:
    """What a result brings: one tuple of notes a voice."""
    return st.lists(note_tuples(), max_size=4).map(tuple)


def places(max_size: int = 8) -> SearchStrategy[tuple[int, ...]]:
    """Rising places of notes."""
    rising = st.sets(st.integers(0, m.MAX_NOTES - 1), max_size=max_size)
    return rising.map(lambda found: tuple(sorted(found)))


def bar_numbers() -> SearchStrategy[tuple[int, ...]]:
    """Rising numbers of bars."""
    return st.sets(st.integers(0, 4095), max_size=4).map(lambda found: tuple(sorted(found)))


def voice_numbers() -> SearchStrategy[tuple[int, ...]]:
    """Rising numbers of voices."""
    return st.sets(st.integers(0, 63), max_size=4).map(lambda found: tuple(sorted(found)))


def sentences() -> SearchStrategy[tuple[str, ...]]:
    """Up to three sentences."""
    return st.lists(texts(40), max_size=3).map(tuple)


pads = st.dictionaries(st.integers(0, 127), texts(), max_size=3).map(
    lambda found: tuple(sorted(found.items()))
)
voices = st.builds(
    Voice,
    name=texts(),
    notes=note_tuples(),
    program=st.integers(0, 127),
    is_drums=st.none() | st.booleans(),
    pads=pads,
)
markers = st.builds(Marker, start=beats(), name=texts())
scores = st.builds(
    Score,
    voices=st.lists(voices, max_size=4).map(tuple),
    length=beats(low=1),
    meter_map=meter_maps(),
    tempo_map=tempo_maps(),
    key=st.none() | keys,
    loop=st.none() | spans(),
    markers=st.lists(markers, max_size=3).map(tuple),
)
locks = st.builds(
    m.Locks,
    notes=places(),
    bars=bar_numbers(),
    voices=voice_numbers(),
    rhythm=st.booleans(),
    pitches=st.booleans(),
)


@st.composite
def controls(draw: st.DrawFn) -> Controls:
    """Controls whose lowest pitch is not above the highest."""
    low, high = sorted((draw(st.integers(0, 127)), draw(st.integers(0, 127))))
    return Controls(
        surprise=draw(ten_thousandths()),
        lowest_pitch=draw(st.none() | st.just(low)),
        highest_pitch=draw(st.none() | st.just(high)),
        max_polyphony=draw(st.none() | st.integers(1, 16)),
        notes_per_bar=draw(st.none() | ten_thousandths(low=100, high=2_560_000)),
        scale=draw(st.sampled_from(ScaleMode)),
    )


liked = st.builds(m.Liked, result_id=result_ids, weight=ten_thousandths(low=1))
request_fields: dict[str, SearchStrategy[object]] = {
    "request_id": request_ids,
    "source": scores,
    "context": st.none() | scores,
    "span": st.none() | spans(),
    "locks": locks,
    "count": st.integers(1, m.MAX_COUNT),
    "strength": ten_thousandths(),
    "seed": st.none() | st.integers(0, m.MAX_SEED),
    "engine": st.sampled_from(["auto", "markov", "chorale"]),
    "controls": controls(),
    "parent": st.none() | result_ids,
    "like": st.lists(liked, max_size=3).map(tuple),
    "not_like": st.lists(result_ids, max_size=3).map(tuple),
    "deadline_ms": st.none() | st.integers(1, m.MAX_DEADLINE_MS),
    "project": texts(),
    "clip_name": texts(),
    "style_of": texts(),
}
lengths = st.none() | beats(low=96)
pad_pitches = st.lists(st.integers(0, 127), max_size=3).map(tuple)

client_messages: dict[type[m.Message], SearchStrategy[m.Message]] = {
    m.Hello: st.builds(
        m.Hello,
        protocol_version=st.integers(0, 1000),
        nonce=st.integers(-(2**31), m.MAX_INT32),
        client=texts(),
    ),
    m.Vary: st.builds(m.Vary, **request_fields),
    m.Continue: st.builds(m.Continue, **request_fields, length=lengths),
    m.Refill: st.builds(
        m.Refill, **request_fields, voices=voice_numbers(), notes=places(), pads=pad_pitches
    ),
    m.Redo: st.builds(m.Redo, **request_fields, passes=st.integers(1, 8)),
    m.Morph: st.builds(m.Morph, **request_fields, target=scores, amount=ten_thousandths()),
    m.Accompany: st.builds(m.Accompany, **request_fields, role=texts(), length=lengths, pads=pads),
    m.Develop: st.builds(m.Develop, **request_fields, length=lengths),
    m.Cancel: st.builds(m.Cancel, request_id=request_ids),
    m.HistoryRequest: st.builds(
        m.HistoryRequest,
        request_id=request_ids,
        action=st.sampled_from(m.HistoryAction),
        result_id=st.none() | result_ids,
        project=texts(),
        clip_name=texts(),
        limit=st.integers(1, 200),
    ),
    m.StatusRequest: st.builds(m.StatusRequest, request_id=request_ids),
    m.StylesRequest: st.builds(m.StylesRequest, request_id=request_ids),
    m.Learn: st.builds(
        m.Learn,
        request_id=request_ids,
        source=st.none() | scores,
        result_ids=st.lists(result_ids, max_size=3).map(tuple),
        clip_name=texts(),
        corpus=texts(),
    ),
}

offers = st.builds(
    m.EngineOffer,
    name=st.sampled_from(["markov", "chorale"]),
    title=texts(),
    summary=texts(40),
    verbs=st.lists(st.sampled_from([verb.value for verb in Verb]), unique=True).map(tuple),
    max_voices=st.integers(1, 64),
    serves_drums=st.booleans(),
    model=texts(),
    model_hash=model_hashes,
    problem=texts(40),
)
style_offers = st.builds(
    m.StyleOffer,
    engine=texts(),
    verbs=st.lists(st.sampled_from([verb.value for verb in Verb]), unique=True).map(tuple),
)
entries = st.builds(
    m.HistoryEntry,
    result_id=result_ids,
    created=counts,
    verb=st.sampled_from([verb.value for verb in Verb]),
    engine=texts(),
    seed=st.integers(0, m.MAX_SEED),
    note_count=st.integers(0, 2 * m.MAX_NOTES),
    project=texts(),
    clip_name=texts(),
    is_starred=st.booleans(),
)

server_messages: dict[type[m.Message], SearchStrategy[m.Message]] = {
    m.Welcome: st.builds(
        m.Welcome,
        protocol_version=st.integers(0, 1000),
        server_version=texts(),
        engines=st.lists(offers, max_size=3).map(tuple),
    ),
    m.Progress: st.builds(
        m.Progress,
        request_id=request_ids,
        fraction=ten_thousandths(),
        queued=st.integers(0, 1000),
        stage=texts(),
    ),
    m.Bar: st.builds(
        m.Bar,
        request_id=request_ids,
        index=st.integers(0, m.MAX_COUNT - 1),
        bar=st.integers(0, 4095),
        new_notes=new_notes(),
    ),
    m.Result: st.builds(
        m.Result,
        request_id=request_ids,
        index=st.integers(0, m.MAX_COUNT - 1),
        count=st.integers(1, m.MAX_COUNT),
        result_id=result_ids,
        length=beats(low=1),
        kept=places(),
        new_notes=new_notes(),
        seed=st.integers(0, m.MAX_SEED),
        engine=texts(),
        model=texts(),
        model_hash=model_hashes,
        similarity=ten_thousandths(),
        queue_ms=counts,
        engine_ms=counts,
        key=st.just("") | keys.map(str),
        parent=st.none() | result_ids,
        is_cut=st.booleans(),
        copied_from=texts(40),
        style_from=texts(40),
        guards=sentences(),
        warnings=sentences(),
    ),
    m.Done: st.builds(
        m.Done,
        request_id=request_ids,
        count=st.integers(0, m.MAX_COUNT),
        total_ms=counts,
        warnings=sentences(),
    ),
    m.ErrorReply: st.builds(
        m.ErrorReply,
        request_id=request_ids | st.just(-1),
        code=st.sampled_from(sorted(error_codes())),
        sentence=texts(80),
    ),
    m.HistoryReply: st.builds(
        m.HistoryReply,
        request_id=request_ids,
        entries=st.lists(entries, max_size=3).map(tuple),
        score=st.none() | scores,
    ),
    m.Status: st.builds(
        m.Status,
        request_id=request_ids,
        server_version=texts(),
        uptime_s=counts,
        sessions=counts,
        queued=counts,
        running=counts,
        answered=counts,
        dropped=counts,
    ),
    m.StylesReply: st.builds(
        m.StylesReply,
        request_id=request_ids,
        corpora=st.lists(texts(), max_size=3).map(tuple),
        engines=st.lists(style_offers, max_size=3).map(tuple),
    ),
    m.LearnReply: st.builds(
        m.LearnReply,
        request_id=request_ids,
        corpus=texts(),
        added=counts,
        count=counts,
        sentence=texts(80),
    ),
}

messages: SearchStrategy[m.Message] = st.one_of(
    *client_messages.values(), *server_messages.values()
)

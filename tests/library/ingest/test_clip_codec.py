import json

from hypothesis import given
from hypothesis import strategies as st

from reprise.library.ingest.clip_codec import decoded, encoded
from reprise.library.ingest.clips import FoundIn, Origin, SourceClip
from reprise.music.clip import Marker
from reprise.music.key import SCALES, Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

beats = st.floats(0.0, 1000.0)
texts = st.text(max_size=12)
notes = st.builds(
    Note,
    beats,
    st.integers(0, 127),
    st.floats(1e-6, 100.0),
    st.integers(1, 127),
    st.floats(0.0, 1.0),
    st.integers(-127, 127),
    st.integers(0, 127),
    st.booleans(),
    st.integers(0, 15),
)
plain_notes = st.builds(Note, beats, st.integers(0, 127), st.floats(1e-6, 100.0))
voices = st.builds(
    Voice,
    texts,
    st.lists(notes | plain_notes, max_size=4).map(tuple),
    st.integers(0, 127),
    st.none() | st.booleans(),
    st.lists(st.tuples(st.integers(0, 127), texts), max_size=3).map(tuple),
)
scores = st.builds(
    Score,
    st.lists(voices, max_size=3).map(tuple),
    st.floats(0.5, 1000.0),
    st.sampled_from([MeterMap(), MeterMap(((0.0, Meter(7, 8)), (3.5, Meter(3, 4))))]),
    st.sampled_from([TempoMap(), TempoMap(((0.0, 90.25), (1.5, 140.0)))]),
    st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(list(SCALES))),
    st.none() | st.just(Span(0.25, 4.0)),
    st.lists(st.builds(Marker, beats, texts), max_size=2).map(tuple),
)
origins = st.builds(
    Origin, texts, st.sampled_from(FoundIn), texts, beats, st.none() | st.integers(0, 99)
)
clips = st.builds(
    SourceClip,
    origins,
    texts,
    scores,
    st.none() | beats,
    st.integers(0, 99),
    st.lists(texts, max_size=2).map(tuple),
)


@given(clips)
def test_a_clip_comes_back_as_it_was(clip: SourceClip) -> None:
    assert decoded(json.loads(json.dumps(encoded(clip)))) == clip


def test_a_plain_note_is_four_numbers() -> None:
    clip = SourceClip(Origin("a"), "", Score((Voice("", (Note(0.0, 60, 1.0, 100),)),), 4.0))
    assert encoded(clip)["voices"][0]["notes"] == [[0.0, 60, 1.0, 100]]

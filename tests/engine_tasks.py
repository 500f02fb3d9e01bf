"""Random musical questions for any engine, and a watch that sees it answer."""

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

import builders
from reprise.engines.base import Controls, Hole, ScaleMode, Task, Verb
from reprise.errors import CancelledError
from reprise.music.key import SCALES, Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

UNHURRIED = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Making a failing score smaller takes minutes and tells little more than the complaint.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
PADS = ((36, "Kick"), (38, "Snare"), (42, "Closed Hat"), (46, "Open Hat"), (45, "Low Tom"))
METER_MAPS = (
    MeterMap(),
    MeterMap.constant(Meter(3, 4)),
    MeterMap.constant(Meter(6, 8)),
    MeterMap.constant(Meter(7, 8)),
    MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16)))),
    MeterMap(((0.0, Meter(4, 4)), (3.0, Meter(3, 4)))),
)


class CountingWatch:
    """A watch that counts what it is told, and stops the job after so many checks."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.checks = 0
        self.bars: list[tuple[int, int, tuple[tuple[Note, ...], ...]]] = []
        self.fractions: list[float] = []
        self._stop_after = stop_after

    def check(self) -> None:
        self.checks += 1
        if self.checks > self._stop_after:
            raise CancelledError("stopped by the test")

    def progress(self, fraction: float, stage: str = "") -> None:
        assert isinstance(stage, str)
        self.fractions.append(fraction)

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        self.bars.append((candidate, bar, voices))


def scores(most_voices: int = 3) -> st.SearchStrategy[Score]:
    """Scores of any meter, with muted, played, overlapping and doubled notes, and drums."""
    return st.integers(1, most_voices).flatmap(_score)


@st.composite
def _score(draw: st.DrawFn, voice_count: int) -> Score:
    meter_map = draw(st.sampled_from(METER_MAPS))
    length = draw(st.sampled_from((1.0, 3.5, 4.0, 8.0, 16.0)))
    voices = tuple(draw(_voices(length)) for _ in range(voice_count))
    keys = st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
    return Score(voices, length, meter_map, key=draw(keys))


@st.composite
def _voices(draw: st.DrawFn, length: float) -> Voice:
    drums = draw(st.sampled_from((False, False, True)))
    pitches = st.sampled_from([pad for pad, _ in PADS]) if drums else st.integers(40, 80)
    step = draw(st.sampled_from((1.0, 0.5, 1 / 3, 0.25, 0.23)))
    starts = st.integers(0, int(length / step)).map(lambda index: index * step)
    notes = st.builds(
        Note,
        st.one_of(starts, st.floats(0.0, length, exclude_max=True)),
        pitches,
        st.sampled_from((0.01, 0.25, 0.5, 1.0, 4.0)),
        st.integers(1, 127),
        is_muted=st.sampled_from((False,) * 9 + (True,)),
    )
    drawn = draw(st.lists(notes, min_size=0, max_size=24))
    return Voice("Kit" if drums else "Line", tuple(drawn), is_drums=drums, pads=PADS * drums)


@st.composite
def tasks(draw: st.DrawFn, verbs: Sequence[Verb]) -> Task:
    """Tasks as the server plans them, for the verbs that an engine serves."""
    verb = draw(st.sampled_from(verbs))
    source = draw(scores())
    if verb == Verb.ACCOMPANY:
        source = source.with_notes(tuple(voice.notes for voice in source.voices))
        role = draw(st.sampled_from(("Bass", "Pad", "", "Drums")))
        added = Voice(role, (), is_drums=role == "Drums")
        source = Score((*source.voices, added), source.length, source.meter_map, key=source.key)
    holes, length = draw(_holes(verb, source))
    places = st.integers(0, max(0, source.note_count - 1))
    locked = set(draw(st.lists(places, max_size=4))) if source.note_count else set()
    if verb in (Verb.CONTINUE, Verb.DEVELOP):
        locked |= {place for place, _, note in source.places() if note.start >= source.length}
    keeps = draw(st.sampled_from(("", "", "rhythm", "pitches")))
    return Task(
        verb=verb,
        source=source,
        context=draw(st.just(Score((), source.length)) | scores(2)),
        holes=holes,
        length=length,
        locked=frozenset(locked),
        strength=draw(st.sampled_from((0.0, 0.1, 0.35, 0.8, 1.0))),
        keep_rhythm=keeps == "rhythm",
        keep_pitches=keeps == "pitches",
        controls=draw(_controls()),
        like=tuple((score, 0.5) for score in draw(st.lists(scores(), max_size=1))),
        avoid=tuple(draw(st.lists(scores(), max_size=1))),
        target=draw(scores()) if verb in (Verb.MORPH, Verb.DEVELOP) else None,
        amount=draw(st.sampled_from((0.0, 0.5, 1.0))),
        passes=draw(st.sampled_from((1, 2))),
    )


@st.composite
def _holes(draw: st.DrawFn, verb: Verb, source: Score) -> tuple[tuple[Hole, ...], float]:
    last = len(source.voices) - 1
    if verb in (Verb.CONTINUE, Verb.DEVELOP):
        end = source.length + draw(st.sampled_from((0.5, 2.0, 4.0, 12.0)))
        span = Span(source.length, end)
        return tuple(Hole(voice, span) for voice in range(last + 1)), end
    if verb == Verb.ACCOMPANY:
        return (Hole(last, source.span),), source.length
    voices = draw(st.sets(st.integers(0, last), min_size=1))
    start = draw(st.sampled_from((0.0, 0.0, 0.25, 0.5))) * source.length
    end = start + draw(st.sampled_from((1.0, 0.5, 0.1))) * (source.length - start)
    return tuple(Hole(voice, Span(start, end)) for voice in sorted(voices)), source.length


def _controls() -> st.SearchStrategy[Controls]:
    return st.just(Controls()) | st.builds(
        Controls,
        surprise=st.sampled_from((0.0, 0.3, 1.0)),
        lowest_pitch=st.none() | st.integers(30, 55),
        highest_pitch=st.none() | st.integers(60, 90),
        max_polyphony=st.none() | st.integers(1, 4),
        notes_per_bar=st.none() | st.sampled_from((0.5, 2.0, 8.0)),
        scale=st.sampled_from(ScaleMode),
    )


def plain_task(verb: Verb, *, strength: float = 0.5) -> Task:
    """A question that any engine should have an answer to: a four-voice chorale in quarters."""
    source = builders.chorale(bars=4)
    holes = tuple(Hole(voice, source.span) for voice in range(4))
    length = source.length
    if verb in (Verb.CONTINUE, Verb.DEVELOP):
        length = 2 * source.length
        holes = tuple(Hole(voice, Span(source.length, length)) for voice in range(4))
    if verb == Verb.REFILL:
        holes = holes[1:2]
    if verb == Verb.ACCOMPANY:
        source = Score((*source.voices, Voice("Bass", ())), source.length)
        holes = (Hole(4, source.span),)
    target = builders.score(*(builders.melody(),) * 4) if verb == Verb.MORPH else None
    return Task(
        verb,
        source,
        Score((), source.length),
        holes,
        length,
        strength=strength,
        target=source if verb == Verb.DEVELOP else target,
    )


def played(task: Task) -> Task:
    """The same question about a clip that was played by hand: every note a little early or late."""
    chance = random.Random(1)
    voices = tuple(
        replace(voice, notes=tuple(_by_hand(note, chance) for note in voice.notes))
        for voice in task.source.voices
    )
    return replace(task, source=replace(task.source, voices=voices))


def _by_hand(note: Note, chance: random.Random) -> Note:
    return replace(note, start=max(0.0, note.start + chance.uniform(-0.03, 0.03)))


def avoiding(task: Task, earlier: tuple[Score, ...]) -> Task:
    """Return a task that must not bring earlier answers again."""
    return replace(task, avoid=earlier)

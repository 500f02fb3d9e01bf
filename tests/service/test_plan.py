"""What may change is exactly what the producer opened, and senseless requests are refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.engines.base import Hole, Task, Verb
from reprise.errors import InvalidRequestError, TooLargeError
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.service import messages as m
from reprise.service.plan import plan, working_source

CHORALE = builders.chorale(bars=4)
TUNE = Score((Voice("Lead", builders.melody(bars=4)),), 16.0)
ODD_METERS = MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16))))


def holes(task: Task) -> list[tuple[int, float, float]]:
    return [(hole.voice, hole.span.start, hole.span.end) for hole in task.holes]


# ---------------------------------------------------------------- vary


def test_vary_opens_every_voice_for_the_whole_clip() -> None:
    task = plan(m.Vary(request_id=1, source=CHORALE))

    assert holes(task) == [(voice, 0.0, 16.0) for voice in range(4)]
    assert task.length == 16.0
    assert task.fixed_places == ()


def test_vary_with_a_span_leaves_the_rest_alone() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE, span=Span(4.0, 8.0)))

    starts = [note.start for place, _, note in TUNE.places() if place in task.free_places]
    assert starts == [4.0, 5.0, 5.5, 6.0, 7.0]


def test_locked_voices_stay() -> None:
    task = plan(m.Vary(request_id=1, source=CHORALE, locks=m.Locks(voices=(0, 3))))

    assert {hole.voice for hole in task.holes} == {1, 2}


def test_locked_bars_stay() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE, locks=m.Locks(bars=(1,))))

    assert holes(task) == [(0, 0.0, 4.0), (0, 8.0, 16.0)]


def test_locked_bars_follow_7_8_with_a_change_to_5_16() -> None:
    source = replace(TUNE, length=9.5, meter_map=ODD_METERS)

    task = plan(m.Vary(request_id=1, source=source, locks=m.Locks(bars=(1, 3))))

    assert holes(task) == [(0, 0.0, 3.5), (0, 7.0, 8.25)]


def test_locked_notes_stay() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE, locks=m.Locks(notes=(0, 2))))

    assert task.fixed_places == (0, 2)


def test_muted_notes_stay() -> None:
    muted = replace(TUNE.voices[0].notes[3], is_muted=True)
    notes = (*TUNE.voices[0].notes[:3], muted, *TUNE.voices[0].notes[4:])

    task = plan(m.Vary(request_id=1, source=TUNE.with_notes((notes,))))

    assert task.fixed_places == (3,)


def test_one_note_can_be_varied() -> None:
    task = plan(m.Vary(request_id=1, source=builders.score(builders.line([60]), length=4.0)))

    assert task.free_places == frozenset({0})


def test_overlapping_unisons_can_be_varied() -> None:
    unison = (Note(0.0, 60, 2.0), Note(1.0, 60, 2.0), Note(1.0, 60, 2.0))

    task = plan(m.Vary(request_id=1, source=builders.score(unison, length=4.0)))

    assert task.free_places == frozenset({0, 1, 2})


def test_five_thousand_notes_can_be_varied() -> None:
    task = plan(m.Vary(request_id=1, source=builders.busy_score(5000)))

    assert len(task.free_places) == 5000


def test_a_thousand_bars_can_be_varied() -> None:
    source = replace(TUNE, length=4000.0)

    task = plan(m.Vary(request_id=1, source=source, locks=m.Locks(bars=tuple(range(1, 1000, 2)))))

    assert len(task.holes) == 500


def test_what_turns_and_locks_reaches_the_engine() -> None:
    request = m.Vary(
        request_id=1, source=TUNE, strength=0.8, locks=m.Locks(rhythm=True), context=CHORALE
    )

    task = plan(request)

    assert (task.strength, task.keep_rhythm, task.keep_pitches) == (0.8, True, False)
    assert task.context == CHORALE


def test_without_context_there_is_silence_of_the_same_length() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE))

    assert (task.context.voices, task.context.length) == ((), 16.0)


def test_earlier_answers_reach_the_engine() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE), like=((CHORALE, 0.5),), avoid=(TUNE,))

    assert (task.like, task.avoid) == (((CHORALE, 0.5),), (TUNE,))


# ---------------------------------------------------------------- continue


def test_continue_adds_as_much_as_there_is() -> None:
    task = plan(m.Continue(request_id=1, source=CHORALE))

    assert holes(task) == [(voice, 16.0, 32.0) for voice in range(4)]
    assert task.length == 32.0
    assert len(task.fixed_places) == CHORALE.note_count


def test_continue_adds_as_much_as_the_loop() -> None:
    task = plan(m.Continue(request_id=1, source=replace(TUNE, loop=Span(4.0, 12.0))))

    assert task.length == 24.0


def test_continue_adds_at_most_eight_bars_of_the_meter_in_force() -> None:
    long = replace(TUNE, length=64.0, meter_map=MeterMap(((0.0, Meter()), (48.0, Meter(3, 4)))))

    task = plan(m.Continue(request_id=1, source=long))

    assert task.length == 64.0 + 8 * 3.0


def test_continue_adds_what_was_asked_for() -> None:
    assert plan(m.Continue(request_id=1, source=TUNE, length=100.0)).length == 116.0


def test_continue_keeps_notes_hidden_beyond_the_end() -> None:
    source = builders.score(builders.line([60, 62, 64, 65], step=1.0), length=2.0)

    task = plan(m.Continue(request_id=1, source=source))

    assert task.fixed_places == (0, 1, 2, 3)


def test_continue_leaves_locked_voices_silent() -> None:
    task = plan(m.Continue(request_id=1, source=CHORALE, locks=m.Locks(voices=(1,))))

    assert {hole.voice for hole in task.holes} == {0, 2, 3}


# ---------------------------------------------------------------- refill


def test_refill_opens_the_chosen_voice_in_the_span_only() -> None:
    task = plan(m.Refill(request_id=1, source=CHORALE, voices=(1,), span=Span(4.0, 8.0)))

    assert holes(task) == [(1, 4.0, 8.0)]


def test_refill_without_voices_opens_all() -> None:
    assert len(plan(m.Refill(request_id=1, source=CHORALE)).holes) == 4


def test_refill_of_an_empty_voice_hears_the_others() -> None:
    source = builders.score(builders.melody(), (), length=16.0)

    assert holes(plan(m.Refill(request_id=1, source=source, voices=(1,)))) == [(1, 0.0, 16.0)]


def test_refill_of_an_empty_clip_hears_the_context() -> None:
    empty = builders.score((), length=16.0)

    assert plan(m.Refill(request_id=1, source=empty, context=CHORALE)).holes


def test_refill_of_chosen_notes_leaves_their_neighbours_alone() -> None:
    task = plan(m.Refill(request_id=1, source=TUNE, notes=(1, 2, 7)))

    assert task.free_places == frozenset({1, 2, 7})
    assert holes(task) == [(0, 1.0, 2.0), (0, 5.5, 6.0)]


def test_refill_of_chosen_notes_keeps_a_neighbour_under_them() -> None:
    source = builders.score((Note(0.0, 60, 4.0), Note(1.0, 64, 1.0)), length=4.0)

    assert plan(m.Refill(request_id=1, source=source, notes=(0,))).free_places == frozenset({0})


def test_refill_of_a_chosen_note_ends_with_the_clip() -> None:
    source = builders.score((Note(2.0, 60, 8.0),), length=4.0)

    assert holes(plan(m.Refill(request_id=1, source=source, notes=(0,)))) == [(0, 2.0, 4.0)]


def test_refill_of_twenty_thousand_chosen_notes_is_planned() -> None:
    source = builders.busy_score(16_000)

    task = plan(m.Refill(request_id=1, source=source, notes=tuple(range(0, 16_000, 2))))

    assert len(task.free_places) == 8000


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (m.Refill(request_id=1, source=CHORALE, notes=(0,), voices=(1,)), r"voice 1 \(Soprano\)"),
        (m.Refill(request_id=1, source=TUNE, notes=(0,), span=Span(4, 8)), "outside the chosen"),
        (m.Refill(request_id=1, source=TUNE, notes=(0, 20)), "note 20 to replace is not in the"),
        (m.Refill(request_id=1, source=TUNE, notes=(0,), locks=m.Locks(notes=(0,))), "unlock"),
        (m.Refill(request_id=1, source=CHORALE, voices=(1,), locks=m.Locks(voices=(1,))), "unlock"),
    ],
)
def test_refill_of_what_cannot_change_is_refused(request_: m.Refill, sentence: str) -> None:
    with pytest.raises(InvalidRequestError, match=sentence):
        plan(request_)


# ---------------------------------------------------------------- other verbs


def test_redo_goes_round_all_unlocked_voices_as_often_as_asked() -> None:
    task = plan(m.Redo(request_id=1, source=CHORALE, passes=3, locks=m.Locks(voices=(0,))))

    assert task.verb is Verb.REDO
    assert task.passes == 3
    assert {hole.voice for hole in task.holes} == {1, 2, 3}


def test_morph_knows_where_to() -> None:
    task = plan(m.Morph(request_id=1, source=TUNE, target=CHORALE, amount=0.25))

    assert (task.target, task.amount) == (CHORALE, 0.25)


def test_morph_towards_silence_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no note that sounds"):
        plan(m.Morph(request_id=1, source=TUNE, target=builders.score((), length=4.0)))


def test_develop_writes_four_times_the_theme() -> None:
    task = plan(m.Develop(request_id=1, source=TUNE))

    assert task.target == TUNE
    assert holes(task) == [(0, 16.0, 80.0)]


def test_accompany_adds_a_voice_and_opens_it_only() -> None:
    request = m.Accompany(request_id=1, source=TUNE, role="bass")

    task = plan(request)

    assert [voice.name for voice in working_source(request).voices] == ["Lead", "bass"]
    assert task.holes == (Hole(1, Span(0.0, 16.0)),)
    assert len(task.fixed_places) == TUNE.note_count


def test_accompany_with_pads_adds_a_drum_rack() -> None:
    pads = ((36, "Kick"), (38, "SNR tight 2"), (51, ""))

    added = plan(m.Accompany(request_id=1, source=TUNE, role="808", pads=pads)).source.voices[-1]

    assert added.is_drums
    assert added.pads == pads


def test_accompany_in_a_span_opens_that_span_only() -> None:
    request = m.Accompany(request_id=1, source=TUNE, role="bass", span=Span(4.0, 8.0))

    assert plan(request).holes == (Hole(1, Span(4.0, 8.0)),)
    with pytest.raises(InvalidRequestError, match=r"length and a span .* both"):
        plan(replace(request, length=4.0))


# ---------------------------------------------------------------- drum pads


GROOVE = builders.drum_score(bars=2)


def test_refill_of_pads_leaves_every_other_pad_alone() -> None:
    task = plan(m.Refill(request_id=1, source=GROOVE, pads=(42,)))

    assert task.pads == {42}
    assert holes(task) == [(0, 0.0, 8.0)]
    free = {note.pitch for place, _, note in GROOVE.places() if place in task.free_places}
    assert free == {42}


def test_refill_of_pads_opens_drum_voices_only() -> None:
    source = Score((*TUNE.voices, *GROOVE.voices), 16.0)

    assert {
        hole.voice for hole in plan(m.Refill(request_id=1, source=source, pads=(42,))).holes
    } == {1}


def test_refill_of_a_pad_that_is_named_but_never_hit_is_planned() -> None:
    rack = replace(GROOVE.voices[0], pads=((36, "Kick"), (54, "perc foley")))

    assert plan(
        m.Refill(request_id=1, source=replace(GROOVE, voices=(rack,)), pads=(54,))
    ).pads == {54}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (
            m.Refill(request_id=1, source=GROOVE, pads=(42, 99)),
            r"no pad 99 .* its pads are 36, 38, 42",
        ),
        (m.Refill(request_id=1, source=TUNE, pads=(60,)), r"drum voices of the clip are: none"),
        (m.Refill(request_id=1, source=GROOVE, pads=(42,), notes=(1,)), r"notes, or the pads"),
    ],
)
def test_refill_of_pads_that_are_not_there_is_refused(request_: m.Refill, sentence: str) -> None:
    with pytest.raises(InvalidRequestError, match=sentence):
        plan(request_)


# ---------------------------------------------------------------- any request


MUSICAL = [message for message in m.CLIENT_MESSAGES if issubclass(message, m.Request)]


@given(st.one_of(*(strategies.client_messages[kind] for kind in MUSICAL)))
def test_any_request_is_refused_or_opens_no_more_than_was_asked(request_: m.Request) -> None:
    # Most drawn locks name what is not there, so half of their kinds are left out.
    request_ = replace(request_, locks=replace(request_.locks, bars=(), voices=()))
    try:
        task = plan(request_)
    except InvalidRequestError:
        return

    assert not task.free_places & set(request_.locks.notes)
    assert len(task.free_places) + len(task.fixed_places) == request_.source.note_count
    for voice in range(len(task.source.voices)):
        spans = sorted(hole.span for hole in task.holes if hole.voice == voice)
        assert all(span.end <= task.length for span in spans)
        assert all(mine.end <= later.start for mine, later in zip(spans, spans[1:]))
    if not isinstance(request_, m.Continue | m.Develop | m.Accompany) and request_.span:
        assert all(hole.span.start >= request_.span.start for hole in task.holes)
        assert all(hole.span.end <= request_.span.end for hole in task.holes)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("verb", [m.Vary, m.Continue, m.Refill, m.Redo, m.Develop, m.Accompany])
def test_an_empty_clip_is_refused(verb: type[m.Request]) -> None:
    with pytest.raises(InvalidRequestError, match=r"the clip is empty.*put at least one note"):
        plan(verb(request_id=1, source=builders.score((), length=4.0)))


def test_a_clip_without_voices_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no voices at all"):
        plan(m.Vary(request_id=1, source=Score((), 4.0)))


def test_a_clip_with_all_notes_muted_is_refused() -> None:
    muted = tuple(replace(note, is_muted=True) for note in builders.melody(bars=1))

    with pytest.raises(InvalidRequestError, match=r"all 5 notes of the clip are muted.*unmute"):
        plan(m.Vary(request_id=1, source=builders.score(muted, length=4.0)))


@pytest.mark.parametrize(
    "request_",
    [
        m.Refill(request_id=1, source=CHORALE, voices=(4,)),
        m.Vary(request_id=1, source=CHORALE, locks=m.Locks(voices=(4,))),
    ],
)
def test_a_voice_that_does_not_exist_is_refused_with_those_that_do(request_: m.Request) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        plan(request_)

    assert "there is no voice 5" in str(caught.value)
    assert "voice 1 (Soprano), voice 2 (Alto), voice 3 (Tenor), voice 4 (Bass)" in str(caught.value)


def test_many_voices_are_named_in_short() -> None:
    source = builders.score(*([builders.melody()] * 12))

    with pytest.raises(InvalidRequestError, match=r"voice 8 \(Voice 8\) and 4 more"):
        plan(m.Refill(request_id=1, source=source, voices=(12,)))


@pytest.mark.parametrize("span", [Span(16.0, 20.0), Span(12.0, 20.0), Span(100.0, 101.0)])
def test_a_span_outside_the_clip_is_refused(span: Span) -> None:
    with pytest.raises(InvalidRequestError, match="reaches outside the clip, which is 16 beats"):
        plan(m.Vary(request_id=1, source=TUNE, span=span))


def test_a_span_that_overshoots_by_rounding_is_taken() -> None:
    task = plan(m.Vary(request_id=1, source=TUNE, span=Span(12.0, 16.0 + 1e-9)))

    assert holes(task) == [(0, 12.0, 16.0)]


def test_a_negative_start_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="0 <= start < end"):
        Span(-1.0, 4.0)
    with pytest.raises(InvalidRequestError, match="start must be 0 or more"):
        Note(-0.5, 60, 1.0)


def test_0_bars_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="select at least one bar"):
        Score(TUNE.voices, 0.0)
    with pytest.raises(InvalidRequestError, match="length must be"):
        m.Continue(request_id=1, source=TUNE, length=0.0)


def test_more_than_a_thousand_bars_are_refused() -> None:
    with pytest.raises(TooLargeError, match=r"4200 beats long.*select fewer bars"):
        m.Vary(request_id=1, source=replace(TUNE, length=4200.0))


@pytest.mark.parametrize(
    ("locks", "sentence"),
    [
        (m.Locks(voices=(0,)), r"every voice that could change is locked \(voice 1 \(Lead\)\)"),
        (m.Locks(bars=(0, 1, 2, 3)), "every bar from beat 0 to 16 is locked"),
        (m.Locks(notes=tuple(range(20))), "no note that may change"),
        (m.Locks(rhythm=True, pitches=True), "rhythm and pitches are locked both"),
    ],
)
def test_everything_locked_is_refused(locks: m.Locks, sentence: str) -> None:
    with pytest.raises(InvalidRequestError, match=sentence):
        plan(m.Vary(request_id=1, source=TUNE, locks=locks))


@pytest.mark.parametrize(
    ("locks", "sentence"),
    [
        (m.Locks(notes=(20,)), "note 20 to lock is not in the clip, which has notes 0 to 19"),
        (m.Locks(notes=(-1,)), "note -1 to lock is not"),
        (m.Locks(bars=(4,)), "bar 4 to lock is not in the clip, which has bars 0 to 3"),
        (m.Locks(voices=(-1,)), "there is no voice 0 to lock"),
    ],
)
def test_locks_of_what_is_not_there_are_refused(locks: m.Locks, sentence: str) -> None:
    with pytest.raises(InvalidRequestError, match=sentence):
        plan(m.Vary(request_id=1, source=TUNE, locks=locks))


def test_a_span_without_notes_cannot_be_varied() -> None:
    source = replace(TUNE, length=32.0)

    with pytest.raises(InvalidRequestError, match="from beat 16 to 32 there is no note that may"):
        plan(m.Vary(request_id=1, source=source, span=Span(16.0, 32.0)))

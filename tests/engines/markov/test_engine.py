"""The Markov engine: what a musician expects of answers made from the clip itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
import engine_tasks
from engine_tasks import CountingWatch, plain_task
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.markov.engine import MarkovEngine
from reprise.engines.selection import wished_similarity
from reprise.errors import CannotServeError
from reprise.evaluation.legality import complaints
from reprise.music.compare import score_similarity
from reprise.music.drums import Drum, drum_of
from reprise.music.edges import max_polyphony
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

ENGINE = MarkovEngine()
AFTER = (Verb.CONTINUE, Verb.DEVELOP)


def task(verb: Verb, source: Score, beats: float = 0.0, **changes: object) -> Task:
    """A task on all voices; `beats` are added after the source."""
    start = source.length if verb in AFTER else 0.0
    length = source.length + beats
    holes = tuple(Hole(voice, Span(start, length)) for voice in range(len(source.voices)))
    plain = Task(verb, source, Score((), source.length), holes, length)
    return replace(plain, **changes)  # type: ignore[arg-type]


def answers(asked: Task, count: int = 4, seed: int = 7) -> list[Candidate]:
    found = list(ENGINE.candidates(asked, count, seed, CountingWatch()))
    assert found
    assert [sentence for answer in found for sentence in complaints(asked, answer)] == []
    return found


def heard(asked: Task, count: int = 4, seed: int = 7) -> list[Score]:
    return [answer.score(asked) for answer in answers(asked, count, seed)]


def tune(bars: int = 4) -> Score:
    return builders.score(builders.melody(bars), length=4.0 * bars)


def swung_tune() -> Score:
    """Eighths with late off-beats, loud on the beat."""
    notes = []
    for beat in range(16):
        pitch = 60 + (0, 2, 4, 7)[beat % 4]
        notes.append(Note(float(beat), pitch, 0.6, 110))
        notes.append(Note(beat + 0.66, pitch + 2, 0.3, 70))
    return builders.score(notes)


def notes_of(score: Score, voice: int = 0) -> Sequence[Note]:
    return score.voices[voice].notes


def similarity(asked: Task, strength: float, seeds: int = 4) -> float:
    asked = replace(asked, strength=strength)
    return mean(
        score_similarity(asked.source, score)
        for seed in range(seeds)
        for score in heard(asked, count=2, seed=seed)
    )


@pytest.mark.parametrize("source", [tune(8), builders.drum_score(8)], ids=["tune", "drums"])
def test_more_strength_gives_less_similarity_near_to_the_one_asked_for(source: Score) -> None:
    asked = task(Verb.VARY, source)
    strengths = (0.1, 0.35, 0.6, 0.9)
    reached = [similarity(asked, strength) for strength in strengths]
    assert reached == sorted(reached, reverse=True)
    for strength, similar in zip(strengths[:3], reached):
        assert similar == pytest.approx(wished_similarity(strength), abs=0.1)


def test_strength_zero_gives_the_clip_back() -> None:
    asked = task(Verb.VARY, tune(), strength=0.0)
    (only,) = answers(asked)
    assert only.kept == tuple(range(asked.source.note_count))
    assert only.new_notes == ((),)


def test_an_unchanged_note_is_kept_and_not_new() -> None:
    asked = task(Verb.VARY, swung_tune())
    for answer in answers(asked):
        assert not set(answer.new_notes[0]) & set(notes_of(asked.source))
        assert 0 < len(answer.kept) < asked.source.note_count


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.DEVELOP])
def test_a_monophonic_line_stays_monophonic(verb: Verb) -> None:
    asked = task(verb, tune(), 32.0 if verb in AFTER else 0.0, strength=0.8)
    assert all(max_polyphony(notes_of(score)) == 1 for score in heard(asked))


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.DEVELOP])
def test_new_notes_stay_near_the_clips_range_and_density(verb: Verb) -> None:
    source = tune(8)
    asked = task(verb, source, 32.0 if verb in AFTER else 0.0)
    pitches = [note.pitch for note in notes_of(source)]
    third = (max(pitches) - min(pitches)) / 3
    for answer in answers(asked):
        new = [note.pitch for note in answer.new_notes[0]]
        assert max(pitches + new) - min(pitches + new) <= max(pitches) - min(pitches) + third
        bars = asked.length / 4
        ratio = len(notes_of(answer.score(asked))) / bars / (len(pitches) / 8)
        assert 0.7 <= ratio <= 1.4


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(50, 75), min_size=2, max_size=24),
    st.sampled_from((0.25, 0.5, 1 / 3, 0.4)),
    st.sampled_from((0.2, 0.9)),
)
def test_a_kept_rhythm_is_kept_to_the_last_note(
    pitches: list[int], step: float, strength: float
) -> None:
    source = builders.score(builders.line(pitches, step), length=8.0)
    asked = task(Verb.VARY, source, strength=strength, keep_rhythm=True)
    rhythm = [(note.start, note.duration) for note in notes_of(source)]
    for score in heard(asked, count=2):
        assert [(note.start, note.duration) for note in notes_of(score)] == rhythm


@pytest.mark.parametrize("source", [tune(), builders.chorale(2)], ids=["tune", "chorale"])
def test_kept_pitches_come_in_the_same_order(source: Score) -> None:
    asked = task(Verb.VARY, source, strength=0.9, keep_pitches=True)
    for score in heard(asked):
        for voice, before in zip(score.voices, source.voices):
            assert [note.pitch for note in voice.notes] == [note.pitch for note in before.notes]


def test_locked_notes_and_what_is_outside_the_span_stay() -> None:
    source = tune(4)
    span = Span(4.0, 12.0)
    asked = task(Verb.REFILL, source, holes=(Hole(0, span),), locked=frozenset({7, 8}))
    for score in heard(asked):
        stays = [n for n in notes_of(source) if not span.contains(n.start)]
        assert set(stays) | set(notes_of(source)[7:9]) <= set(notes_of(score))


def test_a_refill_leaves_other_voices_alone_and_seldom_crosses_them() -> None:
    chorale = builders.chorale(4)
    asked = task(Verb.REFILL, chorale, holes=(Hole(1, chorale.span),))
    crossed = total = 0
    for answer in answers(asked):
        assert all(not notes for voice, notes in enumerate(answer.new_notes) if voice != 1)
        sopranos = {note.start: note.pitch for note in notes_of(chorale, 0)}
        for note in answer.new_notes[1]:
            total += 1
            crossed += note.pitch > sopranos.get(note.start, 127)
    assert crossed <= 0.1 * total


def test_a_strict_scale_holds_every_new_note() -> None:
    key = Key(2, "dorian")
    source = replace(tune(), key=key)
    asked = task(Verb.VARY, source, strength=0.9, controls=Controls(scale=ScaleMode.STRICT))
    for answer in answers(asked):
        assert all(key.contains(note.pitch) for note in answer.new_notes[0])


def test_a_strict_scale_without_a_note_in_range_says_so() -> None:
    controls = Controls(lowest_pitch=61, highest_pitch=61, scale=ScaleMode.STRICT)
    asked = task(Verb.VARY, replace(tune(), key=Key(0)), controls=controls)
    with pytest.raises(CannotServeError, match="no note of C major lies between pitches 61 and 61"):
        answers(asked)


@pytest.mark.parametrize("aim", [2.0, 12.0])
def test_notes_per_bar_are_followed(aim: float) -> None:
    asked = task(Verb.VARY, tune(8), strength=0.8, controls=Controls(notes_per_bar=aim))
    for score in heard(asked):
        assert len(notes_of(score)) / 8 == pytest.approx(aim, rel=0.4)


def test_a_continuation_uses_the_clips_own_rhythm_and_ends_on_a_stable_tone() -> None:
    source = replace(tune(4), key=Key(0))
    asked = task(Verb.CONTINUE, source, 16.0)
    lengths = Counter(note.duration for note in notes_of(source))
    for answer in answers(asked, count=6):
        new = answer.new_notes[0]
        own = sum(note.duration in lengths for note in new)
        assert own >= 0.7 * len(new)
        assert new[-1].pitch % 12 in (0, 4, 7)


def test_bars_of_a_continuation_are_shown_in_order_as_they_stand() -> None:
    asked = task(Verb.CONTINUE, tune(4), 16.0)
    watch = CountingWatch()
    (answer,) = ENGINE.candidates(asked, 1, 3, watch)
    assert [(index, bar) for index, bar, _ in watch.bars] == [(0, 4), (0, 5), (0, 6), (0, 7)]
    shown = [note for _, _, voices in watch.bars for note in voices[0]]
    starts = {note.start for note in answer.new_notes[0]}
    assert len({note.start for note in shown} & starts) >= 0.9 * len(starts)


def test_a_development_leaves_the_theme_and_comes_back() -> None:
    source = tune(2)
    asked = task(Verb.DEVELOP, source, 32.0, target=source)
    scores = heard(asked, count=6)

    def like_the_theme(score: Score, first: float) -> float:
        part = [replace(n, start=n.start - first) for n in notes_of(score) if n.start >= first]
        inside = [note for note in part if note.start < source.length]
        return score_similarity(source, builders.score(inside, length=source.length))

    edges = mean(like_the_theme(score, first) for score in scores for first in (8.0, 32.0))
    middle = mean(like_the_theme(score, first) for score in scores for first in (16.0, 24.0))
    assert edges > middle


def test_swing_and_accents_are_put_back() -> None:
    asked = task(Verb.CONTINUE, swung_tune(), 16.0)
    for answer in answers(asked):
        new = answer.new_notes[0]
        late = [note for note in new if note.start % 1.0 > 0.3]
        on_beat = [note for note in new if note.start % 1.0 <= 0.3]
        assert mean(note.start % 1.0 for note in late) == pytest.approx(0.66, abs=0.04)
        assert mean(n.velocity for n in on_beat) > mean(n.velocity for n in late) + 20


def test_repeated_bars_are_varied_alike() -> None:
    bar = builders.line((60, 64, 67, 65, 64, 62, 60, 59), 0.5)
    notes = [replace(note, start=note.start + 4.0 * turn) for turn in range(4) for note in bar]
    asked = task(Verb.VARY, builders.score(notes))
    same = total = 0
    for score in heard(asked):
        shapes = [
            tuple((n.start % 4.0, n.pitch) for n in notes_of(score) if n.start // 4.0 == turn)
            for turn in range(4)
        ]
        total += 3
        same += sum(shape == shapes[1] for shape in (shapes[0], shapes[2], shapes[3]))
    assert same >= total / 2


def test_voices_that_double_each_other_still_do() -> None:
    low = [replace(note, pitch=note.pitch - 12) for note in builders.melody()]
    source = builders.score(builders.melody(), low)
    for score in heard(task(Verb.CONTINUE, source, 16.0)):
        upper, lower = score.voices
        assert [n.pitch - 12 for n in upper.notes] == [n.pitch for n in lower.notes]


def test_only_pads_that_exist_sound_and_the_backbone_stays() -> None:
    source = builders.drum_score(4)
    voice = source.voices[0]
    backbone = {n for n in voice.notes if drum_of(voice, n.pitch) in (Drum.KICK, Drum.SNARE)}
    for answer in answers(task(Verb.VARY, source)):
        score = answer.score(task(Verb.VARY, source))
        assert {note.pitch for note in notes_of(score)} <= {note.pitch for note in voice.notes}
        assert len(backbone & set(notes_of(score))) >= 0.8 * len(backbone)


def test_a_refill_of_the_hats_leaves_kick_and_snare_alone() -> None:
    source = builders.drum_score(4)
    others = frozenset(p for p, _, note in source.places() if note.pitch != 42)
    asked = task(Verb.REFILL, source, locked=others, pads=frozenset({42, 46}))
    for answer in answers(asked):
        assert {note.pitch for note in answer.new_notes[0]} <= {42, 46}
        assert answer.new_notes[0]


def test_drums_go_on_with_a_fill() -> None:
    source = builders.drum_score(4)
    for answer in answers(task(Verb.CONTINUE, source, 16.0)):
        last_beat = [note for note in answer.new_notes[0] if note.start >= 30.9]
        assert sum(note.pitch == 38 for note in last_beat) >= 2


@pytest.mark.parametrize(("amount", "near"), [(0.0, 1.0), (1.0, 0.0)])
def test_a_morph_begins_at_the_clip_and_ends_at_the_target(amount: float, near: float) -> None:
    source = tune()
    target = builders.score(builders.line([72, 71, 69, 67] * 4, 1.0))
    asked = task(Verb.MORPH, source, target=target, amount=amount)
    (score, *_) = heard(asked, count=1)
    assert score_similarity(score, source if near else target) > 0.97


def test_half_a_morph_lies_between() -> None:
    source, target = tune(), builders.score(builders.line([72, 71, 69, 67] * 4, 1.0))
    for score in heard(task(Verb.MORPH, source, target=target, amount=0.5)):
        apart = score_similarity(source, target)
        assert score_similarity(score, source) > apart
        assert score_similarity(score, target) > apart


def test_a_bass_lies_below_and_follows_the_harmony() -> None:
    source = builders.chorale(4)
    source = replace(source, voices=source.voices[:3])
    added = replace(source, voices=(*source.voices, Voice("Bass", ())))
    asked = task(Verb.ACCOMPANY, added, holes=(Hole(3, added.span),))
    for answer in answers(asked, count=2):
        new = answer.new_notes[3]
        assert len(new) >= 4
        assert max(note.pitch for note in new) < min(n.pitch for n in notes_of(source, 2))


def test_a_beat_for_a_tune_uses_the_pads_that_are_named() -> None:
    pads = ((50, "Kick"), (51, "Snare"), (52, "Hat"))
    drums = Voice("Kit", (), is_drums=True, pads=pads)
    source = replace(tune(), voices=(*tune().voices, drums))
    asked = task(Verb.ACCOMPANY, source, holes=(Hole(1, source.span),))
    (answer,) = answers(asked, count=1)
    assert {note.pitch for note in answer.new_notes[1]} == {50, 51, 52}


def test_chords_are_found_for_a_bar_too_short_to_halve() -> None:
    meters = MeterMap(((0.0, Meter(3, 4)), (6.0, Meter(1, 4))))
    source = builders.score(builders.melody(2)[:7], length=7.0)
    source = replace(source, voices=(*source.voices, Voice("Pad", ())), meter_map=meters)
    asked = task(Verb.ACCOMPANY, source, holes=(Hole(1, source.span),))
    (answer,) = answers(asked, count=1)
    assert 6.0 in {note.start for note in answer.new_notes[1]}


def test_a_range_narrower_than_the_chords_is_kept_all_the_same() -> None:
    together = [Note(beat, 50 + 3 * i, 2 + i / 10) for beat in (0.0, 2.0) for i in range(10)]
    source = builders.score(together, length=4.0)
    controls = Controls(lowest_pitch=36, highest_pitch=43)
    for answer in answers(task(Verb.CONTINUE, source, 4.0, controls=controls), count=2):
        assert {note.pitch for note in answer.new_notes[0]} <= set(range(36, 44))


@pytest.mark.parametrize("amount", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("keep_rhythm", [False, True])
def test_a_morph_of_drums_plays_the_target_on_the_clips_own_pads(
    amount: float, keep_rhythm: bool
) -> None:
    own = ((60, "Kick"), (61, "Snare"), (62, "Closed Hat"))
    hits = [Note(beat, (60, 61)[int(beat) % 2], 0.25) for beat in (0.0, 1.0, 2.0, 3.0)]
    hits += [Note(beat / 2, 62, 0.25) for beat in range(8)]
    kit = Voice("Kit", tuple(sorted(hits)), is_drums=True, pads=own)
    asked = task(Verb.MORPH, Score((kit,), 4.0), target=builders.drum_score(1), amount=amount)
    for answer in answers(replace(asked, keep_rhythm=keep_rhythm)):
        assert {note.pitch for note in answer.new_notes[0]} <= {60, 61, 62}


def test_a_kick_of_the_target_is_a_kick_of_the_clip() -> None:
    kit = Voice("Kit", (Note(0.0, 61, 0.25),), is_drums=True, pads=((60, "Kick"), (61, "Snare")))
    theirs = (Note(0.0, 36, 0.25), Note(1.0, 38, 0.25), Note(2.0, 36, 0.25), Note(3.0, 42, 0.25))
    target = Score((Voice("Drums", theirs, is_drums=True),), 4.0)
    asked = task(Verb.MORPH, Score((kit,), 4.0), target=target, amount=1.0)
    (answer,) = answers(asked, count=1)
    played = [(note.start, note.pitch) for note in notes_of(answer.score(asked))]
    assert played == [(0.0, 60), (1.0, 61), (2.0, 60)]


def test_liked_answers_pull() -> None:
    asked = task(Verb.VARY, tune(8), strength=0.6)
    liked = heard(asked, count=1, seed=1)[0]
    plain = mean(score_similarity(liked, score) for score in heard(asked, seed=50))
    leaning = replace(asked, like=((liked, 1.0),))
    pulled = mean(score_similarity(liked, score) for score in heard(leaning, seed=50))
    assert pulled > plain + 0.05


def test_again_never_brings_an_earlier_answer() -> None:
    asked = task(Verb.VARY, tune())
    earlier: tuple[Score, ...] = ()
    for seed in (5, 5, 5, 5):
        again = engine_tasks.avoiding(asked, earlier)
        score = heard(again, count=1, seed=seed)[0]
        assert all(score_similarity(score, other) <= 0.95 for other in earlier)
        earlier = (*earlier, score)


def test_surprise_widens_the_choice_of_notes() -> None:
    def classes(surprise: float) -> float:
        asked = task(Verb.REFILL, tune(8), controls=Controls(surprise=surprise))
        scores = [heard(asked, count=1, seed=seed)[0] for seed in range(8)]
        return mean(len({note.pitch for note in notes_of(score)}) for score in scores)

    assert classes(1.0) > classes(0.1)


@pytest.mark.parametrize("verb", list(Verb))
def test_one_note_is_enough_for_every_verb(verb: Verb) -> None:
    source = Score((Voice("Lead", (Note(0.0, 60, 1.0),)),), 4.0)
    if verb == Verb.ACCOMPANY:
        source = replace(source, voices=(*source.voices, Voice("Bass", ())))
    target = tune(1) if verb in (Verb.MORPH, Verb.DEVELOP) else None
    asked = task(verb, source, 8.0 if verb in AFTER else 0.0, target=target)
    if verb == Verb.ACCOMPANY:
        asked = replace(asked, holes=(Hole(1, source.span),))
    assert len(answers(asked, count=2)) >= 1


def test_an_odd_meter_that_changes_is_continued_in_the_last_one() -> None:
    meters = MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16))))
    pitches = [60 + (index * 3) % 8 for index in range(38)]
    source = Score((Voice("Lead", builders.line(pitches, 0.25)),), 9.5, meters)
    asked = task(Verb.CONTINUE, source, 5.0)
    watch = CountingWatch()
    (answer,) = ENGINE.candidates(asked, 1, 3, watch)
    assert complaints(asked, answer) == []
    assert [bar for _, bar, _ in watch.bars] == [4, 5, 6, 7]
    assert len(answer.new_notes[0]) / 5.0 == pytest.approx(4.0, rel=0.3)


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.REFILL, Verb.CONTINUE])
def test_five_thousand_notes_are_served_and_can_be_stopped_at_any_time(verb: Verb) -> None:
    source = builders.busy_score(5000)
    asked = task(verb, source, 256.0 if verb in AFTER else 0.0)
    watch = CountingWatch()
    (answer,) = ENGINE.candidates(asked, 1, 3, watch)
    assert len(answer.score(asked).voices[0].notes) >= 4000
    assert watch.checks >= 500


def test_a_silent_clip_is_refused_with_a_sentence() -> None:
    muted = builders.score([replace(note, is_muted=True) for note in builders.melody()])
    for source in (muted, builders.score(())):
        reason = ENGINE.why_not(task(Verb.VARY, source))
        assert reason is not None
        assert "no note sounds" in reason
        assert ENGINE.suitability(task(Verb.VARY, source)) == 0.0


def test_a_part_without_free_notes_is_refused_with_a_sentence() -> None:
    asked = task(Verb.VARY, tune(), locked=frozenset(range(tune().note_count)))
    assert "no note in that part may change" in (ENGINE.why_not(asked) or "")


def test_a_second_pass_of_a_rewrite_changes_the_first() -> None:
    asked = plain_task(Verb.REDO)
    once, twice = (answers(replace(asked, passes=passes), count=1)[0] for passes in (1, 2))
    assert once.new_notes != twice.new_notes

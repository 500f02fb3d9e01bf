from dataclasses import replace

import pytest

import builders
import engine_tasks
from reprise.engines.base import Candidate, Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.chords.engine import ChordsEngine
from reprise.engines.chords.strikes import hear
from reprise.evaluation.legality import complaints
from reprise.music.chords import QUALITIES, chord_name, read_chords
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

ENGINE = ChordsEngine()
POP = "D Bm G A D Bm Em A"
MINOR = "Am F C G Am Dm E7 Am"


def clip(names: str, beats: float = 4.0, late: float = 0.0) -> Score:
    """Block chords of four notes, one after another, each louder than the one before."""
    notes = []
    chords = read_chords(names)
    for index, chord in enumerate(chords):
        if chord is not None:
            upper = [55 + (chord.root + step - 55) % 12 for step in QUALITIES[chord.quality][:3]]
            pitches = (36 + chord.bass, *sorted(upper))
            start = index * beats + late
            notes += [Note(start, pitch, beats - 0.2, 60 + index) for pitch in pitches]
    return Score((Voice("Chords", tuple(notes), is_drums=False),), len(chords) * beats)


def task(verb: Verb, source: Score, target: Score | None = None, **more: object) -> Task:
    """A task about a whole clip."""
    length = 2 * source.length if verb == Verb.CONTINUE else source.length
    start = source.length if verb == Verb.CONTINUE else 0.0
    holes = tuple(Hole(voice, Span(start, length)) for voice in range(len(source.voices)))
    plain = Task(verb, source, Score((), source.length), holes, length, target=target)
    return replace(plain, **more)  # type: ignore[arg-type]


def answers(asked: Task, count: int = 2, seed: int = 5) -> list[Candidate]:
    return list(ENGINE.candidates(asked, count, seed, engine_tasks.CountingWatch()))


def names_of(asked: Task, candidate: Candidate, start: float = 0.0) -> list[str]:
    whole = candidate.score(asked)
    heard = hear(replace(whole, length=asked.length)).placed
    return [chord_name(one.chord) for one in heard if one.end > start]


def notes_of(asked: Task, candidate: Candidate) -> list[Note]:
    return sorted(note for voice in candidate.score(asked).voices for note in voice.notes)


@pytest.mark.parametrize("names", [POP, MINOR])
def test_a_morph_begins_with_one_clip_and_ends_with_the_other(names: str) -> None:
    source, target = clip(names), clip("C Am Dm G Em Am F G7")
    for amount, whole in ((0.0, source), (1.0, target)):
        asked = task(Verb.MORPH, source, target, amount=amount)
        for candidate in answers(asked, count=1):
            assert notes_of(asked, candidate) == sorted(whole.voices[0].notes)


def test_a_morph_moves_away_from_one_clip_and_towards_the_other() -> None:
    source, target = clip(POP), clip(MINOR)

    def shared(amount: float, whole: Score) -> int:
        asked = task(Verb.MORPH, source, target, amount=amount)
        found = answers(asked, count=1)[0]
        there = {(note.start, note.pitch) for note in whole.voices[0].notes}
        return len(there & {(note.start, note.pitch) for note in notes_of(asked, found)})

    amounts = (0.0, 0.25, 0.5, 0.75, 1.0)
    assert shared(0.25, source) > shared(0.75, source)
    assert shared(0.75, target) > shared(0.25, target)
    assert all(shared(amount, source) + shared(amount, target) > 0 for amount in amounts)


def test_a_variation_keeps_rhythm_touch_and_place_of_the_clip() -> None:
    source = clip(POP, late=0.03)
    asked = task(Verb.VARY, source, strength=0.6)
    for candidate in answers(asked):
        found = notes_of(asked, candidate)
        own = {(note.start, note.duration, note.velocity) for note in source.voices[0].notes}
        assert {(note.start, note.duration, note.velocity) for note in found} <= own
        assert {note.start for note in found} == {start for start, _, _ in own}
        lowest, highest = (edge(n.pitch for n in source.voices[0].notes) for edge in (min, max))
        assert all(lowest - 7 <= note.pitch <= highest + 7 for note in found)


def test_a_stronger_variation_changes_more_chords() -> None:
    def changed(strength: float) -> int:
        asked = task(Verb.VARY, clip(POP), strength=strength)
        return sum(len(candidate.new_notes[0]) for candidate in answers(asked, count=4))

    assert changed(0.1) < changed(0.9)


def test_chords_that_stay_keep_their_very_notes() -> None:
    source = clip(POP)
    asked = task(Verb.VARY, source, strength=0.3)
    candidate = answers(asked, count=1)[0]
    assert candidate.kept
    for note in candidate.new_notes[0]:
        assert note not in source.voices[0].notes


def test_a_continuation_goes_on_with_the_clips_rhythm_and_ends_on_time() -> None:
    source = clip(POP, beats=2.0)
    asked = task(Verb.CONTINUE, source)
    for candidate in answers(asked):
        notes = candidate.new_notes[0]
        assert {note.start % 2.0 for note in notes} == {0.0}
        assert {note.start // 2.0 for note in notes} == {float(index) for index in range(8, 16)}
        assert max(note.end for note in notes) <= asked.length
        assert len(set(names_of(asked, candidate, source.length))) >= 3


def test_a_clip_in_another_key_is_continued_in_that_key() -> None:
    asked = task(Verb.CONTINUE, clip(POP), controls=Controls(surprise=0.0))
    key = Key(2, "major")
    for candidate in answers(asked, count=1):
        pitches = [note.pitch for note in candidate.new_notes[0]]
        assert sum(key.contains(pitch) for pitch in pitches) >= 0.9 * len(pitches)


def test_without_surprise_the_likeliest_comes_first_whatever_the_seed() -> None:
    asked = task(Verb.CONTINUE, clip(POP), controls=Controls(surprise=0.0))
    assert answers(asked, 1, seed=1) == answers(asked, 1, seed=2)
    lively = replace(asked, controls=Controls(surprise=0.9))
    assert answers(lively, 1, seed=1) != answers(lively, 1, seed=2)


def test_a_melody_beside_the_chords_is_listened_to() -> None:
    held = tuple(Note(4.0 * bar, 73, 4.0) for bar in range(8))
    context = Score((Voice("Lead", held),), 32.0)
    alone = task(Verb.VARY, clip(POP), strength=1.0)
    beside = replace(alone, context=context)

    def agreeing(asked: Task) -> float:
        found = [hear(candidate.score(asked)).placed for candidate in answers(asked, count=4)]
        chords = [one for placed in found for one in placed if one.chord is not None]
        return sum(1 in one.chord.pitch_classes for one in chords if one.chord) / len(chords)

    assert agreeing(beside) > agreeing(alone)


@pytest.mark.parametrize("verb", ChordsEngine().info.verbs)
def test_controls_are_obeyed(verb: Verb) -> None:
    controls = Controls(lowest_pitch=45, highest_pitch=70, max_polyphony=3, scale=ScaleMode.STRICT)
    source = replace(clip(POP), key=Key(2, "major"))
    asked = task(verb, source, clip(MINOR), strength=0.9, controls=controls)
    for candidate in answers(asked):
        assert complaints(asked, candidate) == []


@pytest.mark.parametrize(("wanted", "most"), [(4.0, 6), (16.0, 20)])
def test_as_many_notes_a_bar_as_were_asked_for(wanted: float, most: int) -> None:
    asked = task(Verb.CONTINUE, clip(POP, 2.0), controls=Controls(notes_per_bar=wanted))
    for candidate in answers(asked, count=1):
        bars = [int(note.start // 4) for note in candidate.new_notes[0]]
        assert all(wanted / 2 <= bars.count(bar) <= most for bar in set(bars))


def test_a_longer_clip_than_the_networks_hear_is_varied_to_its_end() -> None:
    source = clip(" ".join([POP, MINOR] * 4), beats=1.0)
    asked = task(Verb.VARY, source, strength=0.8)
    candidate = answers(asked, count=1)[0]
    assert max(note.start for note in candidate.new_notes[0]) > 40.0


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (task(Verb.VARY, builders.drum_score()), "no drums"),
        (task(Verb.VARY, builders.score(builders.melody())), "line of single notes"),
        (task(Verb.VARY, builders.score(())), "no note sounds"),
        (task(Verb.MORPH, clip(POP)), "second clip"),
        (task(Verb.MORPH, clip(POP), builders.drum_score()), "no chords in drums"),
        (task(Verb.VARY, clip(POP), keep_pitches=True), "cannot keep the old ones"),
        (task(Verb.VARY, clip(POP), locked=frozenset(range(99))), "no note in that part"),
        (replace(task(Verb.VARY, clip(POP)), holes=()), "nothing in the clip"),
        (task(Verb.REDO, clip(POP)), "does not redo"),
    ],
)
def test_what_it_cannot_do_is_refused_in_words(asked: Task, reason: str) -> None:
    sentence = ENGINE.why_not(asked)
    assert sentence is not None
    assert reason in sentence
    assert ENGINE.suitability(asked) == 0.0


@pytest.mark.parametrize("verb", [Verb.VARY, Verb.MORPH])
def test_a_locked_chord_stays_and_is_not_played_twice(verb: Verb) -> None:
    source = clip(POP)
    locked = frozenset(range(4, 8))
    asked = task(verb, source, clip(MINOR), strength=1.0, locked=locked, keep_rhythm=True)
    for candidate in answers(asked):
        assert locked <= set(candidate.kept)
        assert not [note for note in candidate.new_notes[0] if 4.0 <= note.start < 8.0]


def test_an_arpeggio_is_varied_as_an_arpeggio() -> None:
    figure = (48, 55, 60, 64, 45, 52, 57, 60, 41, 48, 53, 57, 43, 50, 55, 59)
    source = builders.score(builders.line(figure, step=1.0), length=16.0)
    asked = task(Verb.VARY, source, strength=0.8)
    assert ENGINE.why_not(asked) is None
    for candidate in answers(asked):
        found = notes_of(asked, candidate)
        assert [note.start for note in found] == [float(beat) for beat in range(16)]


def test_block_chords_suit_it_best() -> None:
    chords = ENGINE.suitability(task(Verb.CONTINUE, clip(POP)))
    lines = ENGINE.suitability(task(Verb.CONTINUE, builders.chorale()))
    assert 0.0 < lines < chords <= 0.35


def test_earlier_answers_are_leant_towards() -> None:
    asked = task(Verb.VARY, clip(POP), strength=0.7)
    liked = replace(asked, like=((clip(MINOR), 1.0),))
    assert answers(liked) != answers(asked)
    assert all(complaints(liked, candidate) == [] for candidate in answers(liked))

"""What the theme network is given: who leads, which register, which theme, which rules."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import builders
from reprise.engines.base import Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.theme.arranging import (
    LONGEST_THEME,
    Arrangement,
    arrange,
    leading_voice,
    plays_chords,
    shared,
)
from reprise.engines.theme.grammar import Wish
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.tokenizers import theme
from reprise.tokenizers.theme_grid import GridNote, Track

CHORDS = tuple(
    Note(float(beat), pitch, 1.0, 70) for beat in range(0, 8, 2) for pitch in (48, 52, 55)
)
BASS = builders.line((36, 36, 43, 43), step=2.0)


def develop(*voices: Sequence[Note], length: float = 8.0, bars: int = 8) -> Task:
    source = builders.score(*voices, length=length)
    return after(source, length + 4.0 * bars)


def after(source: Score, end: float) -> Task:
    span = Span(source.length, end)
    holes = tuple(Hole(voice, span) for voice in range(len(source.voices)))
    return Task(
        Verb.DEVELOP, source, Score((), source.length), holes, end, target=source, strength=0.35
    )


def rules_of(arrangement: Arrangement) -> Sequence[object]:
    rules = arrangement.rules(np.random.default_rng(0))
    return rules.start, rules.end, set(rules.parts)


def test_the_highest_line_leads_and_chords_never_do_beside_a_line() -> None:
    low_line = builders.melody(2, tonic=40)
    assert leading_voice(develop(CHORDS, low_line, BASS)) == 1
    assert leading_voice(develop(BASS, builders.melody(2))) == 1
    assert leading_voice(develop(())) is None


def test_a_line_is_no_chords() -> None:
    assert plays_chords(CHORDS)
    assert not plays_chords(builders.melody(2))


def test_a_line_alone_is_the_melody_and_the_rest_its_piano() -> None:
    alone = arrange(develop(builders.melody(2)), None)
    assert {note.track for note in alone.song.notes} == {Track.MELODY}
    with_chords = arrange(develop(builders.melody(2), CHORDS), None)
    assert with_chords.voices == {Track.MELODY: (0,), Track.PIANO: (1,)}


def test_chords_alone_have_their_top_line_for_a_melody() -> None:
    found = arrange(develop(CHORDS), None)
    tops = [note.pitch - found.up for note in found.song.notes if note.track == Track.MELODY]
    assert tops == [55] * 4
    assert found.voices == {Track.MELODY: (0,), Track.PIANO: (0,)}


def test_a_low_clip_is_moved_up_by_octaves_and_its_answer_down_again() -> None:
    found = arrange(develop(builders.melody(2, tonic=36)), None)
    assert found.up % 12 == 0
    assert 60 <= np.mean([note.pitch for note in found.song.notes]) <= 76
    back = found.notes([GridNote(32, Track.MELODY, 40 + found.up, 4, 90)])
    assert [note.pitch for note in back[0]] == [40]


def test_the_clip_is_the_theme() -> None:
    task = develop(builders.melody(2))
    found = arrange(task, None)
    heard = theme.decode([*found.theme.tolist()]).notes
    assert [note.pitch - found.up for note in heard] == [
        note.pitch for note in task.source.voices[0].notes
    ]
    assert found.song.themes == ((0, 2),)


def test_one_bar_is_taken_twice() -> None:
    found = arrange(develop(builders.melody(1), length=4.0), None)
    assert found.song.themes == ((0, 2),)
    assert rules_of(found) == (16, 16 * 9, {Track.MELODY})


def test_a_theme_with_very_much_beside_it_goes_without() -> None:
    full = tuple(Note(step / 4, pitch, 0.25) for step in range(32) for pitch in range(36, 60, 4))
    found = arrange(develop(builders.melody(2), full), None)
    assert len(theme.encode(found.song)) > LONGEST_THEME
    assert {note.track for note in theme.decode(found.theme.tolist()).notes} == {Track.MELODY}


def test_new_music_begins_where_the_clip_ends_and_ends_where_it_was_asked_to() -> None:
    task = after(builders.score(builders.melody(2), length=6.0), 17.0)
    assert rules_of(arrange(task, None)) == (24, 68, {Track.MELODY})


def test_a_development_wishes_for_its_theme_and_a_continuation_for_nothing() -> None:
    task = develop(builders.melody(2))
    random = np.random.default_rng(0)
    assert Wish.STATE in arrange(task, None).rules(random).wishes.values()
    goes_on = replace(task, verb=Verb.CONTINUE)
    assert not arrange(goes_on, None).rules(random).wishes


def test_range_and_scale_bound_the_pitches() -> None:
    task = develop(builders.melody(2))
    source = replace(task.source, key=Key(0, "major"))
    controls = Controls(lowest_pitch=60, highest_pitch=67, scale=ScaleMode.STRICT)
    found = arrange(replace(task, source=source, controls=controls), None)
    part = found.rules(np.random.default_rng(0)).parts[Track.MELODY]
    pitches = np.flatnonzero(part.pitches) + 1 - found.up
    assert pitches.tolist() == [60, 62, 64, 65, 67]


def test_density_bounds_the_notes_of_a_bar() -> None:
    task = replace(develop(builders.melody(2)), controls=Controls(notes_per_bar=8.0))
    part = arrange(task, None).rules(np.random.default_rng(0)).parts[Track.MELODY]
    assert (part.fewest_a_bar, part.most_a_bar) == (6, 10)


def test_polyphony_bounds_the_notes_at_once() -> None:
    task = replace(develop(CHORDS), controls=Controls(max_polyphony=1))
    parts = arrange(task, None).rules(np.random.default_rng(0)).parts
    assert all(part.at_once == 1 for part in parts.values())


def test_a_locked_voice_plays_nothing_new() -> None:
    task = develop(builders.melody(2), CHORDS)
    locked = replace(task, holes=task.holes[:1])
    assert set(arrange(locked, None).voices) == {Track.MELODY}


def test_notes_at_once_go_to_one_voice_each_from_the_top_down() -> None:
    centres = {1: 64.0, 2: 57.0, 3: 45.0}
    notes = [GridNote(0, Track.PIANO, pitch, 4, 90) for pitch in (62, 58, 50)]
    assert shared(notes, (3, 2, 1), centres) == (1, 2, 3)
    assert shared(notes[1:2], (1, 2, 3), centres) == (2,)
    assert shared([*notes, notes[2]], (1, 3), centres) == (1, 1, 3, 3)


def test_velocities_stay_within_those_of_the_clip() -> None:
    found = arrange(develop(builders.melody(2)), None)
    back = found.notes([GridNote(32, Track.MELODY, 70, 4, velocity) for velocity in (1, 126)])
    assert [note.velocity for note in back[0]] == [80, 96]

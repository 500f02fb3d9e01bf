from dataclasses import replace

import pytest

import builders
import engine_tasks
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.ensemble.playing import Playing
from reprise.engines.ensemble.reading import Reading, read_task
from reprise.engines.ensemble.taste.manner import OFF_GRID, Manners
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.cells import GridNote
from reprise.tokenizers.ensemble.vocabulary import pitch_token, position_token


def reading(score: Score) -> Reading:
    holes = tuple(Hole(voice, score.span) for voice in range(len(score.voices)))
    task = Task(Verb.VARY, score, Score((), score.length), holes, score.length)
    return read_task(task, engine_tasks.CountingWatch())


def test_a_part_that_plays_eighths_keeps_off_other_places_in_the_beat() -> None:
    bias = Manners(reading(builders.drum_score())).grid_bias(0)

    assert bias[position_token(12)] == bias[position_token(36)] == 0.0
    assert bias[position_token(8)] == bias[position_token(41)] == -OFF_GRID


def test_a_bar_holds_half_more_hits_of_a_pad_than_ever_at_most() -> None:
    crowds = Manners(reading(builders.drum_score())).crowds(0)

    assert crowds == {
        pitch_token(42, is_drum=True): 12,
        pitch_token(36, is_drum=True): 3,
        pitch_token(38, is_drum=True): 3,
    }


def test_one_drum_rolled_without_end_is_strange_and_the_own_groove_is_not() -> None:
    read = reading(builders.drum_score())
    manners = Manners(read)
    roll = tuple(GridNote(6 * index, 36, 6, 100) for index in range(16))

    assert manners.strangeness({(0, 0): read.cells[0, 0]}) < 0.05
    assert manners.strangeness({(0, 0): roll}) > 0.4


def test_notes_that_nothing_beside_them_sounds_are_dissonant() -> None:
    read = reading(builders.chorale(bars=1))
    manners = Manners(read)
    own = read.cells[0, 0]
    foreign = tuple(note._replace(pitch=note.pitch + 1) for note in own)

    assert manners.dissonance({(0, 0): foreign}) > manners.dissonance({(0, 0): own})


def test_what_the_clip_plays_already_is_told() -> None:
    read = reading(builders.drum_score())
    manners = Manners(read)

    assert manners.sameness({(0, 0): read.cells[1, 0]}) == 1.0
    assert manners.sameness({(0, 0): read.cells[1, 0][:3]}) == 0.0


def test_new_notes_are_struck_and_held_as_the_player_does_at_their_place() -> None:
    accents = tuple(
        replace(note, velocity=110 if note.start % 1 == 0 else 50, duration=0.4)
        for note in builders.line([60, 62, 64, 65] * 8)
    )
    playing = Playing(reading(builders.score(accents)), 0)

    assert playing.velocity(64, 0, 0, 100) > 95 > 65 > playing.velocity(64, 12, 0, 100)
    assert playing.duration(64, 12, 0, 1.0) == pytest.approx(0.8, abs=0.05)


def test_new_hits_are_held_as_hits_of_their_own_pad_in_turn() -> None:
    held = {36: (0.5, 0.75), 42: (0.125, 0.25)}
    hits = tuple(
        Note(4.0 * bar + 2.0 * number, pitch, lengths[bar], 100)
        for bar in range(2)
        for number, (pitch, lengths) in enumerate(held.items())
    )
    score = Score((Voice("Drums", hits, is_drums=True),), 8.0)
    playing = Playing(reading(score), 0)

    assert [playing.duration(36, 0, bar, 1.0) for bar in range(2)] == [0.5, 0.75]
    assert [playing.duration(42, 12, bar, 1.0) for bar in range(2)] == [0.125, 0.25]
    assert playing.duration(38, 48, 0, 1.0) in {0.125, 0.25}


def test_a_beat_without_its_hats_has_lost_a_drum() -> None:
    read = reading(builders.drum_score())
    manners = Manners(read)
    beat = {
        spot: tuple(note for note in cell if note.pitch != 42) for spot, cell in read.cells.items()
    }

    assert manners.lost(read.cells) == 0.0
    assert manners.lost(beat) == pytest.approx(1 / 3)


def test_notes_of_the_harmony_that_a_part_had_itself_are_no_dissonance() -> None:
    manners = Manners(reading(builders.chorale(bars=1)))
    own = reading(builders.chorale(bars=1)).cells[0, 0]

    assert manners.dissonance({(0, 0): own}) == 0.0


def test_one_bar_again_and_again_is_monotonous_where_the_clip_is_not() -> None:
    read = reading(builders.score(builders.melody(4)))
    manners = Manners(read)

    assert manners.monotony(read.cells) == 0.0
    assert manners.monotony({(bar, 0): read.cells[0, 0] for bar in range(4)}) == 1.0

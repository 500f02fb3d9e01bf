import builders
import engine_tasks
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.ensemble.reading import read_task
from reprise.engines.ensemble.taste.habits import Habits, habits_of, longest_run
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.cells import GridNote


def habits(score: Score, part: int = 0) -> Habits:
    holes = tuple(Hole(voice, score.span) for voice in range(len(score.voices)))
    task = Task(Verb.REFILL, score, Score((), score.length), holes, score.length)
    return habits_of(read_task(task, engine_tasks.CountingWatch()), part)


def test_a_backbeat_belongs_to_the_snare() -> None:
    drums = habits(builders.drum_score()).drums[96]

    assert {(24, 38), (72, 38), (0, 36)} <= drums
    assert (24, 36) not in drums


def test_a_bar_with_a_fill_turns_the_phrase() -> None:
    groove = [note for note in builders.groove(4) if note.start < 14.0]
    fill = [Note(14.0 + 0.25 * index, 45, 0.25, 100, channel=9) for index in range(8)]
    score = Score((Voice("Drums", (*groove, *fill), is_drums=True),), 16.0)

    assert set(habits(score).turns) == {3}
    assert habits(builders.drum_score()).turns == {}


def test_chords_of_four_notes_are_known_as_such() -> None:
    chords = tuple(
        Note(float(beat), pitch, 1.0, 90) for beat in range(16) for pitch in (48, 55, 60, 64)
    )
    found = habits(builders.score(chords, names=("Chords",)))

    assert found.chord_notes == 4
    assert found.closest == 5


def test_a_bass_without_notes_is_thought_to_begin_its_bars() -> None:
    score = Score((Voice("Chords", builders.melody(4)), Voice("Bass", ())), 16.0)

    assert habits(score, 1).is_new
    assert habits(score, 1).otherwise == {0}
    assert habits(builders.score(builders.melody(4), ()), 1).otherwise == frozenset()


def test_equal_bars_are_counted_in_a_row() -> None:
    one, other = (GridNote(0, 60, 24, 90),), (GridNote(0, 62, 24, 90),)

    assert longest_run({0: one, 1: one, 3: one}) == 2
    assert longest_run({0: one, 1: other, 2: one}) == 1

"""Where answers lean: nats for a token against another."""

from reprise.engines.ensemble.taste.habits import Habits
from reprise.engines.ensemble.taste.leaning import Leaning
from reprise.tokenizers.ensemble.cells import GridNote
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    NEXT,
    PITCHES,
    Special,
    copy_token,
    pitch_token,
    position_token,
)

F_MAJOR = tuple((0, 96, pitch) for pitch in (57, 60, 65, 69))
NAMES = {"F": 41, "C": 48, "A": 45, "G": 43}
NO_HABITS = Habits({}, frozenset(), {}, None, 1, 0, {}, is_new=True)


def leaning(**more: object) -> Leaning:
    fields: dict[str, object] = {
        "habits": NO_HABITS,
        "firmness": 1.0,
        "block": PITCHES,
        "onsets": frozenset[int](),
        "drums": frozenset[tuple[int, int]](),
        "low": 60,
        "lowest": 40,
    }
    return Leaning(**{**fields, **more})  # type: ignore[arg-type]


def test_a_bar_without_its_usual_beginning_costs() -> None:
    row = leaning(onsets=frozenset({0})).opening({})

    assert row[position_token(24)] < row[position_token(0)] == 0.0


def test_going_past_the_backbeat_without_the_snare_costs() -> None:
    groove = leaning(block=DRUMS, drums=frozenset({(24, 38)}), lowest=36)

    with_hat = groove.going_on(24, [42], 2, is_first=False)
    with_snare = groove.going_on(24, [42, 38], 2, is_first=False)

    snare, kick = pitch_token(38, is_drum=True), pitch_token(36, is_drum=True)
    assert with_hat[snare] == 0.0 > with_hat[kick]
    assert with_hat[Special.END_OF_CELL] < with_snare[Special.END_OF_CELL] == 0.0


def test_the_first_note_of_a_bass_is_the_root_of_what_sounds() -> None:
    row = leaning(sounding=F_MAJOR, roots=1.0).going_on(0, [], 1, is_first=True)
    losses = {name: row[pitch_token(pitch, is_drum=False)] for name, pitch in NAMES.items()}

    assert losses["F"] == 0.0
    assert losses["F"] > losses["C"] > losses["A"] > losses["G"]


def test_a_bar_that_begins_on_the_wrong_root_is_not_copied_gladly() -> None:
    bass = leaning(sounding=F_MAJOR, roots=1.0)
    right, wrong = (GridNote(0, 41, 24, 90),), (GridNote(0, 43, 24, 90),)

    row = bass.opening({copy_token(-1): wrong, copy_token(-2): right})

    assert row[copy_token(-1)] < row[copy_token(-2)] == 0.0


def test_a_new_part_strikes_other_notes_than_those_beside_it() -> None:
    row = leaning(beside={0: frozenset({64})}).going_on(0, [], 1, is_first=True)
    same, octave, other = (row[pitch_token(pitch, is_drum=False)] for pitch in (64, 76, 67))

    assert same < octave < other == 0.0


def test_low_chords_keep_their_notes_apart_and_are_complete() -> None:
    habits = Habits({}, frozenset(), {}, 3, 3, 4, {}, is_new=False)
    chord = leaning(habits=habits)

    row = chord.going_on(0, [55], 1, is_first=True)
    assert row[pitch_token(54, is_drum=False)] < row[pitch_token(51, is_drum=False)]
    assert row[Special.END_OF_CELL] < 0.0
    assert chord.going_on(0, [67, 64, 60], 1, is_first=True)[Special.END_OF_CELL] == 0.0


def test_no_duration_is_begun_where_only_mud_could_follow() -> None:
    habits = Habits({}, frozenset(), {}, None, 3, 4, {}, is_new=False)
    chord = leaning(habits=habits, lowest=50)

    assert chord.going_on(0, [58, 55, 51], 1, is_first=True)[NEXT] < 0.0
    assert chord.going_on(0, [62, 58, 55], 1, is_first=True)[NEXT] == 0.0


def test_a_bar_has_its_fill_of_onsets() -> None:
    full = leaning(habits=Habits({}, frozenset(), {}, 3, 1, 0, {}, is_new=False))

    assert full.going_on(24, [60], 2, is_first=False)[position_token(48)] == 0.0
    assert full.going_on(24, [60], 3, is_first=False)[position_token(48)] < 0.0

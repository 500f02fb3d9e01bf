from reprise.tokenizers.ensemble import controls
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import Mode

BARS = (GridBar(0, 96, 2), GridBar(96, 96, 2))


def line(*pitches: int, step: int = 24, duration: int = 24) -> Cell:
    return tuple(GridNote(step * index, pitch, duration, 90) for index, pitch in enumerate(pitches))


def told(*cells: Cell, is_drums: bool = False, mode: Mode | None = Mode.MAJOR) -> tuple[int, ...]:
    return controls.track_controls(dict(enumerate(cells)), (), BARS, is_drums=is_drums, mode=mode)


def test_a_line_is_told_by_how_much_how_high_and_how_long() -> None:
    assert told(line(60, 62, 64, 65)) == tuple(
        sorted(
            [
                words.density_token(4.0),
                words.polyphony_token(1),
                words.lowest_token(60),
                words.highest_token(65),
                words.in_key_token(1.0),
                words.repetition_token(0.0),
                words.syncopation_token(0.0),
                words.length_token(24.0),
            ]
        )
    )


def test_silence_is_told_by_its_density_alone() -> None:
    assert told(()) == (words.density_token(0.0),)


def test_drums_have_no_range_and_no_key() -> None:
    tokens = told(line(36, 38), is_drums=True)

    blocks = (words.POLYPHONY, words.LOWEST, words.HIGHEST, words.IN_KEY, words.LENGTH)
    assert not any(token in block for token in tokens for block in blocks)


def test_without_a_key_nothing_is_said_of_the_scale() -> None:
    assert not any(token in words.IN_KEY for token in told(line(60), mode=None))


def test_a_note_that_rings_over_the_bar_line_sounds_with_the_next() -> None:
    held = {0: (GridNote(72, 60, 48, 90),), 1: (GridNote(0, 64, 24, 90),)}

    assert controls.polyphony(held, BARS) == 2


def test_notes_that_follow_each_other_do_not_sound_together() -> None:
    assert controls.polyphony({0: line(60, 62, 64)}, BARS) == 1


def test_a_bar_that_comes_again_is_a_repetition() -> None:
    assert controls.repetition([line(60), line(60), line(62)], []) == 1 / 3
    assert controls.repetition([line(60), line(62)], [line(62), line(60)]) == 1.0
    assert controls.repetition([()], []) == 0.0


def test_onsets_off_the_eighths_are_syncopated() -> None:
    assert controls.syncopation([line(60, 62, 64, 65, step=6)]) == 0.5
    assert controls.syncopation([()]) == 0.0


def test_the_minor_scale_has_another_third() -> None:
    assert controls.share_in_key(line(60, 63), Mode.MINOR) == 1.0
    assert controls.share_in_key(line(60, 63), Mode.MAJOR) == 0.5

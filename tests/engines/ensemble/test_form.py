from dataclasses import replace

import builders
import engine_tasks
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.ensemble.form import MOST_BARS, Section, sections
from reprise.engines.ensemble.reading import Reading, Spot, read_task
from reprise.music.meter import Meter, MeterMap
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.tokenizers.ensemble.cells import Cell


def developed(theme: Score, beats: float) -> Reading:
    length = theme.length + beats
    holes = tuple(Hole(voice, Span(theme.length, length)) for voice in range(len(theme.voices)))
    task = Task(Verb.DEVELOP, theme, Score((), length), holes, length)
    return read_task(task, engine_tasks.CountingWatch())


def melody(bars: int) -> Score:
    return builders.score(builders.melody(bars), length=4.0 * bars)


def bars_of(section: Section) -> list[int]:
    return sorted({bar for bar, _ in section.spots})


def heard(reading: Reading, bars: range) -> list[Cell]:
    return [reading.cells.get((bar, 0), ()) for bar in bars]


def is_left(section: Section) -> bool:
    return not section.theme


def test_a_development_leaves_its_theme_varies_it_and_comes_back() -> None:
    found = sections(developed(melody(4), 64.0))

    assert [is_left(section) for section in found] == [True, False, True, False]
    assert [bars_of(section) for section in found] == [
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14, 15],
        [16, 17, 18, 19],
    ]


def test_what_comes_back_is_nearer_to_the_theme_than_what_varies_it() -> None:
    _, varied, _, back = sections(developed(melody(4), 64.0))

    assert back.similarity > varied.similarity
    assert back.change < varied.change


def test_a_development_ends_as_its_theme_ends() -> None:
    reading = developed(melody(12), 64.0)
    back = sections(reading)[-1]

    assert bars_of(back) == list(range(20, 28))
    assert [back.theme[spot] for spot in back.spots] == heard(reading, range(4, 12))


def test_one_section_is_a_variation() -> None:
    reading = developed(melody(4), 16.0)
    (only,) = sections(reading)

    assert [only.theme[spot] for spot in only.spots] == heard(reading, range(4))
    assert only.change == 1.0


def test_every_bar_is_in_one_section_however_long_theme_and_development_are() -> None:
    for theme_bars in (1, 2, 3, 5, 8, 11, 20):
        for beats in (1.0, 4.0, 10.0, 28.0, 100.0):
            reading = developed(melody(theme_bars), beats)
            found = sections(reading)
            spots: list[Spot] = [spot for section in found for spot in section.spots]
            assert spots == sorted(reading.openings)
            assert all(len(bars_of(section)) <= MOST_BARS for section in found)


def test_no_note_of_the_theme_rings_beyond_its_section() -> None:
    held = builders.score(builders.line([60] * 4, step=12.0), length=48.0)
    reading = developed(held, 80.0)

    for section in sections(reading):
        end = reading.bars[bars_of(section)[-1]].end
        for (bar, _), cell in section.theme.items():
            assert all(reading.bars[bar].start + note.onset + note.duration <= end for note in cell)


def test_where_bars_have_other_lengths_the_theme_is_not_laid_over_them() -> None:
    theme = replace(melody(4), meter_map=MeterMap(((0.0, Meter(4, 4)), (16.0, Meter(3, 4)))))

    assert all(is_left(section) for section in sections(developed(theme, 24.0)))


def test_a_section_of_a_divided_meter_begins_where_a_bar_begins() -> None:
    theme = builders.score(builders.melody(8), length=25.0)
    reading = developed(replace(theme, meter_map=MeterMap.constant(Meter(5, 8))), 50.0)

    for section in sections(reading)[1:]:
        assert reading.bars[bars_of(section)[0]].opens_bar

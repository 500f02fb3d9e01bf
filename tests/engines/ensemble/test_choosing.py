import numpy as np

import builders
import engine_tasks
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.ensemble.choosing import choose_spots, endings
from reprise.engines.ensemble.reading import Spot, read_task
from reprise.music.score import Score


def spots(bars: int = 8, parts: int = 2) -> list[Spot]:
    return [(bar, part) for bar in range(bars) for part in range(parts)]


def chosen(strength: float, seed: int) -> list[Spot]:
    return choose_spots(spots(), strength, np.random.default_rng(seed))


def test_what_is_varied_is_spread_over_the_clip() -> None:
    for seed in range(50):
        for part in range(2):
            bars = [bar for bar, own in chosen(0.35, seed) if own == part]
            gaps = np.diff([*bars, bars[0] + 8])
            assert len(bars) in (4, 5)
            assert gaps.max() <= 3, "nowhere are three bars in a row left as they were"


def test_other_draws_vary_other_bars() -> None:
    assert len({tuple(chosen(0.35, seed)) for seed in range(20)}) > 10


def test_full_strength_varies_everything_and_none_nothing() -> None:
    assert chosen(1.0, 1) == spots()
    assert chosen(0.0, 1) == []


def test_a_part_that_ends_on_the_tonic_rests_there() -> None:
    def last(pitches: list[int]) -> dict[Spot, list[int]]:
        score = builders.score(builders.line([60, 64, 67, 65, 64, 62, 59, *pitches]), length=4.0)
        task = Task(Verb.VARY, score, Score((), 4.0), (Hole(0, score.span),), 4.0)
        read = read_task(task, engine_tasks.CountingWatch())
        return {spot: [note.pitch % 12 for note in cell] for spot, cell in endings(read).items()}

    assert last([60]) == {(0, 0): [0]}
    assert last([62]) == {}

"""The folk suite on practice tunes: a network, an engine, people themselves."""

import numpy as np
import pytest

import builders
from reprise.evaluation.asking import EngineSource
from reprise.evaluation.melodies.folk import Ground, compared, copied, measured_set, usable
from reprise.evaluation.melodies.folk_samples import (
    continued_by_engine,
    continued_by_network,
    drawn,
    four_bars_of,
)
from reprise.evaluation.melodies.folk_suite import FolkSetup, run
from reprise.evaluation.melodies.melodic_alignment import KnownMelodies
from reprise.evaluation.melodies.melody_statistics import STATISTICS
from reprise.library.folk_tunes import PRACTICE, read_tunes
from reprise.runtime.token_model import Features, Logits
from reprise.tokenizers import folk

GROUND = Ground.of(None, PRACTICE, melodies=10, seed=3)


class Parrot:
    """A network that says what was heard four bars ago, one step late."""

    def logits(self, steps: Features) -> Logits:
        return 50.0 * np.eye(folk.MELODY.class_count, dtype=np.float32)[steps[:, 0]]


def test_prompts_are_held_out_and_nothing_is_compared_with_itself() -> None:
    learned = {window.line for window in four_bars_of(GROUND.learned)}

    assert len(GROUND.prompts) == len(GROUND.people) == len(GROUND.training) == 10
    assert not {prompt.line for prompt in GROUND.prompts} & learned
    assert set(GROUND.training) <= learned


def test_a_network_continues_the_four_bars_that_it_heard() -> None:
    lines = continued_by_network(Parrot(), folk.MELODY, GROUND.prompts, seed=1)

    assert len(lines) == 10
    assert all(note.end <= 16.0 for line in lines for note in line)
    # 63 steps are heard and the first of 65 is dropped: the tune comes back a sixteenth early.
    for prompt, line in zip(GROUND.prompts, lines):
        classes = folk.MELODY.encode(prompt.line, 64)
        again = folk.MELODY.encode(line, 64)
        assert again[:62].tolist() == classes[1:63].tolist()


def test_an_engine_continues_four_bars_by_four() -> None:
    lines = continued_by_engine(
        EngineSource("markov"), GROUND.prompts[:3], 1, 1, lambda _share, _stage: None
    )

    assert len(lines) == 3
    assert all(0.0 <= note.start < 16.0 and note.end <= 16.0 for line in lines for note in line)
    assert all(usable(lines))


def test_a_set_is_like_itself_and_unlike_another() -> None:
    own = GROUND.training
    slow = [builders.line([30, 95, 31, 94], step=4.0) for _ in range(10)]

    alike, apart = compared(own, own), compared(slow, own)

    assert set(alike.statistics) == set(STATISTICS)
    assert alike.overall("divergence") == pytest.approx(0.0, abs=1e-9)
    assert alike.overall("overlap") > apart.overall("overlap") + 0.3
    assert apart.overall("divergence") > 0.5


def test_the_overall_mean_weighs_pitch_and_rhythm_alike() -> None:
    told = compared(GROUND.people, GROUND.training).told

    for measure, overall in told["overall"].items():
        assert overall == pytest.approx((told["pitch"][measure] + told["rhythm"][measure]) / 2)


def test_training_melodies_are_copies_and_short_ones_are_counted() -> None:
    known = GROUND.known()

    shares = copied([*GROUND.training, builders.line([60, 62])], known)

    assert shares.shares == pytest.approx((1.0,) * 10)
    assert shares.too_short == 1
    assert shares.mean == pytest.approx(1.0)


def test_what_was_not_learned_is_not_known() -> None:
    assert len(GROUND.known(most_windows=500)) < len(GROUND.known())


def test_melodies_too_short_to_measure_are_left_out_of_the_statistics() -> None:
    found = measured_set([*GROUND.people, ()], GROUND, KnownMelodies([]))

    assert len(found.training.values["note count"]) == len(GROUND.people)


def test_drawing_is_repeatable_and_never_twice_the_same() -> None:
    windows = four_bars_of(read_tunes(None, PRACTICE, "test"))

    first, again = drawn(windows, 20, 4), drawn(windows, 20, 4)

    assert first == again
    assert len({window.name for window in first}) == 20


def test_the_suite_tells_of_an_engine_in_figures_plots_and_cases() -> None:
    setup = FolkSetup("markov", None, None, PRACTICE, 4, 0, 1, lambda _share, _stage: None)

    result = run(setup)

    assert result.figures["training"]["statistics"].keys() == STATISTICS.keys()
    assert 0.0 <= result.figures["copied"]["mean"] <= 1.0
    assert len(result.plots) == len(STATISTICS) + 4
    assert all(plot.startswith("<svg") for plot in result.plots)
    assert len(result.cases) == 4
    assert len(result.table) == len(STATISTICS) + 2

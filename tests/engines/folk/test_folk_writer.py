"""Writing a line step by step: joins, limits, and the row that fits best."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine_tasks
from reprise.engines.folk.writer import HOLD, OFF, Limits, Written, write
from reprise.engines.sampling import Sampling
from reprise.errors import CancelledError
from reprise.runtime.token_model import Features, Logits, WindowModel
from reprise.tokenizers import folk

CLASSES = folk.MELODY.class_count
STEPS = 48
FAITHFUL = Sampling(1.0, 0.0, 1.0)
EVERY_PITCH = np.arange(CLASSES) > OFF


class Coin:
    """A network that knows nothing."""

    def logits(self, steps: Features) -> Logits:
        return np.zeros((len(steps), CLASSES), np.float32)


class Echo:
    """A network that says what was heard sixteen steps ago."""

    def logits(self, steps: Features) -> Logits:
        return 20.0 * np.eye(CLASSES, dtype=np.float32)[steps[:, -16]]


class Copycat:
    """A network that is sure of hearing the last pitch again, and of nothing before it."""

    def logits(self, steps: Features) -> Logits:
        found = np.zeros((len(steps), CLASSES), np.float32)
        for row, heard in enumerate(steps):
            pitches = heard[heard > OFF]
            if len(pitches):
                found[row, pitches[-1]] = 4.0
        return found


class Drone:
    """A network that holds what sounds with a chance of 0.8 at every step."""

    def logits(self, steps: Features) -> Logits:
        shares = np.full((len(steps), CLASSES), 0.2 / (CLASSES - 2), np.float32)
        shares[:, HOLD], shares[:, OFF] = 0.8, 1e-9
        return np.log(shares)


def written(
    model: WindowModel,
    classes: folk.Classes,
    cells: np.ndarray,
    limits: Limits | None = None,
    *,
    rows: int = 1,
    seed: int = 0,
    sampling: Sampling = FAITHFUL,
) -> Written:
    return write(
        model,
        classes,
        cells,
        limits or Limits(EVERY_PITCH),
        sampling,
        np.random.default_rng(seed),
        engine_tasks.CountingWatch(),
        rows=rows,
    )


@given(
    seed=st.integers(0, 10**6),
    cells=st.lists(st.booleans(), min_size=STEPS, max_size=STEPS).filter(any),
    rows=st.integers(1, 3),
)
def test_what_stands_is_never_changed_but_ended(seed: int, cells: list[bool], rows: int) -> None:
    stands = np.random.default_rng(seed).integers(0, CLASSES, STEPS)
    is_written = np.array(cells)

    found = written(Coin(), np.where(is_written, 0, stands), is_written, rows=rows, seed=seed)

    changed = found.classes[~is_written] != stands[~is_written]
    assert (found.classes[~is_written][changed] == OFF).all()
    assert (stands[~is_written][changed] == HOLD).all()


@given(seed=st.integers(0, 10**6))
def test_only_allowed_pitches_begin(seed: int) -> None:
    allowed = np.zeros(CLASSES, np.bool_)
    allowed[[20, 25]] = True

    found = written(
        Coin(), np.zeros(STEPS, np.int64), np.ones(STEPS, np.bool_), Limits(allowed), seed=seed
    )

    assert set(found.classes.tolist()) <= {HOLD, OFF, 20, 25}


def test_a_rhythm_is_kept_step_by_step() -> None:
    rhythm = np.arange(STEPS) % 6 == 0

    found = written(
        Coin(),
        np.zeros(STEPS, np.int64),
        np.ones(STEPS, np.bool_),
        Limits(EVERY_PITCH, rhythm=rhythm),
    )

    assert ((found.classes > OFF) == rhythm).all()


def test_what_was_heard_before_the_clip_leads_into_it() -> None:
    before = np.arange(folk.HEARD_STEPS) % 16 + 2

    found = write(
        Echo(),
        np.zeros(16, np.int64),
        np.ones(16, np.bool_),
        Limits(EVERY_PITCH),
        Sampling(0.0),
        np.random.default_rng(0),
        engine_tasks.CountingWatch(),
        before=before,
    )

    assert found.classes.tolist() == before[-16:].tolist()


def test_a_note_ends_where_silence_that_stays_begins() -> None:
    cells = np.arange(STEPS) < 8

    for seed in range(5):
        found = written(Coin(), np.zeros(STEPS, np.int64), cells, seed=seed)
        assert all(note.end <= 2.0 for note in folk.MELODY.decode(found.classes))


def test_of_several_lines_the_one_is_taken_after_which_the_rest_is_likeliest() -> None:
    stands = np.zeros(STEPS, np.int64)
    stands[24:] = 30
    cells = np.arange(STEPS) == 23
    limits = Limits(EVERY_PITCH, rhythm=np.ones(STEPS, np.bool_))

    hits = {
        rows: sum(
            int(written(Copycat(), stands, cells, limits, rows=rows, seed=seed).classes[23] == 30)
            for seed in range(40)
        )
        for rows in (1, 30)
    }

    assert hits[30] > hits[1] + 5


@pytest.mark.parametrize("wanted", [0.1, 0.5])
def test_as_many_notes_are_written_as_are_owed(wanted: float) -> None:
    limits = Limits(EVERY_PITCH, notes_a_step=wanted, pull=3.0)

    found = written(Coin(), np.zeros(160, np.int64), np.ones(160, np.bool_), limits)

    assert (found.classes > OFF).mean() == pytest.approx(wanted, abs=0.06)


def test_without_surprise_notes_have_their_usual_length_and_not_an_endless_one() -> None:
    found = written(
        Drone(), np.zeros(STEPS, np.int64), np.ones(STEPS, np.bool_), sampling=Sampling(0.0)
    )

    # Held with a chance of 0.8 a step: half of all notes last no longer than four steps.
    lengths = [note.duration * 4 for note in folk.MELODY.decode(found.classes)][:-1]
    assert len(lengths) >= 10
    assert set(lengths) == {4.0}


def test_a_cancelled_job_stops_between_two_steps() -> None:
    watch = engine_tasks.CountingWatch(5)

    with pytest.raises(CancelledError):
        write(
            Coin(),
            np.zeros(STEPS, np.int64),
            np.ones(STEPS, np.bool_),
            Limits(EVERY_PITCH),
            Sampling(),
            np.random.default_rng(0),
            watch,
        )

    assert watch.checks == 6

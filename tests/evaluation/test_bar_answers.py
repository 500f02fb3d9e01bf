import numpy as np
import pytest
from numpy.typing import NDArray

import tiny_chorales
from fake_bars import SureModel, always
from reprise.evaluation.bar_answers import Asking, ask, refills
from reprise.tokenizers import rmvae

QUESTIONS = rmvae.windows(tiny_chorales.chorales(3, 160), 9)
TRUTH = np.stack([bars.classes[-1] for bars in QUESTIONS])


def knowing(place: int, pitches: NDArray[np.int64], _strikes: object) -> NDArray[np.int64]:
    return TRUTH[: len(pitches), :, place]


def test_who_never_begins_a_note_is_right_where_lines_go_on() -> None:
    found = ask(SureModel(always(rmvae.CONTINUE)), QUESTIONS, Asking())

    assert found.accuracy == pytest.approx((TRUTH == rmvae.CONTINUE).mean())
    assert found.onset_accuracy == found.accuracy
    assert found.pitch_accuracy < 0.2


def test_who_knows_the_bar_is_always_right_and_never_surprised() -> None:
    found = ask(SureModel(knowing), QUESTIONS, Asking())

    assert found.accuracy == found.accuracy_by_threshold == found.pitch_accuracy == 1.0
    assert found.nats == pytest.approx(0.0, abs=1e-6)


def test_of_the_bar_asked_for_nothing_is_told() -> None:
    model = SureModel(always(0))

    ask(model, QUESTIONS, Asking())

    assert not model.questions[0].stands.any()
    assert model.questions[0].heard[:, :-1].all()
    for place, heard in model.heard[1:]:
        assert place == 0 or (heard == rmvae.UNKNOWN_PITCH).all()


def test_a_refilled_voice_is_heard_nowhere_and_the_others_where_asked() -> None:
    unheard, heard = SureModel(always(0)), SureModel(always(0))

    ask(unheard, QUESTIONS, Asking(2, is_heard_before=False))
    ask(heard, QUESTIONS, Asking(2, is_heard_before=False, standing=frozenset({0, 1, 3})))

    for model in (unheard, heard):
        assert not model.questions[0].heard[:, :, 2].any()
        assert not model.questions[0].stands[:, :, 2].any()
        own = [facts[:, 2, 2] for _, facts in model.heard]
        assert all((each == rmvae.UNKNOWN_PITCH).all() for each in own)
    assert not unheard.questions[0].stands.any()
    assert heard.questions[0].stands[:, :, [0, 1, 3]].all()


def test_writers_that_hear_themselves_are_told_the_true_step_before() -> None:
    model = SureModel(always(0))

    ask(model, QUESTIONS, Asking(hears_itself=True))

    last = np.stack([bars.pitches[-1] for bars in QUESTIONS])
    for place, heard in model.heard[1:16]:
        own = heard[:, np.arange(4), np.arange(4)]
        assert (own == last[:, :, place - 1]).all()


def test_refills_are_all_voices_together() -> None:
    found = refills(
        SureModel(knowing), QUESTIONS, [Asking(voice, is_heard_before=False) for voice in range(4)]
    )

    assert (found.truth == TRUTH).all()
    assert found.accuracy == 1.0

"""Near-duplicates: the same tune in another key is the same, another tune is not."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from reprise.library import duplicates
from reprise.library.duplicates import Signature, groups, jaccard, signature

Tune = tuple[NDArray[np.int64], NDArray[np.int64]]


def tune(seed: int, length: int = 300) -> Tune:
    chance = random.Random(seed)
    steps = [chance.choice((6, 12, 24, 48)) for _ in range(length)]
    pitches = [chance.randint(55, 80) for _ in range(length)]
    return np.cumsum(steps), np.array(pitches)


def signed(one: Tune) -> Signature:
    found = signature(*one)
    assert found is not None
    return found


def test_another_key_and_a_later_start_are_the_same_tune() -> None:
    onsets, pitches = tune(1)
    assert jaccard(signed((onsets, pitches)), signed((onsets + 96, pitches + 3))) == 1.0


def test_other_tunes_share_nearly_nothing() -> None:
    assert jaccard(signed(tune(1)), signed(tune(2))) < 0.05


@pytest.mark.parametrize("kept", [0.9, 0.75, 0.5, 0.25])
def test_the_estimate_is_near_the_true_share(kept: float) -> None:
    (onsets, pitches), (_, others) = tune(1, 1000), tune(2, 1000)
    size = round(1000 * kept)
    mixed = np.concatenate([pitches[:size], others[size:]])
    truth = kept / (2 - kept)
    assert jaccard(signed((onsets, pitches)), signed((onsets, mixed))) == pytest.approx(
        truth, abs=0.15
    )


def test_only_the_highest_note_of_a_chord_counts() -> None:
    onsets, pitches = tune(3)
    chords = np.repeat(onsets, 2), np.stack([pitches - 12, pitches], axis=1).reshape(-1)
    assert jaccard(signed((onsets, pitches)), signed(chords)) == 1.0


@pytest.mark.parametrize("pitches", [[60] * 200, [60, 62, 64, 65] * 50, [60] * 5])
def test_a_track_that_repeats_itself_says_too_little(pitches: list[int]) -> None:
    assert signature(np.arange(len(pitches)) * 12, np.array(pitches)) is None


def test_versions_of_a_song_are_one_group_and_others_stay_apart() -> None:
    onsets, pitches = tune(1)
    versions = [("a/x", (onsets, pitches)), ("b/y", (onsets, pitches + 2)), ("c/z", tune(2))]
    found = groups(
        ["c/z", "b/y", "a/x", "d/silent"], [(song, signed(one)) for song, one in versions]
    )
    assert found == {"a/x": "a/x", "b/y": "a/x", "c/z": "c/z", "d/silent": "d/silent"}


def test_what_is_like_a_like_one_is_in_the_group_too() -> None:
    onsets, pitches = tune(1, 900)
    _, others = tune(2, 900)
    half = np.concatenate([pitches[:680], others[680:]])
    whole = np.concatenate([pitches[:450], others[450:]])
    rows = [("a", pitches), ("b", half), ("c", whole)]
    signatures = [(song, signed((onsets, row))) for song, row in rows]
    assert jaccard(signatures[0][1], signatures[2][1]) < duplicates.MIN_JACCARD
    assert set(groups("abc", signatures).values()) == {"a"}

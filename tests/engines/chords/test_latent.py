import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.engines import checkpoint
from reprise.engines.chords.engine import MODEL
from reprise.engines.chords.latent import Place, Way, correction, likeliest
from reprise.engines.chords.nearness import Between, chord_distances, length_distances
from reprise.engines.chords.networks import LATENT, open_latent
from reprise.runtime.latent_model import OnnxLatentModel
from reprise.tokenizers import chords

elements = st.tuples(
    st.integers(0, chords.CHORD_COUNT - 1), st.integers(0, chords.DURATION_COUNT - 1)
)
windows = st.lists(elements, min_size=1, max_size=32).map(
    lambda rows: chords.looped(np.array(rows, np.int64))
)


@pytest.fixture(scope="module")
def latent() -> OnnxLatentModel:
    return open_latent(checkpoint.read(MODEL), LATENT)


@settings(deadline=None, max_examples=40)
@given(first=windows, last=windows)
def test_a_way_begins_and_ends_where_it_should_and_never_turns_back(
    latent: OnnxLatentModel, first: chords.Elements, last: chords.Elements
) -> None:
    way = Way(latent, first, last)
    steps = [likeliest(way.at(amount)) for amount in np.linspace(0.0, 1.0, 9)]
    assert (steps[0] == first).all()
    assert (steps[-1] == last).all()
    for column, table in enumerate((chord_distances(), length_distances())):
        gone = np.stack([table[first[:, column], step[:, column]] for step in steps])
        left = np.stack([table[step[:, column], last[:, column]] for step in steps])
        assert (np.diff(gone, axis=0) > -1e-9).all()
        assert (np.diff(left, axis=0) < 1e-9).all()


def test_what_a_decoder_lacks_makes_the_wanted_class_lead() -> None:
    logits = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]])
    wanted = np.array([2, 0])
    added = correction(logits, wanted)
    assert ((logits + added).argmax(axis=1) == wanted).all()
    assert (added[1] == 0.0).all()


def test_a_place_knows_how_a_window_comes_back(latent: OnnxLatentModel) -> None:
    window = chords.looped(np.array([(1, 5), (155, 5), (111, 5), (199, 5)], np.int64))
    place = Place(latent, window)
    assert place.latent.shape == (32,)
    assert [added.shape for added in place.corrections] == [
        (chords.WINDOW, chords.CHORD_COUNT),
        (chords.WINDOW, chords.DURATION_COUNT),
    ]


def test_distances_are_those_of_a_map() -> None:
    for table in (chord_distances(), length_distances()):
        assert (table == table.T).all()
        assert (np.diag(table) == 0.0).all()
        assert (table[~np.eye(len(table), dtype=np.bool_)] > 0.0).all()


def test_no_class_between_two_equal_ones_is_another() -> None:
    rows = np.array([5, 9])
    ahead = Between(chord_distances(), rows, rows).ahead(rows)
    assert [np.flatnonzero(row).tolist() for row in ahead] == [[5], [9]]

"""Ids of results can be read out, mistyped a little, and sent as a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.errors import UnknownResultError
from reprise.service.ids import ID_COUNT, id_from_number, number_from_id


@given(st.integers(0, ID_COUNT - 1))
def test_every_number_comes_back_from_its_id(number: int) -> None:
    assert number_from_id(id_from_number(number)) == number


@given(strategies.result_ids)
def test_every_id_comes_back_from_its_number(result_id: str) -> None:
    assert id_from_number(number_from_id(result_id)) == result_id


def test_an_id_fits_an_int32() -> None:
    assert number_from_id("ZZZZZZ") == ID_COUNT - 1 < 2**31


@pytest.mark.parametrize("typed", ["7f3k2m", " 7F3K2M ", "7F3k2m"])
def test_an_id_is_known_in_any_case(typed: str) -> None:
    assert number_from_id(typed) == number_from_id("7F3K2M")


@pytest.mark.parametrize(("typed", "meant"), [("OoO000", "000000"), ("IiLl11", "111111")])
def test_letters_that_look_like_digits_are_those_digits(typed: str, meant: str) -> None:
    assert number_from_id(typed) == number_from_id(meant)


@pytest.mark.parametrize("typed", ["", "7F3K2", "7F3K2MM", "7F3K2U", "ÄÖÜÄÖÜ", "7F 3K2"])
def test_what_is_no_id_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UnknownResultError, match="such as 7F3K2M"):
        number_from_id(typed)


@pytest.mark.parametrize("number", [-1, ID_COUNT])
def test_a_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(UnknownResultError):
        id_from_number(number)

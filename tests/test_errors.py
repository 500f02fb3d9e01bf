"""Every error has a code of its own that a DAW can rely on, and stands on the one page."""

import re

import reprise.errors
from reprise.errors import RepriseError, error_codes


def all_errors() -> list[type[RepriseError]]:
    found = [
        value
        for value in vars(reprise.errors).values()
        if isinstance(value, type) and issubclass(value, RepriseError)
    ]
    assert len(found) > 20
    return found


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in all_errors()]

    assert len(set(codes)) == len(codes)
    assert set(error_codes()) >= set(codes)


def test_the_page_names_every_error_with_its_code() -> None:
    listed = re.findall(r"[*+-] (\w+) \((\d+)\)", reprise.errors.__doc__ or "")

    assert {(name, int(code)) for name, code in listed} == {
        (error.__name__, error.code) for error in all_errors()
    }


def test_codes_fit_every_wire() -> None:
    assert all(0 < error.code < 1000 for error in all_errors())

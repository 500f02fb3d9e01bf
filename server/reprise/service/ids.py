"""Short ids of results, such as 7F3K2M: 30 bits as six characters that people can read out.

The alphabet is Douglas Crockford's base 32: no I, L, O or U. What people mistype is understood.
"""

from reprise.errors import UnknownResultError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 6
ID_COUNT = 32**ID_LENGTH

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


def id_from_number(number: int) -> str:
    """Return the id of a number from 0 to 2**30 - 1.

    Raises:
        UnknownResultError: The number is out of that range.
    """
    if not 0 <= number < ID_COUNT:
        raise UnknownResultError(f"a result's number is 0 to {ID_COUNT - 1}, got {number}")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(25, -1, -5))


def number_from_id(result_id: str) -> int:
    """Return the number of an id, in capitals or not, with O for 0 and I or L for 1.

    Raises:
        UnknownResultError: It is no id.
    """
    letters = result_id.strip().upper()
    if len(letters) != ID_LENGTH or any(letter not in _VALUES for letter in letters):
        raise UnknownResultError(
            f"{result_id[:40]!r} is no id of a result; ids are {ID_LENGTH} letters and digits "
            "such as 7F3K2M, and `reprise history list` shows them"
        )
    number = 0
    for letter in letters:
        number = number * 32 + _VALUES[letter]
    return number

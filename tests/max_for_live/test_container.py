"""The .amxd container: what is packed comes out, and what is none is refused."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container import KINDS, pack, unpack
from errors import BuildError

from .amxd_reader import read_amxd

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
patchers = st.dictionaries(texts, values, max_size=4)
DEVICE = pack("midi_effect", {"boxes": [], "name": "Übung"})


@given(st.sampled_from(sorted(KINDS)), patchers)
def test_a_patcher_comes_out_as_it_went_in(kind: str, patcher: dict[str, Any]) -> None:
    data = pack(kind, patcher)

    assert unpack(data) == (kind, patcher)
    assert read_amxd(data) == (KINDS[kind].decode(), 0, patcher)


@given(patchers)
def test_packing_twice_gives_the_same_bytes(patcher: dict[str, Any]) -> None:
    assert pack("instrument", patcher) == pack("instrument", patcher)


def test_a_kind_that_live_does_not_know_is_refused() -> None:
    with pytest.raises(BuildError, match="'video' is no kind"):
        pack("video", {})


@given(st.integers(0, len(DEVICE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_read_never_a_crash(place: int, change: int) -> None:
    data = bytearray(DEVICE)
    data[place] ^= change

    with contextlib.suppress(BuildError):
        kind, _ = unpack(bytes(data))
        assert kind in KINDS


@given(st.integers(0, len(DEVICE) - 1))
def test_a_device_cut_short_is_refused(length: int) -> None:
    with pytest.raises(BuildError):
        unpack(DEVICE[:length])


def test_bytes_behind_the_device_are_refused() -> None:
    with pytest.raises(BuildError, match="follow the last chunk"):
        unpack(DEVICE + b"x")

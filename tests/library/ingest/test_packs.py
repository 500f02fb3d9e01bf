"""Clips on the grid come back as they were, and what is damaged is said to be."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import own_music
from reprise.errors import FileError
from reprise.library.ingest.packs import PackWriter, read_packs
from reprise.library.own_clips import OwnClip
from reprise.music.score import Score
from reprise.music.voice import Voice


def clip(name: str, pitches: list[int]) -> OwnClip:
    notes = builders.line(pitches)
    return own_music.on_grid(name, Score((Voice("Löad", notes),), 0.5 * len(pitches)))


def write(path: Path, clips: list[OwnClip]) -> Path:
    with gzip.GzipFile(path, "wb", mtime=0) as out:
        writer = PackWriter(out)
        for one in clips:
            writer.add(one)
    return path


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8"), max_size=20),
            st.lists(st.integers(0, 127), min_size=2, max_size=40),
        ),
        max_size=5,
    )
)
def test_clips_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, list[int]]]
) -> None:
    clips = [clip(name, pitches) for name, pitches in told]
    path = write(tmp_path_factory.mktemp("packs") / "00.pack.gz", clips)

    found = list(read_packs(path))

    assert [(one.file, one.take) for one in found] == [(one.file, one.take) for one in clips]
    for one, other in zip(found, clips, strict=True):
        assert one.packed.name == other.packed.name
        assert one.packed.tracks == other.packed.tracks
        assert one.packed.tempo_bpm == other.packed.tempo_bpm
        assert one.packed.token_count == other.packed.token_count
        np.testing.assert_array_equal(one.packed.grid_bars, other.packed.grid_bars)
        np.testing.assert_array_equal(one.packed.notes, other.packed.notes)


@pytest.mark.parametrize("cut", [5, 40, -12])
def test_a_file_that_is_cut_short_is_said_to_be(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "00.pack.gz", [clip("a.mid", [60, 64, 67])])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileError, match="reprise corpus add"):
        list(read_packs(path))


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b"{", b'{"bars":1000000000000,"notes":1}', b'{"bars":-1,"notes":1}']
)
def test_lines_that_tell_no_clip_are_refused(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "00.pack.gz"
    path.write_bytes(gzip.compress(line + b"\n"))
    with pytest.raises(FileError, match="cannot be read"):
        list(read_packs(path))

import numpy as np
import pytest

import tiny_pieces
from reprise.evaluation.slices import of_kind, slice_at, slices_of
from reprise.library.corpus_file import PieceTrack
from reprise.music.meter import Meter
from reprise.music.roles import Role, role_of


def test_a_slice_has_the_notes_of_its_bars_in_beats() -> None:
    piece = tiny_pieces.piece(bars=16)

    one = slice_at(piece, 4, 8)

    assert one is not None
    rows = piece.notes[(piece.notes[:, 0] >= 4) & (piece.notes[:, 0] < 12)]
    assert one.score.note_count == len(rows)
    assert one.score.length == 32.0
    starts = sorted(note.start for voice in one.score.voices for note in voice.notes)
    assert starts == sorted(((rows[:, 0] - 4) * 4 + rows[:, 2] / 24).tolist())


def test_every_voice_tells_its_role_to_whoever_reads_names() -> None:
    one = slice_at(tiny_pieces.piece(), 0, 8)

    assert one is not None
    assert [role_of(voice) for voice in one.score.voices] == list(one.roles)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.UNKNOWN])
def test_a_role_survives_a_track_without_a_name(role: Role) -> None:
    are_drums = role in (Role.DRUMS, Role.PERC)
    tracks = (PieceTrack(int(role), is_drums=are_drums, name=""),)
    rows = [(0, 0, tick, 40, 6, 90) for tick in range(0, 96, 8)]
    piece = tiny_pieces.packed("one", rows, [(0, 96, tiny_pieces.FOUR_FOUR)], tracks=tracks)

    one = slice_at(piece, 0, 1)

    assert one is not None
    assert role_of(one.score.voices[0]) == role


def test_meters_change_where_the_grid_bars_do_and_cut_bars_are_cut() -> None:
    grid = [(0, 84, 7), (84, 96, 2), (180, 48, 2), (228, 96, 2)]
    rows = [(bar, 0, tick, 60, 6, 90) for bar in range(4) for tick in (0, 12, 24)]
    piece = tiny_pieces.packed("odd", rows, grid, tracks=tiny_pieces.TRACKS[:1])

    one = slice_at(piece, 0, 4)

    assert one is not None
    bars = [(bar.start, bar.end) for bar in one.score.meter_map.bars(one.score.length)]
    assert bars == [(0.0, 3.5), (3.5, 7.5), (7.5, 9.5), (9.5, 13.5)]
    assert one.score.meter_map.at(0.0) == Meter(7, 8)


def test_tracks_that_are_silent_in_a_slice_are_left_out() -> None:
    rows = [(bar, 0, 0, 60, 24, 90) for bar in range(8)] + [(9, 1, 0, 40, 24, 90)]
    grid = [(bar * 96, 96, 2) for bar in range(16)]
    piece = tiny_pieces.packed("silent", rows, grid)

    one = slice_at(piece, 0, 8)

    assert one is not None
    assert len(one.score.voices) == 1
    assert slice_at(piece, 10, 4) is None


def test_slices_lie_one_after_another_and_hold_something() -> None:
    assert [one.name for one in slices_of(tiny_pieces.piece(bars=20))] == [
        "tiny/song:0",
        "tiny/song:8",
    ]


def test_the_same_seed_draws_the_same_slices_of_the_split() -> None:
    pieces = tiny_pieces.corpus().pieces

    first = of_kind(pieces, "pop", 6, seed=1)

    assert [one.name for one in first] == [one.name for one in of_kind(pieces, "pop", 6, seed=1)]
    assert {one.kind for one in first} == {"pop"}
    assert all("/test-" in one.name for one in first)
    assert len(of_kind(pieces, "pop", 100, seed=1)) > 8, "overlapping ones come where too few are"


def test_notes_never_ring_past_a_slice() -> None:
    rows = [(bar, 0, 90, 60, 192, 90) for bar in range(16)]
    grid = [(bar * 96, 96, 2) for bar in range(16)]
    one = slice_at(tiny_pieces.packed("long", rows, grid), 0, 8)

    assert one is not None
    assert max(note.end for note in one.score.sounding) == one.score.length
    assert np.isclose(one.score.tempo_map.at(0.0), 120.0)

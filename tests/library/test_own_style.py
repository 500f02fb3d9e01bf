"""Passages of somebody's own: what they are like in any key, and which of them is nearest."""

import random
from pathlib import Path

import numpy as np
import pytest

import builders
import own_music
from reprise.errors import FileError
from reprise.library import own_style
from reprise.library.own_style import StyleIndex, Wanted
from reprise.library.packing import Packed
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.vocabulary import METERS

FOUR = METERS.index((4, 4))
THREE = METERS.index((3, 4))
LENGTHS = ((1.0, 1.0, 2.0), (0.5, 0.5, 1.0, 2.0), (1.5, 0.5, 1.5, 0.5), (0.25,) * 16)
STEPS = (0, 2, 4, 7, 9, 11)


def bars(lengths: tuple[float, ...], tonic: int = 60, count: int = 4, seed: int = 1) -> Score:
    """Bars of 4/4 in one rhythm and a major key."""
    chance = random.Random(seed)
    notes, start = [], 0.0
    for length in lengths * count:
        notes.append(Note(start, tonic + chance.choice(STEPS), length))
        start += length
    return Score((Voice("Lead", tuple(notes), is_drums=False),), start)


def packed(name: str, score: Score) -> Packed:
    return own_music.on_grid(name, score).packed


def index() -> StyleIndex:
    """Eight pieces of four rhythms, each rhythm in two keys."""
    return own_style.build(
        packed(f"{number}-{tonic}.mid", bars(lengths, tonic))
        for number, lengths in enumerate(LENGTHS)
        for tonic in (60, 65)
    )


def wanted_like(score: Score, role: Role = Role.LEAD) -> Wanted:
    (passage, *_) = own_style.build([packed("x", score)]).shapes
    return Wanted(int(role), is_drums=False, meter=FOUR, shape=passage)


@pytest.mark.parametrize("number", range(4))
def test_the_nearest_passages_have_the_rhythm_of_what_is_played(number: int) -> None:
    found = index().nearest(wanted_like(bars(LENGTHS[number], tonic=58)), 2)

    assert {passage.name for passage in found} == {f"{number}-60.mid", f"{number}-65.mid"}


def test_a_piece_in_another_key_is_as_near() -> None:
    rows = [own_style.build([packed("x", bars(LENGTHS[1], tonic))]) for tonic in (60, 66)]

    assert np.allclose(rows[0].shapes[:, own_style.PITCHES], rows[1].shapes[:, own_style.PITCHES])


def test_pieces_come_one_by_one_and_no_more_than_are_asked_for() -> None:
    found = index().nearest(Wanted(int(Role.LEAD), is_drums=False, meter=FOUR), 5)

    assert len(found) == len({passage.name for passage in found}) == 5


def test_another_meter_or_drums_never_come() -> None:
    waltz = builders.line([60, 64, 67] * 4, step=1.0)
    three = Score((Voice("Lead", waltz),), 12.0, MeterMap.constant(Meter(3, 4)))
    own = own_style.build([packed("waltz.mid", three), packed("beat.mid", builders.drum_score())])

    def names(wanted: Wanted) -> list[str]:
        return [passage.name for passage in own.nearest(wanted, 9)]

    assert names(Wanted(int(Role.LEAD), is_drums=False, meter=THREE)) == ["waltz.mid"]
    assert names(Wanted(int(Role.DRUMS), is_drums=True, meter=FOUR)) == ["beat.mid"]
    assert names(Wanted(int(Role.LEAD), is_drums=False, meter=FOUR)) == []


def test_a_loop_of_one_bar_is_two_bars_of_it() -> None:
    (passage,) = own_style.build([packed("loop.mid", bars(LENGTHS[1], count=1))]).nearest(
        Wanted(int(Role.LEAD), is_drums=False, meter=FOUR), 1
    )

    onsets = [note.onset for note in passage.notes]
    assert onsets == [0, 12, 24, 48, 96, 108, 120, 144]


def test_what_says_too_little_is_no_passage() -> None:
    held = Score((Voice("Pad", (Note(0.0, 60, 4.0), Note(4.0, 62, 4.0))),), 8.0)

    assert len(own_style.build([packed("pad.mid", held)])) == 0


def test_an_index_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path, before = tmp_path / "ü" / own_style.FILE_NAME, index()
    own_style.write(path, before)
    after = own_style.read(path)

    assert after.names == before.names
    assert np.array_equal(after.told, before.told)
    assert np.array_equal(after.notes, before.notes)
    assert np.allclose(after.shapes, before.shapes, atol=0.01)


def test_two_indexes_are_one() -> None:
    first = own_style.build([packed("a.mid", bars(LENGTHS[0]))])
    second = own_style.build([packed("b.mid", bars(LENGTHS[3]))])
    both = first.joined(second)

    wanted = wanted_like(bars(LENGTHS[3]))
    assert both.nearest(wanted, 1) == second.nearest(wanted, 1)
    assert len(both) == len(first) + len(second)


@pytest.mark.parametrize("data", [b"", b"nothing", b"PK\x03\x04 cut short"])
def test_a_damaged_index_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / own_style.FILE_NAME
    path.write_bytes(data)

    with pytest.raises(FileError, match="reprise corpus add"):
        own_style.read(path)

"""Somebody's own clips as pieces: every loop counts, versions stay together, pads become drums."""

import random
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import replace

import builders
import own_music
from reprise.library import own_index
from reprise.library.ingest.clips import FoundIn, Origin, SourceClip
from reprise.library.own_clips import OwnClip, source_piece
from reprise.library.own_pieces import OwnPieces, cut_of, own_pieces, pieces_of
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice


def loop(seed: int, bars: int = 1, file: str = "", pitch: int = 60) -> SourceClip:
    """A loop of eighths drawn from a seed."""
    chance = random.Random(seed)
    notes = builders.line([pitch + chance.randrange(12) for _ in range(8 * bars)])
    score = Score((Voice("Lead", notes),), 4.0 * bars, loop=Span(0.0, 4.0 * bars))
    return SourceClip(Origin(file or f"{seed}.mid"), f"loop {seed}", score)


def learnt_from(clips: Iterable[SourceClip]) -> OwnPieces:
    return own_pieces(map(own_music.packed, clips))


def take(seed: int, number: int, file: str = "set.als") -> SourceClip:
    """A clip of an arrangement that is a part of a recording."""
    origin = Origin(file, FoundIn.ARRANGEMENT, "Keys", 8.0 * seed, number)
    return replace(loop(seed), origin=origin)


def test_one_bar_of_one_track_is_kept() -> None:
    found = learnt_from([loop(seed) for seed in range(20)])

    assert len(found.pieces) == 20
    assert all(len(piece.grid_bars) == 1 for piece in found.pieces)


def test_something_is_learnt_something_stops_and_something_is_only_measured() -> None:
    found = learnt_from([loop(seed) for seed in range(60)])

    assert [len(found.of(split)) for split in ("train", "valid", "test")] == [48, 6, 6]


def test_versions_of_one_idea_lie_on_one_side_of_the_cut() -> None:
    def version(seed: int, number: int) -> SourceClip:
        clip = loop(seed, bars=2, file=f"{seed}-{number}.mid")
        notes = list(clip.score.voices[0].notes)
        notes[number] = Note(notes[number].start, 61, 0.5)
        return SourceClip(clip.origin, "", clip.score.with_notes((tuple(notes),)))

    clips = [version(seed, number) for seed in range(8) for number in range(6)]
    found = learnt_from(clips)

    assert len(found.pieces) == 48
    assert found.ideas == 8
    for seed in range(8):
        sides = {piece.split for piece in found.pieces if piece.name.startswith(f"{seed}-")}
        assert len(sides) == 1


def test_clips_of_one_file_lie_on_one_side_where_there_are_many_files() -> None:
    clips = [loop(10 * file + part, file=f"{file}.als") for file in range(12) for part in range(3)]
    found = learnt_from(clips)

    for file in range(12):
        assert len({p.split for p in found.pieces if p.name.startswith(f"{file}.als")}) == 1
    assert {piece.split for piece in found.pieces} == {"train", "valid", "test"}


def test_ten_versions_of_the_only_idea_are_cut_all_the_same() -> None:
    found = learnt_from([loop(1, file=f"{number}.mid") for number in range(10)])

    assert found.ideas == 1
    assert {piece.split for piece in found.pieces} == {"train", "valid", "test"}


def test_parts_of_one_recording_lie_on_one_side_of_the_cut() -> None:
    clips = [take(10 * number + part, number) for number in range(8) for part in range(5)]
    found = learnt_from(clips)

    assert found.ideas == 40
    for number in range(8):
        sides = {piece.split for piece in found.pieces[5 * number : 5 * number + 5]}
        assert len(sides) == 1
    assert {piece.split for piece in found.pieces} == {"train", "valid", "test"}


def test_parts_of_a_recording_stay_together_even_where_there_is_but_one_idea() -> None:
    same = [replace(loop(1), origin=take(number, number // 3).origin) for number in range(12)]
    found = learnt_from(same)

    assert found.ideas == 1
    for first in range(0, 12, 3):
        assert len({piece.split for piece in found.pieces[first : first + 3]}) == 1
    assert {piece.split for piece in found.pieces} == {"train", "valid", "test"}


def test_a_private_pad_layout_becomes_general_midi_drums() -> None:
    pads = ((60, "Kick"), (61, "Snare"), (62, "Closed Hat"))
    notes = builders.line([60, 62, 61, 62] * 2)
    voice = Voice("Beat", notes, is_drums=True, pads=pads)
    clip = SourceClip(Origin("a.als", FoundIn.SESSION, "Beat", 0), "", Score((voice,), 4.0))

    packed = source_piece(clip).score.voices[0]

    assert [note.pitch for note in packed.notes] == [36, 42, 38, 42] * 2
    assert packed.is_drums


def test_what_stands_before_a_loop_is_learnt_with_one_turn_of_it() -> None:
    notes = builders.line([60, 62, 64, 65, 67, 69, 71, 72], step=1.0)
    score = Score((Voice("Lead", notes),), 8.0, loop=Span(2.0, 6.0))
    clip = SourceClip(Origin("a.als"), "", score)

    heard = source_piece(clip).score

    assert heard.length == 6.0
    assert [note.pitch for note in heard.voices[0].notes] == [60, 62, 64, 65, 67, 69]


def test_a_folder_is_cut_and_indexed_without_being_held() -> None:
    alive: list[weakref.ref[OwnClip]] = []
    most = 0

    def read() -> Iterator[OwnClip]:
        nonlocal most
        for seed in range(50):
            clip = own_music.packed(loop(seed))
            alive.append(weakref.ref(clip))
            most = max(most, sum(one() is not None for one in alive))
            yield clip

    cut = cut_of(read())
    index = own_index.build(pieces_of(read(), cut))

    assert len(cut.songs) == len(index.names) == 50
    assert most <= 3


def test_the_same_clips_are_cut_alike_every_time() -> None:
    clips = [loop(seed) for seed in range(30)]
    assert [p.split for p in learnt_from(clips).pieces] == [
        p.split for p in learnt_from(clips).pieces
    ]

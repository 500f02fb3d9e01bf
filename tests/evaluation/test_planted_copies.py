"""Every pasted passage is found, and what people play anew is left alone."""

import random
from collections.abc import Callable

import pytest

import own_music
from reprise.evaluation import planted_copies
from reprise.library.own_clips import OwnClip
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

Folder = Callable[[int], list[OwnClip]]

BARS = 32
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79)
RHYTHMS = (
    (1.0, 1.0, 1.0, 1.0),
    (0.5,) * 8,
    (1.0, 0.5, 0.5, 1.0, 1.0),
    (1.5, 0.5, 1.0, 0.5, 0.5),
    (0.5, 1.0, 0.5, 1.0, 1.0),
)


def tune(chance: random.Random, bars: int = BARS) -> list[Note]:
    """A melody of one scale, mostly in steps, in the rhythms that everybody uses."""
    notes, start, place = [], 0.0, chance.randrange(len(SCALE))
    for _ in range(bars):
        for beats in chance.choice(RHYTHMS):
            notes.append(Note(start, SCALE[place], beats))
            start += beats
            step = chance.choice((-3, -2, -1, -1, -1, 0, 1, 1, 1, 2, 4))
            place = min(max(place + step, 0), len(SCALE) - 1)
    return notes


def beat(chance: random.Random, bars: int = BARS) -> list[Note]:
    """A backbeat with hats, and hits of its own in every bar."""
    notes = []
    for bar in range(bars):
        hits = {(float(quarter), 36 if quarter % 2 == 0 else 38) for quarter in range(4)}
        hits |= {(eighth / 2, 42) for eighth in range(8)}
        hits |= {(chance.randrange(16) / 4, chance.choice((36, 38, 46))) for _ in range(6)}
        notes += [Note(4.0 * bar + start, drum, 0.25) for start, drum in hits]
    return sorted(notes)


def clip(name: str, notes: list[Note], *, is_drums: bool = False) -> OwnClip:
    voice = Voice("Kit" if is_drums else "Lead", tuple(notes), is_drums=is_drums)
    return own_music.on_grid(name, Score((voice,), 4.0 * BARS))


def tunes(count: int) -> list[OwnClip]:
    return [clip(f"{seed}.mid", tune(random.Random(seed))) for seed in range(count)]


def beats(count: int) -> list[OwnClip]:
    return [clip(f"{seed}.mid", beat(random.Random(seed)), is_drums=True) for seed in range(count)]


def check(found: planted_copies.Found) -> None:
    assert found.missed == ()
    assert found.found == found.planted
    assert found.flagged <= 0.01 * found.people


@pytest.mark.parametrize("folder", [tunes, beats])
def test_what_is_pasted_is_found_and_what_is_new_is_not(folder: Folder) -> None:
    found = planted_copies.measure(folder(24), cuts=2)

    check(found)
    assert found.planted == 2 * planted_copies.LEAST_PLANTED
    assert found.people == 2 * 4 * 4
    assert found.variants == 0


@pytest.mark.slow
@pytest.mark.parametrize("folder", [tunes, beats])
def test_one_in_a_hundred_of_a_large_folder_is_found(folder: Folder) -> None:
    found = planted_copies.measure(folder(400), cuts=10)

    check(found)
    assert found.people == 10 * 80 * 4
    assert found.planted >= 0.01 * found.people


def test_versions_of_learnt_tunes_are_nobodys_false_alarm() -> None:
    clips = []
    for seed in range(20):
        chance = random.Random(seed)
        common = tune(chance, BARS // 2)
        for version in range(2):
            own = tune(random.Random(100 * seed + version), BARS // 2)
            later = [Note(note.start + 2.0 * BARS, note.pitch, note.duration) for note in own]
            clips.append(clip(f"{seed}-{version}.mid", [*common, *later]))

    found = planted_copies.measure(clips, cuts=3)

    check(found)
    assert found.variants > 0


def test_a_folder_of_plain_beats_has_nothing_to_paste() -> None:
    plain = [Note(float(quarter), 36, 0.25) for quarter in range(4 * BARS)]
    clips = [clip(f"{place}.mid", plain, is_drums=True) for place in range(12)]

    found = planted_copies.measure(clips, cuts=1)

    assert found.planted == found.flagged == 0

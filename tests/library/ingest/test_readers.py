"""What is bad about real folders, one scenario each: a clear word, and everything else is read."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import builders
import daw_files
from reprise.library.ingest import limits, midi, readers
from reprise.library.ingest.clips import Contents, Reading, Reason
from reprise.library.ingest.files import Measured
from reprise.library.ingest.readers import READERS, Reader, read_all, read_found
from reprise.library.ingest.walk import FoundFile, Kind, walk

BOMB = b"<REAPER_PROJECT 0.1\n" + (b" " * 999 + b"\n") * 9_000


def files(folder: Path) -> list[FoundFile]:
    return [found for found in walk(folder) if isinstance(found, FoundFile)]


def readings(folder: Path) -> dict[str, Reading]:
    return {reading.name: reading for reading in read_all(files(folder))}


def reasons(folder: Path) -> dict[str, str]:
    return {
        reject.name: reject.reason
        for reading in readings(folder).values()
        for reject in reading.contents.rejects
    }


def put(folder: Path, **data: bytes) -> Path:
    for name, content in data.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_bytes(content)
    return folder


def good_set() -> bytes:
    return daw_files.live_set(daw_files.live_track(session=[daw_files.live_clip()]))


def good_project() -> bytes:
    source = daw_files.reaper_source(daw_files.reaper_events(daw_files.TRIAD))
    return daw_files.reaper_project(daw_files.reaper_track(daw_files.reaper_item(source)))


def good_score() -> bytes:
    return daw_files.music_xml(
        "<measure><note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration>"
        "</note></measure>"
    )


GOOD: dict[str, Callable[[], bytes]] = {
    "song.mid": daw_files.tune,
    "set.als": good_set,
    "clip.alc": good_set,
    "project.rpp": good_project,
    "score.musicxml": good_score,
}


def test_every_kind_of_file_gives_clips(tmp_path: Path) -> None:
    for name, make in GOOD.items():
        (tmp_path / name).write_bytes(make())
    found = readings(tmp_path)
    assert {name: len(reading.contents.clips) for name, reading in found.items()} == dict.fromkeys(
        GOOD, 1
    )


def test_files_have_the_digest_of_their_bytes(tmp_path: Path) -> None:
    put(tmp_path, a_mid=daw_files.tune(), b_mid=daw_files.tune(), c_als=good_set())
    found = readings(tmp_path)
    assert found["a.mid"].digest == found["b.mid"].digest != found["c.als"].digest
    assert len(found["a.mid"].digest) == 64


def test_one_bad_file_of_each_kind_does_not_end_the_run(tmp_path: Path) -> None:
    for name, make in GOOD.items():
        (tmp_path / name).write_bytes(make())
        (tmp_path / f"bad {name}").write_bytes(b"\x00\x01\x02")
        (tmp_path / f"cut {name}").write_bytes(make()[: len(make()) // 2])
        (tmp_path / f"none {name}").write_bytes(b"")
    found = readings(tmp_path)
    assert {name for name, reading in found.items() if reading.contents.clips} == set(GOOD)
    for name, reading in found.items():
        assert bool(reading.contents.rejects) == (name not in GOOD)
        for reject in reading.contents.rejects:
            assert reject.details
            assert reject.reason != Reason.OUR_MISTAKE
            assert (reject.reason == Reason.EMPTY_FILE) == name.startswith("none")


def test_a_file_of_100_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    for name in ("a.mid", "b.als", "c.rpp", "d.mxl"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(100_000_000)
    assert set(reasons(tmp_path).values()) == {Reason.TOO_LARGE}


def test_a_file_of_ten_thousand_tracks_is_refused(tmp_path: Path) -> None:
    put(tmp_path, many_mid=builders.midi_bytes(*[b""] * 10_000), one_mid=daw_files.tune())
    assert reasons(tmp_path) == {"many.mid": Reason.TOO_MANY_TRACKS}


def test_a_bomb_with_the_name_of_a_set_is_refused(tmp_path: Path) -> None:
    put(tmp_path, bomb_als=gzip.compress(b"<Ableton>" + b" " * 9_000_000))
    assert reasons(tmp_path) == {"bomb.als": Reason.BOMB}


def test_expanding_entities_are_refused_in_every_kind_of_xml(tmp_path: Path) -> None:
    entities = b'<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]><Ableton>&b;</Ableton>'
    listing = b'<container><rootfiles><rootfile full-path="s"/></rootfiles></container>'
    packed = daw_files.zipped({"META-INF/container.xml": listing, "s": entities})
    put(tmp_path, a_als=entities, b_als=gzip.compress(entities), c_musicxml=entities, d_mxl=packed)
    assert set(reasons(tmp_path).values()) == {Reason.ENTITIES}
    assert len(reasons(tmp_path)) == 4


def test_a_set_that_holds_no_clips_says_so(tmp_path: Path) -> None:
    put(tmp_path, a_als=daw_files.live_set(), b_rpp=daw_files.reaper_project())
    assert set(reasons(tmp_path).values()) == {Reason.NO_NOTES}


def test_a_file_that_goes_away_before_it_is_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, a_mid=daw_files.tune(), b_mid=daw_files.tune())
    found = files(tmp_path)
    (tmp_path / "a.mid").unlink()
    first, second = read_all(found)
    assert first.contents.rejects[0].reason == Reason.NOT_READABLE
    assert len(second.contents.clips) == 1


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_mid=daw_files.tune(), b_mid=daw_files.tune())

    def read(stream: Measured, name: str) -> Contents:
        contents = midi.read(stream, name)
        if name == "a.mid":
            (tmp_path / name).write_bytes(daw_files.tune() + b"more")
        return contents

    changing = {**READERS, Kind.MIDI: Reader(read, limits.MAX_MIDI_BYTES)}
    monkeypatch.setattr(readers, "READERS", changing)
    assert reasons(tmp_path) == {"a.mid": Reason.CHANGED}


def test_a_mistake_of_ours_is_said_and_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_mid=daw_files.tune(), b_als=good_set())

    def read(stream: Measured, name: str) -> Contents:
        raise KeyError(name, stream)

    monkeypatch.setattr(readers, "READERS", {**READERS, Kind.MIDI: Reader(read, 1000)})
    assert reasons(tmp_path) == {"a.mid": Reason.OUR_MISTAKE}


def test_archives_are_read_member_by_member(tmp_path: Path) -> None:
    packed = daw_files.zipped(
        {"loops/a.mid": daw_files.tune(), "sets/b.als": good_set(), "cover.jpg": b"x"}
    )
    put(tmp_path, pack_zip=packed)
    found = readings(tmp_path)
    assert list(found) == [
        "pack.zip/loops/a.mid",
        "pack.zip/sets/b.als",
        "pack.zip/cover.jpg",
        "pack.zip",
    ]
    assert str(found["pack.zip/loops/a.mid"].contents.clips[0].origin) == "pack.zip/loops/a.mid"
    assert reasons(tmp_path) == {"pack.zip/cover.jpg": Reason.OTHER_KIND}


def test_an_archive_in_an_archive_is_read_and_one_in_that_is_not(tmp_path: Path) -> None:
    inmost = daw_files.zipped({"c.mid": daw_files.tune()})
    inner = daw_files.zipped({"b.mid": daw_files.tune(), "inmost.zip": inmost})
    put(tmp_path, pack_zip=daw_files.zipped({"inner.zip": inner}))
    found = readings(tmp_path)
    assert len(found["pack.zip/inner.zip/b.mid"].contents.clips) == 1
    assert reasons(tmp_path) == {"pack.zip/inner.zip/inmost.zip": Reason.TOO_DEEP}


def test_names_that_lead_out_of_an_archive_are_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    members = {
        "../up.mid": daw_files.tune(),
        "/root.mid": daw_files.tune(),
        "good.mid": daw_files.tune(),
    }
    put(folder, pack_zip=daw_files.zipped(members))
    before = sorted(tmp_path.rglob("*"))
    found = readings(folder)
    assert len(found["pack.zip/good.mid"].contents.clips) == 1
    assert set(reasons(folder).values()) == {Reason.OUTSIDE}
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_bomb_is_refused_and_its_neighbours_are_read(tmp_path: Path) -> None:
    members = {"bomb.rpp": BOMB, "good.mid": daw_files.tune()}
    put(tmp_path, pack_zip=daw_files.zipped(members))
    assert reasons(tmp_path) == {"pack.zip/bomb.rpp": Reason.BOMB}
    assert len(readings(tmp_path)["pack.zip/good.mid"].contents.clips) == 1


def test_a_bomb_of_archives_in_archives_is_refused(tmp_path: Path) -> None:
    inner = daw_files.zipped({f"{number}.rpp": BOMB for number in range(3)})
    members = {f"{number}.zip": inner for number in range(3)}
    put(tmp_path, pack_zip=daw_files.zipped(members))
    found = reasons(tmp_path)
    assert len(found) == 9
    assert set(found.values()) == {Reason.BOMB}


def test_a_damaged_archive_says_so(tmp_path: Path) -> None:
    put(tmp_path, pack_zip=daw_files.zipped({"a.mid": daw_files.tune()})[:-30])
    assert reasons(tmp_path) == {"pack.zip": Reason.DAMAGED}


def packed_score() -> bytes:
    listing = b'<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    return daw_files.zipped({"META-INF/container.xml": listing, "s.xml": good_score()})


def packs() -> bytes:
    return daw_files.zipped(
        {"a.mid": daw_files.tune(), "b.als": good_set(), "c.zip": packed_score()}
    )


@pytest.mark.parametrize("name", [*GOOD, "score.mxl", "packs.zip"])
def test_no_damage_is_a_mistake_of_ours(name: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    plain = {**GOOD, "score.mxl": packed_score, "packs.zip": packs}[name]()
    whole = gzip.decompress(plain) if plain.startswith(b"\x1f\x8b") else plain
    for number in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randint(1, 30)]
                case 2:
                    data[place:place] = data[place : place + chance.randint(1, 30)]
                case _:
                    data[place : place + 1] = chance.choice(
                        (b"-9", b"1e999", b"\xff", b'"', b"<", b"nan")
                    )
        path = tmp_path / f"{number} {name}"
        path.write_bytes(data)
    rejects = [
        reject for reading in readings(tmp_path).values() for reject in reading.contents.rejects
    ]
    assert [reject.details for reject in rejects if reject.reason == Reason.OUR_MISTAKE] == []


def test_a_reading_of_one_file_is_one_reading(tmp_path: Path) -> None:
    put(tmp_path, a_mid=daw_files.tune())
    (found,) = files(tmp_path)
    assert [reading.name for reading in read_found(found)] == ["a.mid"]

import errno
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import builders
import daw_files
import killed_reading
from reprise.errors import FileError, InvalidRequestError
from reprise.library.ingest import shards as sharding
from reprise.library.ingest.clips import Reason
from reprise.library.ingest.shards import SHARDS, files_in, read_shard, shards_of
from reprise.library.ingest.store import Corpus
from reprise.library.ingest.summary import Summary, summary
from reprise.library.ingest.walk import FoundFile, walk
from reprise.library.ingest.working import processes, share_out


def tune(pitch: int) -> bytes:
    return builders.midi_bytes(bytes([0, 0x90, pitch, 64, 96, 0x80, pitch, 0] * 2))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Forty files of two notes, a set, a copy, and one that is no music."""
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for pitch in range(40):
        (folder / "sub" / f"{pitch}.mid").write_bytes(tune(pitch))
    (folder / "copy.mid").write_bytes(tune(7))
    (folder / "bad.mid").write_bytes(b"no")
    (folder / "cover.jpg").write_bytes(b"no")
    clip = daw_files.live_clip(name="Riff")
    (folder / "set.als").write_bytes(daw_files.live_set(daw_files.live_track(session=[clip])))
    return folder


def corpus(tmp_path: Path, name: str = "mine") -> Corpus:
    return Corpus(tmp_path / "corpora", name)


def told(found: Corpus) -> Summary:
    return summary(found.files(), found.left_out())


def written(folder: Path) -> dict[str, bytes]:
    """What a corpus wrote, but for the name of the folder that was read."""
    return {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for path in sorted(folder.glob("*/shards/*"))
    }


def files(folder: Path) -> list[FoundFile]:
    return [file for file in walk(folder) if isinstance(file, FoundFile)]


def test_a_folder_becomes_clips_and_reasons(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    added = mine.add(music)
    assert (added.found, added.read) == (43, 43)
    found = told(mine)
    assert (found.files, found.clips) == (41, 41)
    assert found.reasons == {Reason.COPY: 1, Reason.OTHER_CONTENT: 1}
    assert found.others == {".jpg": 1}
    assert mine.sources() == [music.resolve()]


def test_clips_come_back_without_those_of_copies(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    clips = list(mine.clips())
    assert len(clips) == 41
    assert {clip.name for clip in clips} == {"", "Riff"}
    pitches = [clip.score.sounding[0].pitch for clip in clips if not clip.name]
    assert sorted(pitches) == list(range(40))


def test_the_same_again_reads_nothing(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    before = written(mine.folder)
    assert mine.add(music).read == 0
    assert written(mine.folder) == before


def test_only_what_changed_is_read_again(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    (music / "sub" / "3.mid").write_bytes(tune(60) + b"\0" * 3)
    added = mine.add(music)
    assert 1 <= added.read < 10
    assert 60 in {clip.score.sounding[0].pitch for clip in mine.clips()}


def test_what_is_gone_from_the_folder_is_forgotten(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    for pitch in range(39):
        (music / "sub" / f"{pitch}.mid").unlink()
    mine.add(music)
    assert told(mine).clips == 3
    assert len(list(mine.folder.glob("*/shards/*.json"))) == len(shards_of(files(music)))


def test_two_folders_make_one_corpus(music: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "new.mid").write_bytes(tune(90))
    mine = corpus(tmp_path)
    mine.add(music)
    mine.add(other)
    assert told(mine).clips == 42
    assert set(mine.sources()) == {music.resolve(), other.resolve()}


def test_fifty_thousand_copies_are_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    for number in range(300):  # of fifty thousand, what a quick test can write
        (folder / f"{number}.mid").write_bytes(tune(60))
    mine = corpus(tmp_path)
    mine.add(folder)
    found = told(mine)
    assert (found.clips, found.reasons) == (1, {Reason.COPY: 299})


def test_ten_versions_of_one_idea_are_ten_clips(tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    for number in range(10):
        (folder / f"idea v{number}.mid").write_bytes(tune(60 + number))
    mine = corpus(tmp_path)
    mine.add(folder)
    assert told(mine).clips == 10


def test_an_empty_folder_and_one_without_music_are_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    mine = corpus(tmp_path)
    assert mine.add(empty).found == 0
    (empty / "notes.txt").write_text("no music", encoding="utf-8")
    mine.add(empty)
    assert (told(mine).clips, told(mine).others) == (0, {".txt": 1})


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not there"):
        corpus(tmp_path).add(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "Mine", "con", "lpt1", "x" * 41, ".", "a b"])
def test_a_name_that_is_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be called"):
        corpus(tmp_path, name)


def test_whoever_reads_which_shard_the_bytes_are_the_same(music: Path, tmp_path: Path) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    folder = tmp_path / "elsewhere" / "shards"
    folder.mkdir(parents=True)
    backwards = list(reversed(shards_of(files(music))))
    with ThreadPoolExecutor(3) as pool:
        assert len(list(share_out(pool, backwards, folder))) == len(backwards)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name.removeprefix("shards/"): data for name, data in written(mine.folder).items()
    }


def test_processes_write_what_one_writes(music: Path, tmp_path: Path) -> None:
    one, two = corpus(tmp_path, "one"), corpus(tmp_path, "two")
    one.add(music)
    seen: list[tuple[int, int]] = []
    two.add(music, processes(2), progress=lambda done, total: seen.append((done, total)))
    assert written(one.folder) == written(two.folder)
    assert seen[-1] == (43, 43)


def test_a_file_is_in_the_shard_of_its_name(music: Path) -> None:
    found = shards_of(files(music))
    assert sum(len(shard.files) for shard in found) == 43
    assert shards_of(list(reversed(files(music)))) == found
    assert all(0 <= shard.number < SHARDS for shard in found)


def test_work_that_stops_in_the_middle_of_a_shard_leaves_no_half(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    whole = written(mine.folder)
    (music / "sub" / "3.mid").touch()

    def stop(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sharding, "_json", stop)
        with pytest.raises(KeyboardInterrupt):
            mine.add(music)
    half = written(mine.folder)
    assert len(half) == len(whole) - 1
    assert not [name for name in half if name.endswith(".part")]
    mine.add(music)
    assert written(mine.folder).keys() == whole.keys()
    assert told(mine).clips == 41


def test_a_full_disk_is_told_and_nothing_is_lost(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = corpus(tmp_path)
    written_shards = 0

    def full(shard: sharding.Shard, folder: Path, mark: str) -> None:
        nonlocal written_shards
        if written_shards == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written_shards += 1
        write(shard, folder, mark)

    write = sharding._write
    with monkeypatch.context() as patched:
        patched.setattr(sharding, "_write", full)
        with pytest.raises(FileError, match="make room there"):
            mine.add(music)
    assert len(list(mine.folder.glob("*/shards/*.json"))) == 5
    assert mine.add(music).read < 43
    assert told(mine).clips == 41


def test_shards_that_are_damaged_or_of_another_format_are_read_anew(
    music: Path, tmp_path: Path
) -> None:
    mine = corpus(tmp_path)
    mine.add(music)
    whole = written(mine.folder)
    first, second, third, *_ = sorted(mine.folder.glob("*/shards/*.json"))
    first.write_bytes(b"{")
    second.write_bytes(b'{"format":0}')
    third.write_bytes(b"[]")
    assert mine.add(music).read >= 3
    assert written(mine.folder) == whole


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_five_times_and_resumed_it_is_the_same_corpus(
    workers: int, music: Path, tmp_path: Path
) -> None:
    undisturbed = corpus(tmp_path, "undisturbed")
    undisturbed.add(music)
    for _ in range(5):
        killed_reading.killed_after(4, tmp_path / "corpora", music, workers, tmp_path / "add.py")
    mine = corpus(tmp_path)
    assert mine.add(music).read < 43
    assert written(mine.folder) == written(undisturbed.folder)
    assert told(mine) == told(undisturbed)


@pytest.mark.skipif(sys.platform == "win32", reason="there a pipe is not handed on like this")
def test_workers_end_when_whoever_started_them_is_killed(music: Path, tmp_path: Path) -> None:
    with killed_reading.started(tmp_path / "corpora", music, 2, tmp_path / "add.py") as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.kill()
        # The pipe's end is reached when the last process that can write to it is gone.
        child.communicate(timeout=120)
    assert child.returncode != 0


def test_reading_a_shard_twice_reads_it_once(music: Path, tmp_path: Path) -> None:
    (shard, *_) = shards_of(files(music))
    assert read_shard(shard, tmp_path) == len(shard.files)
    assert read_shard(shard, tmp_path) == 0
    assert [file.name for file in files_in(tmp_path)] == [file.name for file in shard.files]

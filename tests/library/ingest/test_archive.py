import io
import struct
import zipfile
from collections.abc import Iterator

import pytest

import daw_files
from reprise.library.ingest import archive, limits
from reprise.library.ingest.archive import Archive, Budget, check_name
from reprise.library.ingest.clips import Reason, RefusedError


def opened(data: bytes, budget: Budget | None = None) -> Archive:
    return Archive(io.BytesIO(data), budget or Budget())


def all_of(data: bytes, budget: Budget | None = None, limit: int = 10**9) -> Iterator[bytes]:
    found = opened(data, budget)
    for info in found.members():
        with found.opened(info, limit) as member:
            yield member.all()


def reason(data: bytes, budget: Budget | None = None, limit: int = 10**9) -> Reason:
    with pytest.raises(RefusedError) as refused:
        list(all_of(data, budget, limit))
    return refused.value.reason


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_in_their_order(method: int) -> None:
    members = {"b.mid": b"two", "a.mid": b"one", "folder/": b""}
    assert list(all_of(daw_files.zipped(members, method))) == [b"two", b"one"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.mid",
        "a/../../b.mid",
        "/etc/a.mid",
        "C:\\a.mid",
        "c:/a.mid",
        "..\\a.mid",
        "\\\\x\\a.mid",
    ],
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_name(name)
    assert refused.value.reason == Reason.OUTSIDE


@pytest.mark.parametrize(
    "name", ["a.mid", "x/a..b.mid", "..a/b.mid", "夜/曲.mid", "a: b/c".replace(": ", "-")]
)
def test_a_name_that_stays_inside_is_fine(name: str) -> None:
    check_name(name)


def test_a_member_that_unpacks_to_far_more_than_it_holds_is_a_bomb() -> None:
    data = daw_files.zipped({"a.mid": bytes(9_000_000)})
    assert len(data) < 20_000
    assert reason(data) == Reason.BOMB


def test_a_member_over_its_own_limit_is_too_large() -> None:
    assert reason(daw_files.zipped({"a.mid": bytes(1001)}), limit=1000) == Reason.TOO_LARGE


def test_all_members_together_have_a_limit() -> None:
    budget = Budget(2500)
    data = daw_files.zipped({f"{number}.mid": bytes(1000) for number in range(4)})
    assert reason(data, budget) == Reason.BOMB
    assert budget.left < 0


def test_a_size_that_is_a_lie_is_not_believed() -> None:
    data = daw_files.zipped({"a.mid": bytes(1_000_000)})
    lie = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    assert lie != data
    assert reason(lie) == Reason.DAMAGED


def test_a_table_of_contents_that_fills_memory_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 100_000)
    few = daw_files.zipped({f"{number}.mid": b"" for number in range(100)})
    many = daw_files.zipped({f"{number}.mid": b"" for number in range(3_000)})
    assert len(list(opened(few).members())) == 100
    with pytest.raises(RefusedError) as refused:
        opened(many)
    assert refused.value.reason == Reason.TOO_LARGE


def test_a_locked_member_is_said_to_be_locked() -> None:
    data = bytearray(daw_files.zipped({"a.mid": b"one"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert reason(bytes(data)) == Reason.LOCKED


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_takes_memory_as_it_likes_is_not_read(method: int) -> None:
    assert reason(daw_files.zipped({"a.mid": b"one"}, method)) == Reason.PACKING


def test_packing_that_nobody_knows_is_not_read() -> None:
    data = bytearray(daw_files.zipped({"a.mid": b"one"}))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 99
    assert reason(bytes(data)) == Reason.PACKING


@pytest.mark.parametrize("cut", [0, 3, 40, -10])
def test_an_archive_that_is_cut_short_is_damaged(cut: int) -> None:
    data = daw_files.zipped({"a.mid": bytes(range(256))})
    assert reason(data[:cut]) == Reason.DAMAGED


def test_a_member_without_a_name_is_a_member() -> None:
    data = bytearray(daw_files.zipped({"a": b"one"}))
    place = data.index(b"PK\x01\x02")
    data[place + 28] = 0
    del data[place + 46]
    end = data.index(b"PK\x05\x06")
    data[end + 12] -= 1
    assert [info.filename for info in opened(bytes(data)).members()] == [""]


def test_a_damaged_member_is_damaged() -> None:
    data = bytearray(daw_files.zipped({"a.mid": bytes(range(256)) * 10}))
    data[60:80] = b"\xff" * 20
    assert reason(bytes(data)) == Reason.DAMAGED


def test_the_limits_leave_room_for_real_collections() -> None:
    a_name = 46 + 60
    assert limits.MAX_DIRECTORY_BYTES // a_name > 100_000

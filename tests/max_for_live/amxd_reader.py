"""Reads a Max for Live device by the container's layout alone; shares no code with the builder.

A file is a row of chunks: four letters, a little-endian uint32 and so many bytes. `ampf` holds the
kind of device in four letters, `meta` a little-endian uint32, `ptch` JSON in UTF-8 and a zero byte.
"""

import json
from typing import Any


def read_amxd(data: bytes) -> tuple[str, int, dict[str, Any]]:
    """Return the kind in four letters, the meta number and the patcher."""
    place = 0
    chunks: list[tuple[str, bytes]] = []
    while place < len(data):
        tag = data[place : place + 4].decode("ascii")
        size = sum(byte << (8 * power) for power, byte in enumerate(data[place + 4 : place + 8]))
        content = data[place + 8 : place + 8 + size]
        assert len(content) == size, f"{tag} is cut short"
        chunks.append((tag, content))
        place += 8 + size
    assert [tag for tag, _ in chunks] == ["ampf", "meta", "ptch"]
    (_, kind), (_, meta), (_, patch) = chunks
    assert patch.endswith(b"\x00")
    assert patch.count(b"\x00") == 1
    document = json.loads(patch[:-1].decode("utf-8"))
    assert list(document) == ["patcher"]
    return kind.decode("ascii"), int.from_bytes(meta, "little"), document["patcher"]

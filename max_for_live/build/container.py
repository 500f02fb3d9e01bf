"""The .amxd file: three chunks around a patcher. Knows bytes, not what a patcher means.

A chunk is a tag of four letters, a little-endian uint32 size and so many bytes. `ampf` names the
kind of device, `meta` is 0 for a plain file, `ptch` holds the patcher as JSON, ended by a zero.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any

from errors import BuildError

KINDS = {"midi_effect": b"mmmm", "audio_effect": b"aaaa", "instrument": b"iiii"}
PLAIN = 0
CHUNK_HEAD = 8


def kind_number(kind: str) -> int:
    """Return the number by which a patcher's project block names its kind of device.

    Raises:
        BuildError: There is no such kind.
    """
    return int.from_bytes(_code(kind), "big")


def pack(kind: str, patcher: dict[str, Any]) -> bytes:
    """Return the bytes of a plain device; the same patcher gives the same bytes.

    Raises:
        BuildError: There is no such kind.
    """
    text = json.dumps({"patcher": patcher}, indent="\t", ensure_ascii=False, allow_nan=False)
    return (
        _chunk(b"ampf", _code(kind))
        + _chunk(b"meta", struct.pack("<I", PLAIN))
        + _chunk(b"ptch", text.encode("utf-8") + b"\n\x00")
    )


def unpack(data: bytes) -> tuple[str, dict[str, Any]]:
    """Return the kind and the patcher of a plain device.

    Raises:
        BuildError: The bytes are no plain device.
    """
    chunks = dict(_chunks(data))
    if list(chunks) != [b"ampf", b"meta", b"ptch"]:
        raise BuildError(f"a plain device has the chunks ampf, meta and ptch, not {list(chunks)}")
    kinds = {code: kind for kind, code in KINDS.items()}
    if chunks[b"ampf"] not in kinds:
        raise BuildError(f"{chunks[b'ampf']!r} is no kind of device")
    if chunks[b"meta"] != struct.pack("<I", PLAIN):
        raise BuildError(f"the meta chunk of a plain device is 0, not {chunks[b'meta'].hex()}")
    text, end, rest = chunks[b"ptch"].partition(b"\x00")
    if not end or rest:
        raise BuildError("the patcher must end with one zero byte, and nothing after it")
    try:
        patcher: dict[str, Any] = json.loads(text)["patcher"]
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(f"the patcher is no JSON of a patcher: {error}") from error
    return kinds[chunks[b"ampf"]], patcher


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        if len(data) < CHUNK_HEAD:
            raise BuildError(f"{len(data)} bytes follow the last chunk")
        size = int.from_bytes(data[4:CHUNK_HEAD], "little")
        content = data[CHUNK_HEAD : CHUNK_HEAD + size]
        if len(content) < size:
            raise BuildError(f"chunk {data[:4]!r} says {size} bytes and has {len(content)}")
        yield data[:4], content
        data = data[CHUNK_HEAD + size :]


def _chunk(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<I", len(content)) + content


def _code(kind: str) -> bytes:
    if kind not in KINDS:
        raise BuildError(f"{kind!r} is no kind of device; known are {', '.join(KINDS)}")
    return KINDS[kind]

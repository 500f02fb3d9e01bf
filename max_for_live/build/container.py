"""The .amxd file: three chunks around a patcher. Knows bytes, not what a patcher means.

A chunk is a tag of four letters, a little-endian uint32 size and so many bytes. `ampf` names the
kind of device, `meta` is 0 for a plain file, `ptch` holds the patcher as JSON, ended by a zero.
"""

import json
import struct

from errors import BuildError

KINDS = {"midi_effect": b"mmmm", "audio_effect": b"aaaa", "instrument": b"iiii"}
PLAIN = 0


def kind_number(kind: str) -> int:
    """Return the number by which a patcher's project block names its kind of device.

    Raises:
        BuildError: There is no such kind.
    """
    return int.from_bytes(_code(kind), "big")


def pack(kind: str, patcher: dict[str, object]) -> bytes:
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


def _chunk(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<I", len(content)) + content


def _code(kind: str) -> bytes:
    if kind not in KINDS:
        raise BuildError(f"{kind!r} is no kind of device; known are {', '.join(KINDS)}")
    return KINDS[kind]

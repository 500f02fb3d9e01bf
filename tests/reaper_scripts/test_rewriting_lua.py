"""Whatever a take holds: what is not replaced stays to the byte, bends are heard as before."""

import struct
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lua_host import VERSIONS, LuaHost

Value = Any
HOSTS = {version: LuaHost(version) for version in VERSIONS}
END_TICK = 2000
END = (END_TICK, 0, b"\xb0\x7b\x00")


@dataclass(frozen=True)
class Played:
    """A note of a take, in ticks."""

    start: int
    stop: int
    channel: int
    pitch: int

    @property
    def events(self) -> list[tuple[int, int, bytes]]:
        return [
            (self.start, 1, bytes([0x90 | self.channel, self.pitch, 90])),
            (self.stop, 1, bytes([0x80 | self.channel, self.pitch, 10])),
        ]


ticks = st.integers(0, END_TICK - 200)
notes = st.builds(
    lambda start, length, channel, pitch: Played(start, start + length, channel, pitch),
    ticks,
    st.integers(1, 200),
    st.integers(1, 4),
    st.integers(30, 90),
)
others = st.tuples(
    ticks,
    st.sampled_from([0, 1, 2, 0x50]),
    st.one_of(
        st.builds(lambda c, v: bytes([0xE0 | c, 0, v]), st.integers(0, 5), st.integers(0, 127)),
        st.builds(lambda c, v: bytes([0xB0 | c, 74, v]), st.integers(0, 5), st.integers(0, 127)),
        st.builds(lambda c, v: bytes([0xB0 | c, 64, v]), st.integers(0, 5), st.integers(0, 127)),
        st.builds(lambda c, v: bytes([0xD0 | c, v]), st.integers(0, 5), st.integers(0, 127)),
        st.binary(max_size=12).map(lambda text: b"\xff\x01" + text),
    ),
)


def packed(events: list[tuple[int, int, bytes]]) -> bytes:
    parts, before = [], 0
    for tick, flag, message in events:
        parts.append(struct.pack("<iBi", tick - before, flag, len(message)) + message)
        before = tick
    return b"".join(parts)


def unpacked(buffer: bytes) -> list[tuple[int, int, bytes]]:
    events, position, tick = [], 0, 0
    while position < len(buffer):
        delta, flag, size = struct.unpack_from("<iBi", buffer, position)
        assert delta >= 0
        tick += delta
        events.append((tick, flag, buffer[position + 9 : position + 9 + size]))
        position += 9 + size
    return events


def distinct(played: list[Played]) -> list[Played]:
    """Return the notes without those of a pitch and channel that sounds or begins already."""
    found: list[Played] = []
    for note in sorted(played, key=lambda note: (note.start, note.stop)):
        same = [each for each in found if (each.channel, each.pitch) == (note.channel, note.pitch)]
        if all(each.stop < note.start for each in same):
            found.append(note)
    return found


def take_events(
    played: list[Played], more: list[tuple[int, int, bytes]]
) -> list[tuple[int, int, bytes]]:
    everything = [event for note in played for event in note.events] + more
    return [*sorted(everything, key=lambda event: event[0]), END]


def is_note(event: tuple[int, int, bytes]) -> bool:
    return event[2][:1] != b"" and event[2][0] & 0xE0 == 0x80


def is_expression(event: tuple[int, int, bytes]) -> bool:
    kind = event[2][0] & 0xF0
    return kind in (0xE0, 0xD0) or (kind == 0xB0 and event[2][1] == 74)


REWRITE = """
function(buffer, goes, new, is_mpe)
  local events_of, rewriting = require("events"), require("rewriting")
  local events = events_of.parse(buffer)
  local take = { events = events, notes = events_of.notes(events), ticks_per_beat = 960 }
  take.is_mpe = is_mpe
  local removed = {}
  for index, note in ipairs(take.notes) do
    removed[note] = goes[index] or nil
  end
  return events_of.build(rewriting.rewritten(take, removed, new))
end
"""


def rewritten(
    version: str, buffer: bytes, goes: list[bool], new: list[Played], *, is_mpe: bool
) -> bytes:
    host = HOSTS[version]
    fresh = [
        {
            "start": note.start,
            "stop": note.stop,
            "pitch": note.pitch,
            "channel": note.channel,
            "velocity": 77,
            "release": 5,
            "is_muted": False,
        }
        for note in new
    ]
    # Bytes go through Lua strings unchanged in latin-1, which has all 256.
    found = latin(host)(buffer.decode("latin-1"), host.to_lua(goes), host.to_lua(fresh), is_mpe)
    return bytes(found.encode("latin-1"))


def latin(host: LuaHost) -> Value:
    """Return the Lua function behind an encoding that keeps bytes."""
    wrap = host.lua.eval(
        "function(act) return function(text, ...)"
        " local bytes = text:gsub(utf8.charpattern, function(c)"
        " return string.char(utf8.codepoint(c)) end)"
        " return (act(bytes, ...):gsub('.', function(b) return utf8.char(b:byte()) end)) end end"
    )
    return wrap(host.lua.eval(REWRITE))


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40)
@given(played=st.lists(notes, max_size=8), more=st.lists(others, max_size=8))
def test_a_take_that_nothing_is_done_to_keeps_every_byte_but_the_selection(
    version: str, played: list[Played], more: list[tuple[int, int, bytes]]
) -> None:
    events = take_events(distinct(played), more)

    made = rewritten(version, packed(events), [], [], is_mpe=False)

    wanted = [
        (tick, flag & ~1 if is_note((tick, flag, m)) else flag, m) for tick, flag, m in events
    ]
    assert unpacked(made) == wanted


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40)
@given(
    played=st.lists(notes, max_size=8),
    more=st.lists(others, max_size=8),
    new=st.lists(notes, max_size=5),
    data=st.data(),
)
def test_what_is_not_replaced_stays_to_the_byte(
    version: str,
    played: list[Played],
    more: list[tuple[int, int, bytes]],
    new: list[Played],
    data: st.DataObject,
) -> None:
    kept = distinct(played)
    goes = [data.draw(st.booleans()) for _ in kept]
    events = take_events(kept, more)

    made = unpacked(rewritten(version, packed(events), goes, new, is_mpe=False))

    assert made[-1] == END
    assert [event for event in made if not is_note(event)] == [
        event for event in events if not is_note(event)
    ]
    staying = [note for note, is_gone in zip(kept, goes, strict=True) if not is_gone]
    wanted = [(tick, 0, m) for note in staying for tick, _, m in note.events]
    wanted += [(note.start, 1, bytes([0x90 | note.channel, note.pitch, 77])) for note in new]
    wanted += [(note.stop, 1, bytes([0x80 | note.channel, note.pitch, 5])) for note in new]
    assert sorted(event for event in made if is_note(event)) == sorted(wanted)


def heard(events: list[tuple[int, int, bytes]], staying: list[Played]) -> list[dict[str, bytes]]:
    """Return bend, CC 74 and pressure in force as each note begins."""
    now: dict[int, dict[str, bytes]] = {}
    found = {}
    for tick, _, message in events:
        if is_expression((tick, 0, message)):
            now.setdefault(message[0] & 15, {})[f"{message[0] & 0xF0:x}"] = message
        elif message[0] & 0xF0 == 0x90:
            note = (tick, message[0] & 15, message[1])
            found[note] = dict(now.get(message[0] & 15, {}))
    return [found[(note.start, note.channel, note.pitch)] for note in staying]


NEUTRAL = {"e0": bytes([0, 64]), "b0": bytes([74, 64]), "d0": bytes([0])}


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=150)
@given(
    played=st.lists(notes, min_size=1, max_size=8),
    more=st.lists(others.filter(lambda event: event[2][0] & 15 != 0), max_size=10),
    new=st.lists(notes, max_size=4),
    data=st.data(),
)
def test_no_note_that_stays_begins_with_another_bend(
    version: str,
    played: list[Played],
    more: list[tuple[int, int, bytes]],
    new: list[Played],
    data: st.DataObject,
) -> None:
    kept = distinct(played)
    goes = [data.draw(st.booleans()) for _ in kept]
    events = take_events(kept, more)

    made = unpacked(rewritten(version, packed(events), goes, new, is_mpe=True))

    staying = [note for note, is_gone in zip(kept, goes, strict=True) if not is_gone]
    new_pitches = {(note.start, note.pitch) for note in new}
    staying = [note for note in staying if (note.start, note.pitch) not in new_pitches]
    for before, after in zip(heard(events, staying), heard(made, staying), strict=True):
        for name, message in after.items():
            assert message[1:] == before.get(name, b"\0" + NEUTRAL[name])[1:]
        assert before.keys() <= after.keys()

"""Lua 5.3 and 5.4 in this process, as REAPER 6 and 7 have them, for scripts under test."""

import time
from pathlib import Path
from typing import Any

import lupa.lua53
import lupa.lua54

Value = Any
ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "reaper_scripts" / "Reprise"
VERSIONS = {"5.3": lupa.lua53, "5.4": lupa.lua54}


class LuaHost:
    """One Lua state that finds our modules; each script of REAPER has a state of its own.

    Lua code finds a global `host` with `now()` and `sleep(seconds)`, since stock Lua has neither.
    """

    def __init__(self, version: str, *folders: Path) -> None:
        self.version = version
        self.lua = VERSIONS[version].LuaRuntime(unpack_returned_tuples=True)
        searched = [SCRIPTS / "core", SCRIPTS / "adapter", *folders]
        self.lua.globals().package.path = ";".join((each / "?.lua").as_posix() for each in searched)
        self.lua.globals().host = self.table({"now": time.perf_counter, "sleep": time.sleep})

    def run(self, file: Path, *arguments: Value) -> Value:
        """Run a file; it finds its arguments in `...`."""
        text = file.read_text(encoding="utf-8")
        load = self.lua.eval("function(text, name) return assert(load(text, name, 't')) end")
        return load(text, f"@{file.as_posix()}")(*map(self.to_lua, arguments))

    def require(self, name: str) -> Value:
        return self.lua.eval(f'(require("{name}"))')

    def table(self, values: dict[str, Value]) -> Value:
        return self.lua.table_from(values)

    def to_lua(self, value: Value) -> Value:
        """Return dictionaries and lists as tables, in depth."""
        return to_lua(self.lua, value)


def to_lua(lua: Value, value: Value) -> Value:
    if isinstance(value, dict):
        pairs = {key: to_lua(lua, item) for key, item in value.items() if item is not None}
        return lua.table_from(pairs)
    if isinstance(value, list | tuple):
        return lua.table_from([to_lua(lua, item) for item in value])
    return value


def from_lua(found: Value, like: Value) -> Value:
    """Return a Lua value in Python's form, lists and dictionaries as in the pattern."""
    if isinstance(like, dict):
        keys = set(found.keys()) | {key for key, item in like.items() if item is None}
        return {key: from_lua(found[key], like.get(key)) for key in keys}
    if isinstance(like, list):
        items = list(found.values())
        return [from_lua(item, part) for item, part in zip(items, like, strict=True)]
    return found

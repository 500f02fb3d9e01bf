"""The scripts inside: in one file, only what Max has, a function for every message."""

import re
from collections.abc import Iterator

from reading import Box, Finding, Reading, object_name

NOT_IN_MAX = re.compile(
    r"\b(setTimeout|setInterval|require|fetch|alert)\s*\(|\b(console|process|document)\s*\."
    r"|\bnew\s+(XMLHttpRequest|WebSocket|Worker)\b"
)
APPLY = re.compile(r"\b(outlet|messnamed)\s*\.\s*apply\b")
EARLY = re.compile(r"^(?:const|let|var)\b[^\n]*\bnew LiveAPI\b", re.MULTILINE)
MODULE_WORDS = re.compile(r"^(?:import|export)\b", re.MULTILINE)
FUNCTION = re.compile(r"^(?:async )?function (\w+)", re.MULTILINE)
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
LEAST_MAX = 9
LEAST_LIVE = (12, 2)
# Other words on the way to a script are for boxes before it, such as "turn" for the controls.
SAID_TO_SCRIPT = {"ready", "closing", "osc", "press", "set", "pick", "bars", "state"}


def findings(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with scripts and files."""
    patcher = reading.patcher
    if int(str(patcher["minimum_max_version"]).split(".")[0]) < LEAST_MAX:
        yield Finding("old Max", "v8.codebox needs minimum_max_version 9")
    live = tuple(map(int, str(patcher["minimum_live_version"]).split(".")[:2]))
    if live < LEAST_LIVE:
        yield Finding("old Live", "Max 9 comes with Live 12.2; say so in minimum_live_version")
    if patcher["dependency_cache"]:
        yield Finding("needs a file", "a plain device must not depend on other files")
    for box in reading.of_class("v8.codebox"):
        yield from _code_findings(box["id"], box["code"])
        yield from _selector_findings(reading, box["id"], box["code"])
    for box in reading.of_class("v8ui"):
        if box["filename"] != "none" or not box["textfile"].get("embed"):
            yield Finding("needs a file", f"{box['id']}: the script must be embedded")
        yield from _code_findings(box["id"], box["textfile"]["text"])


def _code_findings(where: str, code: str) -> Iterator[Finding]:
    bare = NOISE.sub("", code.replace("\r\n", "\n"))
    foreign = NOT_IN_MAX.search(bare)
    if foreign:
        yield Finding("not in Max", f"{where}: Max has no {foreign[0].strip('( .')!r}")
    if APPLY.search(bare):
        yield Finding("outlet.apply", f"{where}: outlet.apply crashes Live; spread the atoms")
    if EARLY.search(bare):
        yield Finding("early LiveAPI", f"{where}: LiveAPI before live.thisdevice is dead for good")
    if MODULE_WORDS.search(bare):
        yield Finding("module words", f"{where}: a codebox knows no import and export")


def _selector_findings(reading: Reading, script: str, code: str) -> Iterator[Finding]:
    functions = set(FUNCTION.findall(code.replace("\r\n", "\n")))
    sources = reading.upstream(script, lambda _: False)
    words = {_first_word(reading.by_id[source]) for source in sources}
    for word in sorted(words & SAID_TO_SCRIPT - functions):
        yield Finding("nobody listens", f"{script} hears {word!r} and has no such function")


def _first_word(box: Box) -> str:
    if object_name(box) == "prepend":
        return str(box["text"]).split()[1]
    if box["maxclass"] == "message":
        return str(box["text"]).split()[0]
    return "bars" if box["maxclass"] == "v8ui" else ""

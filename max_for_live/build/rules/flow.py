"""Where messages go: MIDI through, the script in the main thread, no act without a hand."""

from collections.abc import Iterator

from reading import Box, Finding, Reading, is_button, object_name

ACTORS = ("umenu", "v8ui")
# What Max sends while it frees the patch cannot wait for the main thread's queue.
AT_ONCE = ("freebang",)


def findings(reading: Reading, kind: str) -> Iterator[Finding]:
    """Yield what is wrong with the ways that messages take."""
    if kind == "midi_effect" and not _midi_goes_through(reading):
        yield Finding("MIDI stops", "a MIDI effect needs midiin -> midiout, or its track is silent")
    for script in reading.of_class("v8.codebox"):
        yield from _script_findings(reading, script)
    for gate in reading.objects("gate"):
        if gate["text"] != "gate":
            yield Finding("gate open", f"{gate['text']!r} is open before Live has restored all")
    for box, value in reading.parameters():
        if value.get("parameter_invisible"):
            continue
        for target in reading.downstream(box["id"], _is_script):
            if str(reading.by_id[target].get("text", "")).startswith("press"):
                yield Finding("control acts", f"{box['id']} can be automated and reaches {target}")
    for box in reading.objects("udpsend"):
        if box["text"].split()[1:2] != ["127.0.0.1"]:
            yield Finding("sends abroad", f"{box['text']!r} must send to 127.0.0.1")
    for box in reading.objects("udpreceive"):
        if len(box["text"].split()) > 1:
            yield Finding("fixed port", f"{box['text']!r}: a second device could not bind it")


def _midi_goes_through(reading: Reading) -> bool:
    ends = [box["id"] for box in reading.objects("midiout")]
    return any(
        cord.target in ends and object_name(reading.by_id.get(cord.source, _NOTHING)) == "midiin"
        for cord in reading.cords
    )


def _script_findings(reading: Reading, script: Box) -> Iterator[Finding]:
    for source in reading.upstream(script["id"], _is_main_thread):
        box = reading.by_id[source]
        if _begins(reading, source) and object_name(box) not in AT_ONCE:
            yield Finding("wrong thread", f"{source} reaches the script without [deferlow]")
    for source in reading.upstream(script["id"], _is_gate):
        box = reading.by_id[source]
        if is_button(box) or box["maxclass"] in ACTORS or object_name(box) == "p":
            yield Finding("no gate", f"{source} acts while Live restores the device; use the gate")


def _begins(reading: Reading, identity: str) -> bool:
    box = reading.by_id[identity]
    if object_name(box) == "deferlow":
        return False
    into = [cord for cord in reading.cords if cord.target == identity]
    return not into or box["maxclass"] not in ("newobj", "message")


def _is_main_thread(box: Box) -> bool:
    return object_name(box) == "deferlow"


def _is_gate(box: Box) -> bool:
    return object_name(box) == "gate" or box["maxclass"] == "v8.codebox"


def _is_script(box: Box) -> bool:
    return bool(box["maxclass"] == "v8.codebox")


_NOTHING: Box = {"maxclass": "", "text": ""}

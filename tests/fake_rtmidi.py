"""A module like rtmidi that makes no sound: it writes down what is done to its ports.

Where the variable FAKE_RTMIDI_LOG names a file, every message is a line of hexadecimal digits
there, so that a test sees what a process sent that was killed.
"""

import os
from pathlib import Path

API_MACOSX_CORE, API_LINUX_ALSA, API_UNIX_JACK, API_WINDOWS_MM, API_RTMIDI_DUMMY = range(1, 6)


class FakeRtMidi:
    """The module's functions, with the back ends and ports that a test wants."""

    API_MACOSX_CORE = API_MACOSX_CORE
    API_LINUX_ALSA = API_LINUX_ALSA
    API_UNIX_JACK = API_UNIX_JACK
    API_WINDOWS_MM = API_WINDOWS_MM

    def __init__(
        self,
        apis: tuple[int, ...] = (API_LINUX_ALSA,),
        ports: tuple[str, ...] = (),
        broken: tuple[int, ...] = (),
        taken: tuple[str, ...] = (),
    ) -> None:
        self.apis, self.ports, self.broken, self.taken = apis, ports, broken, taken
        self.outputs: list[FakeOutput] = []

    def get_compiled_api(self) -> list[int]:
        return [*self.apis, API_RTMIDI_DUMMY]

    def MidiOut(self, api: int, name: str) -> "FakeOutput":  # noqa: N802 - rtmidi's own name
        if api in self.broken:
            raise SystemError("no sequencer here.")
        output = FakeOutput(self, api, name)
        self.outputs.append(output)
        return output


class FakeOutput:
    """One output: the port that it opened, what was sent, and whether it was given back."""

    def __init__(self, module: FakeRtMidi, api: int, client: str) -> None:
        self.module, self.api, self.client = module, api, client
        self.opened = self.made = ""
        self.sent: list[bytes] = []
        self.is_closed = self.is_deleted = False
        self._log = os.environ.get("FAKE_RTMIDI_LOG")

    def get_ports(self) -> list[str]:
        return list(self.module.ports)

    def open_port(self, number: int) -> None:
        name = self.module.ports[number]
        if name in self.module.taken:
            raise RuntimeError("could not open MIDI output port.")
        self.opened = name

    def open_virtual_port(self, name: str) -> None:
        self.made = name

    def send_message(self, message: bytes) -> None:
        assert self.opened or self.made
        assert not self.is_closed
        self.sent.append(bytes(message))
        if self._log:
            with Path(self._log).open("a", encoding="ascii") as file:
                file.write(bytes(message).hex() + "\n")

    def close_port(self) -> None:
        self.is_closed = True

    def delete(self) -> None:
        assert not self.is_deleted
        self.is_deleted = True


_MODULE = FakeRtMidi()
get_compiled_api = _MODULE.get_compiled_api
MidiOut = _MODULE.MidiOut

import pytest

import fake_rtmidi
from fake_rtmidi import FakeRtMidi
from reprise.errors import InvalidRequestError, MissingExtraError, ServerError
from reprise.transports.midi_ports import find_backends, open_port

ALSA, JACK, WINDOWS = (
    fake_rtmidi.API_LINUX_ALSA,
    fake_rtmidi.API_UNIX_JACK,
    fake_rtmidi.API_WINDOWS_MM,
)
LOOP_PORTS = ("Microsoft GS Wavetable Synth 0", "loopMIDI Port 1", "loopMIDI Keys 2")


def test_a_virtual_port_gets_the_name_that_was_asked_for() -> None:
    rtmidi = FakeRtMidi()

    with open_port("Übung", load=lambda: rtmidi) as port:
        port.send(b"\x90\x3c\x5a")

    (output,) = rtmidi.outputs
    assert (port.name, port.backend, port.is_virtual) == ("Übung", "alsa", True)
    assert (output.client, output.made, output.sent) == ("Reprise", "Übung", [b"\x90\x3c\x5a"])
    assert output.is_closed
    assert output.is_deleted


def test_a_port_that_is_there_already_is_played_into() -> None:
    rtmidi = FakeRtMidi(ports=("Midi Through:0", "Synth:1"))

    with open_port("Synth:1", load=lambda: rtmidi) as port:
        assert not port.is_virtual

    assert (rtmidi.outputs[0].opened, rtmidi.outputs[0].made) == ("Synth:1", "")


def test_where_the_first_back_end_is_broken_the_next_one_serves() -> None:
    rtmidi = FakeRtMidi(apis=(ALSA, JACK), broken=(ALSA,))

    with open_port("Reprise", load=lambda: rtmidi) as port:
        assert port.backend == "jack"


def test_a_back_end_that_was_named_is_the_only_one_tried() -> None:
    rtmidi = FakeRtMidi(apis=(ALSA, JACK), broken=(ALSA,))

    with open_port("Reprise", "jack", lambda: rtmidi) as port:
        assert port.backend == "jack"
    with pytest.raises(ServerError, match=r"alsa: no sequencer here\)"):
        open_port("Reprise", "alsa", lambda: rtmidi)
    with pytest.raises(InvalidRequestError, match="this system has: alsa, jack"):
        open_port("Reprise", "coremidi", lambda: rtmidi)


def test_no_back_end_is_a_sentence_with_each_reason_and_a_way_out() -> None:
    rtmidi = FakeRtMidi(apis=(ALSA, JACK), broken=(ALSA, JACK))

    with pytest.raises(ServerError, match=r"alsa: no .*; jack: no .*modprobe snd-seq.*JACK"):
        open_port("Reprise", load=lambda: rtmidi)
    with pytest.raises(ServerError, match="rtmidi has no back end"):
        open_port("Reprise", load=lambda: FakeRtMidi(apis=()))


def test_without_rtmidi_the_sentence_names_the_pip_line() -> None:
    def missing() -> object:
        raise ImportError

    for look in (lambda: find_backends(missing), lambda: open_port("Reprise", load=missing)):
        with pytest.raises(MissingExtraError, match=r"pip install 'reprise\[midi\]'"):
            look()


def test_on_windows_a_part_of_an_existing_ports_name_is_enough() -> None:
    rtmidi = FakeRtMidi(apis=(WINDOWS,), ports=LOOP_PORTS)

    with open_port("loopmidi port", load=lambda: rtmidi) as port:
        assert (port.name, port.is_virtual) == ("loopMIDI Port 1", False)


@pytest.mark.parametrize(("name", "count"), [("Reprise", 0), ("loopMIDI", 2)])
def test_on_windows_a_name_that_fits_none_or_several_lists_those_that_are_there(
    name: str, count: int
) -> None:
    rtmidi = FakeRtMidi(apis=(WINDOWS,), ports=LOOP_PORTS)

    with pytest.raises(InvalidRequestError, match=rf"fits {count} of.*loopMIDI Keys 2.*install"):
        open_port(name, load=lambda: rtmidi)

    assert rtmidi.outputs[0].is_deleted


def test_a_port_that_another_program_holds_is_a_sentence() -> None:
    rtmidi = FakeRtMidi(apis=(WINDOWS,), ports=LOOP_PORTS, taken=LOOP_PORTS[1:2])

    with pytest.raises(ServerError, match=r"'loopMIDI Port 1' cannot be opened \(could not"):
        open_port("loopMIDI Port 1", load=lambda: rtmidi)

    assert rtmidi.outputs[0].is_deleted


def test_what_each_back_end_offers_is_listed_with_its_problem() -> None:
    rtmidi = FakeRtMidi(apis=(ALSA, JACK), ports=("Synth",), broken=(ALSA,))

    alsa, jack = find_backends(lambda: rtmidi)

    assert (alsa.backend, alsa.ports, alsa.problem) == ("alsa", (), "no sequencer here")
    assert (jack.backend, jack.ports, jack.problem) == ("jack", ("Synth",), "")
    assert all(output.is_deleted for output in rtmidi.outputs)

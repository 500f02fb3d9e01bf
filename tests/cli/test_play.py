"""`reprise play`, with a MIDI library that makes no sound."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import builders
import fake_rtmidi
from fake_rtmidi import FakeOutput, FakeRtMidi
from reprise.cli import checks
from reprise.music.meter import Meter, MeterMap
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.tempo import TempoMap

from .conftest import Run

TESTS = Path(builders.__file__).parent


@pytest.fixture
def rtmidi(monkeypatch: pytest.MonkeyPatch) -> FakeRtMidi:
    fake = FakeRtMidi(ports=("Synth",))
    monkeypatch.setitem(sys.modules, "rtmidi", fake)
    return fake


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "motif.mid"
    notes = builders.line((60, 64, 67), step=0.125)
    path.write_bytes(write_score(quick(builders.score(notes, length=1.0))))
    return path


def quick(score: Score) -> Score:
    """The score at 1,000 quarter notes a minute in bars of one: a test has to wait for it."""
    meters = MeterMap(((0.0, Meter(1, 4)),))
    return replace(score, meter_map=meters, tempo_map=TempoMap.constant(1000.0))


def struck(rtmidi: FakeRtMidi) -> list[int]:
    return [m[1] for m in rtmidi.outputs[-1].sent if m[0] & 0xF0 == 0x90]


def test_a_file_is_played_through_a_virtual_port(
    reprise: Run, rtmidi: FakeRtMidi, clip: Path
) -> None:
    outcome = reprise("play", clip, "--port", "To Live", "--delay", "0", "--json")

    assert outcome.code == 0
    assert outcome.data["port"] == "To Live"
    assert (outcome.data["notes"], outcome.data["is_stopped"]) == (3, False)
    assert "'To Live' (alsa); choose it as an input" in outcome.err
    assert struck(rtmidi) == [60, 64, 67]
    assert rtmidi.outputs[-1].is_closed


def test_an_earlier_answer_is_played_by_its_id(
    reprise: Run, rtmidi: FakeRtMidi, clip: Path, tmp_path: Path
) -> None:
    words = ("--count", "1", "--engine", "markov", "--seed", "3", "-o", tmp_path / "varied.mid")
    result_id = reprise("vary", clip, *words, "--json").data["id"]

    outcome = reprise("play", result_id.lower(), "--delay", "0", "--json")

    assert outcome.code == 0
    assert len(struck(rtmidi)) == outcome.data["notes"] > 0


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ((), 2, "name a .mid file or an id"),
        (("nothing.mid",), 1, "nothing.mid cannot be read"),
        (("ABC234",), 1, "there is no result ABC234"),
        (("motif.mid", "--delay", "-1"), 2, "--delay must be 0 to 600"),
        (("motif.mid", "--delay", "nan"), 2, "--delay must be 0 to 600"),
        (("motif.mid", "--port", " "), 2, "a port needs a name"),
        (("motif.mid", "--backend", "jack"), 2, "there is no back end 'jack' here"),
        (("empty.mid",), 2, "empty.mid holds nothing that could be played"),
    ],
)
def test_what_cannot_be_played_is_a_sentence(
    reprise: Run,
    rtmidi: FakeRtMidi,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    part: str,
) -> None:
    monkeypatch.chdir(clip.parent)
    Path("empty.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0")

    outcome = reprise("play", *words)

    assert outcome.code == code
    assert part in outcome.sentence
    assert all(not output.sent for output in rtmidi.outputs)


def test_the_ports_and_back_ends_are_listed(reprise: Run, rtmidi: FakeRtMidi) -> None:
    rtmidi.apis = (fake_rtmidi.API_LINUX_ALSA, fake_rtmidi.API_UNIX_JACK)
    rtmidi.broken = (fake_rtmidi.API_UNIX_JACK,)

    outcome = reprise("play", "--list")

    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "alsa: makes virtual ports",
        "  Synth",
        "jack: no sequencer here",
    ]
    assert len(reprise("play", "--list", "--json").data["backends"]) == 2


def test_without_rtmidi_playing_names_the_pip_line(
    reprise: Run, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)

    outcome = reprise("play", clip)

    assert outcome.code == 1
    assert "pip install 'reprise[midi]'" in outcome.sentence


PLAY = (
    "import sys, fake_rtmidi; sys.modules['rtmidi'] = fake_rtmidi\n"
    "from reprise.cli.main import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
@pytest.mark.parametrize(("flag", "code"), [("--json", 130), ("--loop", 0)])
def test_ctrl_c_and_kill_leave_no_note_sounding(
    state: Path, tmp_path: Path, number: signal.Signals, flag: str, code: int
) -> None:
    assert not state.exists()
    path, log = tmp_path / "hymn.mid", tmp_path / "sent"
    path.write_bytes(write_score(builders.chorale(bars=16)))
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "FAKE_RTMIDI_LOG": str(log)}
    command = [sys.executable, "-c", PLAY, "play", str(path), "--delay", "0", flag]

    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        wait_for(log)
        process.send_signal(number)
        process.communicate(timeout=30)

    sent = [bytes.fromhex(line) for line in log.read_text(encoding="ascii").splitlines()]
    ends = {(m[0] & 15, m[1]) for m in sent if m[0] & 0xF0 == 0x80}
    assert process.returncode == code
    assert {(m[0] & 15, m[1]) for m in sent if m[0] & 0xF0 == 0x90} == ends
    assert [m for m in sent if m[0] & 0xF0 == 0xB0 and m[1] == 123]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_under_nohup_it_plays_on_when_the_terminal_closes(
    reprise: Run, rtmidi: FakeRtMidi, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    in_use: list[object] = []

    class Looking(FakeOutput):
        def send_message(self, message: bytes) -> None:
            in_use.append(signal.getsignal(signal.SIGHUP))
            super().send_message(message)

    monkeypatch.setattr(fake_rtmidi, "FakeOutput", Looking)
    try:
        reprise("play", clip, "--delay", "0")
    finally:
        signal.signal(signal.SIGHUP, before)

    assert set(in_use) == {signal.SIG_IGN}
    assert rtmidi.outputs[-1].is_closed


def wait_for(log: Path) -> None:
    """Wait until something was played, at most half a minute."""
    for _ in range(600):
        if log.exists():
            return
        time.sleep(0.05)
    pytest.fail("nothing was played")


def test_the_doctor_names_what_makes_virtual_ports() -> None:
    jack_only = FakeRtMidi(
        apis=(fake_rtmidi.API_LINUX_ALSA, fake_rtmidi.API_UNIX_JACK),
        broken=(fake_rtmidi.API_LINUX_ALSA,),
    )
    check = checks.check_virtual_midi(lambda: jack_only)
    assert check.is_ok
    assert check.finding == "available through jack"


def test_the_doctor_says_why_there_are_no_virtual_ports() -> None:
    windows = FakeRtMidi(apis=(fake_rtmidi.API_WINDOWS_MM,))
    assert "loopMIDI" in checks.check_virtual_midi(lambda: windows).advice
    alsa = fake_rtmidi.API_LINUX_ALSA
    check = checks.check_virtual_midi(lambda: FakeRtMidi(apis=(alsa,), broken=(alsa,)))
    assert not check.is_ok
    assert not check.is_essential
    assert "alsa: no sequencer here" in check.finding
    assert "JACK" in check.advice

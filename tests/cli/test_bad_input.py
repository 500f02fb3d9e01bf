"""One scenario for each line of bad input: a sentence, an exit code, and nothing lost."""

import shutil
import socket
import struct
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import builders
from reprise.cli.asking import ask
from reprise.config import ServerConfig
from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.music import smf
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.tempo import TempoMap
from reprise.service.messages import Vary

from .conftest import Outcome, Run

Write = Callable[[Score], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(score: Score) -> Path:
        path = tmp_path / "clip.mid"
        path.write_bytes(write_score(score))
        return path

    return written


def refused(outcome: Outcome, *words: str, code: int = 2) -> None:
    """Check that a command ended with a sentence which holds some words, and printed no music."""
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("reprise: ")
    assert outcome.err.count("\n") == 1
    for word in words:
        assert word in outcome.err


def answered(outcome: Outcome, files: int = 1) -> list[Path]:
    """Check that a command succeeded and return the files that it wrote."""
    assert outcome.code == 0, outcome
    paths = [Path(name) for name in outcome.data["files"]]
    assert len(paths) == files
    assert all(smf.read(path).note_count for path in paths)
    return paths


def test_empty_clip(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.mid"
    path.write_bytes(builders.midi_bytes(b"", b""))
    refused(reprise("vary", path, "-o", tmp_path / "out"), "holds no notes", "choose one with")
    assert not (tmp_path / "out").exists()


def test_one_note(reprise: Run, write: Write, tmp_path: Path) -> None:
    path = write(builders.score((Note(0.0, 60, 1.0),), length=4.0))
    for verb in ("vary", "continue", "refill", "redo"):
        outcome = reprise(verb, path, "-o", tmp_path / verb, "--count", "1", "--json")
        assert outcome.code in (0, 1)
        assert outcome.err.count("\n") <= 1
        if outcome.code == 0:
            answered(outcome)
        else:
            assert outcome.data["error"]["sentence"]


def test_5000_notes(reprise: Run, write: Write, tmp_path: Path) -> None:
    path = write(builders.busy_score(5000))
    words = ("vary", path, "-o", tmp_path / "out", "--count", "1", "--seed", "1", "--json")
    (file,) = answered(reprise(*words))
    assert smf.read(file).note_count > 2500


@pytest.mark.parametrize(("bars", "words"), [("0", "1 or more"), ("-3", "1 or more")])
def test_0_bars(reprise: Run, write: Write, bars: str, words: str) -> None:
    refused(reprise("continue", write(builders.chorale()), "--bars", bars), words, f"got {bars}")


def test_1000_bars(reprise: Run, write: Write, tmp_path: Path) -> None:
    path = write(builders.chorale(bars=2))
    outcome = reprise("continue", path, "--bars", "1025", "-o", tmp_path / "more.mid")
    refused(outcome, "4100 beats", "ask for fewer")
    assert not (tmp_path / "more.mid").exists()
    words = ("--bars", "1000", "-o", tmp_path / "more.mid", "--engine", "markov", "--json")
    (file,) = answered(reprise("continue", path, *words))
    assert smf.read(file).length == 4008.0


def test_negative_start(reprise: Run, write: Write) -> None:
    outcome = reprise("vary", write(builders.chorale()), "--bars", "-1:2")
    refused(outcome, "bars start at 0", "got -1:2", "--bars 0:2")


def test_overlapping_unisons(reprise: Run, tmp_path: Path) -> None:
    # Two notes of one pitch at once, and one that begins inside another.
    on, off = b"\x90\x3c\x50", b"\x80\x3c\x40"
    track = (
        b"\x00" + on + b"\x00" + on + b"\x30" + on + b"\x60" + off + b"\x10" + off + b"\x10" + off
    )
    path = tmp_path / "unisons.mid"
    path.write_bytes(builders.midi_bytes(track + b"\x00\x90\x43\x50\x60\x80\x43\x40"))
    words = ("vary", path, "-o", tmp_path / "out", "--count", "2", "--seed", "3", "--json")
    answered(reprise(*words), files=2)
    assert smf.read(path).note_count == 4


def test_7_8_with_a_change_to_5_16(reprise: Run, write: Write, tmp_path: Path) -> None:
    meters = MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16))))
    score = replace(builders.score(builders.line(range(60, 76)), length=9.5), meter_map=meters)
    path = write(score)
    (file,) = answered(reprise("continue", path, "-o", tmp_path / "x.mid", "--bars", "2", "--json"))
    document = smf.read(file)
    assert document.score().meter_map == meters
    assert document.length == pytest.approx(9.5 + 2 * 1.25)
    answered(reprise("vary", path, "-o", tmp_path / "out", "--bars", "1:3", "--json"), files=4)


@pytest.mark.parametrize("tempo_bpm", [20, 999])
def test_tempo_20_and_999(reprise: Run, write: Write, tmp_path: Path, tempo_bpm: int) -> None:
    path = write(replace(builders.chorale(), tempo_map=TempoMap.constant(tempo_bpm)))
    (file, *_) = answered(reprise("vary", path, "-o", tmp_path / "out", "--json"), files=4)
    assert smf.read(file).score().tempo_map == smf.read(path).score().tempo_map


def test_all_notes_muted(tmp_path: Path) -> None:
    muted = tuple(replace(note, is_muted=True) for note in builders.melody())
    request = Vary(request_id=1, source=builders.score(muted))
    with pytest.raises(InvalidRequestError, match=r"notes of the clip are muted.*unmute"):
        ask(request, ServerConfig(data_directory=tmp_path))


def test_drums_sent_to_a_chorale_engine(reprise: Run, write: Write, tmp_path: Path) -> None:
    path = write(builders.drum_score())
    outcome = reprise("vary", path, "-o", tmp_path / "out", "--engine", "chorale")
    refused(outcome, "drums", code=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("voice", ["0", "9", "piccolo", "-1"])
def test_voice_that_does_not_exist(reprise: Run, write: Write, voice: str) -> None:
    outcome = reprise("refill", write(builders.chorale()), f"--voice={voice}")
    refused(outcome, voice, "1 Soprano, 2 Alto, 3 Tenor, 4 Bass")


@pytest.mark.parametrize("bars", ["2:9", "4:5", "3:3", "3:1"])
def test_span_outside_the_clip(reprise: Run, write: Write, bars: str) -> None:
    outcome = reprise("refill", write(builders.chorale(bars=4)), "--voice", "alto", "--bars", bars)
    refused(outcome, bars, "0:4")


@pytest.mark.parametrize("strength", ["7", "-0.1", "nan"])
def test_strength_7(reprise: Run, write: Write, strength: str) -> None:
    outcome = reprise("vary", write(builders.chorale()), f"--strength={strength}")
    refused(outcome, "strength must be 0 to 1", f"got {float(strength)}")


@pytest.mark.parametrize("surprise", ["3", "-1"])
def test_surprise_out_of_range(reprise: Run, write: Write, surprise: str) -> None:
    outcome = reprise("continue", write(builders.chorale()), f"--surprise={surprise}")
    refused(outcome, "surprise must be 0 to 1", f"got {float(surprise)}")


@pytest.mark.parametrize("seconds", ["0", "601", "nan"])
def test_deadline_out_of_range(reprise: Run, write: Write, seconds: str) -> None:
    refused(reprise("vary", write(builders.chorale()), "--deadline", seconds), "--deadline", "600")


def test_unknown_engine(reprise: Run, write: Write) -> None:
    refused(reprise("vary", write(builders.chorale()), "--engine", "markow"), "'markow'", "markov")


def test_corrupt_weights(
    reprise: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    shutil.copytree(checkpoint.models_directory(), models)
    weights = next(models.glob("chorale-v1/*.onnx"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    monkeypatch.setattr(checkpoint, "models_directory", lambda: models)
    verified = reprise("models", "verify")
    assert verified.code == 1
    assert "is not the file that was published" in verified.out
    path = write(builders.chorale())
    refused(
        reprise("refill", path, "-o", tmp_path / "a.mid", "--voice", "2", "--engine", "chorale"),
        "is not the file that was published",
        code=1,
    )
    words = ("refill", path, "-o", tmp_path / "b.mid", "--voice", "2", "--json")
    outcome = reprise(*words)
    answered(outcome)
    assert outcome.data["engine"] == "ensemble"
    assert any("chorale" in warning.lower() for warning in outcome.data["warnings"])


def test_truncated_file(reprise: Run, write: Write, tmp_path: Path) -> None:
    path = write(builders.chorale())
    path.write_bytes(path.read_bytes()[:-40])
    refused(reprise("vary", path, "-o", tmp_path / "out"), "clip.mid", code=1)


def test_file_that_is_a_wav(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "loop.mid"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 100)
    refused(reprise("vary", path), "loop.mid", "WAV", code=1)


def test_file_that_is_not_there(reprise: Run, tmp_path: Path) -> None:
    refused(reprise("vary", tmp_path / "nö.mid"), "nö.mid", "check the path", code=1)


def many_notes(count: int) -> bytes:
    """A file of so many sixteenths, written as bytes because that is faster."""
    note = b"\x00\x90\x3c\x50\x18\x80\x3c\x40"
    return builders.midi_bytes(note * count, grid=96)


def test_file_of_200000_notes(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "huge.mid"
    path.write_bytes(many_notes(200_000))
    refused(reprise("vary", path, "-o", tmp_path / "out"), "200,000 notes", "--bars")
    assert not (tmp_path / "out").exists()


def test_a_few_bars_of_a_file_that_is_too_large_can_be_asked_about(
    reprise: Run, tmp_path: Path
) -> None:
    path = tmp_path / "huge.mid"
    path.write_bytes(many_notes(20_100))
    words = ("vary", path, "-o", tmp_path / "out", "--bars", "100:102", "--count", "1", "--json")
    (file,) = answered(reprise(*words))
    (before,), (after,) = smf.read(path).score().voices, smf.read(file).score().voices
    changed = set(before.notes) ^ set(after.notes)
    assert changed
    assert all(400.0 <= note.start < 408.0 for note in changed)


def test_read_only_data_directory(
    reprise: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder cannot be made under a file, whoever asks; permissions do not stop an administrator.
    (tmp_path / "file").touch()
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(tmp_path / "file" / "state"))
    path = write(builders.chorale())
    outcome = reprise("vary", path, "-o", tmp_path / "out", "--count", "1", "--json")
    assert outcome.code == 1
    (file,) = outcome.data["files"]
    assert smf.read(file).note_count
    assert any(warning.startswith("not saved") for warning in outcome.data["warnings"])
    refused(reprise("history", "list"), "history cannot be used", code=1)
    refused(reprise("start"), "cannot be written", "REPRISE_DATA_DIRECTORY", code=1)
    refused(reprise("serve"), "cannot be written", "REPRISE_DATA_DIRECTORY", code=1)


def test_output_folder_that_is_a_file(reprise: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    outcome = reprise("vary", write(builders.chorale()), "-o", tmp_path / "out")
    refused(outcome, "is no folder", code=1)


def test_port_taken(reprise: Run) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        for verb in ("serve", "start"):
            refused(reprise(verb, "--port", str(port)), str(port), "taken", code=1)


def test_a_midi_file_of_a_hostile_length_is_refused_at_once(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "hostile.mid"
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 1, 1, 96) + b"MTrk\xff\xff\xff\xff\x00")
    refused(reprise("vary", path), "hostile.mid", code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("morph", "CLIP", "CLIP", "--amount", "2"), "amount must be 0 to 1, got 2"),
        (("morph", "CLIP", "CLIP", "--steps", "0"), "--steps must be 1 to 16, got 0"),
        (("morph", "CLIP", "CLIP", "--steps", "3", "--amount", "0.5"), "leave out --amount"),
        (("morph", "CLIP", "CLIP", "--steps", "3", "--count", "2"), "leave out --count"),
        (("morph", "CLIP"), "TO.mid"),
        (("accompany", "CLIP"), "--role"),
        (("accompany", "CLIP", "--role", " "), "such as bass"),
        (("accompany", "CLIP", "--role", "x" * 201), "at most 200 characters, got 201"),
        (("accompany", "CLIP", "--role", "bass", "--bars", "3:9"), "bars 3:9"),
        (("accompany", "CLIP", "--role", "bass", "--range", "low"), "two pitches such as 36:60"),
        (("accompany", "CLIP", "--role", "bass", "--range", "60:200"), "must be 0 to 127, got 200"),
        (("accompany", "CLIP", "--role", "bass", "--polyphony", "0"), "must be 1 to 16, got 0"),
        (("accompany", "CLIP", "--role", "bass", "--program", "0"), "must be 1 to 128, got 0"),
        (("accompany", "CLIP", "--role", "drums", "--pads", "Kick"), "pitches with names"),
        (("accompany", "CLIP", "--role", "drums", "--pads", "36,36"), "each pitch once"),
        (("accompany", "CLIP", "--role", "drums", "--pads", "999"), "must be 0 to 127, got 999"),
        (("develop", "CLIP", "--bars", "0"), "1 or more, got 0"),
        (("refill", "CLIP", "--pads", "42"), "no drum track"),
        (("refill", "CLIP", "--notes", "two"), "numbers counted from 0"),
        (("refill", "CLIP", "--notes", "9:9"), "are 0 notes"),
        (("refill", "CLIP", "--notes", "999"), "note 999 to replace is not in the clip"),
    ],
)
def test_misuse_of_the_verbs_for_new_music(
    reprise: Run, write: Write, words: tuple[str, ...], said: str
) -> None:
    clip = str(write(builders.chorale()))
    refused(reprise(*(clip if word == "CLIP" else word for word in words)), said)


def test_1000_bars_of_development(reprise: Run, write: Write) -> None:
    outcome = reprise("develop", write(builders.chorale(bars=2)), "--bars", "1025")
    refused(outcome, "4100 beats", "ask for fewer")


def test_a_pad_that_is_not_played(reprise: Run, write: Write) -> None:
    outcome = reprise("refill", write(builders.drum_score()), "--pads", "hats,cowbell")
    refused(outcome, "no pad 'cowbell'", "42 Closed Hi-Hat")


def test_no_note_of_the_scale_in_a_range_of_one_pitch(reprise: Run, write: Write) -> None:
    words = ("--role", "bass", "--range", "61:61", "--scale", "strict", "--polyphony", "8")
    score = replace(builders.chorale(), key=Key(0, "major"))
    outcome = reprise("accompany", write(score), *words, "--engine", "markov")
    refused(outcome, "widen the range", code=1)

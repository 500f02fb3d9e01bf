"""vary, continue, refill and redo on files: what changes, what does not, and what is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

import builders
from reprise.music import smf
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_bytes import Event
from reprise.music.smf_write import write_score

from .conftest import Run

KEYS = {
    "engine",
    "model",
    "seed",
    "id",
    "ids",
    "files",
    "timing_ms",
    "kept_notes",
    "new_notes",
    "similarity",
    "guards",
    "warnings",
}


@pytest.fixture
def ask(reprise: Run) -> Run:
    """Run a musical verb with the engine that needs no weights."""
    return lambda *words: reprise(*words, "--engine", "markov")


@pytest.fixture
def hymn(tmp_path: Path) -> Path:
    path = tmp_path / "Hymne à quatre.mid"
    path.write_bytes(write_score(builders.chorale()))
    return path


def voices(path: Path | str) -> dict[str, tuple[Note, ...]]:
    return {voice.name: voice.notes for voice in smf.read(path).score().voices}


def changed(before: Path, after: str) -> dict[str, set[Note]]:
    left, right = voices(before), voices(after)
    return {name: set(left[name]) ^ set(right[name]) for name in left if left[name] != right[name]}


def test_variations_are_files_of_their_own_named_after_input_and_id(
    ask: Run, hymn: Path, tmp_path: Path
) -> None:
    original = hymn.read_bytes()
    words = ("vary", hymn, "-o", tmp_path / "out", "--count", "4", "--seed", "7", "--json")
    found = ask(*words).data
    assert set(found) == KEYS
    assert found["seed"] == 7
    assert found["id"] == found["ids"][0]
    assert found["files"] == [
        str(tmp_path / "out" / f"{hymn.stem}-{result_id}.mid") for result_id in found["ids"]
    ]
    assert len({Path(file).read_bytes() for file in found["files"]}) == 4
    assert hymn.read_bytes() == original


def test_kept_and_new_notes_add_up(ask: Run, hymn: Path, tmp_path: Path) -> None:
    words = ("vary", hymn, "-o", tmp_path / "out", "--count", "2", "--json")
    found = ask(*words).data
    for file, kept, new in zip(found["files"], found["kept_notes"], found["new_notes"]):
        assert smf.read(file).note_count == kept + new
    assert found["timing_ms"]["total"] >= max(found["timing_ms"]["answers"]) >= 0


def test_refill_changes_only_its_voice_and_its_bars(ask: Run, hymn: Path, tmp_path: Path) -> None:
    words = ("refill", hymn, "-o", tmp_path / "a.mid", "--voice", "alto", "--bars", "1:3")
    found = ask(*words, "--seed", "3", "--json").data
    (voice,) = changed(hymn, found["files"][0]).items()
    assert voice[0] == "Alto"
    assert all(4.0 <= note.start < 12.0 for note in voice[1])


def test_without_surprise_another_seed_has_nothing_new_to_say(
    reprise: Run, hymn: Path, tmp_path: Path
) -> None:
    words = ("refill", hymn, "--voice", "alto", "--engine", "chorale", "--surprise", "0")
    assert reprise(*words, "--seed", "1", "-o", tmp_path / "a.mid").code == 0
    outcome = reprise(*words, "--seed", "2", "-o", tmp_path / "b.mid")
    assert outcome.code == 1
    assert "too much like earlier ones" in outcome.err
    assert "Surprise" in outcome.err


@pytest.mark.parametrize("voice", ["2", "alto", "ALTO", " Alto"])
def test_a_voice_goes_by_its_number_from_1_or_its_name(
    ask: Run, hymn: Path, tmp_path: Path, voice: str
) -> None:
    words = ("refill", hymn, "-o", tmp_path / "a.mid", "--voice", voice, "--seed", "3", "--json")
    assert set(changed(hymn, ask(*words).data["files"][0])) == {"Alto"}


def test_four_unnamed_tracks_are_soprano_to_bass(ask: Run, tmp_path: Path) -> None:
    path = tmp_path / "plain.mid"
    hymn = builders.chorale()
    plain = builders.score(*(voice.notes for voice in hymn.voices), length=16.0)
    path.write_bytes(write_score(plain))
    words = ("refill", path, "-o", tmp_path / "a.mid", "--voice", "bass", "--seed", "3", "--json")
    assert set(changed(path, ask(*words).data["files"][0])) == {"Voice 4"}


def test_a_continuation_keeps_the_clip_and_adds_bars(ask: Run, hymn: Path, tmp_path: Path) -> None:
    words = ("continue", hymn, "-o", tmp_path / "more.mid", "--bars", "4", "--json")
    found = ask(*words).data
    before, after = voices(hymn), voices(found["files"][0])
    for name, notes in before.items():
        assert after[name][: len(notes)] == notes
        assert all(note.start >= 16.0 for note in after[name][len(notes) :])
    assert smf.read(found["files"][0]).length == 32.0


def test_one_track_can_be_varied_while_the_others_stay(
    ask: Run, hymn: Path, tmp_path: Path
) -> None:
    words = ("vary", hymn, "-o", tmp_path / "out", "--track", "3", "--count", "1", "--json")
    found = ask(*words, "--strength", "0.8").data
    assert set(changed(hymn, found["files"][0])) == {"Tenor"}


@pytest.mark.parametrize("track", ["0", "5", "-1"])
def test_a_track_that_is_not_there_is_misuse(ask: Run, hymn: Path, track: str) -> None:
    outcome = ask("vary", hymn, f"--track={track}")
    assert outcome.code == 2
    assert "track" in outcome.sentence


@pytest.mark.parametrize(
    ("kept", "facts"),
    [
        ("rhythm", lambda note: (note.start, note.duration)),
        ("pitches", lambda note: note.pitch),
    ],
)
def test_what_is_to_be_kept_is_kept(
    ask: Run, tmp_path: Path, kept: str, facts: Callable[[Note], object]
) -> None:
    path = tmp_path / "lead.mid"
    path.write_bytes(write_score(builders.score(builders.melody())))
    words = ("vary", path, "-o", tmp_path / "out", "--keep", kept, "--count", "1", "--json")
    (file,) = ask(*words, "--strength", "0.6").data["files"]
    (before,), (after,) = voices(path).values(), voices(file).values()
    assert before != after
    assert [facts(note) for note in before] == [facts(note) for note in after]


def test_a_hymn_is_answered_by_the_engine_that_learned_hymns(
    reprise: Run, hymn: Path, tmp_path: Path
) -> None:
    words = ("refill", hymn, "-o", tmp_path / "a.mid", "--voice", "alto", "--seed", "1", "--json")
    found = reprise(*words).data
    assert found["engine"] == "chorale"
    assert found["model"] == "chorale-v1"
    assert set(changed(hymn, found["files"][0])) == {"Alto"}


def test_one_file_takes_one_answer(ask: Run, hymn: Path, tmp_path: Path) -> None:
    outcome = ask("vary", hymn, "-o", tmp_path / "one.mid", "--count", "2")
    assert outcome.code == 2
    assert "one file" in outcome.sentence
    assert not (tmp_path / "one.mid").exists()
    assert ask("vary", hymn, "-o", tmp_path / "one.mid", "--count", "1").code == 0


def test_an_output_that_exists_is_replaced_only_by_force(
    ask: Run, hymn: Path, tmp_path: Path
) -> None:
    target = tmp_path / "mine.mid"
    target.write_bytes(b"mine")
    words = ("continue", hymn, "-o", target)
    refused = ask(*words)
    assert refused.code == 1
    assert "--force" in refused.sentence
    assert target.read_bytes() == b"mine"
    assert ask(*words, "--force").code == 0
    assert smf.read(target).note_count


def test_the_input_is_never_written_over(ask: Run, hymn: Path) -> None:
    original = hymn.read_bytes()
    outcome = ask("continue", hymn, "-o", hymn, "--force")
    assert outcome.code == 1
    assert "never written over" in outcome.sentence
    assert hymn.read_bytes() == original


def test_answers_are_in_the_history_under_the_clips_name(
    ask: Run, reprise: Run, hymn: Path, tmp_path: Path
) -> None:
    found = ask("redo", hymn, "-o", tmp_path / "r.mid", "--json").data
    (entry,) = reprise("history", "find", "--clip", "quatre", "--json").data["entries"]
    assert entry["result_id"] == found["id"]
    assert entry["verb"] == "redo"


def test_people_see_a_table_and_where_the_files_are(ask: Run, hymn: Path, tmp_path: Path) -> None:
    outcome = ask("vary", hymn, "-o", tmp_path / "out", "--seed", "5", "--count", "2")
    assert outcome.code == 0
    head, columns, *rows = outcome.out.splitlines()
    assert "seed 5" in head
    assert columns.split() == ["id", "kept", "new", "alike", "file"]
    assert str(tmp_path / "out") in rows[0]
    assert outcome.err == ""


def test_everything_else_in_the_file_is_as_it_was(ask: Run, tmp_path: Path) -> None:
    # A controller, a bend, a text and a tempo in the middle of a track's notes.
    events = (
        b"\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x01\x05hello\x00\xb0\x40\x7f"
        b"\x00\x90\x3c\x50\x60\x80\x3c\x40\x10\xe0\x00\x45\x00\x90\x40\x50\x60\x80\x40\x40"
        b"\x00\x90\x43\x50\x60\x80\x43\x40\x00\xb0\x40\x00"
    )
    path = tmp_path / "pedal.mid"
    path.write_bytes(builders.midi_bytes(events, b"\x00\x91\x30\x50\x83\x00\x81\x30\x40"))
    words = ("vary", path, "-o", tmp_path / "out", "--track", "1", "--count", "1", "--json")
    (file,) = ask(*words, "--strength", "0.9").data["files"]
    before, after = smf.read(path).raw, smf.read(file).raw
    assert others(before.tracks[0].events) == others(after.tracks[0].events)
    assert before.tracks[1] == after.tracks[1]


def others(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if event.data[0] & 0xE0 != 0x80]


def test_a_score_of_one_bar_is_enough(ask: Run, tmp_path: Path) -> None:
    path = tmp_path / "bar.mid"
    path.write_bytes(write_score(one_bar()))
    assert ask("vary", path, "-o", tmp_path / "out", "--count", "2", "--seed", "1").code == 0


def one_bar() -> Score:
    return builders.score(builders.melody(bars=1), length=4.0)

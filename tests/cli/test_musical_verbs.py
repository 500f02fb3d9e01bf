"""The musical verbs on files: what changes, what does not, and what is told."""

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
    "style_from",
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


# ---------------------------------------------------------------- morph, accompany, develop


@pytest.fixture
def lead(tmp_path: Path) -> Path:
    path = tmp_path / "lead.mid"
    path.write_bytes(write_score(builders.score(builders.melody(), names=("Lead",))))
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.mid"
    path.write_bytes(write_score(builders.score(builders.line([72, 71, 69, 67] * 4, 1.0))))
    return path


def test_a_morph_in_steps_goes_ever_further_from_the_first_file(
    ask: Run, lead: Path, other: Path, tmp_path: Path
) -> None:
    words = ("morph", lead, other, "-o", tmp_path / "way", "--steps", "3", "--seed", "3", "--json")
    found = ask(*words).data
    assert set(found) == {*KEYS, "amounts"}
    assert found["amounts"] == [0.25, 0.5, 0.75]
    assert found["similarity"] == sorted(found["similarity"], reverse=True)
    names = [f"lead-0{number}-{one}.mid" for number, one in enumerate(found["ids"], 1)]
    assert [Path(file).name for file in found["files"]] == names


def test_a_morph_all_the_way_is_the_second_file(
    ask: Run, lead: Path, other: Path, tmp_path: Path
) -> None:
    words = ("morph", lead, other, "-o", tmp_path / "all.mid", "--amount", "1", "--count", "1")
    assert ask(*words).code == 0
    (arrived,), (wanted,) = voices(tmp_path / "all.mid").values(), voices(other).values()
    assert [(note.start, note.pitch) for note in arrived] == [
        (note.start, note.pitch) for note in wanted
    ]


def test_a_new_part_is_one_more_track_and_the_others_stay(
    ask: Run, hymn: Path, tmp_path: Path
) -> None:
    words = ("accompany", hymn, "-o", tmp_path / "a.mid", "--role", "bass", "--name", "Sub")
    found = ask(*words, "--range", "28:52", "--program", "39", "--json").data
    before, after = voices(hymn), voices(found["files"][0])
    assert list(after) == [*before, "Sub"]
    assert all(after[name] == notes for name, notes in before.items())
    assert len(after["Sub"]) == found["new_notes"][0]
    assert all(28 <= note.pitch <= 52 for note in after["Sub"])
    added = smf.read(found["files"][0]).score().voices[-1]
    assert (added.program, added.is_drums) == (38, False)


def test_new_drums_are_on_channel_10_in_their_bars_and_on_their_pads(
    ask: Run, hymn: Path, tmp_path: Path
) -> None:
    words = ("accompany", hymn, "-o", tmp_path / "a.mid", "--role", "beat", "--bars", "1:3")
    assert ask(*words, "--pads", "40=Kick, 41=Snare,60=Hat").code == 0
    added = smf.read(tmp_path / "a.mid").score().voices[-1]
    assert added.is_drums
    assert {note.pitch for note in added.notes} == {40, 41, 60}
    assert all(4.0 <= note.start < 12.0 for note in added.notes)


def test_a_file_of_one_track_with_several_channels_gets_a_new_track(
    ask: Run, tmp_path: Path
) -> None:
    path = tmp_path / "channels.mid"
    track = b"\x00\x90\x3c\x50\x00\x91\x43\x50\x83\x00\x80\x3c\x40\x00\x81\x43\x40"
    path.write_bytes(builders.midi_bytes(track, file_type=0))
    assert ask("accompany", path, "-o", tmp_path / "a.mid", "--role", "chords").code == 0
    before, after = smf.read(path).raw, smf.read(tmp_path / "a.mid").raw
    assert after.tracks[0] == before.tracks[0]
    assert {event.data[0] & 0x0F for event in others(after.tracks[1].events)} >= {2}


def test_a_development_keeps_its_theme_and_is_as_long_as_asked(
    ask: Run, lead: Path, tmp_path: Path
) -> None:
    assert ask("develop", lead, "-o", tmp_path / "d.mid", "--bars", "6").code == 0
    (theme,), (piece,) = voices(lead).values(), voices(tmp_path / "d.mid").values()
    assert piece[: len(theme)] == theme
    assert len(piece) > 2 * len(theme)
    assert smf.read(tmp_path / "d.mid").length == 40.0


@pytest.mark.parametrize("pads", ["42", "hats", "Closed Hi-Hat"])
def test_refilled_pads_leave_all_others_alone(ask: Run, tmp_path: Path, pads: str) -> None:
    path = tmp_path / "drums.mid"
    path.write_bytes(write_score(builders.drum_score()))
    words = ("refill", path, "-o", tmp_path / "a.mid", "--pads", pads, "--seed", "3")
    assert ask(*words).code == 0
    (notes,) = changed(path, str(tmp_path / "a.mid")).values()
    assert {note.pitch for note in notes} == {42}


def test_refilled_notes_leave_all_others_alone(ask: Run, lead: Path, tmp_path: Path) -> None:
    words = ("refill", lead, "-o", tmp_path / "a.mid", "--notes", "2,5:7", "--seed", "3")
    assert ask(*words).code == 0
    (before,), (after,) = voices(lead).values(), voices(tmp_path / "a.mid").values()
    gone = {before.index(note) for note in set(before) - set(after)}
    assert gone
    assert gone <= {2, 5, 6}


def test_an_answer_can_lean_towards_an_earlier_one(ask: Run, lead: Path, tmp_path: Path) -> None:
    words = ("vary", lead, "-o", tmp_path, "--count", "1", "--strength", "0.6", "--json")
    liked = ask(*words, "--seed", "1").data["id"]
    assert ask(*words, "--seed", "50", "--like", liked).code == 0
    refused = ask(*words, "--like", "ZZZZZZ")
    assert refused.code in (1, 2)
    assert "ZZZZZZ" in refused.err

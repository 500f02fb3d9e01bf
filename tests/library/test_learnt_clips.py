"""Clips that come from a DAW into a corpus: once each, bounded, and out again."""

from dataclasses import replace
from pathlib import Path

import pytest

import builders
import learnt_songs
from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.copies import Copies
from reprise.errors import FileError, InvalidRequestError, TooLargeError
from reprise.library import learnt_clips
from reprise.library.ingest.store import CORPORA, Corpus
from reprise.library.learnt_clips import Learnt, LearntClips
from reprise.library.own_corpora import existing, style_of
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

CLIP = replace(
    builders.score(builders.melody(), length=16.0, names=["Größe"]),
    tempo_map=TempoMap(((0.0, 93.0),)),
    key=Key(5, "major"),
)


def corpus(data: Path, name: str = "mine") -> Corpus:
    return Corpus(data / CORPORA, name)


def test_a_clip_is_in_the_corpus_with_all_that_its_host_said(tmp_path: Path) -> None:
    assert LearntClips(tmp_path).add("mine", [("Bassline / ü", CLIP)]) == Learnt(1, 1)

    (clip,) = corpus(tmp_path).clips()
    assert clip.score.note_count == CLIP.note_count
    assert clip.tempo_bpm == pytest.approx(93.0)
    assert (clip.score.key, clip.score.length) == (CLIP.key, CLIP.length)
    assert clip.score.voices[0].name == "Größe"
    assert clip.origin.file.startswith("Bassline ü ")
    assert [one.file for one in corpus(tmp_path).packed()] == [clip.origin.file]


@pytest.mark.parametrize(
    "name", ["Gro\u0308\u00dfe", "\U0001d49c" * 200, "../..", "con", "  ", "a\0b\n"]
)
def test_any_name_is_fit_for_a_file_and_the_clip_can_be_taken_out(
    tmp_path: Path, name: str
) -> None:
    clips = LearntClips(tmp_path)
    clips.add("mine", [(name, CLIP)])

    (kept,) = clips.names("mine")
    assert [one.file for one in corpus(tmp_path).packed()] == [kept]
    assert clips.forget("mine", kept) == kept
    assert list(corpus(tmp_path).packed()) == []


def test_the_same_clip_is_there_once_whatever_it_is_called(tmp_path: Path) -> None:
    clips = LearntClips(tmp_path)
    clips.add("mine", [("one", CLIP)])

    assert clips.add("mine", [("two", CLIP), ("three", CLIP)]) == Learnt(0, 1)
    assert clips.add("mine", [("one", builders.chorale())]) == Learnt(1, 2)


def test_of_a_loop_one_turn_is_learnt_and_of_a_rack_its_drums(tmp_path: Path) -> None:
    pads = ((60, "Kick"), (61, "Snare"), (62, "Closed Hat"))
    turn = (Note(0.0, 60, 0.25), Note(1.0, 61, 0.25), Note(1.5, 62, 0.25), Note(5.0, 60, 0.25))
    voice = Voice("Rack", turn, is_drums=True, pads=pads)
    LearntClips(tmp_path).add("mine", [("beat", Score((voice,), 8.0, loop=Span(0.0, 4.0)))])

    (clip,) = corpus(tmp_path).clips()
    assert [(note.start, note.pitch) for note in clip.score.voices[0].notes] == [
        (0.0, 36),
        (1.0, 38),
        (1.5, 42),
    ]


def test_answers_may_take_after_it_at_once_and_are_held_against_it(tmp_path: Path) -> None:
    tune = tuple(
        sorted(
            Note(4.0 * bar + onset / 24, pitch, duration / 24, velocity)
            for bar, _, onset, pitch, duration, velocity in learnt_songs.melody(1).tolist()
        )
    )
    copies = Copies(tmp_path, models=tmp_path / "no models")
    blank = Score((Voice("Lead", (), is_drums=False),), 32.0)
    task = Task(
        Verb.REFILL,
        blank,
        builders.score((Note(0.0, 48, 4.0),), length=32.0),
        (Hole(0, Span(0.0, 32.0)),),
        32.0,
    )
    assert copies(task, Candidate((), (tune,))).where == ""

    LearntClips(tmp_path).add("mine", [("riff", blank.with_notes((tune,)))])

    assert copies(task, Candidate((), (tune,))).where.startswith("riff ")
    assert style_of(existing(tmp_path / CORPORA, "mine")).names[0].startswith("riff ")


def test_a_clip_can_be_taken_out_again(tmp_path: Path) -> None:
    clips = LearntClips(tmp_path)
    clips.add("mine", [("keep", CLIP), ("drop", builders.chorale())])

    assert clips.forget("mine", "drop").startswith("drop ")
    assert [name.split(" ")[0] for name in clips.names("mine")] == ["keep"]
    assert [clip.origin.file for clip in corpus(tmp_path).clips()] == clips.names("mine")
    found = style_of(corpus(tmp_path))
    assert all(name.startswith("keep ") for name in found.names)
    assert clips.add("mine", [("drop", builders.chorale())]) == Learnt(1, 2)


@pytest.mark.parametrize("item", ["", "nothing", "a", "../a"])
def test_what_cannot_be_told_is_not_taken_out(tmp_path: Path, item: str) -> None:
    clips = LearntClips(tmp_path)
    clips.add("mine", [("a", CLIP), ("ab", builders.chorale())])

    with pytest.raises(InvalidRequestError, match=r"clips? of mine"):
        clips.forget("mine", item)
    assert len(clips.names("mine")) == 2


def test_other_folders_of_the_corpus_stay_as_they_are(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    learnt_song = LearntClips(tmp_path / "other")
    learnt_song.add("x", [("mine", builders.chorale())])
    (source,) = (tmp_path / "other" / "learnt" / "x").iterdir()
    (music / "song.mid").write_bytes(source.read_bytes())
    corpus(tmp_path).add(music)
    before = style_of(corpus(tmp_path))

    clips = LearntClips(tmp_path)
    clips.add("mine", [("new", CLIP)])
    assert len(style_of(corpus(tmp_path))) > len(before)
    clips.forget("mine", "new")

    assert [clip.origin.file for clip in corpus(tmp_path).clips()] == ["song.mid"]
    assert style_of(corpus(tmp_path)).names == before.names


def test_a_corpus_takes_no_more_than_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt_clips, "MOST_CLIPS", 1)
    monkeypatch.setattr(learnt_clips, "MOST_CORPORA", 1)
    clips = LearntClips(tmp_path)
    clips.add("mine", [("one", CLIP)])

    with pytest.raises(TooLargeError, match="at most 1,"):
        clips.add("mine", [("two", builders.chorale())])
    assert clips.add("mine", [("one", CLIP)]) == Learnt(0, 1)
    monkeypatch.setattr(learnt_clips, "MOST_CLIPS", 9)
    monkeypatch.setattr(learnt_clips, "MOST_BYTES", 500)
    with pytest.raises(TooLargeError, match="clips from DAWs"):
        clips.add("mine", [("two", builders.chorale())])
    with pytest.raises(TooLargeError, match="add to one of them: mine"):
        clips.add("other", [("two", builders.chorale())])


@pytest.mark.parametrize("name", ["", "..", "a/b", "CON", "con", "x" * 41])
def test_a_name_that_is_none_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be called"):
        LearntClips(tmp_path).add(name, [("one", CLIP)])
    assert list(tmp_path.iterdir()) == []


def test_a_clip_without_notes_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="hardly any notes"):
        LearntClips(tmp_path).add("mine", [("one", CLIP.with_notes(((),)))])


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "learnt").write_text("in the way", encoding="ascii")

    with pytest.raises(FileError, match="cannot be kept"):
        LearntClips(tmp_path).add("mine", [("one", CLIP)])

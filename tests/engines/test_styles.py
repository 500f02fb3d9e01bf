"""Which passages of a corpus go with a task: its role, its meter, its kind; found in a moment."""

from dataclasses import replace
from pathlib import Path

import pytest

import builders
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.styles import PASSAGES, Styles
from reprise.errors import CannotServeError, InvalidRequestError
from reprise.library.ingest.store import CORPORA, Corpus
from reprise.library.learnt_clips import LearntClips
from reprise.library.own_style import FILE_NAME
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.span import Span
from reprise.music.voice import Voice

STRAIGHT = builders.line([60, 62, 64, 65, 67, 69, 71, 72] * 4, step=0.5)
SWUNG = tuple(
    note
    for beat in range(16)
    for note in (
        *builders.line([60 + beat % 5], step=0.75, start=float(beat)),
        *builders.line([64 + beat % 5], step=0.25, start=beat + 0.75),
    )
)


def lead(notes: tuple[Note, ...], name: str = "Lead") -> Score:
    return Score((Voice(name, notes, is_drums=False),), 16.0)


def task(source: Score, verb: Verb = Verb.VARY) -> Task:
    silence = Score((), source.length, source.meter_map)
    return Task(verb, source, silence, (Hole(0, source.span),), source.length)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder of a straight tune, a swung one and a beat, read into the corpus mine."""
    folder = tmp_path / "music"
    folder.mkdir()
    for name, score in (
        ("straight.mid", lead(STRAIGHT)),
        ("swung.mid", lead(SWUNG)),
        ("beat.mid", builders.drum_score()),
    ):
        (folder / name).write_bytes(write_score(score))
    Corpus(tmp_path / CORPORA, "mine").add(folder)
    return folder


def test_the_corpora_for_a_menu_are_those_that_were_read(tmp_path: Path, music: Path) -> None:
    before = Styles(tmp_path / "elsewhere").names()
    Corpus(tmp_path / CORPORA, "again").add(music)

    assert before == []
    assert Styles(tmp_path).names() == ["again", "mine"]


@pytest.mark.parametrize(("notes", "name"), [(STRAIGHT, "straight.mid"), (SWUNG, "swung.mid")])
def test_the_nearest_comes_first(
    tmp_path: Path, music: Path, notes: tuple[Note, ...], name: str
) -> None:
    assert music.is_dir()
    moved = tuple(replace(note, pitch=note.pitch + 3) for note in notes)

    found = Styles(tmp_path)("mine", task(lead(moved)))

    assert next(clip.name for clip in found) == name
    assert {clip.voice for clip in found} == {0}
    assert len(found) <= PASSAGES


def test_drums_take_after_drums(tmp_path: Path, music: Path) -> None:
    assert music.is_dir()
    (found,) = Styles(tmp_path)("mine", task(builders.drum_score()))

    assert found.name == "beat.mid"
    assert found.score.voices[0].is_drums


def test_an_empty_part_takes_after_its_role(tmp_path: Path, music: Path) -> None:
    assert music.is_dir()
    empty = Score((Voice("Drums", (), is_drums=True),), 16.0)

    assert [clip.name for clip in Styles(tmp_path)("mine", task(empty))] == ["beat.mid"]


@pytest.mark.parametrize("name", ["yours", "..", "", "x" * 300])
def test_an_unknown_corpus_is_refused_and_the_known_are_named(
    tmp_path: Path, music: Path, name: str
) -> None:
    assert music.is_dir()
    with pytest.raises(InvalidRequestError, match="there are: mine"):
        Styles(tmp_path)(name, task(lead(STRAIGHT)))


def test_a_meter_that_the_corpus_does_not_have_is_told(tmp_path: Path, music: Path) -> None:
    assert music.is_dir()
    waltz = replace(lead(STRAIGHT), length=15.0, meter_map=MeterMap.constant(Meter(3, 4)))

    with pytest.raises(CannotServeError, match="no two bars of pitched parts in 3/4"):
        Styles(tmp_path)("mine", task(waltz))


def test_what_is_read_or_learnt_later_is_found_by_the_same_server(
    tmp_path: Path, music: Path
) -> None:
    styles, asked = Styles(tmp_path), task(lead(STRAIGHT, "Bass"))
    assert len(styles("mine", asked)) == 2

    LearntClips(tmp_path).add("mine", [("sub", lead(STRAIGHT[::2], "Bass"))])
    assert len(styles("mine", asked)) == 3

    (music / "more.mid").write_bytes(write_score(lead(SWUNG[::-1][:8][::-1], "Bass")))
    Corpus(tmp_path / CORPORA, "mine").add(music)
    assert len(styles("mine", asked)) == PASSAGES


def test_a_damaged_index_is_made_anew(tmp_path: Path, music: Path) -> None:
    assert music.is_dir()
    before = Styles(tmp_path)("mine", task(lead(SWUNG)))
    (tmp_path / CORPORA / "mine" / FILE_NAME).write_bytes(b"damaged")

    assert Styles(tmp_path)("mine", task(lead(SWUNG))) == before


def test_holes_in_another_meter_are_filled_from_passages_in_it(tmp_path: Path, music: Path) -> None:
    assert music.is_dir()
    changing = replace(lead(STRAIGHT), meter_map=MeterMap(((0.0, Meter(3, 4)), (3.0, Meter(4, 4)))))
    later = replace(task(changing), holes=(Hole(0, Span(3.0, 15.0)),))

    assert Styles(tmp_path)("mine", later)[0].name == "straight.mid"

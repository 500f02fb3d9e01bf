"""A model of somebody's own: from loops to an engine that answers, stopped and gone on with."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import builders  # noqa: E402
import tiny_bases  # noqa: E402
from reprise.engines.base import Hole, Task, Verb  # noqa: E402
from reprise.engines.registry import Registry  # noqa: E402
from reprise.engines.user_models.offers import Offers  # noqa: E402
from reprise.engines.user_models.shelf import Shelf  # noqa: E402
from reprise.errors import InvalidRequestError  # noqa: E402
from reprise.evaluation.asking import Asked, ask  # noqa: E402
from reprise.library.own_pieces import own_pieces  # noqa: E402
from reprise.music.score import Score  # noqa: E402
from reprise.music.span import Span  # noqa: E402
from reprise.music.voice import Voice  # noqa: E402
from reprise.training.mine import fine_tuning, making  # noqa: E402
from reprise.training.mine.lessons import Lessons  # noqa: E402
from reprise.training.mine.recipe import read_recipe  # noqa: E402
from tiny_bases import RECIPE, loops, wish  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base that has learnt nothing yet."""
    return tiny_bases.write(tmp_path_factory.mktemp("models"))


def test_a_folder_of_loops_becomes_an_engine_that_knows_them_better(
    tmp_path: Path, bases: Path
) -> None:
    shelf = Shelf(tmp_path / "state")
    said: list[str] = []
    made = making.make(wish(tmp_path, bases), loops(), shelf, say=said.append)

    assert made is not None
    assert made.facts["loss_after"]["own"] < made.facts["loss_before"]["own"]
    assert any("only" in sentence for sentence in made.warnings)
    assert set(made.warnings) <= set(said)
    card = (made.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "My loops" in card
    assert "tiny-base" in card
    assert len(list((made.folder / "examples").glob("*-after.mid"))) > 0
    for picture in (made.folder / "examples").glob("*.svg"):
        assert picture.read_text(encoding="utf-8").startswith('<svg xmlns="http://www.w3.org/2000/')
    engine = Registry({}, Offers(shelf)).get("mine")
    assert engine.info.title == "My loops"
    notes = builders.line([60, 64, 67, 64] * 2)
    source = Score((Voice("Lead", notes),), 4.0)
    task = Task(Verb.CONTINUE, source, Score((), 4.0), (Hole(0, Span(4.0, 8.0)),), 8.0)
    assert ask(engine, Asked(task)).candidates


def test_a_stopped_training_lists_no_model_and_goes_on_where_it_was(
    tmp_path: Path, bases: Path
) -> None:
    shelf = Shelf(tmp_path / "state")
    steps: list[float] = []

    def is_stopped() -> bool:
        return len(steps) == 1

    def count(line: object) -> None:
        steps.append(line["step"])  # type: ignore[index]

    first = making.make(
        wish(tmp_path, bases), loops(), shelf, progress=count, is_stopped=is_stopped
    )
    assert first is None
    assert shelf.names() == []
    made = making.make(wish(tmp_path, bases), loops(), shelf, progress=count)
    assert made is not None
    assert steps == sorted(steps)
    assert shelf.names() == ["mine"]


def test_too_little_music_is_said_in_words(tmp_path: Path, bases: Path) -> None:
    with pytest.raises(InvalidRequestError, match="add more clips"):
        making.make(wish(tmp_path, bases), loops(2), Shelf(tmp_path / "state"))


def test_a_base_of_another_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    other = making.Wish("mine", "", "chorale-v1", tmp_path / "run")
    with pytest.raises(InvalidRequestError, match="chorale-v1 cannot be fine-tuned"):
        making.make(other, [], Shelf(tmp_path / "state"))


def test_versions_of_one_idea_bring_a_warning() -> None:
    clip = loops(1)[0]
    versions = [replace(clip, file=f"{number}.mid") for number in range(30)]
    warnings = making.warnings_of(own_pieces(versions))
    assert any("versions of 1 ideas" in sentence for sentence in warnings)


def test_every_weight_can_learn_as_well(tmp_path: Path, bases: Path) -> None:
    base = fine_tuning.open_base("tiny-base", bases)
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + "\n[full.loop]\nlearning_rate = 5e-3\n", encoding="utf-8")
    recipe = read_recipe(base, path, is_full=True)
    lessons = Lessons(own_pieces(loops()).pieces)
    tuned = fine_tuning.fine_tune(base, recipe, lessons, tmp_path / "run", is_full=True)

    assert recipe.ensemble.loop.learning_rate == 5e-3
    assert tuned.after["own"] < tuned.before["own"]

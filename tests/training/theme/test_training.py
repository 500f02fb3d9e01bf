"""Training the theme networks: they learn, they stop and go on, and what is served is the same."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import engine_tasks
from reprise.engines import checkpoint
from reprise.engines.base import Verb
from reprise.engines.theme.engine import ThemeEngine, open_networks
from reprise.errors import InvalidRequestError
from reprise.evaluation.legality import complaints
from reprise.library import pop909
from reprise.training import loop
from reprise.training.order import Order, Outcome
from reprise.training.theme import data
from reprise.training.theme import training as theme
from reprise.training.theme.labels import SongTheme

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    found = theme.train(Order(None, folder / "theme", is_quick=True))
    assert found is not None
    return found


def test_a_quick_training_learns_more_than_counting(outcome: Outcome) -> None:
    assert outcome.loss < outcome.baseline


def test_the_files_say_what_the_network_says(outcome: Outcome) -> None:
    assert outcome.figures["export_difference"] < 1e-3


def test_the_log_tells_the_tokens(outcome: Outcome) -> None:
    plan = theme.read_recipe("theme", is_quick=True)
    log = (outcome.model / "training-theme.jsonl").read_text("ascii").splitlines()
    assert f'"tokens": {plan.tokens_an_epoch * plan.loop.epochs}' in log[-1]
    assert checkpoint.read("model", outcome.model.parent).config["tokens"] == (
        plan.tokens_an_epoch * plan.loop.epochs
    )


def test_the_engine_opens_what_was_trained(outcome: Outcome) -> None:
    networks = open_networks(checkpoint.read("model", outcome.model.parent))
    task = engine_tasks.plain_task(Verb.DEVELOP)
    engine = ThemeEngine(networks=networks)
    (found,) = engine.candidates(task, 1, 3, engine_tasks.CountingWatch())
    assert complaints(task, found) == []


def test_a_run_that_was_stopped_goes_on(folder: Path) -> None:
    asked = iter([False] * 3 + [True])
    stopped = Order(None, folder / "again", is_quick=True, is_stopped=lambda: next(asked))
    assert theme.train_prompt(stopped) is None
    assert (folder / "again" / loop.CHECKPOINT_FILE).is_file()
    lines: list[float] = []
    order = Order(
        None,
        folder / "again",
        is_quick=True,
        progress=lambda _part, _share, line: lines.append(line["tokens"]),
    )
    found = theme.train_prompt(order)
    assert found is not None
    assert found.loss < found.baseline
    assert lines == sorted(lines)
    assert found.figures["tokens"] == lines[-1]


def test_both_networks_learn_from_the_same_number_of_tokens() -> None:
    plans = [theme.read_recipe(part) for part in ("theme", "prompt")]
    assert plans[0].windows == plans[1].windows
    assert plans[0].loop == plans[1].loop
    assert plans[0].tokens_an_epoch * plans[0].loop.epochs >= 20_000_000


def test_a_recipe_with_an_unknown_key_is_told(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[network.theme]\ndepth = 3\n[windows]\nbatch = 1\n[loop]\n", "utf-8")
    with pytest.raises(InvalidRequestError, match="not understood"):
        theme.read_recipe("theme", recipe)


def test_songs_are_kept_for_the_next_start(tmp_path: Path) -> None:
    found = data.songs(Order(None, tmp_path, is_quick=True), 0)
    numbered = {f"{index:03}": song for index, song in enumerate(found.train)}
    (tmp_path / "run").mkdir()
    data.keep(tmp_path / "run" / data.SONGS_FILE, numbered)
    again = data.songs(Order(None, tmp_path / "run"), 0)
    assert {song.notes for song in (*again.train, *again.valid)} == {
        song.notes for song in found.train
    }
    assert len(again.valid) == -(-len(numbered) // data.VALID_EVERY)


def test_no_song_of_the_theme_study_is_learnt_from() -> None:
    labels = {
        number: SongTheme("train", (0,), 0, 0.1, 0.0, 3, is_fallback=False)
        for number in pop909.TEST_SONGS
    }
    assert not data.learnable(labels)

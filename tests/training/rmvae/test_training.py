import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

import tiny_bars
import tiny_chorales
from reprise.engines import checkpoint
from reprise.engines.rmvae.engine import NEXT, SECOND, open_network
from reprise.errors import CorruptModelError, InvalidRequestError
from reprise.networks.rmvae import Rmvae
from reprise.tokenizers import rmvae as tokens
from reprise.training import loop
from reprise.training.order import Order
from reprise.training.rmvae import ablations as rmvae_ablations
from reprise.training.rmvae import export, training
from reprise.training.rmvae import polyphonic as rmvae_polyphonic
from reprise.training.rmvae.loss import loss_of, risen
from reprise.training.rmvae.questions import (
    Draw,
    Question,
    Stretch,
    draw_question,
    known,
    stacked,
)
from reprise.training.rmvae.recipe import Recipe, read_table, recipe_of
from reprise.training.rmvae.validation import counted_loss, validated

pytestmark = pytest.mark.torch

seeds = st.integers(0, 2**32 - 1)


def recipe(part: str = "next") -> Recipe:
    return recipe_of(part, tiny_bars.recipe_table())


def stretch(count: int = 2, bars: int = 9) -> Stretch:
    lines = [tokens.lines_of_grid(grid) for grid in tiny_chorales.chorales(count, 16 * bars)]
    return stacked([tokens.bars_of(each, 0, bars, 0) for each in lines])


# ------------------------------------------------------------ questions


@given(seed=seeds)
def test_no_voice_that_stands_is_asked_for_and_some_voice_always_is(seed: int) -> None:
    question = draw_question(40, 4, np.random.default_rng(seed))

    assert (question.stands * question.wanted == 0).all()
    assert (question.wanted.sum(1) > 0).all()
    assert (question.heard + question.stands + question.wanted > 0).any(1).all()


def test_all_kinds_of_questions_are_asked() -> None:
    question = draw_question(400, 4, np.random.default_rng(0))

    is_next = (question.heard.sum(1) == 4) & (question.wanted.sum(1) == 4)
    is_bound = (question.heard == question.wanted).all(1) & ~is_next
    is_fill = (question.wanted * (1 - question.heard)).sum(1) > 0
    for share in (is_next, is_bound, is_fill):
        assert 0.05 < share.float().mean() < 0.6
    assert ((question.heard + question.wanted).clamp(max=1).sum(1) < 4).any(), "missing voices"


def test_a_writer_hears_itself_a_step_late_and_the_others_as_far_as_they_stand() -> None:
    music = stretch(1)
    everyone = torch.ones(1, 4)
    stands = torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    question = Question(everyone, stands, everyone - stands, torch.ones(1))

    facts = known(music, question, offset=1)

    soprano = facts.pitches[0, -1, 0]
    assert torch.equal(soprano[:, 3], music.pitches[0, -1, 3])
    assert (soprano[:, 1:3] == tokens.UNKNOWN_PITCH).all()
    assert torch.equal(soprano[1:, 0], music.pitches[0, -1, 0, :-1])
    assert soprano[0, 0] == music.pitches[0, -2, 0, -1], "the note before the bar line"


def test_a_writer_that_is_told_nothing_of_its_bar_knows_the_note_before_it() -> None:
    music = stretch(1)
    everyone = torch.ones(1, 4)
    question = Question(everyone, torch.zeros(1, 4), everyone, torch.zeros(1))

    near, far = (known(music, question, offset) for offset in (1, 2))

    own = near.pitches[0, -1, 1, :, 1]
    assert own[0] == music.pitches[0, -2, 1, -1]
    assert (own[1:] == tokens.UNKNOWN_PITCH).all()
    assert (far.pitches[0, -1, 1, :, 1] == tokens.UNKNOWN_PITCH).all()


def test_stretches_come_in_the_key_that_is_asked_for() -> None:
    grids = tiny_chorales.chorales(1, 160)
    settings = recipe().draw
    home = tokens.home_transposition(grids[0])

    found = {
        kind: Draw(grids, replace(settings, batch=30, transposition=kind), 9).stretches(
            np.random.default_rng(0)
        )
        for kind in ("none", "home", "any")
    }

    lowest = {kind: int(each.pitches[each.exists > 0].min()) for kind, each in found.items()}
    assert lowest["home"] - lowest["none"] == home
    assert lowest["any"] < lowest["none"]
    assert (found["none"].exists == 0).any(), "some begin before the chorale"


# ------------------------------------------------------------ recipes and orders


def test_what_a_part_says_of_itself_goes_before_what_all_parts_share() -> None:
    table = read_table()

    first, second = recipe_of("next", table), recipe_of("second", table)

    assert (first.network.offset, second.network.offset) == (1, 2)
    assert (first.bars, second.bars) == (9, 10)
    assert second.loop.epochs < first.loop.epochs
    assert first.network.sizes == second.network.sizes


def test_a_recipe_with_an_unknown_word_is_refused() -> None:
    table = tiny_bars.recipe_table(losses={"melody": 1.0})

    with pytest.raises(InvalidRequestError, match="melody"):
        recipe_of("next", table)


def test_an_unknown_part_is_refused_in_words(tmp_path: Path) -> None:
    order = Order(data=None, out=tmp_path, is_quick=True, options={"part": "third"})

    with pytest.raises(InvalidRequestError, match="next or second"):
        training.train(order)


def test_a_stopped_training_has_no_outcome_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    order = Order(data=None, out=tmp_path, is_quick=True, is_stopped=lambda: True)

    assert training.train(order) is None
    assert (tmp_path / "next" / loop.CHECKPOINT_FILE).exists()
    assert not order.model.exists()


def test_the_divergence_weighs_nothing_at_first_and_all_after_two_fifths() -> None:
    assert [risen(share) for share in (0.0, 0.01, 0.4, 1.0)] == [0.0, 0.0, 1.0, 1.0]
    assert 0.4 < risen(0.2) < 0.6


@pytest.mark.parametrize("extra", ["scale", "rhythm", "harmony"])
def test_every_extra_loss_moves_the_loss(extra: str, tmp_path: Path) -> None:
    settings = recipe()
    other = replace(settings, losses=replace(settings.losses, **{extra: 10.0}))

    losses = []
    for number, one in enumerate((settings, other)):
        torch.manual_seed(0)
        run = loop.Run(Rmvae(one.network), one.loop, tmp_path / str(number))
        draw = Draw(tiny_chorales.chorales(2, 160), one.draw, one.bars)
        losses.append(loss_of(run, draw, one)(run.network, np.random.default_rng(0)).item())

    assert losses[0] != pytest.approx(losses[1], abs=1e-3)


# ------------------------------------------------------------ validation


def test_counting_is_perfect_on_music_that_never_changes() -> None:
    still = [np.tile(np.array([[32, 28, 25, 16]]), (200, 1))]

    assert counted_loss(still * 400, still) < 0.1
    assert counted_loss(tiny_chorales.chorales(4, 200), still) > 1.0


def test_an_untrained_network_is_validated_on_the_last_bars() -> None:
    network = Rmvae(recipe().network).eval()

    with torch.no_grad():
        found = validated(network, recipe().questions(tiny_chorales.chorales(2, 160)))

    assert found["loss"] == pytest.approx(0.5 * (found["next"] + found["refill_heard"]))
    assert 0.0 <= found["next_accuracy"] <= 1.0
    assert found["next"] == pytest.approx(np.log(58) * 0.3 + np.log(2), rel=0.5)


# ------------------------------------------------------------ files


def test_the_files_say_what_the_network_says(tmp_path: Path) -> None:
    network = Rmvae(recipe().network).eval()

    assert export.export(network, "next", tmp_path) < 1e-4


def test_only_writers_that_listen_are_served(tmp_path: Path) -> None:
    settings = replace(recipe().network, kind="recurrent")

    with pytest.raises(TypeError, match="listening"):
        export.export(Rmvae(settings), "next", tmp_path)


def test_a_published_model_opens_with_both_networks_and_no_others(tmp_path: Path) -> None:
    model = checkpoint.read("rmvae-v1", tiny_bars.write_model(tmp_path))

    assert (open_network(model, NEXT).bars, open_network(model, SECOND).bars) == (9, 10)
    assert set(model.config["parameters"]) == {"next", "second"}
    assert model.config["trained_on"] == "practice"
    with pytest.raises(CorruptModelError, match="one release"):
        open_network(replace(model, vocabulary={**model.vocabulary, "pitches": 46}), NEXT)


# ------------------------------------------------------------ ablations


def test_every_ablation_changes_something_and_can_be_built() -> None:
    base = recipe("ablations")

    changed = [ablation.change(base) for ablation in rmvae_ablations.ABLATIONS]

    assert changed[0] == base
    assert all(one != base for one in changed[1:])
    with torch.device("meta"):
        assert all(Rmvae(one.network).config == one.network for one in changed)


def test_the_table_has_a_line_for_each_row_and_blanks_for_what_was_not_measured() -> None:
    found = {"base": {"parameters": 1234567, "next": 0.5}, "poly": {"onset_f1": 0.25}}

    lines = rmvae_ablations.table(found).splitlines()

    assert len(lines) == 4
    assert "1,234,567" in lines[2]
    assert "0.250" in lines[3]
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.slow
def test_the_ablations_are_one_table(tmp_path: Path) -> None:
    recipe_file = tmp_path / "recipe.toml"
    recipe_file.write_text(_toml(tiny_bars.recipe_table()), encoding="utf-8")
    order = Order(None, tmp_path / "run", recipe_file, is_quick=True, options={"ablations": "yes"})

    outcome = training.train(order)

    assert outcome is not None
    told = json.loads((order.out / "ablations.json").read_text(encoding="utf-8"))
    assert len(told) == len(rmvae_ablations.ABLATIONS)
    assert len((order.out / "ablations.md").read_text(encoding="utf-8").splitlines()) == 12


def _toml(table: dict[str, dict[str, object]]) -> str:
    sections = (
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
        for name, section in table.items()
    )
    return "\n".join(sections)


# ------------------------------------------------------------ polyphonic


def test_two_lines_of_a_polyphonic_voice_are_both_there() -> None:
    music = stretch(1)

    rolls = rmvae_polyphonic.rolls(music)

    assert rolls.shape == (1, 9, 2, 16, 116)
    begins = rolls[0, 3, 1, :, ::2] > 0
    for line in (2, 3):
        for step in range(16):
            if music.strikes[0, 3, line, step]:
                assert begins[step, music.pitches[0, 3, line, step]]
    assert begins.sum() <= music.strikes[0, 3, 2:].sum()


def test_a_polyphonic_network_learns_a_little_music(tmp_path: Path) -> None:
    settings = replace(recipe(), loop=replace(recipe().loop, epochs=1, steps_per_epoch=30))
    network_settings = replace(settings.network, kind="recurrent", encoding="polyphonic", voices=2)
    settings = replace(settings, network=network_settings)
    grids = tiny_chorales.chorales(3, 160)
    network = Rmvae(settings.network)
    run = loop.Run(network, settings.loop, tmp_path)
    draw = Draw(grids, settings.draw, settings.bars)
    rows = settings.questions(grids)

    with torch.no_grad():
        before = rmvae_polyphonic.validated(network.eval(), rows)
    losses: list[float] = []
    loop.fit(
        run,
        rmvae_polyphonic.loss_of(run, draw, settings),
        lambda _: rmvae_polyphonic.validated(network, rows),
        progress=lambda line: losses.append(line["valid_loss"]),
    )

    assert losses[-1] < before["loss"]

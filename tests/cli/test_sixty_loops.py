"""Sixty loops of a bar or a few are enough: all are kept, and a model learns from them."""

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import builders
import loop_folder
import second_opinion
from reprise.library import practice
from reprise.library.midi_score import read_score
from reprise.music.note import Note

from .conftest import Run

pytestmark = pytest.mark.torch

SHORT = """
[adapting]
rank = 8
few_rank = 8
few_pieces = 20
scale = 2.0
replay_share = 0.2
anchor_weight = 2.0
passes = 1.0
most_steps = 500
patience = 9
most_forgotten = 0.02

[training]
tokens_a_batch = 2048
longest = 512
valid_examples = 12
is_compiled = false

[loop]
learning_rate = 2e-3
warm_up_steps = 2
log_every = 3
validate_every = 3
average_share = 0.5
"""
"""A few steps of the published recipe."""


def learnt(reprise: Run, folder: Path, *words: str | Path) -> dict[str, float]:
    """Read a folder, keep all of it, learn; return the loss of its held-out loops, then and now."""
    read = reprise("corpus", "add", folder, "--name", "loops", "--json").data
    assert (read["files"], read["clips"], read["reasons"]) == (60, 60, {})
    assert read["drums"] == {"track name": loop_folder.DRUM_LOOPS}
    made = reprise("train", "mine", "--corpus", "loops", *words, "--json").data
    assert made["ideas"] <= 50
    return {"before": made["loss_before"]["own"], "after": made["loss_after"]["own"]}


def test_sixty_loops_are_kept_and_a_few_steps_learn_from_them(reprise: Run, tmp_path: Path) -> None:
    tunes = [score.voices[0].notes for score in practice.tunes(40, seed=1)]
    loop_folder.write_loops(tmp_path / "loops", tunes, [_beat(seed) for seed in range(10)])
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SHORT, encoding="utf-8")

    loss = learnt(reprise, tmp_path / "loops", "--recipe", recipe, "--out", tmp_path / "run")
    assert loss["after"] < loss["before"]


@pytest.mark.slow
def test_two_processes_make_one_model_together(reprise: Run, tmp_path: Path) -> None:
    tunes = [score.voices[0].notes for score in practice.tunes(40, seed=1)]
    loop_folder.write_loops(tmp_path / "loops", tunes, [_beat(seed) for seed in range(10)])
    assert reprise("corpus", "add", tmp_path / "loops", "--name", "loops").code == 0
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SHORT, encoding="utf-8")
    words = ["train", "mine", "--corpus", "loops", "--recipe", recipe, "--out", tmp_path / "run"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launch, "-m", "reprise.cli.main", *words]

    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().count("is among your models") == 1
    shown = reprise("models", "--json").data
    assert "loops" in str(shown)


@pytest.mark.slow
def test_sixty_loops_of_songs_that_no_model_heard_teach_a_style(
    reprise: Run, tmp_path: Path
) -> None:
    tunes = _heard("nottingham/MIDI/jigs*.mid", 40)
    beats = _heard("gmd_groove/drummer1/eval_session/*.mid", 5)
    loop_folder.write_loops(tmp_path / "loops", tunes, beats)

    loss = learnt(reprise, tmp_path / "loops", "--out", tmp_path / "run")
    assert loss["after"] < loss["before"]


def _beat(seed: int) -> Sequence[Note]:
    return builders.line(random.Random(seed).choices((36, 38, 42, 46), k=64))


def _heard(pattern: str, count: int) -> list[Sequence[Note]]:
    """Return the first voice of files of unpacked sets."""
    if second_opinion.DATA is None:
        pytest.skip("REPRISE_DATA names no folder of data sets")
    paths = sorted(Path(second_opinion.DATA).glob(pattern))[:count]
    return [read_score(path).voices[0].sounding for path in paths]

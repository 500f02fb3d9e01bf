import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import tiny_songs  # noqa: E402
from reprise.errors import InvalidRequestError  # noqa: E402 (only where torch is)
from reprise.library.corpus_file import write_corpus  # noqa: E402
from reprise.networks.ensemble import EnsembleNetwork, load  # noqa: E402
from reprise.tokenizers.ensemble import layout, vocabulary  # noqa: E402
from reprise.training import batches, curves, ensemble  # noqa: E402
from reprise.training.ensemble import EnsembleLoss, Lesson, Recipe  # noqa: E402
from reprise.training.long_loop import LongRun, Plan  # noqa: E402
from reprise.training.loop import CHECKPOINT_FILE  # noqa: E402

pytestmark = pytest.mark.torch

TINY = """
[network]
width = 16
layers = 1
heads = 2
key_heads = 1
head_size = 8
hidden = 24

[training]
tokens_a_batch = 600
longest = 300
valid_examples = 6
is_compiled = false

[loop]
learning_rate = 1e-2
warm_up_steps = 2
log_every = 2
validate_every = 4
"""


def tiny_recipe(folder: Path) -> Recipe:
    path = folder / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return ensemble.read_recipe("xs", path)


def corpus(folder: Path) -> Path:
    path = folder / "córpus.npz"
    held_out = tiny_songs.song(seed=9, split="valid")
    write_corpus(path, tiny_songs.corpus(*tiny_songs.corpus().pieces, held_out))
    return path


def trained(folder: Path, out: str, steps: int, stop_at: int | None = None) -> LongRun:
    asked = iter(range(1, 1000))
    return ensemble.train(
        tiny_recipe(folder),
        Plan(steps=steps),
        corpus(folder),
        folder / out,
        is_stopped=lambda: next(asked) == stop_at,
    )


def is_close(left: LongRun, right: LongRun) -> bool:
    one, other = left.network.state_dict(), right.network.state_dict()
    return all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


@pytest.mark.parametrize("size", ensemble.SIZES)
def test_every_size_has_a_published_recipe(size: str) -> None:
    recipe = ensemble.read_recipe(size)

    assert recipe.network.rows == layout.ROWS
    assert recipe.network.tokens == vocabulary.SIZE
    assert recipe.network.heads % recipe.network.key_heads == 0


def test_an_unknown_word_in_a_recipe_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(TINY + "\nwarm_down_steps = 3\n", encoding="utf-8")

    with pytest.raises(InvalidRequestError, match="warm_down_steps"):
        ensemble.read_recipe("xs", path)


def test_the_loss_is_that_of_the_chosen_tokens_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    recipe = tiny_recipe(tmp_path)
    network = EnsembleNetwork(recipe.network).eval()
    settings = ensemble.batch_settings(recipe, corpus(tmp_path))
    batch = next(batches.batches(settings, 0))
    inputs, chosen, targets, weights = ensemble.on_device(batch, torch.device("cpu"))

    loss, nats = EnsembleLoss(network, 0.5)(inputs, chosen, targets, weights)

    logits = network(*inputs).flatten(0, 1)[chosen]
    expected = F.cross_entropy(logits, targets, reduction="none")
    squares = torch.logsumexp(logits, dim=-1).square()
    assert torch.allclose(nats, expected, atol=1e-4)
    assert torch.allclose(loss, ((expected + 0.5 * squares) * weights).sum() / weights.sum())


def test_losses_are_told_apart_by_kind_of_token() -> None:
    nats = torch.tensor([1.0, 3.0, 7.0, 100.0, 5.0])
    names = ("pitch", "pitch", "end", "copy", "other")
    kinds = torch.tensor([batches.KINDS.index(kind) for kind in names])

    found = ensemble.figures(nats, kinds, torch.tensor([1.0, 1.0, 1.0, 0.25, 0.0]))

    means = {name: float(total / count) for name, (total, count) in found.items() if count > 0}
    assert means == {"answer": pytest.approx(11 / 3), "context": 100.0, "pitch": 2.0, "end": 7.0}


def test_training_lowers_the_loss_and_leaves_a_network_to_read(tmp_path: Path) -> None:
    trained(tmp_path, "run", steps=24)

    log = curves.read(tmp_path / "run")
    network = load(tmp_path / "run" / ensemble.NETWORK_FILE)
    assert log[-1]["train_answer"] < log[0]["train_answer"] - 1.0
    assert log[-1]["valid_loss"] < log[1]["valid_loss"]
    assert log[-1]["valid_bits_a_note"] > 0
    assert {"train_position", "train_pitch", "train_end", "valid_pitch"} <= log[-1].keys()
    assert network.config == tiny_recipe(tmp_path).network


def test_a_training_that_was_stopped_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = trained(tmp_path, "whole", steps=8)
    stopped = trained(tmp_path, "stopped", steps=8, stop_at=5)
    again = trained(tmp_path, "stopped", steps=8)

    assert stopped.step == 5
    assert not stopped.is_complete
    assert again.step == whole.step == 8
    assert is_close(whole, again)


class Pair:
    """Two lessons whose losses count half each, as in two processes."""

    def __init__(self, lessons: list[Lesson]) -> None:
        self.lessons = lessons

    def measure(self) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        (first, figures), (second, _) = (lesson.measure() for lesson in self.lessons)
        return (first + second) / 2, figures


def test_a_step_of_two_batches_learns_the_mean_of_both_and_rests_between_them(
    tmp_path: Path,
) -> None:
    recipe = replace(tiny_recipe(tmp_path), batches_a_step=2)
    settings = ensemble.batch_settings(recipe, corpus(tmp_path))
    torch.manual_seed(0)
    network, device = EnsembleNetwork(recipe.network), torch.device("cpu")
    rests: list[int] = []
    stream = batches.batches(settings, 0)
    step = Lesson(network, recipe, stream.__next__, device, rest=lambda: rests.append(1))
    loss, _ = step.measure()
    torch.autograd.backward([loss])
    found = [
        parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None
    ]

    network.zero_grad()
    single = replace(recipe, batches_a_step=1)
    again = batches.batches(settings, 0)
    alone = Lesson(network, single, again.__next__, device)
    for _ in range(2):
        (alone.measure()[0] / 2).backward()  # type: ignore[no-untyped-call]
    expected = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert len(found) == len(expected) > 0
    assert all(torch.allclose(one, other, atol=1e-3) for one, other in zip(found, expected))
    assert len(rests) == 1


def test_two_processes_learn_what_one_learns_from_the_batches_of_both(tmp_path: Path) -> None:
    recipe = tiny_recipe(tmp_path)
    path = corpus(tmp_path)
    words = ["train", "ensemble-xs", "--recipe", tmp_path / "tiny.toml", "--corpus", path]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launch, "-m", "reprise.cli.main", *words, "--steps=3", "--out", tmp_path / "two"]

    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr.decode()
    torch.manual_seed(recipe.loop.seed)
    network = EnsembleNetwork(recipe.network)
    alone = LongRun(network, recipe.loop, Plan(steps=3), tmp_path)
    network.train()
    settings = ensemble.batch_settings(recipe, path)
    streams = [batches.batches(settings, 0, rank=rank) for rank in range(2)]
    device = torch.device("cpu")
    pair = Pair([Lesson(network, recipe, stream.__next__, device) for stream in streams])
    for _ in range(3):
        alone.take_step(pair.measure)
    state = torch.load(tmp_path / "two" / CHECKPOINT_FILE, weights_only=True)
    assert state["step"] == 3
    found = state["network"]
    learnt = network.state_dict()
    assert all(torch.allclose(found[name], learnt[name], atol=2e-3) for name in learnt)


@pytest.mark.slow
@pytest.mark.skipif(not ensemble.has_compiler(), reason="compiling takes a compiler of C++")
@pytest.mark.filterwarnings("ignore")  # of the compiler's own, in many places
def test_compiled_blocks_learn_what_plain_ones_learn(tmp_path: Path) -> None:
    torch.manual_seed(0)
    recipe = replace(tiny_recipe(tmp_path), is_compiled=True)
    settings = ensemble.batch_settings(recipe, corpus(tmp_path))
    plain, compiled = EnsembleNetwork(recipe.network), EnsembleNetwork(recipe.network)
    compiled.load_state_dict(plain.state_dict())
    device = torch.device("cpu")
    lessons = [
        Lesson(network, chosen, batches.batches(settings, 0).__next__, device)
        for network, chosen in (
            (plain, replace(recipe, is_compiled=False)),
            (compiled, recipe),
        )
    ]

    losses = [float(lesson.measure()[0]) for lesson in lessons]

    assert losses[0] == pytest.approx(losses[1], abs=0.02)

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from reprise.training import loop

pytestmark = pytest.mark.torch

SETTINGS = loop.LoopSettings(
    epochs=10, steps_per_epoch=10, warm_up_steps=5, hold_epochs=2, final_share=0.1
)


def test_the_learning_rate_rises_stays_and_falls_to_its_final_share() -> None:
    shares = [loop.learning_rate_share(SETTINGS, step) for step in range(101)]

    assert shares[0] < shares[2] < shares[4] == 1.0
    assert shares[5:20] == [1.0] * 15
    assert all(later < share for share, later in zip(shares[20:], shares[21:]))
    assert shares[100] == pytest.approx(0.1)


def linear_run(folder: Path) -> loop.Run:
    torch.manual_seed(0)
    return loop.Run(torch.nn.Linear(2, 1), SETTINGS, folder)


def draw_loss(network: torch.nn.Module, random: np.random.Generator) -> torch.Tensor:
    inputs = torch.tensor(random.random((8, 2)), dtype=torch.float32)
    error: torch.Tensor = network(inputs).squeeze(1) - inputs.sum(dim=1)
    return error.square().mean()


def losses_of(values: list[float]) -> Callable[[torch.nn.Module], dict[str, float]]:
    left = iter(values)
    return lambda _network: {"loss": next(left)}


def test_the_best_weights_are_those_of_the_lowest_validation_loss(tmp_path: Path) -> None:
    averages: list[dict[str, torch.Tensor]] = []
    run = linear_run(tmp_path)
    validate = losses_of([5.0, 1.0, *[2.0] * 8])

    loop.fit(
        run,
        draw_loss,
        validate,
        progress=lambda _: averages.append({k: v.clone() for k, v in run.average.items()}),
    )

    best = loop.best_weights(tmp_path)
    assert all(torch.equal(best[name], averages[1][name]) for name in best)


def test_the_network_goes_on_with_its_own_weights_after_validating_the_average(
    tmp_path: Path,
) -> None:
    run = linear_run(tmp_path)
    run.folder.mkdir(exist_ok=True)
    run.take_step(draw_loss)
    before = {name: value.clone() for name, value in run.network.state_dict().items()}

    run.validate(lambda _network: {"loss": 1.0})

    after = run.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_checkpoint_is_written_when_its_time_has_come(tmp_path: Path) -> None:
    run = linear_run(tmp_path)
    clock = iter(float(100 * count) for count in range(10_000))
    seen: list[bool] = []

    def stop_after_three() -> bool:
        seen.append((tmp_path / loop.CHECKPOINT_FILE).exists())
        return len(seen) == 3

    is_complete = loop.fit(
        run,
        draw_loss,
        lambda _network: {"loss": 1.0},
        is_stopped=stop_after_three,
        clock=lambda: next(clock),
    )

    assert not is_complete
    assert seen == [False, True, True]


def test_a_run_may_bring_its_own_optimizers_and_the_loop_sets_their_rates(tmp_path: Path) -> None:
    network = torch.nn.Linear(2, 1)
    own = torch.optim.SGD(network.parameters(), lr=9.0)
    run = loop.Run(network, SETTINGS, tmp_path, [own])

    run.take_step(draw_loss)

    assert run.optimizers == [own]
    assert own.param_groups[0]["lr"] == pytest.approx(SETTINGS.learning_rate / 5)


def test_weights_that_are_counts_are_copied_and_not_averaged(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    run = loop.Run(network, SETTINGS, tmp_path)

    for _ in range(3):
        run.take_step(draw_loss)

    assert run.average["1.num_batches_tracked"] == 3

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from reprise.errors import InvalidRequestError  # noqa: E402
from reprise.training import curves, long_loop  # noqa: E402 (only where torch is)
from reprise.training.long_loop import LongRun, LongSettings, Plan  # noqa: E402
from reprise.training.loop import BEST_FILE, CHECKPOINT_FILE  # noqa: E402

pytestmark = pytest.mark.torch

SETTINGS = LongSettings(
    warm_up_steps=5, log_every=5, validate_every=10, fall_share=0.25, final_share=0.1
)
SECONDS_A_STEP = 6.0


class Lines:
    """A line to be learned, batch by batch; batch number n is always the same."""

    def __init__(self, run: LongRun) -> None:
        self.run = run

    def measure(self) -> tuple[Tensor, Mapping[str, tuple[Tensor, Tensor]]]:
        random = torch.Generator().manual_seed(self.run.step)
        inputs = torch.rand(8, 2, generator=random)
        errors = (self.run.network(inputs).squeeze(1) - inputs.sum(dim=1)).square()
        return errors.mean(), {"answer": (errors.detach().sum(), torch.tensor(len(errors)))}


def new_run(folder: Path, plan: Plan) -> LongRun:
    torch.manual_seed(0)
    folder.mkdir(exist_ok=True)
    return LongRun(nn.Linear(2, 1), SETTINGS, plan, folder)


def ticking() -> Iterator[float]:
    """Seconds that pass between two looks at the clock, so that a step takes some."""
    now = 0.0
    while True:
        yield now
        now += SECONDS_A_STEP / 2  # the loop looks at the clock twice a step


def go_on(
    run: LongRun, stop_at: int | None = None, validate: long_loop.Validate | None = None
) -> list[dict[str, float]]:
    seen: list[dict[str, float]] = []
    clock = ticking()
    run.resume()
    long_loop.fit(
        run,
        Lines(run).measure,
        validate or (lambda _network: {"loss": 1.0}),
        count_tokens=lambda: 100,
        progress=lambda line: seen.append(dict(line)),
        is_stopped=lambda: run.step == stop_at,
        clock=lambda: next(clock),
    )
    return seen


def weights(run: LongRun) -> list[Tensor]:
    return [*run.network.state_dict().values(), *run.average.values()]


def is_same(left: LongRun, right: LongRun) -> bool:
    return all(torch.equal(*pair) for pair in zip(weights(left), weights(right), strict=True))


def test_the_learning_rate_rises_stays_and_falls_in_the_last_quarter() -> None:
    shares = [long_loop.learning_rate_share(SETTINGS, step, step / 100) for step in range(101)]

    assert shares[0] < shares[2] < shares[4] == 1.0
    assert shares[5:76] == [1.0] * 71
    assert all(later < share for share, later in zip(shares[75:], shares[76:]))
    assert shares[100] == pytest.approx(0.1)


def test_a_plan_is_in_steps_or_in_minutes() -> None:
    assert Plan(steps=200).share(50, 1e9) == 0.25
    assert Plan(minutes=2.0).share(10**9, 30.0) == 0.25
    with pytest.raises(InvalidRequestError, match="steps or in minutes"):
        Plan()
    with pytest.raises(InvalidRequestError, match="steps or in minutes"):
        Plan(steps=1, minutes=1.0)


@pytest.mark.parametrize("stop_at", [7, 20, 33])
def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path: Path, stop_at: int) -> None:
    plan = Plan(steps=40)
    whole = new_run(tmp_path / "whole", plan)
    go_on(whole)
    go_on(new_run(tmp_path / "stopped", plan), stop_at=stop_at)
    again = new_run(tmp_path / "stopped", plan)
    go_on(again)

    assert again.step == whole.step == 40
    assert is_same(whole, again)
    assert [line["step"] for line in curves.read(tmp_path / "stopped")] == list(range(5, 41, 5))


def test_a_longer_plan_goes_on_from_before_the_learning_rate_fell(tmp_path: Path) -> None:
    go_on(new_run(tmp_path / "prolonged", Plan(steps=40)))
    prolonged = new_run(tmp_path / "prolonged", Plan(steps=80))
    prolonged.resume()
    assert prolonged.step == 30

    go_on(prolonged)
    whole = new_run(tmp_path / "whole", Plan(steps=80))
    go_on(whole)

    assert is_same(whole, prolonged)


def test_a_run_that_is_done_takes_no_further_step(tmp_path: Path) -> None:
    done = new_run(tmp_path / "run", Plan(steps=20))
    go_on(done)
    again = new_run(tmp_path / "run", Plan(steps=20))

    assert go_on(again) == []
    assert is_same(done, again)


def test_a_run_planned_in_minutes_ends_when_they_are_over(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", Plan(minutes=4.0))
    lines = go_on(run)

    assert run.seconds >= 240.0
    assert run.seconds < 240.0 + 2 * SECONDS_A_STEP
    assert lines[-1]["rate_share"] == pytest.approx(0.1, abs=0.1)
    assert lines[2]["planned_steps"] == pytest.approx(run.step, rel=0.1)
    assert (tmp_path / "run" / long_loop.STABLE_FILE).exists()


def test_minutes_count_over_all_sittings(tmp_path: Path) -> None:
    go_on(new_run(tmp_path / "run", Plan(minutes=4.0)), stop_at=20)
    again = new_run(tmp_path / "run", Plan(minutes=4.0))
    go_on(again)

    assert again.step == pytest.approx(240 / SECONDS_A_STEP, abs=3)


def test_the_best_weights_are_those_of_the_lowest_validation_loss(tmp_path: Path) -> None:
    losses = iter([3.0, 1.0, 2.0, 5.0])
    seen: list[dict[str, Tensor]] = []

    def validate(network: nn.Module) -> dict[str, float]:
        seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return {"loss": next(losses)}

    go_on(new_run(tmp_path / "run", Plan(steps=40)), validate=validate)

    best = torch.load(tmp_path / "run" / BEST_FILE, weights_only=True)
    assert best["step"] == 20
    assert all(torch.equal(best["weights"][name], seen[1][name]) for name in seen[1])


def test_validating_leaves_the_weights_in_training_alone(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", Plan(steps=10))
    for _ in range(3):
        run.take_step(Lines(run).measure)
    before = [value.clone() for value in weights(run)]

    run.validate(lambda _network: {"loss": 1.0})

    assert all(map(torch.equal, before, weights(run)))


def test_a_checkpoint_is_written_when_its_time_has_come(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", Plan(steps=100))
    seen: list[bool] = []
    clock = ticking()

    def is_stopped() -> bool:
        seen.append((tmp_path / "run" / CHECKPOINT_FILE).exists())
        return run.seconds > 2.5 * SETTINGS.checkpoint_seconds

    long_loop.fit(
        run,
        Lines(run).measure,
        lambda _network: {"loss": 1.0},
        count_tokens=lambda: 1,
        is_stopped=is_stopped,
        clock=lambda: next(clock),
    )

    assert not seen[0]
    assert seen[-1]


def test_the_log_tells_pace_loss_and_plan(tmp_path: Path) -> None:
    lines = go_on(new_run(tmp_path / "run", Plan(steps=40)))

    assert lines[-1]["tokens"] == 4000
    assert lines[0]["train_answer"] > lines[-1]["train_answer"]
    assert all(line["planned_steps"] == 40 for line in lines)
    assert [("valid_loss" in line) for line in lines] == [False, True] * 4
    assert lines[3]["tokens_a_second"] == pytest.approx(100 / SECONDS_A_STEP, rel=0.5)


def test_sums_leave_out_what_was_not_counted() -> None:
    sums = long_loop.Sums()
    for total in (3.0, 5.0):
        sums.add(
            {
                "pitch": (torch.tensor(total), torch.tensor(2)),
                "copy": (torch.tensor(0.0), torch.tensor(0)),
            }
        )

    assert sums.means() == {"pitch": 2.0}
    assert sums.total("pitch") == 8.0


def test_the_curves_of_a_run_are_one_readable_picture(tmp_path: Path) -> None:
    go_on(new_run(tmp_path / "run", Plan(steps=40)))

    curves.write(tmp_path / "run", tmp_path / "curves.svg")

    text = (tmp_path / "curves.svg").read_text(encoding="utf-8")

    assert text.startswith("<svg")
    assert text.count("<polyline") == 4  # training, validation, pace and learning rate
    assert "answers, validation" in text
    assert "nan" not in text.lower()

"""Where memory or disk give out, or the base does not fit, a fine-tuning has words and no harm."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

import tiny_bases
from reprise.engines import checkpoint
from reprise.engines.user_models.shelf import Shelf
from reprise.errors import CorruptModelError, FileError, InvalidRequestError
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig, save
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.training import ensemble
from reprise.training.mine import card, devices, fine_tuning, making

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bases.write(tmp_path_factory.mktemp("models"))


def test_a_graphics_card_that_is_too_small_leaves_it_to_the_processor(
    tmp_path: Path, bases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[torch.device] = []
    steps: list[float] = []
    said: list[str] = []
    fine_tune = fine_tuning.fine_tune

    def too_large_at_first(*given: Any, **settings: Any) -> fine_tuning.FineTuned:  # noqa: ANN401
        tried.append(settings["device"])
        if len(tried) > 1:
            return fine_tune(*given, **settings)
        fine_tune(*given, **settings | {"is_stopped": lambda: len(steps) == 1})
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(fine_tuning, "fine_tune", too_large_at_first)
    monkeypatch.setattr(devices, "found", lambda: (devices.PROCESSOR, devices.PROCESSOR))
    shelf = Shelf(tmp_path / "state")
    made = making.make(
        tiny_bases.wish(tmp_path, bases),
        tiny_bases.loops(),
        shelf,
        say=said.append,
        progress=lambda line: steps.append(line["step"]),
    )

    assert made is not None
    assert len(tried) == 2
    assert steps == sorted(steps)
    assert any("goes on with the processor, which takes longer" in sentence for sentence in said)
    assert shelf.names() == ["mine"]


def test_the_last_device_says_itself_that_it_is_too_small() -> None:
    def fails(_device: torch.device) -> None:
        raise torch.OutOfMemoryError("no memory")

    with pytest.raises(torch.OutOfMemoryError):
        devices.on_first_that_holds((devices.PROCESSOR, devices.PROCESSOR), fails)


@pytest.mark.parametrize("part", ["network", "card"])
def test_a_full_disk_leaves_no_half_model_in_the_list(
    tmp_path: Path, bases: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    place = (making, "save") if part == "network" else (card, "write")
    shelf = Shelf(tmp_path / "state")
    with monkeypatch.context() as patch:
        patch.setattr(*place, full)
        with pytest.raises(FileError, match="No space left"):
            making.make(tiny_bases.wish(tmp_path, bases), tiny_bases.loops(), shelf)
        assert shelf.names() == []
        assert list(shelf.folder.iterdir()) == []

    assert making.make(tiny_bases.wish(tmp_path, bases), tiny_bases.loops(), shelf) is not None
    assert shelf.names() == ["mine"]


def test_a_base_of_another_vocabulary_is_refused_in_words(tmp_path: Path, bases: Path) -> None:
    config = EnsembleNetworkConfig(32, 2, 2, 1, 16, 48, layout.ROWS, vocabulary.SIZE - 5)
    folder = tiny_bases.write(tmp_path / "old") / "tiny-base"
    save(EnsembleNetwork(config), folder / ensemble.NETWORK_FILE)
    checkpoint.write_sums(folder)

    with pytest.raises(InvalidRequestError, match="choose a base of this version"):
        making.make(tiny_bases.wish(tmp_path, folder.parent), [], Shelf(tmp_path / "state"))
    assert bases.is_dir()


def test_a_damaged_base_is_refused_in_words(tmp_path: Path) -> None:
    folder = tiny_bases.write(tmp_path / "damaged") / "tiny-base"
    network = folder / ensemble.NETWORK_FILE
    network.write_bytes(network.read_bytes()[:-10])

    with pytest.raises(CorruptModelError, match="tiny-base"):
        making.make(tiny_bases.wish(tmp_path, folder.parent), [], Shelf(tmp_path / "state"))


def test_it_gives_way_also_while_it_measures(tmp_path: Path, bases: Path) -> None:
    asked: list[int] = []
    steps: list[float] = []

    def is_stopped() -> bool:
        asked.append(len(steps))
        return bool(steps)

    making.make(
        tiny_bases.wish(tmp_path, bases),
        tiny_bases.loops(),
        Shelf(tmp_path / "state"),
        progress=lambda line: steps.append(line["step"]),
        is_stopped=is_stopped,
    )

    assert len(asked) > max(steps)

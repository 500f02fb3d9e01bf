"""The user's own models: whole or not there, told from what strangers put beside them."""

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")

import tiny_ensembles
from reprise.engines import checkpoint
from reprise.engines.registry import Registry
from reprise.engines.user_models import foreign
from reprise.engines.user_models.offers import Offers
from reprise.engines.user_models.shelf import Shelf
from reprise.errors import (
    CorruptModelError,
    FileError,
    InvalidRequestError,
    RepriseError,
    UnknownModelError,
)
from reprise.runtime import trial
from reprise.training.ensemble_graphs import Precision
from reprise.training.export_ensemble import write_model

pytestmark = pytest.mark.torch


def run_here(folder: Path) -> str:
    """Run a model in this process: what is tried here came from this test."""
    try:
        trial.run_once(folder)
    except RepriseError as error:
        return str(error)
    return ""


def check_here(folder: Path) -> dict[str, object]:
    return foreign.check(folder, run_here)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "state", frozenset({"ensemble"}), check_here)


def make(shelf: Shelf, name: str = "mine", title: str = "My löops") -> Path:
    """Make a small model as a fine-tuning does."""
    with shelf.making(name) as folder:
        weights, fp32 = tiny_ensembles.weights(), Precision.FP32
        facts = {"title": title, "base": "ensemble-s-v1"}
        write_model(tiny_ensembles.shape(), weights, folder, fp32, fp32, facts)
    return shelf.folder / name


def test_a_model_appears_whole_and_can_be_asked_at_once(shelf: Shelf) -> None:
    registry = Registry({}, Offers(shelf))
    assert registry.names() == ()
    with shelf.making("mine") as folder:
        assert registry.names() == ()
        tiny_ensembles.write(folder)
    assert registry.names() == ("mine",)
    assert registry.get("mine").info.model == "mine"
    assert registry.get("mine") is registry.get("mine")


def test_what_fails_while_it_is_made_leaves_nothing(shelf: Shelf) -> None:
    def fail() -> None:
        with shelf.making("mine") as folder:
            tiny_ensembles.write(folder)
            raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match="No space"):
        fail()
    assert shelf.names() == []
    assert list(shelf.folder.iterdir()) == []


def test_a_model_is_called_what_its_maker_called_it(shelf: Shelf) -> None:
    make(shelf)
    info = Registry({}, Offers(shelf)).get("mine").info
    assert info.title == "My löops"
    assert "ensemble-s-v1" in info.summary


@pytest.mark.parametrize("name", ["", "Mine", "my loops", "..", "../x", "a/b", "é", "a" * 49, "-a"])
def test_a_name_that_cannot_be_used_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="small letters"):
        shelf.check_name(name)


@pytest.mark.parametrize("name", ["ensemble", "ensemble-s-v1"])
def test_a_name_of_ours_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="came with Reprise"):
        shelf.check_name(name)


def test_a_name_that_is_taken_is_refused_and_the_model_stays(shelf: Shelf) -> None:
    before = (make(shelf) / "config.json").read_bytes()
    with pytest.raises(InvalidRequestError, match="already"):
        make(shelf)
    assert (shelf.folder / "mine" / "config.json").read_bytes() == before


def test_models_can_be_renamed_and_deleted_while_they_are_listed(shelf: Shelf) -> None:
    registry = Registry({}, Offers(shelf))
    make(shelf)
    first = registry.get("mine")
    shelf.rename("mine", "old")
    assert registry.names() == ("old",)
    assert registry.get("old") is not first
    shelf.delete("old")
    assert registry.names() == ()
    with pytest.raises(UnknownModelError, match="none yet"):
        shelf.delete("old")


def test_a_model_goes_to_another_machine_as_one_file(shelf: Shelf, tmp_path: Path) -> None:
    make(shelf)
    shelf.write_file("mine", tmp_path / "mïne.reprise-model")
    other = Shelf(tmp_path / "other", check=check_here)

    assert other.read_file(tmp_path / "mïne.reprise-model") == "mine"
    assert other.read_file(tmp_path / "mïne.reprise-model", "twin") == "twin"
    assert other.sealed() == ["mine", "twin"]
    checkpoint.read("mine", other.folder)
    with pytest.raises(FileError):
        shelf.write_file("mine", tmp_path / "mïne.reprise-model")


def test_a_model_that_was_put_there_by_hand_answers_only_once_it_is_let_in(shelf: Shelf) -> None:
    tiny_ensembles.write(shelf.folder / "gift")
    checkpoint.write_sums(shelf.folder / "gift")
    registry = Registry({}, Offers(shelf))

    with pytest.raises(CorruptModelError, match="reprise models seal gift"):
        registry.get("gift")
    assert "seal" in registry.infos()[0].problem
    shelf.let_in("gift")
    assert registry.get("gift").info.name == "gift"


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """A file with a bit turned, some bytes replaced, cut short, or with more behind it."""
    at = chance.randrange(len(whole))
    match chance.randrange(4):
        case 0:
            return whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        case 1:
            other = chance.randbytes(chance.randrange(1, 64))
            return whole[:at] + other + whole[at + len(other) :]
        case 2:
            return whole[:at]
        case _:
            return whole + chance.randbytes(chance.randrange(1, 64))


def mutations(folder: Path, count: int) -> Iterator[str]:
    """Change one file of a model after another, with the list of hashes to match; name each."""
    chance = random.Random(5)
    paths = [path for path in sorted(folder.iterdir()) if path.name not in ("SHA256SUMS", "SEAL")]
    for _ in range(count):
        path = chance.choice(paths)
        before = path.read_bytes()
        changed = mutated(before, chance)
        if changed == before:
            continue
        path.write_bytes(changed)
        write_sums(folder)
        yield path.name
        path.write_bytes(before)
    write_sums(folder)


COUNTS = pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])


@COUNTS
def test_changed_files_with_hashes_to_match_are_refused_in_words(shelf: Shelf, count: int) -> None:
    folder = make(shelf)
    registry = Registry({}, Offers(shelf))
    assert registry.get("mine").info.name == "mine"
    for _ in mutations(folder, count):
        with pytest.raises(CorruptModelError, match="reprise models seal mine"):
            registry.get("mine")
        (listing,) = registry.infos()
        assert "put among your models or changed by somebody else" in listing.problem
    assert registry.get("mine").info.name == "mine"


@COUNTS
def test_changed_models_are_met_with_words_wherever_they_come_from(
    shelf: Shelf, count: int
) -> None:
    folder = make(shelf)
    said = [said_of(folder, lambda _: "") for _ in mutations(folder, count)]
    refused = [sentence for sentence in said if sentence]
    # What else is changed are weights, texts and curves, which are as good as others.
    assert len(refused) > count / 10
    assert all("model" in sentence for sentence in refused)


def test_changed_models_are_run_where_nothing_can_be_harmed(shelf: Shelf) -> None:
    folder = make(shelf)
    said = [said_of(folder, foreign.run_apart) for _ in mutations(folder, 8)]
    assert len(said) == 8
    assert all("model" in sentence for sentence in said if sentence)


def said_of(folder: Path, run: foreign.Run) -> str:
    """Return why a model is refused, "" where it is let in; nothing else may come of it."""
    try:
        foreign.check(folder, run)
    except CorruptModelError as error:
        return str(error)
    return ""


def write_sums(folder: Path) -> None:
    """Write the hashes as they were written, without the seal."""
    kept = (folder / "SEAL").read_bytes()
    (folder / "SEAL").unlink()
    checkpoint.write_sums(folder)
    (folder / "SEAL").write_bytes(kept)


def config_of(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_foreign_model_is_looked_through(tmp_path: Path) -> None:
    def refused(change: str) -> str:
        folder = tiny_ensembles.write(tmp_path / change / "gift")
        shape = json.loads((folder / "config.json").read_text())["shape"]
        match change:
            case "kind":
                config_of(folder, kind="pickle")
            case "layers":
                config_of(folder, shape=shape | {"layers": 9_999_999})
            case "rows":
                config_of(folder, shape=shape | {"rows": 5})
            case "script":
                (folder / "run.py").write_text("print('run')")
            case "weights":
                (folder / "network.safetensors").write_bytes(b"\xff" * 400)
            case "index":
                (folder / "originality.npz").write_bytes(b"no archive")
            case "networks":
                config_of(folder, networks={"prefill": "../x.onnx", "decode": "fp32.onnx"})
        checkpoint.write_sums(folder)
        with pytest.raises(CorruptModelError) as caught:
            check_here(folder)
        return str(caught.value)

    assert "is of kind 'pickle'" in refused("kind")
    assert "impossible shape" in refused("layers")
    assert "5 rows" in refused("rows")
    assert "run.py" in refused("script")
    assert "no safetensors file" in refused("weights")
    assert "no index" in refused("index")
    assert "no file for the network" in refused("networks")


@pytest.mark.parametrize(
    ("name", "word"),
    [("../x/config.json", "outside"), ("/x/config.json", "outside"), ("config.json", "outside")],
)
def test_a_file_that_would_write_elsewhere_is_refused(
    shelf: Shelf, tmp_path: Path, name: str, word: str
) -> None:
    with zipfile.ZipFile(tmp_path / "bad.reprise-model", "w") as archive:
        archive.writestr("x/vocabulary.json", "{}")
        archive.writestr(name, "{}")
    with pytest.raises(CorruptModelError, match=word):
        shelf.read_file(tmp_path / "bad.reprise-model")
    assert shelf.names() == []


def test_what_is_no_model_file_is_named(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"MThd")
    with pytest.raises(FileError, match=r"song\.mid"):
        shelf.read_file(path)


def test_a_model_is_run_in_a_process_of_its_own_which_may_die(shelf: Shelf) -> None:
    folder = make(shelf)
    assert foreign.run_apart(folder) == ""
    (folder / "fp32.onnx").write_bytes(b"\x08\x07")
    assert "cannot be read as a network" in foreign.run_apart(folder)
    assert "did not answer within" in foreign.run_apart(folder, seconds=0.001)

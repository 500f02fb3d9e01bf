import json
from pathlib import Path

import pytest

from reprise.engines import checkpoint
from reprise.errors import CorruptModelError, UnknownModelError


def write_model(folder: Path, name: str = "tiny-v1") -> Path:
    place = folder / name
    checkpoint.write_settings(place, {"kind": "tiny", "networks": {"part": "part.onnx"}}, {"a": 1})
    (place / "part.onnx").write_bytes(b"weights")
    checkpoint.write_sums(place)
    return place


def test_a_model_reads_back_as_it_was_written(tmp_path: Path) -> None:
    place = write_model(tmp_path)

    model = checkpoint.read("tiny-v1", tmp_path)

    assert model.config["kind"] == "tiny"
    assert model.vocabulary == {"a": 1}
    assert model.network("part") == place / "part.onnx"


def test_the_hash_names_the_weights(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    first = checkpoint.read("tiny-v1", tmp_path).model_hash
    (place / "part.onnx").write_bytes(b"other weights")
    checkpoint.write_sums(place)

    second = checkpoint.read("tiny-v1", tmp_path).model_hash

    assert len(first) == checkpoint.HASH_LETTERS
    assert first != second


def test_a_better_card_leaves_the_hash_as_it_is(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    first = checkpoint.model_hash("tiny-v1", tmp_path)
    (place / checkpoint.CARD_FILE).write_text("# Tiny\n")
    checkpoint.write_sums(place)

    assert checkpoint.read("tiny-v1", tmp_path).model_hash == first


def test_changed_weights_are_refused_with_a_sentence(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    (place / "part.onnx").write_bytes(b"weightz")

    with pytest.raises(CorruptModelError, match="is not the file that was published"):
        checkpoint.read("tiny-v1", tmp_path)


def test_missing_weights_are_refused_with_a_sentence(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    (place / "part.onnx").unlink()

    with pytest.raises(CorruptModelError, match=r"part\.onnx is missing"):
        checkpoint.read("tiny-v1", tmp_path)


def test_a_model_without_hashes_is_refused(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    (place / checkpoint.SUMS_FILE).unlink()

    with pytest.raises(CorruptModelError, match="SHA256SUMS"):
        checkpoint.read("tiny-v1", tmp_path)


@pytest.mark.parametrize("line", ["nonsense\n", "0" * 64 + "  ../outside\n", "0" * 64 + "  /etc\n"])
def test_a_list_of_hashes_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    place = write_model(tmp_path)
    sums = place / checkpoint.SUMS_FILE
    sums.write_text(sums.read_text() + line)

    with pytest.raises(CorruptModelError, match="no hash"):
        checkpoint.read("tiny-v1", tmp_path)


def test_a_list_of_hashes_without_the_settings_is_refused(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    (place / checkpoint.SUMS_FILE).write_text("")

    with pytest.raises(CorruptModelError, match="does not name"):
        checkpoint.read("tiny-v1", tmp_path)


def test_a_format_of_the_future_is_refused_with_both_versions(tmp_path: Path) -> None:
    place = write_model(tmp_path)
    (place / checkpoint.CONFIG_FILE).write_text(json.dumps({"format_version": 99}))
    checkpoint.write_sums(place)

    with pytest.raises(CorruptModelError, match="99"):
        checkpoint.read("tiny-v1", tmp_path)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_settings_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    place = write_model(tmp_path)
    (place / checkpoint.CONFIG_FILE).write_text(text)
    checkpoint.write_sums(place)

    with pytest.raises(CorruptModelError, match=r"config\.json"):
        checkpoint.read("tiny-v1", tmp_path)


def test_an_unknown_model_is_answered_with_those_that_are_there(tmp_path: Path) -> None:
    write_model(tmp_path)

    with pytest.raises(UnknownModelError, match="tiny-v1"):
        checkpoint.read("missing-v1", tmp_path)


def test_a_part_that_a_model_lacks_is_answered_with_those_it_has(tmp_path: Path) -> None:
    write_model(tmp_path)

    with pytest.raises(CorruptModelError, match="part"):
        checkpoint.read("tiny-v1", tmp_path).network("other")


def test_models_are_listed_by_name(tmp_path: Path) -> None:
    write_model(tmp_path, "b-v1")
    write_model(tmp_path, "a-v2")
    (tmp_path / "no-model").mkdir()

    assert checkpoint.list_models(tmp_path) == ["a-v2", "b-v1"]
    assert checkpoint.list_models(tmp_path / "absent") == []


def test_the_models_that_we_ship_are_found() -> None:
    assert checkpoint.models_directory().is_dir()

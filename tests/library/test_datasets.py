from pathlib import Path

import pytest

from reprise.errors import InvalidRequestError, MissingDataError
from reprise.library import datasets


def test_a_data_set_is_found_by_its_name_under_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "jsb").mkdir()

    assert datasets.find(tmp_path, "jsb") == tmp_path / "jsb"


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_missing_data_set_names_itself_its_origin_and_the_way_out(
    tmp_path: Path, *, has_folder: bool
) -> None:
    with pytest.raises(MissingDataError) as caught:
        datasets.find(tmp_path if has_folder else None, "jsb")

    sentence = str(caught.value)
    for part in ("jsb", datasets.DATASETS["jsb"].origin, "--data", "REPRISE_DATA"):
        assert part in sentence


def test_an_unknown_data_set_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="jsb"):
        datasets.find(tmp_path, "lakh")


def test_every_known_data_set_says_its_licence_and_origin() -> None:
    for name, known in datasets.DATASETS.items():
        assert name == known.name
        assert known.licence
        assert known.origin.startswith("https://")

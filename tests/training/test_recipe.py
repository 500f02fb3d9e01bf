from pathlib import Path

from reprise.training.recipe import laid_over, read_table


def test_changes_stand_in_place_of_what_they_name_and_of_nothing_else() -> None:
    table = {"seeds": [0, 1], "loop": {"epochs": 20, "rate": 1.0}}

    found = laid_over(table, {"loop": {"epochs": 2}, "new": 1})

    assert found == {"seeds": [0, 1], "loop": {"epochs": 2, "rate": 1.0}, "new": 1}
    assert table["loop"] == {"epochs": 20, "rate": 1.0}


def test_what_a_quick_training_changes_is_no_part_of_the_recipe(tmp_path: Path) -> None:
    path = tmp_path / "é.toml"
    path.write_text("size = 9\n[quick]\nsize = 1\n", encoding="utf-8")

    assert read_table("bach", path) == {"size": 9}
    assert read_table("bach", path, is_quick=True) == {"size": 1}

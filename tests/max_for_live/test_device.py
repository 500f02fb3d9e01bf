"""The built devices: in step with their sources, readable by a stranger, the same for ever."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builder import DEVICES, HOME, PRODUCTS, Product, build, version
from check import findings
from container import unpack
from errors import BuildError
from layout import read_device
from pictures import FOLDER, find_node, pictures

from .amxd_reader import read_amxd
from .conftest import node_path

REPRISE = PRODUCTS[0]
every_product = pytest.mark.parametrize("product", PRODUCTS, ids=[one.name for one in PRODUCTS])
every_file = pytest.mark.parametrize(
    "path", sorted(DEVICES.glob("*.amxd")), ids=lambda one: one.stem
)

# Live recalls what it stored by these; a name that is gone loses the producer's settings.
PARAMETERS_FOR_EVER = [
    "Accompany",
    "Again",
    "Cancel",
    "Change",
    "Change Bold",
    "Change Medium",
    "Change New",
    "Change Subtle",
    "Context",
    "Continue",
    "Continue Writes",
    "Count",
    "Density",
    "Develop",
    "Discard Others",
    "Float",
    "Highest Pitch",
    "In Place",
    "Keep",
    "Keep Pitches",
    "Keep Rhythm",
    "Learn This",
    "Length",
    "Lowest Pitch",
    "More Like This",
    "Morph",
    "Morph From",
    "Next",
    "Previous",
    "Refill",
    "Results",
    "Rewrite",
    "Scale",
    "Seed",
    "Seed Lock",
    "Star",
    "Surprise",
    "Vary",
]


def boxes_of(patcher: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["box"] for entry in patcher["boxes"]]


def long_names(patcher: dict[str, Any]) -> dict[str, dict[str, Any]]:
    values = (box.get("saved_attribute_attributes", {}).get("valueof") for box in boxes_of(patcher))
    return {value["parameter_longname"]: value for value in values if value}


@every_product
def test_the_committed_device_is_what_its_sources_give(product: Product) -> None:
    assert product.path.read_bytes() == build(product), "run python max_for_live/build"


@every_product
def test_building_twice_gives_the_same_bytes(product: Product) -> None:
    assert build(product) == build(product)


@every_file
def test_a_stranger_can_read_every_built_device(path: Path) -> None:
    kind, meta, patcher = read_amxd(path.read_bytes())

    assert (kind, meta) == ("mmmm", 0)
    assert patcher["project"]["amxdtype"] == int.from_bytes(b"mmmm", "big")
    assert [box for box in boxes_of(patcher) if box["maxclass"] == "v8.codebox"]


@every_product
def test_no_device_breaks_a_rule_that_it_may_not_break(product: Product) -> None:
    broken = [one for one in findings(build(product)) if one.rule not in product.allowed]

    assert broken == []


def test_every_built_file_is_a_product() -> None:
    assert sorted(DEVICES.glob("*.amxd")) == sorted(product.path for product in PRODUCTS)


def test_long_names_are_for_ever() -> None:
    _, patcher = unpack(build(REPRISE))

    assert sorted(long_names(patcher)) == PARAMETERS_FOR_EVER


def test_change_starts_at_thirty_five_percent_and_count_at_four() -> None:
    _, patcher = unpack(build(REPRISE))
    values = long_names(patcher)

    assert values["Change"]["parameter_initial"] == [35]
    assert values["Count"]["parameter_initial"] == [4]
    assert values["Seed"]["parameter_mmax"] == 16_777_215


def test_the_script_begins_with_the_values_of_the_patch() -> None:
    device = read_device(HOME / "src" / "patch" / REPRISE.patch)
    controls = (HOME / "src" / "core" / "controls.js").as_uri()
    say = f"import {{ INITIAL }} from '{controls}'; console.log(JSON.stringify(INITIAL));"
    command = [str(node_path()), "--input-type=module", "--eval", say]

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert json.loads(said) == {control.name: control.initial for control in device.controls}


def test_what_can_be_set_is_on_push_and_what_acts_is_not() -> None:
    _, patcher = unpack(build(REPRISE))
    values = long_names(patcher)
    banks = patcher["parameters"]["parameterbanks"].values()
    on_push = {name for bank in banks for name in bank["parameters"]} - {"-"}

    assert on_push == {name for name in values if not values[name].get("parameter_invisible")}


def test_the_window_has_every_control_and_button_and_stores_nothing() -> None:
    _, patcher = unpack(build(REPRISE))
    device = read_device(HOME / "src" / "patch" / REPRISE.patch)
    window = next(box["patcher"] for box in boxes_of(patcher) if box.get("text") == "p Reprise")
    inside = {box["id"] for box in boxes_of(window)}

    wanted = {f"obj-{one.name}" for one in device.buttons}
    wanted |= {f"obj-{one.name}" for one in device.controls}
    assert wanted - inside == {"obj-float"}
    assert not any(box.get("parameter_enable") for box in boxes_of(window))


def test_the_device_shows_its_version() -> None:
    _, patcher = unpack(build(REPRISE))

    assert f"Reprise {version()}" in [box.get("text") for box in boxes_of(patcher)]


def test_the_pictures_of_the_guide_are_of_the_built_device() -> None:
    _, patcher = unpack(build(REPRISE))

    painted = pictures(patcher, str(node_path()))

    assert {path.name for path in FOLDER.glob("live-*.svg")} == set(painted)
    for name, svg in painted.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == svg, "run it with --pictures"


def test_pictures_without_node_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(BuildError, match="need Node"):
        find_node()


def test_the_build_command_finds_nothing_to_do() -> None:
    done = subprocess.run(
        [sys.executable, HOME / "build", "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Reprise.amxd: as its sources" in done.stdout


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("[screen]", "[scream]"), "must have the sections"),
        (('says = "press vary"', 'does = "press vary"'), "has no does"),
        (('text = "Vary"\n', ""), "text"),
        (("width = 718", "wide = 718"), "wide"),
    ],
)
def test_a_patch_that_is_wrongly_written_is_told(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    text = (HOME / "src" / "patch" / REPRISE.patch).read_text(encoding="utf-8")
    path = tmp_path / "patch.toml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")

    with pytest.raises(BuildError, match=sentence):
        read_device(path)

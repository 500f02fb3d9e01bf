import json
import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

import tiny_songs
from reprise.cli import model_card
from reprise.engines import checkpoint
from reprise.library.corpus_file import write_corpus
from reprise.library.datasets import DATASETS

LOG = (
    {"step": 10, "tokens": 1e6, "minutes": 2.0, "valid_loss": 2.0, "valid_bits_a_note": 5.0},
    {"step": 20, "tokens": 2e6, "minutes": 4.0, "valid_loss": 1.5, "valid_bits_a_note": 3.5},
    {"step": 25, "tokens": 2.5e6, "minutes": 5.0},
)
SETTINGS = {
    "kind": "ensemble",
    "networks": {"prefill": "int8.onnx", "decode": "int8.onnx"},
    "parameters": 2_568_960,
    "shape": {"layers": 6, "width": 192, "heads": 6, "tokens": 768},
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "ensemble-s-v1"
    checkpoint.write_settings(folder, SETTINGS, {"tokens": 768})
    (folder / "int8.onnx").write_bytes(b"weights")
    text = "".join(json.dumps(line) + "\n" for line in LOG)
    (folder / model_card.LOG_FILE).write_text(text, encoding="utf-8")
    checkpoint.write_sums(folder)
    return folder


def corpus_of(path: Path, *sets: str) -> Path:
    facts = {"files": 1, "pieces": 3, "songs": 3, "bars": 48, "notes": 1234, "tokens": 5678}
    kinds = {"pop": {"train": {"pieces": 3}, "test": {"pieces": 1}}}
    corpus = tiny_songs.corpus(tiny_songs.song())
    manifest = {"sets": dict.fromkeys(sets, facts), "kinds": kinds}
    write_corpus(path, replace(corpus, manifest=manifest))
    return path


def written(model: Path, *sets: str) -> str:
    corpus = corpus_of(model.parent / "corpus.npz", *sets)
    words = [str(model), "--corpus", str(corpus), "--figures", str(model.parent)]
    model_card.main([*words, "--machine", "two cores"])
    return (model / checkpoint.CARD_FILE).read_text(encoding="utf-8")


def measured(model: Path, model_hash: str) -> None:
    found = {
        "suite": "loops",
        "model_hash": model_hash,
        "summary": ["loop_1: note F1 0.912 of 20 loops"],
        "table": [["kind", "f1"], ["pop", "0.912"]],
    }
    (model.parent / "loops.json").write_text(json.dumps(found), encoding="utf-8")


def test_a_card_says_what_was_trained_on_what_and_how_long(model: Path) -> None:
    text = written(model, "gmd_groove", "pop909")
    assert "2,568,960" in text
    assert "| gmd_groove | CC BY 4.0 | 3 | 1,234 |" in text
    assert "25 steps, 2.5 million tokens, 5 min 0 s on two cores" in text
    assert "step 20: 1.500 nats" in text
    assert "--minutes 5\n" in text


def test_a_card_says_plainly_whether_pop909_is_in_it(model: Path) -> None:
    assert "POP909 is in it" in written(model, "pop909")
    without = written(model, "jsb")
    assert "POP909 is not in it" in without
    assert "--out corpus.npz --without pop909" in without


def test_figures_of_these_weights_are_shown_and_no_others(model: Path) -> None:
    assert "0.912" not in written(model, "jsb")
    measured(model, "00000000")
    assert "0.912" not in written(model, "jsb")
    measured(model, checkpoint.model_hash(model.name, model.parent))
    text = written(model, "jsb")
    assert "- loop_1: note F1 0.912 of 20 loops" in text
    assert "| pop | 0.912 |" in text


def test_goals_of_speed_are_those_of_its_own_size(model: Path) -> None:
    assert "## How fast it is" in written(model, "jsb")
    goals = [
        {"name": f"{size}: 8 bars x 4, ms", "found": found, "limit": 350.0, "is_met": found < 350.0}
        for size, found in (("s", 301.0), ("m", 999.0))
    ]
    text = json.dumps({"network": {"goals": goals}})
    (model.parent / model_card.SPEED_FILE).write_text(text, encoding="utf-8")
    card = written(model, "jsb")
    assert "| s: 8 bars x 4, ms | 301 | 350 | yes |" in card
    assert "999" not in card


def test_a_model_is_sound_after_its_card_was_written(model: Path) -> None:
    written(model, "jsb")
    checkpoint.verify(model)
    checkpoint.read(model.name, model.parent)


def test_every_licence_that_asks_for_a_notice_gets_one() -> None:
    file = resources.files("reprise.cli") / "model_card.toml"
    notices = tomllib.loads(file.read_text(encoding="utf-8"))["notices"]
    free = ("CC0 1.0", "music in the public domain")
    asking = {name for name, known in DATASETS.items() if known.is_shippable}
    asking -= {name for name in asking if DATASETS[name].licence in free}
    # The bar lines of POP909-CL stand in the notice of POP909 itself.
    assert set(notices) == asking - {model_card.BAR_LINES}

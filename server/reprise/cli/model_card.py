"""The card of an ensemble model, made from what was really built, trained and measured.

Run it as `python -m reprise.cli.model_card`; `model_card.toml` has the words that no figure
changes.
"""

import argparse
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Final

from reprise.cli.progress import duration
from reprise.engines import checkpoint
from reprise.library.corpus_file import read_corpus
from reprise.library.datasets import DATASETS

LOG_FILE: Final = "training.jsonl"
SPEED_FILE: Final = "generate.json"
POP909: Final = "pop909"
BAR_LINES: Final = "pop909_cl"
SUITES: Final = (
    "infill",
    "loops",
    "melody",
    "vary",
    "controls",
    "continue",
    "validity",
    "originality",
)


def card(name: str, folder: Path, corpus: Path, figures: Path, machine: str) -> str:
    """Return the card.

    Args:
        name: Of the model.
        folder: Its directory, with settings and training log.
        corpus: What it was trained on.
        figures: Where `reprise evaluate SUITE --out` wrote, and `SPEED_FILE` is. What is not
            there, or of other weights, is said not to be measured.
        machine: What it was trained on, in words.
    """
    config = _json(folder / checkpoint.CONFIG_FILE)
    log = _log(folder / LOG_FILE)
    manifest = read_corpus(corpus).manifest
    sets: Mapping[str, Any] = manifest["sets"]
    words, shape = tomllib.loads(_asset("model_card.toml")), config["shape"]
    return Template(_asset("model_card.md")).substitute(
        name=name,
        parameters=f"{config['parameters']:,}",
        layers=shape["layers"],
        width=shape["width"],
        heads=shape["heads"],
        files=", ".join(f"`{file}`" for file in sorted(set(config["networks"].values()))),
        tokens=shape["tokens"],
        pieces=f"{sum(row['pieces'] for row in sets.values()):,}",
        notes=f"{sum(row['notes'] for row in sets.values()):,}",
        split=_split(manifest["kinds"]),
        data=_data(sets),
        pop909=words[POP909]["with" if POP909 in sets else "without"],
        notices=_bullets(text for known, text in words["notices"].items() if known in sets),
        training=_training(log, machine),
        figures="\n\n".join(
            _suite(suite, name, figures, checkpoint.model_hash(name, folder.parent))
            for suite in SUITES
        ),
        speed=_speed(figures / SPEED_FILE, name),
        limits=_bullets(words["limits"]),
        commands="\n".join(_commands(name, log, POP909 in sets)),
    )


def _asset(name: str) -> str:
    return (resources.files("reprise.cli") / name).read_text(encoding="utf-8")


def _split(kinds: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    counts = {
        split: sum(rows.get(split, {}).get("pieces", 0) for rows in kinds.values())
        for split in ("train", "valid", "test")
    }
    return (
        f"{counts['train']:,} to learn from, {counts['valid']:,} to choose by, "
        f"{counts['test']:,} to test"
    )


def _data(sets: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (name, DATASETS[name].licence, f"{row['pieces']:,}", f"{row['notes']:,}", _origin(name))
        for name, row in sets.items()
    ]
    return _table(("set", "licence", "pieces", "notes", "origin"), rows)


def _origin(name: str) -> str:
    bar_lines = f", bar lines from {DATASETS[BAR_LINES].origin}" if name == POP909 else ""
    return DATASETS[name].origin + bar_lines


def _training(log: Sequence[Mapping[str, Any]], machine: str) -> str:
    last = log[-1]
    best = min((line for line in log if "valid_loss" in line), key=lambda line: line["valid_loss"])
    return (
        f"{last['step']:,} steps, {last['tokens'] / 1e6:.1f} million tokens, "
        f"{duration(60 * last['minutes'])} on {machine}. The weights are the average that "
        f"validated best, at step {best['step']:,}: {best['valid_loss']:.3f} nats a token, "
        f"{best['valid_bits_a_note']:.2f} bits a note. `{LOG_FILE}` is the log."
    )


def _suite(suite: str, name: str, figures: Path, model_hash: str) -> str:
    path = figures / f"{suite}.json"
    head = f"### {suite}\n\n`{_command(suite, name)}`"
    if not path.is_file():
        return f"{head}\n\nNot measured."
    found = _json(path)
    if found["model_hash"] != model_hash:
        return f"{head}\n\nNot measured on these weights."
    rows = found["table"]
    parts = [head, _bullets(found["summary"]), _table(rows[0], rows[1:]) if rows else ""]
    return "\n\n".join(part for part in parts if part)


def _speed(path: Path, name: str) -> str:
    """Return the goals of this size in what `reprise bench generate --json` printed."""
    if not path.is_file():
        return "Not measured."
    size = name.removeprefix("ensemble-").split("-")[0]
    rows = [
        (
            goal["name"],
            f"{goal['found']:.3g}",
            f"{goal['limit']:.3g}",
            "yes" if goal["is_met"] else "no",
        )
        for goal in _json(path)["network"]["goals"]
        if goal["name"].startswith(f"{size}: ") or ": " not in goal["name"]
    ]
    return _table(("what", "found", "goal on this machine", "met"), rows)


def _command(suite: str, name: str) -> str:
    corpus = "" if suite == "validity" else " --corpus corpus.npz"
    return f"reprise evaluate {suite} --model {name}{corpus} --out evaluation"


def _commands(name: str, log: Sequence[Mapping[str, Any]], with_pop909: bool) -> list[str]:
    recipe = name.rpartition("-v")[0]
    without = "" if with_pop909 else " --without pop909"
    minutes = round(log[-1]["minutes"])
    return [
        "reprise corpus --data DIR              # which sets are needed and where they come from",
        f"reprise corpus build --data DIR --out corpus.npz{without}",
        f"reprise train {recipe} --corpus corpus.npz --out runs/{recipe} --minutes {minutes}",
        *(_command(suite, name) for suite in SUITES),
        f"reprise bench generate --json > evaluation/{SPEED_FILE}",
        f"python -m reprise.cli.model_card models/{name} --corpus corpus.npz --figures evaluation",
    ]


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def main(words: Sequence[str] | None = None) -> None:
    """Write the card of a model and its hashes anew."""
    parser = argparse.ArgumentParser(description="Write the card of an ensemble model.")
    parser.add_argument("folder", type=Path, help="the model's directory")
    parser.add_argument("--corpus", type=Path, required=True, help="what it was trained on")
    parser.add_argument("--figures", type=Path, required=True, help="what reprise evaluate wrote")
    parser.add_argument("--machine", default="a CPU", help="what it was trained on, in words")
    given = parser.parse_args(words)
    name = given.folder.resolve().name
    text = card(name, given.folder, given.corpus, given.figures, given.machine)
    (given.folder / checkpoint.CARD_FILE).write_text(text, encoding="utf-8", newline="\n")
    checkpoint.write_sums(given.folder)


if __name__ == "__main__":
    main()

"""Writes trained theme networks as model directories."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reprise.engines import checkpoint
from reprise.engines.theme.retrieval import MELODY_EMBEDDING
from reprise.errors import UnknownModelError
from reprise.library import pop909
from reprise.networks.theme import PromptNetwork, ThemeNetwork
from reprise.tokenizers.theme import VOCABULARY
from reprise.training import loop
from reprise.training.order import Order
from reprise.training.theme import data, export

STEP, READ = "step", "read"
SYSTEM: Final = "theme"
PROMPT: Final = "theme-prompt"


def publish(
    network: ThemeNetwork | PromptNetwork, tokens_an_epoch: int, tokens: int, order: Order
) -> float:
    """Write a trained network, its log and its settings into the order's model directory.

    A theme network takes the melody embedding with it that found the themes it learnt from.

    Args:
        network: With its best weights.
        tokens_an_epoch: How many tokens an epoch of the log stands for.
        tokens: How many it has learnt from.
        order: What was trained.

    Returns:
        The largest difference between a logit of the network and of its files.
    """
    folder = order.model
    is_theme = isinstance(network, ThemeNetwork)
    config: dict[str, Any] = {
        "kind": SYSTEM if is_theme else PROMPT,
        "networks": {STEP: export.STEP_FILE},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "context": export.CONTEXT,
        "tokens": tokens,
        "trained_on": "practice" if order.is_quick else pop909.DATASET,
    }
    vocabulary: dict[str, Any] = {"tokens": VOCABULARY}
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(network, ThemeNetwork):
        difference = export.export_theme(network, folder)
        config["networks"][READ] = export.READ_FILE
        _add_embedding(config, vocabulary, order)
    else:
        difference = export.export_prompt(network, folder)
    _write_log(order, folder / f"training-{config['kind']}.jsonl", tokens_an_epoch)
    checkpoint.write_settings(folder, config, vocabulary)
    checkpoint.write_sums(folder)
    return difference


def _add_embedding(config: dict[str, Any], vocabulary: dict[str, Any], order: Order) -> None:
    """Take the melody embedding into the model; a quick training does without where none is."""
    try:
        embedding = data.embedding(order)
    except UnknownModelError:
        if order.is_quick:
            return
        raise
    source = embedding.network(MELODY_EMBEDDING)
    shutil.copyfile(source, order.model / source.name)
    log = embedding.folder / f"training-{MELODY_EMBEDDING}.jsonl"
    if log.is_file():
        shutil.copyfile(log, order.model / log.name)
    config["networks"][MELODY_EMBEDDING] = source.name
    config[MELODY_EMBEDDING] = dict(embedding.config[MELODY_EMBEDDING])
    vocabulary[MELODY_EMBEDDING] = dict(embedding.vocabulary)


def _write_log(order: Order, file: Path, tokens_an_epoch: int) -> None:
    """Copy the run's log, with the tokens so far in every line."""
    lines = (order.out / loop.LOG_FILE).read_text(encoding="ascii").splitlines()
    rows: list[Mapping[str, Any]] = [json.loads(line) for line in lines]
    told = [{**row, "tokens": tokens_an_epoch * int(row["epoch"])} for row in rows]
    text = "".join(json.dumps(row) + "\n" for row in told)
    file.write_text(text, encoding="ascii", newline="\n")

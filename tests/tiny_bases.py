"""A base that has learnt nothing yet, and loops that a network soon knows, for fine-tunings."""

import random
from pathlib import Path

import torch

import builders
import own_music
from reprise.engines import checkpoint
from reprise.library.own_clips import OwnClip
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig, save
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.training import ensemble
from reprise.training.export_ensemble import export
from reprise.training.mine import making

RECIPE = """
[adapting]
rank = 4
few_rank = 2
few_pieces = 4
scale = 2.0
replay_share = 0.2
anchor_weight = 2.0
passes = 1.0
most_steps = 500
patience = 50
most_forgotten = 0.02

[training]
tokens_a_batch = 1200
longest = 300
valid_examples = 6
is_compiled = false

[loop]
learning_rate = 2e-2
warm_up_steps = 2
log_every = 5
validate_every = 5
average_share = 0.5
"""


def loops(count: int = 16) -> list[OwnClip]:
    """Two bars each that go up and down one triad, which a network soon knows."""
    found = []
    for seed in range(count):
        chance = random.Random(seed)
        pitches = [chance.choice((60, 64, 67)) for _ in range(16)]
        score = Score((Voice("Lead", builders.line(pitches)),), 8.0, loop=Span(0.0, 8.0))
        found.append(own_music.on_grid(f"löop {seed}.mid", score))
    return found


def write(folder: Path) -> Path:
    """Write the base to a folder of models, and return that."""
    torch.manual_seed(0)
    config = EnsembleNetworkConfig(32, 2, 2, 1, 16, 48, layout.ROWS, vocabulary.SIZE)
    network = EnsembleNetwork(config)
    export(network, folder / "tiny-base")
    save(network, folder / "tiny-base" / ensemble.NETWORK_FILE)
    checkpoint.write_sums(folder / "tiny-base")
    return folder


def wish(folder: Path, bases: Path) -> making.Wish:
    """What to make of the loops."""
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return making.Wish("mine", "My loops", "tiny-base", folder / "run", bases, recipe)

"""What lies between two progressions: whether a morph leads from one to the other.

A way is a list of windows (32, 2), from the first to the last. It is monotone when no step comes
nearer to the first one or goes away from the last one.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.base import Controls, Task, Verb
from reprise.engines.chords.composing import Composer, Material
from reprise.engines.chords.latent import (
    Heads,
    Place,
    Way,
    decoded,
    likeliest,
    log_softmax,
)
from reprise.engines.chords.nearness import chord_distances
from reprise.engines.chords.networks import LATENT, ChordNetworks, open_latent
from reprise.engines.chords.strikes import Heard
from reprise.engines.chords.surroundings import Surroundings
from reprise.engines.sampling import Sampling, generator
from reprise.evaluation.asking import Quiet
from reprise.evaluation.sources.base import Row
from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.progression import chord_at
from reprise.music.score import Score
from reprise.runtime.latent_model import LatentModel
from reprise.tokenizers import chords

SYSTEM: Final = "S5"
MONOTONE_GOAL: Final = 0.9
STEPS: Final = 9

Floats = NDArray[np.float64]
Pair = tuple[chords.Elements, chords.Elements]
Steps = Callable[[float], chords.Elements]
"""Returns the progression at an amount of 0.0-1.0."""


def distance(left: chords.Elements, right: chords.Elements) -> float:
    """Return how far two windows (32, 2) are apart: 0.0 the same, 1.0 nothing in common.

    Half counts the chords that differ, half the lengths.
    """
    return float((left != right).mean())


def harmonic_distance(left: chords.Elements, right: chords.Elements) -> float:
    """Return how far the chords of two windows are apart in notes and bass, 0.0-1.0."""
    return float(chord_distances()[left[:, 0], right[:, 0]].mean())


def is_monotone(
    steps: Sequence[chords.Elements],
    measure: Callable[[chords.Elements, chords.Elements], float] = distance,
) -> bool:
    """Tell whether steps never come nearer to the first one, nor go away from the last one."""
    from_first = np.array([measure(steps[0], step) for step in steps])
    to_last = np.array([measure(steps[-1], step) for step in steps])
    return bool((np.diff(from_first) > -1e-9).all() and (np.diff(to_last) < 1e-9).all())


def morph_rows(
    model: checkpoint.Checkpoint, networks: ChordNetworks, pairs: Sequence[Pair], seed: int
) -> list[Row]:
    """Return the rows of the morph, and of interpolation without what the engine adds to it.

    Args:
        model: A chords model.
        networks: The two of it that the engine asks.
        pairs: Windows of different songs.
        seed: Mixes pairs by lot, to compare.
    """
    goal = "by construction: of what the decoder says, only what lies between A and B counts"
    found: list[Row] = []
    own: list[list[chords.Elements]] = []
    for part, remark in ((LATENT, goal), ("ae_32", "without variation"), ("vae_2", "the picture")):
        latent = open_latent(model, part)
        ways = [_steps(_own_way(latent, pair)) for pair in pairs]
        is_main = part == LATENT
        found += _way_rows(f"morph, {part}", ways, remark, MONOTONE_GOAL if is_main else None)
        if is_main:
            own = ways
            found.append(_engine_row(networks, pairs))
            found += _middle_rows(networks, pairs, ways, seed)
    bare = [_steps(_bare_way(open_latent(model, LATENT), pair)) for pair in pairs]
    found += _way_rows("bare interpolation, vae_32", bare, "begins and ends with reconstructions")
    for name, steps in ((f"morph, {LATENT}", own), ("bare interpolation, vae_32", bare)):
        ends = [_ends_are(way, pair) for way, pair in zip(steps, pairs, strict=True)]
        found.append(
            Row(SYSTEM, name, "begins with A and ends with B, share", float(np.mean(ends)))
        )
    return found


def _engine_row(networks: ChordNetworks, pairs: Sequence[Pair]) -> Row:
    """Return how often the engine's morph on the time line never turns back."""
    hits = [_is_monotone_in_time(networks, *pair) for pair in pairs]
    what = f"away from A and towards B by half beats at each of {STEPS} steps, share"
    return Row(SYSTEM, "morph, the engine", what, float(np.mean(hits)), goal=MONOTONE_GOAL)


def _is_monotone_in_time(
    networks: ChordNetworks, first: chords.Elements, last: chords.Elements
) -> bool:
    placed = [chords.decode(window) for window in (first, last)]
    left, right = (Heard(one, (), MeterMap(), one[-1].end) for one in placed)
    silence = Score((), left.length)
    task = Task(Verb.MORPH, silence, silence, (), left.length, controls=Controls(surprise=0.0))
    key = Key(0, "major")
    material = Material(task, left, right, key, 0, Surroundings(task, key, 0))
    composer = Composer(material, networks, generator(0, 0), Sampling(0.0), Quiet())
    beats = np.arange(0.0, left.length, chords.HALF_BEAT)
    steps = [
        [chord_at(found, beat).chord for beat in beats]
        for found in map(composer.morphed, np.linspace(0.0, 1.0, STEPS).tolist())
    ]
    away = [sum(one != other for one, other in zip(steps[0], step)) for step in steps]
    near = [sum(one != other for one, other in zip(steps[-1], step)) for step in steps]
    return bool((np.diff(away) >= 0).all() and (np.diff(near) <= 0).all())


def _way_rows(
    name: str, ways: Sequence[Sequence[chords.Elements]], remark: str, goal: float | None = None
) -> list[Row]:
    share = float(np.mean([is_monotone(way) for way in ways]))
    harmonic = float(np.mean([is_monotone(way, harmonic_distance) for way in ways]))
    new = float(np.mean([_new_share(way) for way in ways]))
    what = f"away from A and towards B at each of {STEPS} steps, share of {len(ways)} pairs"
    return [
        Row(SYSTEM, name, what, share, goal=goal, remark=remark),
        Row(SYSTEM, name, "the same, by the notes and the bass of the chords", harmonic),
        Row(SYSTEM, name, "chords at the middle that are neither A's nor B's, share", new),
    ]


def _ends_are(way: Sequence[chords.Elements], pair: Pair) -> bool:
    return bool((way[0] == pair[0]).all() and (way[-1] == pair[1]).all())


def _new_share(way: Sequence[chords.Elements]) -> float:
    first, middle, last = (way[index][:, 0] for index in (0, len(way) // 2, -1))
    return float(((middle != first) & (middle != last)).mean())


def _steps(way: Steps) -> list[chords.Elements]:
    return [way(step / (STEPS - 1)) for step in range(STEPS)]


def _own_way(latent: LatentModel, pair: Pair) -> Steps:
    way = Way(latent, *pair)
    return lambda amount: likeliest(way.at(amount))


def _bare_way(latent: LatentModel, pair: Pair) -> Steps:
    left, right = (Place(latent, window).latent for window in pair)

    def way(amount: float) -> chords.Elements:
        heads: Heads = decoded(latent, (1.0 - amount) * left + amount * right)
        return likeliest(heads)

    return way


def _middle_rows(
    networks: ChordNetworks,
    pairs: Sequence[Pair],
    ways: Sequence[Sequence[chords.Elements]],
    seed: int,
) -> list[Row]:
    """Return how likely the middle of a way is to the LSTM, beside chords mixed by lot."""
    random = np.random.default_rng(seed)
    mixed = [np.where(random.random((chords.WINDOW, 1)) < 0.5, *pair) for pair in pairs]
    found = (
        ("morph, vae_32", [way[STEPS // 2] for way in ways]),
        ("each element A's or B's by lot", mixed),
        ("the songs themselves", [window for pair in pairs for window in pair]),
    )
    what = "loss of the middle to the LSTM, nats an element"
    return [
        Row(SYSTEM, name, what, _likelihood(networks, windows), higher_is_better=False)
        for name, windows in found
    ]


def _likelihood(networks: ChordNetworks, windows: Sequence[chords.Elements]) -> float:
    meter_map = MeterMap()
    features = np.stack(
        [
            chords.continuation_features(window, chords.positions(window, meter_map))
            for window in windows
        ]
    )
    model = networks.continuation.fork()
    model.forget()
    heads = [logits[:, :-1].reshape(-1, logits.shape[-1]) for logits in model.read(features)]
    wanted = np.stack(windows)[:, 1:].reshape(-1, 2)
    return float(losses_of(heads, wanted).sum(axis=1).mean())


def losses_of(heads: Sequence[NDArray[np.float32]], classes: NDArray[np.int64]) -> Floats:
    """Return the losses (elements, heads) of classes, in nats, by the logits of each head."""
    columns = []
    for logits, column in zip(heads, classes.T, strict=True):
        scores = log_softmax(logits.astype(np.float64))
        columns.append(-scores[np.arange(len(column)), column])
    return np.stack(columns, axis=1)

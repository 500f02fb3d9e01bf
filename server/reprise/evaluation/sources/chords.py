"""S5, chords and their lengths: what comes back, what comes next, and what lies between.

All is asked of the ONNX files that ship, on songs that no network has learnt from. The text reports
no such figures; it says how many symbols and lengths its guitar pieces have, and shows pictures.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.chords.latent import (
    Heads,
    Place,
    Way,
    decoded,
    likeliest,
    log_softmax,
)
from reprise.engines.chords.nearness import chord_distances
from reprise.engines.chords.networks import LATENT, ChordNetworks, open_latent, open_networks
from reprise.engines.chords.strikes import hear
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.sources.chord_counting import DEEPEST, counted_losses
from reprise.library import practice, progressions
from reprise.library.progressions import Piece
from reprise.music.chords import QUALITIES, Chord
from reprise.music.meter import MeterMap
from reprise.music.progression import chord_at
from reprise.runtime.latent_model import LatentModel
from reprise.tokenizers import chords

SYSTEM: Final = "S5"
MODEL: Final = "chords-v1"
TEXT_SYMBOLS, TEXT_LENGTHS = 267.0, 9.0
MONOTONE_GOAL: Final = 0.9

AUTOENCODERS: Final = {
    "text_ae": "the text's own: one linear step to 2 numbers, tanh, one back",
    "text_vae": "the text's own with a mean and a variance",
    "ae_2": "2 numbers, for pictures",
    "vae_2": "2 numbers, for pictures",
    "ae_32": "32 numbers",
    "vae_32": "32 numbers; the engine's",
}
BATCH: Final = 128
HOP, QUICK_HOP = 4, 48
STEPS: Final = 9
PAIRS, QUICK_PAIRS = 200, 12
PRACTICE_PIECES: Final = 24

Floats = NDArray[np.float64]
Steps = Callable[[float], chords.Elements]
"""Returns the progression at an amount of 0.0-1.0."""


@dataclass(frozen=True)
class _Asked:
    """What is asked about: pieces to count, pieces held out, and their windows."""

    learned: Sequence[Piece]
    held_out: Sequence[Piece]
    windows: chords.Elements
    owners: NDArray[np.int64]
    hop: int


def rows(setup: SourceSetup) -> list[Row]:
    """Return all figures of the chord networks.

    Raises:
        MissingDataError: The data sets are not there.
        UnknownModelError: The model is not installed.
        CorruptModelError: Its files are damaged.
    """
    model = checkpoint.read(MODEL, setup.models)
    networks = open_networks(model)
    setup.progress(0.0, "reading progressions")
    asked = _asked(setup)
    found = _vocabulary_rows()
    for number, (part, remark) in enumerate(AUTOENCODERS.items()):
        setup.progress(0.2 + 0.05 * number, f"reconstruction by {part}")
        found += _reconstruction_rows(part, remark, open_latent(model, part), asked.windows)
    found += _usual_rows(asked)
    setup.progress(0.5, "what comes next")
    found += _next_rows(networks, asked)
    setup.progress(0.7, "what lies between")
    pairs = _pairs(asked, QUICK_PAIRS if setup.is_quick else PAIRS, setup.seed)
    found += _morph_rows(model, networks, pairs, setup.seed)
    if setup.data is not None:
        setup.progress(0.9, "chords told from notes")
        found += _naming_rows(setup)
    setup.progress(1.0, "done")
    return found


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


def _asked(setup: SourceSetup) -> _Asked:
    if setup.is_quick and setup.data is None:
        pieces = _practice_pieces(setup.seed)
        learned, held_out = pieces[::2], pieces[1::2]
    else:
        everything = progressions.read_all(setup.data)
        learned = [piece for piece in everything if piece.split == "train"]
        held_out = [piece for piece in everything if piece.split == "test"]
    hop = QUICK_HOP if setup.is_quick else HOP
    long = [piece for piece in held_out if len(piece.elements) >= chords.WINDOW]
    cut = [chords.windows(piece.elements, hop) for piece in long]
    owners = np.repeat(np.arange(len(cut)), [len(windows) for windows in cut])
    return _Asked(learned, long, np.concatenate(cut), owners, hop)


def _practice_pieces(seed: int) -> list[Piece]:
    """Return pieces made up by rule, two after each other as one, to be long enough."""
    scores = practice.progressions(4 * PRACTICE_PIECES, seed)
    made = (progressions.piece_of_score("practice", "test", score) for score in scores)
    halves = [piece for piece in made if piece is not None]
    return [
        Piece(
            one.name,
            one.split,
            np.concatenate([one.elements, other.elements]),
            np.concatenate([one.positions, other.positions]),
        )
        for one, other in zip(halves[::2], halves[1::2])
    ]


# ------------------------------------------------------------ rows


def _vocabulary_rows() -> list[Row]:
    remark = "the text's guitar pieces in C major; ours: 22 kinds on 12 roots, and no chord"
    return [
        Row(SYSTEM, MODEL, "chord symbols", float(chords.CHORD_COUNT), TEXT_SYMBOLS, remark=remark),
        Row(SYSTEM, MODEL, "lengths", float(chords.DURATION_COUNT), TEXT_LENGTHS),
    ]


def _reconstruction_rows(
    part: str, remark: str, latent: LatentModel, windows: chords.Elements
) -> list[Row]:
    hits = np.concatenate([_rebuilt(latent, batch) == batch for batch in _batches(windows)])
    return _accuracy_rows(part, hits, remark)


def _rebuilt(latent: LatentModel, windows: chords.Elements) -> chords.Elements:
    mean, _ = latent.encode(windows)
    return np.stack([logits.argmax(axis=-1) for logits in latent.decode(mean)], axis=-1)


def _usual_rows(asked: _Asked) -> list[Row]:
    """Return what the most frequent chord and length reach."""
    learned = np.concatenate([piece.elements for piece in asked.learned])
    usual = [np.bincount(column).argmax() for column in learned.T]
    return _accuracy_rows("most frequent", asked.windows == usual, "baseline")


def _accuracy_rows(name: str, hits: NDArray[np.bool_], remark: str) -> list[Row]:
    figures = zip(("chords", "lengths"), hits.reshape(-1, 2).mean(axis=0))
    return [
        Row(SYSTEM, name, f"{figure} of 32 that come back, share", float(share), remark=remark)
        for figure, share in figures
    ]


def _next_rows(networks: ChordNetworks, asked: _Asked) -> list[Row]:
    places = range(chords.WINDOW, max(len(piece.elements) for piece in asked.held_out), asked.hop)
    found = [("LSTM", "given the 32 before", _lstm_losses(networks, asked, places))]
    for name, depth in (("counting", DEEPEST), ("frequencies", 0)):
        losses = counted_losses(asked.learned, asked.held_out, places=places, depth=depth)
        remark = "baseline: the last 3 chords, the last 2 lengths and the place in the bar"
        found.append((name, remark if depth else "baseline", losses))
    return [
        Row(
            SYSTEM,
            name,
            f"loss of the next {what}, nats",
            loss,
            higher_is_better=False,
            remark=remark,
        )
        for name, remark, losses in found
        for what, loss in zip(("chord", "length"), losses.mean(axis=0).tolist())
    ]


def _lstm_losses(networks: ChordNetworks, asked: _Asked, places: Sequence[int]) -> Floats:
    """Return losses (elements, 2) of elements, each given the 32 before it."""
    features, wanted = [], []
    for piece in asked.held_out:
        for end in (place for place in places if place < len(piece.elements)):
            window = slice(end - chords.WINDOW, end)
            features.append(
                chords.continuation_features(
                    piece.elements[window], piece.positions[window], int(piece.positions[end])
                )
            )
            wanted.append(piece.elements[end])
    found = []
    pairs = zip(_batches(np.stack(features)), _batches(np.stack(wanted)), strict=True)
    for batch, classes in pairs:
        model = networks.continuation.fork()
        model.forget()
        heads = [logits[:, -1] for logits in model.read(batch)]
        found.append(_losses(heads, classes))
    return np.concatenate(found)


def _losses(heads: Sequence[NDArray[np.float32]], classes: NDArray[np.int64]) -> Floats:
    columns = []
    for logits, column in zip(heads, classes.T, strict=True):
        scores = log_softmax(logits.astype(np.float64))
        columns.append(-scores[np.arange(len(column)), column])
    return np.stack(columns, axis=1)


def _naming_rows(setup: SourceSetup) -> list[Row]:
    """Return for how much of the time the chords of songs are told as people checked them."""
    hits = np.zeros(2)
    asked = 0
    for score, placed in progressions.checked_songs(setup.data):
        heard = hear(score).placed
        sounding = [one for one in placed if one.chord is not None]
        for beat in (start for one in sounding for start in np.arange(one.start, one.end, 0.5)):
            known, found = chord_at(placed, beat).chord, chord_at(heard, beat).chord
            if known is not None:
                asked += 1
                is_root = found is not None and found.root == known.root
                hits += is_root, is_root and _is_minor(found) == _is_minor(known)
    remark = "the chords that `reprise chords` prints, on the 29 test songs that the set has"
    return [
        Row(SYSTEM, "chord names", f"{what}, share of half beats", float(share), remark=remark)
        for what, share in zip(("root told", "root and third told"), hits / max(1, asked))
    ]


def _is_minor(chord: Chord | None) -> bool:
    return chord is not None and 3 in QUALITIES[chord.quality] and "7#9" not in chord.quality


# ------------------------------------------------------------ between


Pair = tuple[chords.Elements, chords.Elements]


def _pairs(asked: _Asked, count: int, seed: int) -> list[Pair]:
    """Return pairs of windows of different songs."""
    random = np.random.default_rng(seed)
    found: list[Pair] = []
    while len(found) < count:
        left, right = random.integers(0, len(asked.windows), 2)
        if asked.owners[left] != asked.owners[right]:
            found.append((asked.windows[left], asked.windows[right]))
    return found


def _morph_rows(
    model: checkpoint.Checkpoint, networks: ChordNetworks, pairs: Sequence[Pair], seed: int
) -> list[Row]:
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
            found += _middle_rows(networks, pairs, ways, seed)
    bare = [_steps(_bare_way(open_latent(model, LATENT), pair)) for pair in pairs]
    found += _way_rows("bare interpolation, vae_32", bare, "begins and ends with reconstructions")
    for name, steps in ((f"morph, {LATENT}", own), ("bare interpolation, vae_32", bare)):
        ends = [_ends_are(way, pair) for way, pair in zip(steps, pairs, strict=True)]
        found.append(
            Row(SYSTEM, name, "begins with A and ends with B, share", float(np.mean(ends)))
        )
    return found


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
    return float(_losses(heads, wanted).sum(axis=1).mean())


def _batches(items: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]

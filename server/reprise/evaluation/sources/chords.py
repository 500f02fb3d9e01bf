"""S5, chords and their lengths: what comes back, what comes next, and what lies between.

All is asked of the ONNX files that ship, on songs that no network has learnt from. The text reports
no such figures; it says how many symbols and lengths its guitar pieces have, and shows pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.chords.networks import ChordNetworks, open_latent, open_networks
from reprise.engines.chords.strikes import hear
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.sources.chord_counting import DEEPEST, counted_losses
from reprise.evaluation.sources.chord_morphs import SYSTEM, Floats, Pair, losses_of, morph_rows
from reprise.library import practice, progressions
from reprise.library.progressions import Piece
from reprise.music.chords import QUALITIES, Chord
from reprise.music.progression import chord_at
from reprise.runtime.latent_model import LatentModel
from reprise.tokenizers import chords

MODEL: Final = "chords-v1"
TEXT_SYMBOLS, TEXT_LENGTHS = 267.0, 9.0

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
PAIRS, QUICK_PAIRS = 200, 12
PRACTICE_PIECES: Final = 24


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
    found += morph_rows(model, networks, pairs, setup.seed)
    if setup.data is not None:
        setup.progress(0.9, "chords told from notes")
        found += _naming_rows(setup)
    setup.progress(1.0, "done")
    return found


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
        found.append(losses_of(heads, classes))
    return np.concatenate(found)


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


def _pairs(asked: _Asked, count: int, seed: int) -> list[Pair]:
    """Return pairs of windows of different songs."""
    random = np.random.default_rng(seed)
    found: list[Pair] = []
    while len(found) < count:
        left, right = random.integers(0, len(asked.windows), 2)
        if asked.owners[left] != asked.owners[right]:
            found.append((asked.windows[left], asked.windows[right]))
    return found


def _batches(items: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]

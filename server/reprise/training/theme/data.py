"""The songs that the theme networks learn from, with their themes marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from reprise.engines import checkpoint
from reprise.library import pop909, practice, readers
from reprise.library.pieces import Reject
from reprise.library.theme_songs import THEME_BARS, grid_song, number_of
from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme_grid import GridSong
from reprise.training.order import MODEL_FOLDER, Order
from reprise.training.theme.labels import SongTheme, theme_labels

SONGS_FILE: Final = "songs.npz"
LABELS_FILE: Final = "theme-labels.json"
MODEL: Final = "theme-v1"
EMBEDDING: Final = "melody-embedding"
VALID_EVERY: Final = 40
QUICK_SONGS: Final = 40


@dataclass(frozen=True, slots=True)
class ThemeSongs:
    """Songs to learn from, and those to choose the best weights by."""

    train: tuple[GridSong, ...]
    valid: tuple[GridSong, ...]


def songs(order: Order, seed: int) -> ThemeSongs:
    """Return the songs of an order; the 29 of the theme study are not among them.

    The first call writes them into the run's folder, so that a run that goes on learns from the
    same themes whatever becomes of the embedding that found them.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
        UnknownModelError: There is no melody embedding to find themes with.
    """
    if order.is_quick:
        return _parted(_practised(seed))
    file = order.out / SONGS_FILE
    if not file.is_file():
        order.out.mkdir(parents=True, exist_ok=True)
        keep(file, _found(order))
    return _parted(_kept(file))


def embedding(order: Order) -> checkpoint.Checkpoint:
    """Return the model with the melody embedding: the one that was trained beside, or ours.

    Raises:
        UnknownModelError: Neither is there.
    """
    beside = order.out.parent / EMBEDDING
    if (beside / MODEL_FOLDER / checkpoint.CONFIG_FILE).is_file():
        return checkpoint.read(MODEL_FOLDER, beside)
    return checkpoint.read(MODEL)


def _parted(found: Mapping[str, GridSong]) -> ThemeSongs:
    numbers = sorted(found)
    valid = set(numbers[::VALID_EVERY])
    return ThemeSongs(
        tuple(found[number] for number in numbers if number not in valid),
        tuple(found[number] for number in numbers if number in valid),
    )


def _practised(seed: int) -> dict[str, GridSong]:
    """Return made-up songs; their theme stands in every second pair of bars."""
    found = {}
    for number, score in enumerate(practice.songs(QUICK_SONGS, seed)):
        song = grid_song(score, range(0, practice.SONG_BARS, 2 * THEME_BARS))
        if song is not None:
            found[f"{number:03}"] = song
    return found


def _found(order: Order) -> dict[str, GridSong]:
    labels = theme_labels(order.data, embedding(order), order.out.parent / LABELS_FILE)
    return dict(_labelled(order.data, learnable(labels)))


def learnable(labels: Mapping[str, SongTheme]) -> dict[str, SongTheme]:
    """Return the labels of all songs but those of the theme study."""
    return {number: label for number, label in labels.items() if number not in pop909.TEST_SONGS}


def _labelled(data: Path | None, labels: Mapping[str, SongTheme]) -> Iterator[tuple[str, GridSong]]:
    for piece in readers.read_pieces(data, [pop909.DATASET]):
        if isinstance(piece, Reject):
            continue
        number = number_of(piece)
        song = grid_song(piece.score, labels[number].bars) if number in labels else None
        if song is not None:
            yield number, song


def keep(file: Path, found: Mapping[str, GridSong]) -> None:
    """Write songs as their tokens, the tempo first."""
    arrays: dict[str, Any] = {
        number: np.concatenate(
            [[tokens_of.tempo_token(song.tempo)], tokens_of.encode(song)]
        ).astype(np.int16)
        for number, song in found.items()
    }
    np.savez_compressed(file, **arrays)


def _kept(file: Path) -> dict[str, GridSong]:
    with np.load(file) as arrays:
        return {number: tokens_of.decode(arrays[number].tolist()) for number in arrays.files}

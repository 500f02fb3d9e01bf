"""Small made-up chorales on a grid, for tests of everything around the chorale networks."""

from pathlib import Path

import numpy as np

from reprise.tokenizers import chorale

CHORDS = ((67, 62, 59, 43), (69, 66, 57, 50), (71, 67, 62, 55), (67, 64, 60, 48))


def chorale_grid(steps: int = 80, seed: int = 0) -> chorale.Grid:
    """A chorale of chords that last a beat, with passing notes drawn from a seed."""
    random = np.random.default_rng(seed)
    beats = -(-steps // chorale.STEPS_PER_BEAT)
    chords = np.array([CHORDS[index] for index in random.integers(0, len(CHORDS), beats)])
    pitches = np.repeat(chords, chorale.STEPS_PER_BEAT, axis=0)[:steps]
    moved = random.random(pitches.shape) < 0.1
    return chorale.classes_from_pitches(pitches + 2 * moved)


def chorales(count: int = 4, steps: int = 80) -> list[chorale.Grid]:
    """Several of them."""
    return [chorale_grid(steps, seed) for seed in range(count)]


def write_data_set(folder: Path, count: int = 2, steps: int = 80) -> Path:
    """Write made-up chorales the way the data set `jsb` is laid out; return the data folder."""
    for split in ("train", "valid", "test"):
        place = folder / "jsb" / split
        place.mkdir(parents=True)
        for index, grid in enumerate(chorales(count, steps)):
            rows = chorale.pitches_from_classes(grid).tolist()
            lines = ["note0,note1,note2,note3", *(",".join(map(str, row)) for row in rows)]
            (place / f"chorale_{index:03}.csv").write_text("\n".join(lines) + "\n")
    return folder

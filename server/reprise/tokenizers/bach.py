"""What the networks of the Bach notebook read and write: cells, one after the other.

A grid of chorale classes (see `reprise.tokenizers.chorale`) is read row by row and in each row
from soprano to bass. Where the chorale networks read features that describe what is known before
a cell, these read the class of each cell alone and answer for the one after it. It knows no
network.
"""

from typing import Any, Final

from reprise.tokenizers import chorale

WINDOW_CELLS: Final = 128
"""Cells that the networks may have heard when they answer: 32 chords, as they were trained."""


def cells(grids: chorale.Grid) -> chorale.Grid:
    """Return what the networks read of grids (batch, steps, 4): (batch, steps * 4, 1)."""
    return grids.reshape(len(grids), -1, 1)


def vocabulary() -> dict[str, Any]:
    """Return what a model's vocabulary says of its cells."""
    return {
        "voices": list(chorale.VOICES),
        "steps_per_beat": chorale.STEPS_PER_BEAT,
        "classes": chorale.CLASS_COUNT,
        "rest": chorale.REST,
        "lowest_pitch": chorale.LOWEST_PITCH,
        "highest_pitch": chorale.HIGHEST_PITCH,
        "window_cells": WINDOW_CELLS,
    }

"""`reprise corpus list`: which data sets are here, and where the missing ones come from."""

from argparse import Namespace
from pathlib import Path
from typing import Final

import numpy as np

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_data_flag
from reprise.cli.settings import read_settings
from reprise.library import jsb
from reprise.library.datasets import DATASETS, DataSet
from reprise.tokenizers import chorale

DESCRIPTION = "Tell which data sets are here and which are missing."
EXAMPLE = "reprise corpus --data ~/music-data"

_MUSIC_ENDINGS: Final = frozenset(
    {".mid", ".midi", ".csv", ".mscx", ".mscz", ".mxl", ".musicxml", ".xml"}
)


def add_arguments(parser: VerbParser) -> None:
    """Add where the data sets are."""
    add_data_flag(parser)


def run(arguments: Namespace) -> Answer:
    """Look at each known data set."""
    folder = read_settings(arguments).data
    found = [_described(known, folder) for known in DATASETS.values()]
    data: dict[str, object] = {"data": str(folder) if folder else None, "sets": found}
    splits = _chorales(folder) if folder and (folder / "jsb").is_dir() else {}
    data["chorales"] = splits
    return Answer(data, _text(folder, found, splits))


def _described(known: DataSet, folder: Path | None) -> dict[str, object]:
    here = folder is not None and (folder / known.name).is_dir()
    described: dict[str, object] = {
        "name": known.name,
        "title": known.title,
        "licence": known.licence,
        "origin": known.origin,
        "may_ship_weights": known.is_shippable,
        "present": here,
    }
    if here and folder is not None:
        described["files"] = _music_files(folder / known.name)
    return described


def _music_files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.suffix.lower() in _MUSIC_ENDINGS)


def _chorales(folder: Path) -> dict[str, dict[str, int]]:
    splits: dict[str, dict[str, int]] = {}
    for split in jsb.SPLITS:
        pieces = jsb.read_split(folder, split)
        notes = sum(_note_count(piece) for piece in pieces)
        splits[split] = {"pieces": len(pieces), "notes": notes}
    return splits


def _note_count(piece: chorale.Grid) -> int:
    """Count the runs of one pitch; a pitch struck again looks the same on a grid."""
    before = np.vstack([np.full((1, piece.shape[1]), chorale.REST), piece[:-1]])
    return int(((piece != before) & (piece != chorale.REST)).sum())


def _split_lines(splits: dict[str, dict[str, int]]) -> str:
    rows = [(split, counts["pieces"], counts["notes"]) for split, counts in splits.items()]
    return "Chorales:\n" + table(("split", "pieces", "notes"), rows)


def _text(
    folder: Path | None, found: list[dict[str, object]], splits: dict[str, dict[str, int]]
) -> str:
    rows = [
        (
            described["name"],
            f"{described['files']} files" if described["present"] else "missing",
            described["licence"],
            described["title"],
        )
        for described in found
    ]
    parts = [table(("set", "here", "licence", "what"), rows)]
    if splits:
        parts.append(_split_lines(splits))
    missing = [described for described in found if not described["present"]]
    if missing:
        way = "Unpack a set as a folder of its name and name the folder above it with --data DIR."
        lines = [f"  {described['name']}: {described['origin']}" for described in missing]
        parts.append("\n".join(["Missing sets come from:", *lines, way]))
    head = f"Data folder: {folder}" if folder else "No data folder was named (--data DIR)."
    return "\n\n".join([head, *parts])

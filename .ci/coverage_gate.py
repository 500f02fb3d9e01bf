"""Hold the branch coverage of the rooms that must not break to 90 %.

Usage: python .ci/coverage_gate.py coverage.json
"""

import json
import sys
from pathlib import Path

ROOMS = ("music", "tokenizers", "service", "transports")
LEAST_PERCENT = 90.0


def covered_percent(files: dict[str, dict[str, dict[str, int]]], room: str) -> float:
    """Return the share of statements and branches of a room that ran, in percent."""
    summaries = [
        entry["summary"]
        for name, entry in files.items()
        if f"reprise/{room}/" in Path(name).as_posix()
    ]
    covered = sum(one["covered_lines"] + one["covered_branches"] for one in summaries)
    everything = sum(one["num_statements"] + one["num_branches"] for one in summaries)
    return 100.0 * covered / everything


def main() -> None:
    """Print each room's coverage; exit 1 where one is too low."""
    files = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"]
    percents = {room: covered_percent(files, room) for room in ROOMS}
    for room, percent in percents.items():
        print(f"{room:12} {percent:5.1f} %")
    if min(percents.values()) < LEAST_PERCENT:
        sys.exit(f"each room needs {LEAST_PERCENT:g} %: write the promises that are missing")


if __name__ == "__main__":
    main()

# @description Reprise: Continue over OSC
# @version 0.1.0
# @author Reprise
# @about
#   A new item after each selected one, with what comes next.
# @noindex

import sys
from pathlib import Path

import reaper_python

FOLDERS = [
    Path(globals().get("__file__", "")).parent,
    *map(Path, sys.path),
    Path(reaper_python.RPR_GetResourcePath(), "Scripts/Reprise/reaper_scripts/Reprise/python"),
]
sys.path[:0] = [str(at / "lib") for at in FOLDERS if (at / "lib" / "reprise_client.py").is_file()]

import reprise_actions  # noqa: E402 - it is found only now

job = reprise_actions.begin("continue", reaper_python)


def tick() -> None:
    """Look once for news of the server, and have REAPER call again while there may be more."""
    if job is not None and job.is_going_on():
        RPR_defer("tick()")  # noqa: F821 - REAPER's own


if job is not None:
    RPR_atexit("job.stop()")  # noqa: F821 - REAPER's own
tick()

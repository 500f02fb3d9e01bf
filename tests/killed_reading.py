"""A folder read in a process of its own, which is killed on the way."""

import subprocess
import sys
from pathlib import Path
from typing import Final

SCRIPT: Final = """
import sys
from pathlib import Path
from reprise.library.ingest.store import Corpus
from reprise.library.ingest.working import processes
if __name__ == "__main__":
    def told(done, total):
        print(done, flush=True)
    Corpus(Path(sys.argv[1]), "mine").add(Path(sys.argv[2]), processes(int(sys.argv[3])), told)
"""


def started(directory: Path, music: Path, workers: int, script: Path) -> subprocess.Popen[str]:
    """Begin to read music into the corpus "mine" of a directory; each shard makes a line."""
    script.write_text(SCRIPT, encoding="utf-8")
    words = [sys.executable, str(script), str(directory), str(music), str(workers)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def killed_after(shards: int, directory: Path, music: Path, workers: int, script: Path) -> None:
    """Read until so many shards are done, or were done before, and kill."""
    with started(directory, music, workers, script) as child:
        assert child.stdout is not None
        for _ in range(shards):
            child.stdout.readline()
        child.kill()

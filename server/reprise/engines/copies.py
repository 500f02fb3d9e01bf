"""The indexes that answers are held against: the training data's, and those of the user's corpora.

They are read when the first answer is looked at, and the user's again when they change.
"""

import threading
from collections.abc import Mapping
from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Task
from reprise.engines.ensemble.engine import installed_model
from reprise.engines.originality import Copy, CopyFinder
from reprise.errors import FileError
from reprise.library import learnt_clips, originality_index, own_index
from reprise.library.ingest.store import CORPORA
from reprise.library.originality_index import OriginalityIndex


class Copies:
    """Finds what of an answer few songs have."""

    def __init__(self, data_directory: Path, models: Path | None = None) -> None:
        """Take where the user's corpora are, and the models; None for those that we ship."""
        self._corpora = data_directory / CORPORA
        self._models = models
        self._finder: CopyFinder | None = None
        self._seen: Mapping[Path, int] = {}
        self._lock = threading.Lock()

    def __call__(self, task: Task, candidate: Candidate) -> Copy:
        """Return the longest passage of an answer that few songs have."""
        return self._current().find(task, candidate)

    def _current(self) -> CopyFinder:
        with self._lock:
            seen = {path: path.stat().st_mtime_ns for path in self._own_paths()}
            if self._finder is None or seen != self._seen:
                own = [index for path in seen if (index := _read_own(path)) is not None]
                self._finder = CopyFinder(self._learnt(), own)
                self._seen = seen
            return self._finder

    def _own_paths(self) -> list[Path]:
        names = (own_index.FILE_NAME, learnt_clips.INDEX_FILE)
        return sorted(path for name in names for path in self._corpora.glob(f"*/{name}"))

    def _learnt(self) -> OriginalityIndex | None:
        name = installed_model(self._models)
        folder = checkpoint.models_directory() if self._models is None else self._models
        path = folder / name / originality_index.FILE_NAME
        return originality_index.read_index(path) if name and path.is_file() else None


def _read_own(path: Path) -> own_index.OwnIndex | None:
    """Return an index of the user's, None where it is damaged: answers matter more."""
    try:
        return own_index.read(path)
    except FileError:
        return None

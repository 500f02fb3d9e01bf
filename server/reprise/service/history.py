"""The history: every request and answer in one SQLite file, so that any can be had again.

An answer is written before it is sent, and its notes come back from here with no engine. It knows
nothing of sessions and jobs. No sentence of its errors holds a path: they go over the wire.
"""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reprise.engines.base import Candidate, Task, Verb
from reprise.errors import HistoryError, UnknownResultError
from reprise.music.score import Score
from reprise.service import history_table as table
from reprise.service.history_table import Filter, Row
from reprise.service.ids import ID_COUNT, id_from_number, number_from_id
from reprise.service.messages import HistoryEntry, Request, Result
from reprise.service.plan import working_source

__all__ = ["FILE_NAME", "Filter", "History", "Row", "Saved", "answer_score"]

FILE_NAME = "history.sqlite3"
DEFAULT_LIMIT_MB = 500.0
TRIMMED_TO = 0.9
"""Share of the limit that is left after trimming, so that not every answer trims anew."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A result with all that brings it back.

    Attributes:
        entry: Its line in a list.
        request: What was asked.
        result: What was answered.
        score: The whole answer, kept and new notes together.
    """

    entry: HistoryEntry
    request: Request
    result: Result
    score: Score


class History:
    """One history database; safe to use from any thread."""

    def __init__(
        self,
        directory: Path,
        *,
        clock: Callable[[], float],
        limit_mb: float = DEFAULT_LIMIT_MB,
        randomness: random.Random | None = None,
    ) -> None:
        """Take the data directory, a clock of seconds since 1970, and the size limit in MB.

        Nothing is opened yet, so that a server with a broken history still starts.
        """
        self._path = directory / FILE_NAME
        self._clock = clock
        self._limit_bytes = limit_mb * 1e6
        self._random = randomness or random.SystemRandom()
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._open_requests: set[int] = set()

    @property
    def path(self) -> Path:
        """Where the database is."""
        return self._path

    # ------------------------------------------------------------ writing

    def begin(self, request: Request, fingerprint: str) -> int:
        """Write a request and return its number here; `end` must follow.

        Raises:
            HistoryError: It cannot be written.
        """
        with self._database() as database:
            number = table.insert_request(database, request, fingerprint, self._clock())
            self._open_requests.add(number)
            return number

    def save(self, number: int, result: Result) -> Result:
        """Write a result of an open request, give it an unused id, and return it with that.

        Raises:
            HistoryError: It cannot be written.
        """
        with self._database() as database:
            saved = replace(result, result_id=self._unused_id(database))
            table.insert_result(database, number, saved, self._clock())
            self._trim(database)
            return saved

    def end(self, number: int) -> None:
        """Let an open request go: no more results come, so it may be trimmed one day."""
        with self._lock:
            self._open_requests.discard(number)

    def random_id(self) -> str:
        """Return an id for a result that cannot be saved."""
        return id_from_number(self._random.randrange(ID_COUNT))

    def set_star(self, result_id: str, *, is_starred: bool) -> HistoryEntry:
        """Star a result, which is then never trimmed, or take the star off.

        Raises:
            UnknownResultError: There is no such result.
            HistoryError: It cannot be written.
        """
        with self._database() as database:
            table.set_star(database, number_from_id(result_id), is_starred=is_starred)
        return self.get(result_id).entry

    def clear(self, *, keeps_starred: bool = True) -> int:
        """Remove all results, or all but the starred ones, and return how many."""
        with self._database() as database:
            removed = table.delete_all(database, keeps_starred=keeps_starred)
            table.delete_childless(database, self._open_requests)
            table.give_space_back(database)
        return removed

    # ------------------------------------------------------------ reading

    def get(self, result_id: str) -> Saved:
        """Return a result with its notes.

        Raises:
            UnknownResultError: There is no such result.
            HistoryError: It cannot be read.
        """
        number = number_from_id(result_id)
        with self._database() as database:
            found = table.select_result(database, number)
        if found is None:
            raise UnknownResultError(
                f"there is no result {id_from_number(number)} in the history; "
                "`reprise history list` shows those that there are"
            )
        entry, request, result = found
        return Saved(entry, request, result, answer_score(request, result))

    def entries(self, wanted: Filter) -> tuple[HistoryEntry, ...]:
        """Return the lines of a list, newest first."""
        with self._database() as database:
            return table.select_entries(database, wanted)

    def earlier(
        self, fingerprint: str, limit: int, note_limit: int
    ) -> tuple[tuple[Result, Score], ...]:
        """Return the newest answers to the same question, each with its whole score.

        There are at most `limit`, and no more after about `note_limit` notes in all.
        """
        with self._database() as database:
            found = table.select_earlier(database, fingerprint, limit, note_limit)
        return tuple((result, answer_score(request, result)) for request, result in found)

    def used_bytes(self) -> int:
        """Return how much of the file is in use."""
        with self._database() as database:
            return table.used_bytes(database)

    # ------------------------------------------------------------ moving

    def export_rows(self) -> Iterator[Row]:
        """Yield every request with its results, oldest first."""
        with self._database() as database:
            numbers = table.request_numbers(database)
        for number in numbers:
            with self._database() as database:
                row = table.select_row(database, number)
            if row is not None:
                yield row

    def import_row(self, row: Row) -> int:
        """Add a request with those of its results that are not here yet; return how many."""
        with self._database() as database:
            return table.insert_row(database, row)

    def close(self) -> None:
        """Close the database; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # ------------------------------------------------------------ inside

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction; what SQLite or the disk refuse becomes ours."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = table.open_database(self._path)
                with self._connection:
                    yield self._connection
            except (sqlite3.Error, OSError) as error:
                self.close()
                # Without the path that an OSError would print.
                reason = error.strerror if isinstance(error, OSError) else error
                raise HistoryError(
                    f"the history cannot be used ({reason}); see that Reprise's data folder can be "
                    "written and its disk has room: `reprise doctor` checks it. "
                    "Nothing in it was removed"
                ) from error

    def _unused_id(self, database: sqlite3.Connection) -> str:
        while table.has_result(database, number := self._random.randrange(ID_COUNT)):
            pass
        return id_from_number(number)

    def _trim(self, database: sqlite3.Connection) -> None:
        """Remove the oldest results without a star until the limit is kept."""
        if table.used_bytes(database) <= self._limit_bytes:
            return
        while table.used_bytes(database) > TRIMMED_TO * self._limit_bytes:
            if not table.delete_oldest(database, self._open_requests):
                break
        table.give_space_back(database)


def answer_score(request: Request, result: Result) -> Score:
    """Return a result's whole score, which needs the request's source and no engine."""
    source = working_source(request)
    task = Task(Verb(request.kind), source, source, (), result.length)
    return Candidate(result.kept, result.new_notes).score(task)

"""The tables of the history, and every statement that is sent to them.

A payload is the plain form of a message as JSON, compressed. Every function works inside the
transaction of the connection that it is given. Only `history.py` and `history_file.py` use it.
"""

import json
import sqlite3
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprise.errors import HistoryError
from reprise.service.ids import id_from_number, number_from_id
from reprise.service.messages import HistoryEntry, Message, Request, Result
from reprise.service.plain import from_plain, to_plain

SCHEMA_VERSION = 1
BUSY_SECONDS = 2.0
COMPRESSION = 4
TRIM_BATCH = 16

_SCHEMA = (
    """CREATE TABLE requests (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        created REAL NOT NULL,
        verb TEXT NOT NULL,
        project TEXT NOT NULL,
        clip_name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        payload BLOB NOT NULL
    )""",
    """CREATE TABLE results (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        id INTEGER NOT NULL UNIQUE,
        request INTEGER NOT NULL REFERENCES requests(number),
        created REAL NOT NULL,
        engine TEXT NOT NULL,
        seed INTEGER NOT NULL,
        note_count INTEGER NOT NULL,
        is_starred INTEGER NOT NULL DEFAULT 0,
        payload BLOB NOT NULL
    )""",
    "CREATE INDEX requests_by_fingerprint ON requests(fingerprint)",
    "CREATE INDEX results_by_request ON results(request)",
    "CREATE INDEX results_by_time ON results(created)",
    """CREATE VIEW answers AS SELECT
        results.id, results.created, requests.verb, results.engine, results.seed,
        results.note_count, requests.project, requests.clip_name, results.is_starred,
        results.ordinal, requests.fingerprint, requests.payload AS asked, results.payload AS told
    FROM results JOIN requests ON requests.number = results.request""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which results to list; what is left at its default does not matter.

    Attributes:
        project: The project's name, in capitals or not.
        clip_name: A part of the clip's name, in capitals or not.
        since: Seconds since 1970.
        verb: What was asked for.
        engine: What answered.
        is_starred: Starred ones only.
        limit: At most so many.
    """

    project: str = ""
    clip_name: str = ""
    since: float = 0.0
    verb: str = ""
    engine: str = ""
    is_starred: bool = False
    limit: int = 20


@dataclass(frozen=True, slots=True)
class SavedResult:
    """A result as it is moved between histories; `created` in seconds since 1970."""

    result: Result
    created: float
    is_starred: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A request and its results as they are moved between histories."""

    request: Request
    created: float
    fingerprint: str
    results: tuple[SavedResult, ...]


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database, made where there is none.

    Raises:
        sqlite3.Error, OSError: It cannot be opened or is damaged.
        HistoryError: A later version of Reprise wrote it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL is sound after a kill at any moment, and all that was committed is there:
    # the system holds the pages, not the process. Only a power cut may take the last commits, and
    # FULL would make every answer wait for the disk to rule that out.
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA foreign_keys = ON")
    database.create_function("folded", 1, str.casefold, deterministic=True)
    if _version(database) == 0:
        _create(database)
    if (version := _version(database)) != SCHEMA_VERSION:
        raise HistoryError(
            f"the history was written by another version of Reprise (format {version}, this one "
            f"knows {SCHEMA_VERSION}); install the newer one to read it. Nothing was changed"
        )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _create(database: sqlite3.Connection) -> None:
    with database:
        # Two processes may start at once: the second finds the work done.
        database.execute("BEGIN IMMEDIATE")
        if _version(database) != 0:
            return
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


# ---------------------------------------------------------------- writing


def insert_request(
    database: sqlite3.Connection, request: Request, fingerprint: str, created: float
) -> int:
    """Write a request and return its number."""
    cursor = database.execute(
        "INSERT INTO requests (created, verb, project, clip_name, fingerprint, payload) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            created,
            request.kind,
            request.project,
            request.clip_name,
            fingerprint,
            _packed(request),
        ),
    )
    assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
    return cursor.lastrowid


def insert_result(
    database: sqlite3.Connection,
    request: int,
    result: Result,
    created: float,
    *,
    is_starred: bool = False,
) -> None:
    """Write a result whose id is not in use."""
    note_count = len(result.kept) + sum(map(len, result.new_notes))
    database.execute(
        "INSERT INTO results (id, request, created, engine, seed, note_count, is_starred, payload)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number_from_id(result.result_id),
            request,
            created,
            result.engine,
            result.seed,
            note_count,
            int(is_starred),
            _packed(result),
        ),
    )


def set_star(database: sqlite3.Connection, number: int, *, is_starred: bool) -> None:
    """Set or take off a result's star."""
    database.execute("UPDATE results SET is_starred = ? WHERE id = ?", (int(is_starred), number))


def insert_row(database: sqlite3.Connection, row: Row) -> int:
    """Write a request with those of its results that are new; return how many those are."""
    new = [s for s in row.results if not has_result(database, number_from_id(s.result.result_id))]
    if not new:
        return 0
    number = insert_request(database, row.request, row.fingerprint, row.created)
    for saved in new:
        insert_result(database, number, saved.result, saved.created, is_starred=saved.is_starred)
    return len(new)


def delete_all(database: sqlite3.Connection, *, keeps_starred: bool) -> int:
    """Remove all results, or all without a star; return how many."""
    cursor = database.execute(
        "DELETE FROM results WHERE is_starred <= ?", (int(not keeps_starred),)
    )
    return cursor.rowcount


def delete_oldest(database: sqlite3.Connection, open_requests: Collection[int]) -> int:
    """Remove the oldest few results without a star, and requests left with none.

    Returns how many rows were removed: 0 where only starred results, open requests and the newest
    result are left.
    """
    removed = database.execute(
        """DELETE FROM results WHERE ordinal IN (
            SELECT ordinal FROM results
            WHERE is_starred = 0
            AND request NOT IN (SELECT value FROM json_each(?))
            AND ordinal < (SELECT max(ordinal) FROM results)
            ORDER BY created, ordinal LIMIT ?)""",
        (json.dumps(list(open_requests)), TRIM_BATCH),
    ).rowcount
    return removed + delete_childless(database, open_requests)


def delete_childless(database: sqlite3.Connection, open_requests: Collection[int]) -> int:
    """Remove requests without results, unless they are still being worked on."""
    return database.execute(
        """DELETE FROM requests
        WHERE number NOT IN (SELECT value FROM json_each(?))
        AND number NOT IN (SELECT request FROM results)""",
        (json.dumps(list(open_requests)),),
    ).rowcount


def give_space_back(database: sqlite3.Connection) -> None:
    """Commit, and let the file shrink by the pages that are free."""
    # `execute` would step once and free one page; a script runs to its end.
    database.executescript("PRAGMA incremental_vacuum")


# ---------------------------------------------------------------- reading


def has_result(database: sqlite3.Connection, number: int) -> bool:
    """Tell whether a result's number is in use."""
    found = database.execute("SELECT 1 FROM results WHERE id = ?", (number,))
    return found.fetchone() is not None


def select_result(
    database: sqlite3.Connection, number: int
) -> tuple[HistoryEntry, Request, Result] | None:
    """Return a result by its number, None where there is none."""
    found = database.execute("SELECT * FROM answers WHERE id = ?", (number,)).fetchone()
    if found is None:
        return None
    *_, asked, told = found
    return _entry(found), _request(asked), _result(told)


def select_entries(database: sqlite3.Connection, wanted: Filter) -> tuple[HistoryEntry, ...]:
    """Return the lines of the results wanted, newest first."""
    rows = database.execute(
        """SELECT * FROM answers
        WHERE created >= :since
        AND (:project = '' OR folded(project) = folded(:project))
        AND instr(folded(clip_name), folded(:clip_name)) > 0
        AND (:verb = '' OR verb = :verb)
        AND (:engine = '' OR engine = :engine)
        AND is_starred >= :is_starred
        ORDER BY created DESC, ordinal DESC LIMIT :limit""",
        asdict(wanted),
    )
    return tuple(map(_entry, rows))


def select_earlier(
    database: sqlite3.Connection, fingerprint: str, limit: int, note_limit: int
) -> list[tuple[Request, Result]]:
    """Return the newest answers to requests of one fingerprint, as many as the limits allow.

    The one that goes over the limit of notes is the last one.
    """
    rows = database.execute(
        "SELECT asked, told, note_count FROM answers WHERE fingerprint = ? "
        "ORDER BY ordinal DESC LIMIT ?",
        (fingerprint, limit),
    )
    found: list[tuple[Request, Result]] = []
    requests: dict[bytes, Request] = {}
    total = 0
    for asked, told, note_count in rows:
        if asked not in requests:
            requests[asked] = _request(asked)
        found.append((requests[asked], _result(told)))
        total += note_count
        if total >= note_limit:
            break
    return found


def request_numbers(database: sqlite3.Connection) -> list[int]:
    """Return the numbers of all requests, oldest first."""
    return [row[0] for row in database.execute("SELECT number FROM requests ORDER BY number")]


def select_row(database: sqlite3.Connection, number: int) -> Row | None:
    """Return a request with its results, None where it has gone."""
    found = database.execute(
        "SELECT payload, created, fingerprint FROM requests WHERE number = ?", (number,)
    ).fetchone()
    if found is None:
        return None
    results = database.execute(
        "SELECT payload, created, is_starred FROM results WHERE request = ? ORDER BY ordinal",
        (number,),
    )
    saved = tuple(SavedResult(_result(p), created, bool(star)) for p, created, star in results)
    payload, created, fingerprint = found
    return Row(_request(payload), created, fingerprint, saved)


def used_bytes(database: sqlite3.Connection) -> int:
    """Return the size of all pages that hold something."""
    names = ("page_count", "freelist_count", "page_size")
    count, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int((count - free) * size)


def _entry(columns: Sequence[Any]) -> HistoryEntry:
    number, created, verb, engine, seed, note_count, project, clip_name, is_starred = columns[:9]
    return HistoryEntry(
        result_id=id_from_number(number),
        created=int(created),
        verb=verb,
        engine=engine,
        seed=seed,
        note_count=note_count,
        project=project,
        clip_name=clip_name,
        is_starred=bool(is_starred),
    )


# ---------------------------------------------------------------- payloads


def _packed(message: Message) -> bytes:
    text = json.dumps(to_plain(message), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8"), COMPRESSION)


def _unpacked(payload: bytes) -> Message:
    try:
        return from_plain(json.loads(zlib.decompress(payload)))
    except (zlib.error, ValueError) as error:
        raise HistoryError(
            f"an entry of the history is damaged and cannot be read ({error})"
        ) from error


def _request(payload: bytes) -> Request:
    message = _unpacked(payload)
    assert isinstance(message, Request)  # noqa: S101 - nothing else is written there
    return message


def _result(payload: bytes) -> Result:
    message = _unpacked(payload)
    assert isinstance(message, Result)  # noqa: S101 - nothing else is written there
    return message

"""The history as one file that people can keep or move: a line of JSON for each request.

The first line says what the file is. A line holds a request and its results in plain form, so
that a history of any size is written and read line by line.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reprise.errors import HistoryError, InvalidRequestError, UnknownResultError
from reprise.service.history import History, Row
from reprise.service.history_table import SavedResult
from reprise.service.ids import number_from_id
from reprise.service.messages import Request, Result
from reprise.service.plain import from_plain, to_plain

FORMAT = "reprise-history"
VERSION = 1
MAX_LINE_LENGTH = 64_000_000
"""Characters; sixteen answers to the largest request need less."""


def export_history(history: History, path: Path) -> int:
    """Write the whole history into a file, whole or not at all, and return how many results.

    Raises:
        HistoryError: The history cannot be read, or the file cannot be written.
    """
    unfinished = path.with_name(path.name + ".part")
    count = 0
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.write(_line({"format": FORMAT, "version": VERSION}))
            for row in history.export_rows():
                file.write(_line(_plain_from_row(row)))
                count += len(row.results)
        unfinished.replace(path)
    except OSError as error:
        raise HistoryError(
            f"{path} cannot be written ({error.strerror}); choose a folder that can"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def import_history(history: History, path: Path) -> int:
    """Add what an exported file holds and is not here yet; return how many results were added.

    Raises:
        HistoryError: The file is no export or is damaged, the sentence names the line; what stood
            before that line was added. Or the history cannot be written.
    """
    return sum(history.import_row(row) for row in _rows(path))


def _rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8") as file:
            number = 1
            _check_head(file.readline(MAX_LINE_LENGTH), path)
            while text := file.readline(MAX_LINE_LENGTH):
                number += 1
                yield _row(text, f"line {number} of {path}")
    except OSError as error:
        raise HistoryError(
            f"{path} cannot be read ({error.strerror}); name a file that `reprise history export` "
            "wrote"
        ) from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} is no export of a history: it is no text") from error


def _check_head(text: str, path: Path) -> None:
    head = _loaded(text, f"line 1 of {path}")
    if head.get("format") != FORMAT:
        raise HistoryError(
            f"{path} is no export of a history; name a file that `reprise history export` wrote"
        )
    if head.get("version") != VERSION:
        raise HistoryError(
            f"{path} has version {head.get('version')!r} and this Reprise reads {VERSION}; "
            "install the newer one"
        )


def _row(text: str, place: str) -> Row:
    plain = _loaded(text, place)
    try:
        request = from_plain(plain["request"])
        results = tuple(_saved_from_plain(one) for one in plain["results"])
        created, fingerprint = float(plain["created"]), str(plain["fingerprint"])
    except (KeyError, TypeError, ValueError, InvalidRequestError, UnknownResultError) as error:
        raise HistoryError(f"{place} is damaged: {error}; what stood before was added") from error
    if not isinstance(request, Request):
        raise HistoryError(f"{place} is damaged: it holds no request; what stood before was added")
    return Row(request, created, fingerprint, results)


def _saved_from_plain(plain: Mapping[str, object]) -> SavedResult:
    result = from_plain(plain["result"])
    if not isinstance(result, Result):
        raise TypeError("it holds no result")
    number_from_id(result.result_id)
    return SavedResult(result, float(str(plain["created"])), plain["is_starred"] is True)


def _plain_from_row(row: Row) -> dict[str, object]:
    results = [
        {
            "created": saved.created,
            "is_starred": saved.is_starred,
            "result": to_plain(saved.result),
        }
        for saved in row.results
    ]
    return {
        "created": row.created,
        "fingerprint": row.fingerprint,
        "request": to_plain(row.request),
        "results": results,
    }


def _line(plain: Mapping[str, object]) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def _loaded(text: str, place: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise HistoryError(f"{place} is damaged: {error}; what stood before was added") from error
    if not isinstance(plain, dict):
        raise HistoryError(f"{place} is damaged: it is no object; what stood before was added")
    return plain

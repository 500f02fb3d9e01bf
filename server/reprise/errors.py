"""The whole error tree on one page, each with the code that a DAW sees.

* RepriseError (1)
    - InvalidRequestError (10): a request that no engine could serve as it stands
        + TooLargeError (11): over a bound that keeps the server safe
        + UnsupportedVersionError (12): another version of the protocol
        + MalformedMessageError (13): bytes or JSON that are no message of ours
    - CannotServeError (20): the chosen engine cannot do this; says why
        + UnknownEngineError (21)
    - UnknownResultError (22): no such result in the history
    - CancelledError (30): the client, or a newer request of its own, stopped the job
    - BusyError (31): the queue is full
    - DeadlineError (32): the time was up before the first answer was ready
    - ModelError (40): something about a model directory
        + UnknownModelError (41)
        + CorruptModelError (42)
    - FileError (50): a file or folder of the user's
        + InvalidMidiFileError (51)
        + MissingDataError (52): a data set is not where it was said to be
        + HistoryError (53): the history database cannot be used
    - ConfigError (60): a setting that is unknown or out of range
    - ServerError (70): start, stop, ports
        + PortTakenError (71)
        + AlreadyRunningError (72)
        + NotRunningError (73)
    - MissingExtraError (80): an optional part that is not installed
    - InternalError (90): a bug of ours; the sentence says where the log is

A message says what is wrong, what was given and what to do next.
"""

from typing import ClassVar


class RepriseError(Exception):
    """Anything that Reprise raises on purpose."""

    code: ClassVar[int] = 1


class InvalidRequestError(RepriseError):
    """A request that no engine could serve as it stands."""

    code = 10


class TooLargeError(InvalidRequestError):
    """A value or a message over a bound that keeps the server safe."""

    code = 11


class UnsupportedVersionError(InvalidRequestError):
    """A message of another protocol version."""

    code = 12


class MalformedMessageError(InvalidRequestError):
    """Bytes or JSON that are no message of the protocol."""

    code = 13


class CannotServeError(RepriseError):
    """The chosen engine cannot serve this request; the message says why."""

    code = 20


class UnknownEngineError(CannotServeError):
    """No engine of that name is installed."""

    code = 21


class UnknownResultError(RepriseError):
    """The history holds no result of that id."""

    code = 22


class CancelledError(RepriseError):
    """The client, or a newer request of the same client, stopped the job."""

    code = 30


class BusyError(RepriseError):
    """The queue of jobs is full."""

    code = 31


class DeadlineError(RepriseError):
    """The time was up before the first answer was ready."""

    code = 32


class ModelError(RepriseError):
    """Something is wrong with a model directory."""

    code = 40


class UnknownModelError(ModelError):
    """No model of that name is installed."""

    code = 41


class CorruptModelError(ModelError):
    """A model's files are damaged, incomplete or of an unknown format."""

    code = 42


class FileError(RepriseError):
    """A file or folder of the user's cannot be used."""

    code = 50


class InvalidMidiFileError(FileError):
    """A file that is no Standard MIDI File, is cut short, or is too large."""

    code = 51


class MissingDataError(FileError):
    """A data set is not where it was said to be."""

    code = 52


class HistoryError(FileError):
    """The history database cannot be opened, read or written."""

    code = 53


class ConfigError(RepriseError):
    """A setting that is unknown or out of range."""

    code = 60


class ServerError(RepriseError):
    """The server cannot start, stop or be reached."""

    code = 70


class PortTakenError(ServerError):
    """Another program has the port."""

    code = 71


class AlreadyRunningError(ServerError):
    """A Reprise server is running already."""

    code = 72


class NotRunningError(ServerError):
    """No Reprise server is running."""

    code = 73


class MissingExtraError(RepriseError):
    """An optional part is needed and not installed."""

    code = 80


class InternalError(RepriseError):
    """A bug of ours; the message says where the log is."""

    code = 90


def error_codes() -> dict[int, type[RepriseError]]:
    """Return every error class by its code, RepriseError itself included."""
    found: dict[int, type[RepriseError]] = {}
    waiting: list[type[RepriseError]] = [RepriseError]
    while waiting:
        error = waiting.pop()
        found[error.code] = error
        waiting.extend(error.__subclasses__())
    return dict(sorted(found.items()))

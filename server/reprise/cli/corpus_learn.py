"""`reprise corpus learn`: earlier answers go into a corpus of the user's own, as from a DAW."""

import time
from argparse import Namespace
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.library.learnt_clips import LearntClips
from reprise.service.history import Filter, History
from reprise.service.learning import Learning
from reprise.service.messages import MAX_LEARNT_RESULTS, Learn

DESCRIPTION = "Add earlier answers to a corpus of yours, by their ids or all that have a star."
EXAMPLE = "reprise corpus learn --starred --name mine"

_MOST_STARRED: Final = 1000


def add_arguments(parser: VerbParser) -> None:
    """Add which answers, and which corpus."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="of an answer, such as 7F3K2M")
    parser.add_argument("--starred", action="store_true", help="all answers that have a star")
    parser.add_argument(
        "--name", default="mine", metavar="NAME", help="what the corpus is called (default mine)"
    )


def run(arguments: Namespace) -> Answer:
    """Add the answers.

    Raises:
        InvalidRequestError: No answer was named, or the corpus' name is none.
        UnknownResultError: The history has no such answer.
        TooLargeError: The corpus is full.
        FileError: The answers cannot be kept.
    """
    settings = read_settings(arguments)
    history = History(settings.data_directory, clock=time.time, limit_mb=settings.history_limit_mb)
    try:
        ids = [*arguments.ids, *(_starred(history) if arguments.starred else ())]
        if not ids:
            raise InvalidRequestError(
                "name the ids of answers, or give --starred; reprise history list shows them"
            )
        learning = Learning(LearntClips(settings.data_directory).add, history, time.monotonic)
        added, sentence = 0, ""
        for first in range(0, len(ids), MAX_LEARNT_RESULTS):
            some = tuple(ids[first : first + MAX_LEARNT_RESULTS])
            reply = learning.answer(Learn(request_id=0, result_ids=some, corpus=arguments.name))
            added, sentence = added + reply.added, reply.sentence
    finally:
        history.close()
    data: dict[str, object] = {"corpus": arguments.name, "added": added, "count": reply.count}
    return Answer(data, sentence)


def _starred(history: History) -> list[str]:
    wanted = Filter(is_starred=True, limit=_MOST_STARRED)
    return [entry.result_id for entry in history.entries(wanted)]

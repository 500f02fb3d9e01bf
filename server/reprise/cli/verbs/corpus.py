"""`reprise corpus`: which data sets are here, and the packed corpus that models learn from."""

from argparse import Namespace
from types import MappingProxyType
from typing import Final

from reprise.cli import (
    corpus_add,
    corpus_build,
    corpus_clips,
    corpus_forget,
    corpus_learn,
    corpus_list,
    corpus_originality,
    corpus_rehearsal,
    corpus_show,
)
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs

EXAMPLE = corpus_list.EXAMPLE

_ACTIONS: Final = MappingProxyType(
    {
        "list": corpus_list,
        "add": corpus_add,
        "clips": corpus_clips,
        "learn": corpus_learn,
        "forget": corpus_forget,
        "build": corpus_build,
        "show": corpus_show,
        "originality": corpus_originality,
        "rehearsal": corpus_rehearsal,
    }
)


def add_arguments(parser: VerbParser) -> None:
    """Add a sub-verb for each."""
    parser.default_action = "list"
    actions = add_sub_verbs(parser)
    for name, action in _ACTIONS.items():
        action.add_arguments(add_sub_verb(actions, name, action.DESCRIPTION, action.EXAMPLE))


def run(arguments: Namespace) -> Answer:
    """Do what the sub-verb says."""
    answer: Answer = _ACTIONS[arguments.action].run(arguments)
    return answer

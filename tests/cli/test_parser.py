import pytest

from reprise.cli.parser import VerbParser, add_common_flags, add_sub_verb, add_sub_verbs
from reprise.errors import InvalidRequestError


def a_parser() -> VerbParser:
    parser = VerbParser(prog="reprise sing", description="Sing it.", allow_abbrev=False)
    parser.example = "reprise sing loop.mid --count 2"
    parser.add_argument("input", metavar="IN.mid", help="what to sing")
    parser.add_argument("--count", type=int, metavar="N", help="how often")
    parser.add_argument("--bars", metavar="A:B", help="which bars")
    add_common_flags(parser)
    return parser


def test_help_shows_usage_every_argument_and_the_example() -> None:
    text = a_parser().format_help()
    assert text.startswith("usage: reprise sing IN.mid [--count N]")
    assert "  --count N               how often\n" in text
    assert text.endswith("example:\n  reprise sing loop.mid --count 2\n")


@pytest.mark.parametrize(
    "words", [["a.mid", "--count", "many"], ["a.mid", "--loud"], [], ["a.mid", "--coun", "2"]]
)
def test_misuse_is_one_of_our_errors_and_names_the_help(words: list[str]) -> None:
    with pytest.raises(InvalidRequestError, match="see reprise sing --help"):
        a_parser().parse_args(words)


def test_bars_may_begin_with_a_minus_so_that_our_own_sentence_answers() -> None:
    assert a_parser().parse_args(["a.mid", "--bars", "-2:4"]).bars == "-2:4"


def test_sub_verbs_have_their_own_help_and_the_common_flags() -> None:
    parser = VerbParser(prog="reprise songs", description="Songs.")
    actions = add_sub_verbs(parser)
    add_sub_verb(actions, "list", "List them.", "reprise songs list")
    (child,) = parser.children()
    assert "  list" in parser.format_help()
    assert "List them." in parser.format_help()
    assert "usage: reprise songs list [--config FILE] [--json]" in child.format_help()
    assert parser.parse_args(["list", "--json"]).json is True


def test_a_missing_sub_verb_is_misuse() -> None:
    parser = VerbParser(prog="reprise songs", description="Songs.")
    add_sub_verb(add_sub_verbs(parser), "list", "List them.", "reprise songs list")
    with pytest.raises(InvalidRequestError):
        parser.parse_args([])


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_verb_may_say_which_sub_verb_is_meant_where_none_is_given(words: list[str]) -> None:
    parser = VerbParser(prog="reprise songs", description="Songs.")
    parser.default_action = "list"
    add_sub_verb(add_sub_verbs(parser), "list", "List them.", "reprise songs list")
    assert parser.parse_args(words).action == "list"

"""`reprise models`: which models are here, whether their files are sound, and their cards."""

from argparse import Namespace

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs
from reprise.engines import checkpoint
from reprise.errors import CorruptModelError, ModelError, UnknownModelError

EXAMPLE = "reprise models verify"


def add_arguments(parser: VerbParser) -> None:
    """Add list, verify and show."""
    parser.default_action = "list"
    actions = add_sub_verbs(parser)
    add_sub_verb(actions, "list", "List the models that are installed.", "reprise models list")
    verify = add_sub_verb(
        actions, "verify", "Compare every file with its published hash.", "reprise models verify"
    )
    verify.add_argument("name", nargs="?", metavar="NAME", help="one model (default: all)")
    show = add_sub_verb(actions, "show", "Show a model's card.", "reprise models show chorale-v1")
    show.add_argument("name", metavar="NAME", help="the model")


def run(arguments: Namespace) -> Answer:
    """List, verify or show."""
    if arguments.action == "show":
        return _show(arguments.name)
    names = checkpoint.list_models()
    if getattr(arguments, "name", None) is not None:
        names = [arguments.name]
    return _checked(names)


def _show(name: str) -> Answer:
    found = checkpoint.read(name)
    card = found.folder / checkpoint.CARD_FILE
    if not card.is_file():
        raise CorruptModelError(f"the model {name} has no card; install it again")
    text = card.read_text(encoding="utf-8")
    return Answer({"name": name, "hash": found.model_hash, "card": text}, text.rstrip())


def _checked(names: list[str]) -> Answer:
    found = [model_facts(name) for name in names]
    rows = [(facts["name"], facts["hash"], facts["problem"] or "sound") for facts in found]
    is_sound = all(not facts["problem"] for facts in found)
    text = table(("model", "hash", "files"), rows) if rows else "No models are installed."
    return Answer({"models": found}, text, exit_code=0 if is_sound else 1)


def model_facts(name: str) -> dict[str, str]:
    """Return a model's name, hash, folder, and what is wrong with it ("" where it is sound).

    Raises:
        UnknownModelError: There is no model of that name.
    """
    try:
        found = checkpoint.read(name)
    except UnknownModelError:
        raise
    except ModelError as error:
        return {"name": name, "hash": "", "folder": "", "problem": str(error)}
    return {
        "name": name,
        "hash": found.model_hash,
        "folder": str(found.folder),
        "problem": "",
    }

"""`reprise models`: which models are here and sound, their cards, and the user's own in and out."""

from argparse import Namespace
from pathlib import Path

from reprise.cli.answer import Answer, table
from reprise.cli.hosting import shelf_of
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs
from reprise.cli.settings import read_settings
from reprise.engines import checkpoint
from reprise.engines.registry import Registry
from reprise.engines.user_models.offers import Offers
from reprise.engines.user_models.shelf import FILE_ENDING, Shelf
from reprise.errors import CorruptModelError, ModelError, UnknownModelError

EXAMPLE = "reprise models verify"


def add_arguments(parser: VerbParser) -> None:
    """Add what can be done with models."""
    parser.default_action = "list"
    actions = add_sub_verbs(parser)
    add_sub_verb(actions, "list", "List the models that are installed.", "reprise models list")
    add_sub_verb(
        actions,
        "engines",
        "List the engines, and what each can be asked for.",
        "reprise models engines",
    )
    verify = add_sub_verb(
        actions, "verify", "Compare every file with its published hash.", "reprise models verify"
    )
    verify.add_argument("name", nargs="?", metavar="NAME", help="one model (default: all)")
    show = add_sub_verb(actions, "show", "Show a model's card.", "reprise models show chorale-v1")
    show.add_argument("name", metavar="NAME", help="the model")
    rename = add_sub_verb(
        actions, "rename", "Rename a model of your own.", "reprise models rename mine old-loops"
    )
    rename.add_argument("name", metavar="NAME", help="the model")
    rename.add_argument("new", metavar="NEW", help="its new name")
    delete = add_sub_verb(
        actions, "delete", "Delete a model of your own.", "reprise models delete mine"
    )
    delete.add_argument("name", metavar="NAME", help="the model")
    export = add_sub_verb(
        actions,
        "export",
        "Write a model of your own as one file, for another machine.",
        f"reprise models export mine ~/mine{FILE_ENDING}",
    )
    export.add_argument("name", metavar="NAME", help="the model")
    export.add_argument("file", type=Path, metavar="FILE", help="the file, which must be new")
    import_ = add_sub_verb(
        actions,
        "import",
        "Let in a model from a file: it is looked through, and run once in a process of its own.",
        f"reprise models import ~/mine{FILE_ENDING}",
    )
    import_.add_argument("file", type=Path, metavar="FILE", help="what export wrote")
    import_.add_argument("--name", default="", metavar="NAME", help="what to call it here")
    seal = add_sub_verb(
        actions,
        "seal",
        "Let in a model that was put among your models by hand, after the same look.",
        "reprise models seal mine",
    )
    seal.add_argument("name", metavar="NAME", help="the model")


def run(arguments: Namespace) -> Answer:
    """Do what was asked for.

    Raises:
        UnknownModelError: There is no model of that name.
        CorruptModelError: A model's files are not as they must be.
        InvalidRequestError: A name cannot be used, or is taken.
        FileError: A file or folder cannot be read or written.
    """
    shelf = shelf_of(read_settings(arguments))
    match arguments.action:
        case "engines":
            return _engines(Registry.installed(Offers(shelf)))
        case "show":
            return _show(arguments.name, shelf)
        case "rename":
            shelf.rename(arguments.name, arguments.new)
            return _done(arguments.new, f"{arguments.name} is now called {arguments.new}.")
        case "delete":
            shelf.delete(arguments.name)
            return _done(arguments.name, f"{arguments.name} is deleted.")
        case "export":
            shelf.write_file(arguments.name, arguments.file)
            return _done(arguments.name, f"{arguments.name} is in {arguments.file}.")
        case "import":
            name = shelf.read_file(arguments.file, arguments.name)
            return _done(name, f"{name} is among your models; choose it in the menu of engines.")
        case "seal":
            shelf.let_in(arguments.name)
            return _done(arguments.name, f"{arguments.name} is among your models now.")
    return _checked(arguments, shelf)


def _done(name: str, text: str) -> Answer:
    return Answer({"name": name}, text)


def _engines(engines: Registry) -> Answer:
    listings = engines.infos()
    told = [
        {
            "name": listing.info.name,
            "title": listing.info.title,
            "verbs": [str(verb) for verb in listing.info.verbs],
            "summary": listing.info.summary,
            "problem": listing.problem,
        }
        for listing in listings
    ]
    rows = [
        (
            listing.info.name,
            listing.info.title,
            ", ".join(listing.info.verbs),
            listing.problem or listing.info.summary,
        )
        for listing in listings
    ]
    return Answer({"engines": told}, table(("engine", "in menus", "can", ""), rows))


def _show(name: str, shelf: Shelf) -> Answer:
    found = checkpoint.read(name, _folder_of(name, shelf))
    card = found.folder / checkpoint.CARD_FILE
    if not card.is_file():
        raise CorruptModelError(f"the model {name} has no card; install it again")
    text = card.read_text(encoding="utf-8")
    return Answer({"name": name, "hash": found.model_hash, "card": text}, text.rstrip())


def _folder_of(name: str, shelf: Shelf) -> Path | None:
    """Return the folder that holds a model: the user's, or None for those that came with us."""
    return shelf.folder if name in shelf.names() else None


def _checked(arguments: Namespace, shelf: Shelf) -> Answer:
    names = [*checkpoint.list_models(), *shelf.names()]
    if getattr(arguments, "name", None) is not None:
        names = [arguments.name]
    sealed = shelf.sealed()
    found = [model_facts(name, shelf, sealed) for name in names]
    rows = [
        (facts["name"], facts["hash"], facts["of"], facts["problem"] or "sound") for facts in found
    ]
    is_sound = all(not facts["problem"] for facts in found)
    text = table(("model", "hash", "whose", "files"), rows) if rows else "No models are installed."
    return Answer({"models": found}, text, exit_code=0 if is_sound else 1)


def model_facts(name: str, shelf: Shelf, sealed: list[str]) -> dict[str, str]:
    """Return a model's name, hash, folder, whose it is, and what is wrong ("" where it is sound).

    Args:
        name: Of the model.
        shelf: The user's own models.
        sealed: Those of them that were made or let in here.

    Raises:
        UnknownModelError: There is no model of that name.
    """
    directory = _folder_of(name, shelf)
    of = "Reprise" if directory is None else "yours"
    try:
        found = checkpoint.read(name, directory)
    except UnknownModelError:
        raise
    except ModelError as error:
        return {"name": name, "hash": "", "folder": "", "of": of, "problem": str(error)}
    problem = ""
    if directory is not None and name not in sealed:
        problem = f"put here by hand, or changed; let it in: reprise models seal {name}"
    return {
        "name": name,
        "hash": found.model_hash,
        "folder": str(found.folder),
        "of": of,
        "problem": problem,
    }

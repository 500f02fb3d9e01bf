"""`reprise demo`: a DAW is played over real OSC, answers and a page are written."""

import os
import sys
import time
import webbrowser
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reprise.cli.answer import Answer
from reprise.cli.own_server import own_server
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.progress import ProgressLine
from reprise.cli.show import report
from reprise.cli.show.pieces import ENSEMBLE, MARKOV, PIECES, SEED, Piece, Wish
from reprise.cli.show.report import Heard, Visit
from reprise.client import Client, NotReachableError, RequestFailedError
from reprise.errors import RepriseError, ServerError, error_codes
from reprise.service.messages import Request, Result
from reprise.service.plain import from_plain, to_plain

EXAMPLE = "reprise demo -o reprise-demo"

NO_ENSEMBLE: Final = (
    "no ensemble model is installed, so Markov answered: it knows the clip and no other music"
)


def add_arguments(parser: VerbParser) -> None:
    """Add where to write, and whether to show the page."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("reprise-demo"),
        metavar="DIR",
        help="folder for the files (default ./reprise-demo)",
    )
    parser.add_argument(
        "--wav", action="store_true", help="also write a plain .wav preview beside each .mid"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open the page in a browser")
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Play the DAW, write the files and the page, show the requests.

    Raises:
        RepriseError: The server did not start, or refused a request.
    """
    began = time.perf_counter()
    flags = [] if arguments.config is None else ["--config", str(arguments.config)]
    visit = _played(flags)
    files = report.write_files(arguments.output, visit)
    if arguments.wav:
        report.write_previews(files[:-1])
    if _has_viewer() and not (arguments.no_open or arguments.json):
        webbrowser.open(files[-1].resolve().as_uri())
    return report.answer(files, visit, time.perf_counter() - began)


def _has_viewer() -> bool:
    """Tell whether a person with a desktop looks on; without one a text browser would come up."""
    has_desktop = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return has_desktop and sys.stdout.isatty()


def _played(flags: Sequence[str]) -> Visit:
    """Play the DAW and return what was heard."""
    wishes = [(piece, wish) for piece in PIECES for wish in piece.wishes]
    progress = ProgressLine()
    progress.say("Starting a server ...")
    with own_server(flags) as server, Client("reprise demo", (server.port,)) as daw:
        welcome = daw.connect(10.0)
        heard = []
        for number, (piece, wish) in enumerate(wishes):
            progress.show(number / len(wishes), f"{piece.title}: {wish.title}")
            heard.append(_heard(daw, piece, wish, welcome))
    progress.clear()
    return Visit(str(welcome["server_version"]), server.port, tuple(heard))


def _heard(daw: Client, piece: Piece, wish: Wish, welcome: Mapping[str, Any]) -> Heard:
    selection = piece.selection(wish)
    engine, remarks = engine_for(wish, welcome)
    request = wish.request(
        request_id=0,
        source=selection.source,
        context=selection.context,
        seed=SEED,
        engine=engine,
        project="reprise demo",
        clip_name=piece.title,
    )
    began = time.perf_counter()
    moments: dict[str, int] = {}
    warnings = list(remarks)

    def listen(message: dict[str, Any]) -> None:
        moments.setdefault(message["kind"], round(1000 * (time.perf_counter() - began)))
        warnings.extend(message.get("warnings", ()))

    results = _asked(daw, request, listen)
    first, last = moments.get("result", 0), moments.get("done", 0)
    said = tuple(dict.fromkeys(warnings))
    return Heard(piece, wish, selection, request, results, first, last, said)


def engine_for(wish: Wish, welcome: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return which engine answers a wish, and what to say where it is not the one wished for.

    Args:
        wish: What is asked.
        welcome: The server's, with the engines that it offers.
    """
    models = {offer["name"]: offer["model"] for offer in welcome["engines"]}
    if wish.engine == ENSEMBLE and not models.get(ENSEMBLE):
        return MARKOV, (NO_ENSEMBLE,)
    return wish.engine, ()


def _asked(
    daw: Client, request: Request, listen: Callable[[dict[str, Any]], None]
) -> tuple[Result, ...]:
    plain = to_plain(request)
    # The client counts its requests itself.
    del plain["request_id"]
    try:
        return tuple(_result(answer) for answer in daw.ask(plain, listen))
    except RequestFailedError as error:
        raise error_codes().get(error.code, RepriseError)(str(error)) from error
    except (NotReachableError, TimeoutError) as error:
        raise ServerError(f"{error}; reprise doctor says what is wrong") from error


def _result(answer: dict[str, Any]) -> Result:
    result = from_plain(answer)
    if not isinstance(result, Result):
        raise ServerError(f"the server answered with {answer['kind']!r} where a result belongs")
    return result

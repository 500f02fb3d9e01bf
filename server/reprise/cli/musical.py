"""What vary, continue, refill and redo share: arguments, the request, and the files of the answers.

The verbs run the same service as a DAW's requests, inside this process, and their answers are in
the same history.
"""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reprise.cli.answer import Answer, table
from reprise.cli.asking import Asked, ask
from reprise.cli.output import check_writable, write_new
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.engines.base import Controls
from reprise.errors import FileError, InvalidRequestError
from reprise.music.smf_select import Selection
from reprise.music.span import Span
from reprise.service.messages import MAX_DEADLINE_MS, Locks, Request, Result

_MIDI_ENDINGS: Final = (".mid", ".midi")


def add_source(parser: VerbParser, *, output: str, metavar: str) -> None:
    """Add the file that is asked about, and where answers go."""
    parser.add_argument("input", type=Path, metavar="IN.mid", help="the file to work on")
    parser.add_argument("-o", "--output", type=Path, metavar=metavar, help=output)
    parser.add_argument(
        "--force", action="store_true", help="replace an output file that exists already"
    )
    parser.add_argument(
        "--track", type=int, metavar="N", help="work on this track only, counted from 1"
    )


def add_change(parser: VerbParser) -> None:
    """Add what may change and how much."""
    parser.add_argument(
        "--strength",
        type=float,
        default=0.35,
        metavar="0..1",
        help="0 keeps the music, 1 is as far from it as it goes (default 0.35)",
    )
    parser.add_argument(
        "--bars", metavar="A:B", help="change bars A up to, not including, B; the first bar is 0"
    )
    parser.add_argument(
        "--keep",
        choices=("rhythm", "pitches"),
        help="keep the rhythm or the pitches of what is replaced",
    )


def add_asking(parser: VerbParser, count: int) -> None:
    """Add how many answers, from which engine, with which seed; and the common flags."""
    parser.add_argument(
        "--count", type=int, default=count, metavar="N", help=f"answers, 1 to 16 (default {count})"
    )
    parser.add_argument(
        "--surprise",
        type=float,
        default=Controls().surprise,
        metavar="0..1",
        help="0 always takes the likeliest note, 1 is adventurous (default 0.5)",
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="0 to 16777215; the same seed, the same notes"
    )
    parser.add_argument(
        "--engine", default="auto", metavar="NAME", help="an engine's name (default auto)"
    )
    parser.add_argument(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="answer by then with what there is, up to 600 (default: the settings', 30)",
    )
    add_common_flags(parser)


def common_fields(arguments: Namespace, selection: Selection) -> dict[str, Any]:
    """Return the fields of a request that every musical verb fills alike."""
    name, deadline = arguments.input.stem, arguments.deadline
    if deadline is not None and not 0.001 <= deadline <= MAX_DEADLINE_MS / 1000:
        raise InvalidRequestError(f"--deadline must be 0.001 to 600 seconds, got {deadline:g}")
    return {
        "request_id": 1,
        "source": selection.source,
        "context": selection.context,
        "count": arguments.count,
        "seed": arguments.seed,
        "engine": arguments.engine,
        "controls": Controls(surprise=arguments.surprise),
        "deadline_ms": None if deadline is None else round(1000 * deadline),
        "clip_name": name[:200],
    }


def change_fields(arguments: Namespace, span: Span | None) -> dict[str, Any]:
    """Return the fields of a request that say what may change and how much."""
    locks = Locks(rhythm=arguments.keep == "rhythm", pitches=arguments.keep == "pitches")
    return {"strength": arguments.strength, "span": span, "locks": locks}


def answer_into_files(arguments: Namespace, selection: Selection, request: Request) -> Answer:
    """Ask, write every answer into a file of its own, and say what was done.

    Raises:
        FileError: A file is in the way or cannot be written; answers stay in the history.
        RepriseError: The request cannot be served.
    """
    target = _Target.of(arguments)
    target.check()
    asked = ask(request, read_settings(arguments))
    files = [target.write(selection, result) for result in asked.results]
    # The music is safe in its file, but it could not be kept for later: that is no full success.
    return Answer(_data(asked, files), _text(asked, files), exit_code=0 if asked.is_saved else 1)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where answers go.

    Attributes:
        source: The input, which is never written over.
        file: The one file to write, None where answers are named after their ids.
        folder: Where they go then.
        may_replace: Whether a file that exists may be replaced.
    """

    source: Path
    file: Path | None
    folder: Path
    may_replace: bool

    @classmethod
    def of(cls, arguments: Namespace) -> "_Target":
        output: Path | None = arguments.output
        source: Path = arguments.input
        if output is None or output.suffix.lower() not in _MIDI_ENDINGS:
            return cls(source, None, output or Path(), arguments.force)
        if arguments.count != 1:
            raise InvalidRequestError(
                f"{arguments.count} answers do not go into one file, {output}; name a folder "
                "with -o, or ask for --count 1"
            )
        return cls(source, output, output.parent, arguments.force)

    def check(self) -> None:
        """Raise before any work where the answer could not be written anyway."""
        if self.file is not None and self.file.exists() and self.file.samefile(self.source):
            raise FileError(f"{self.file} is the input itself, which is never written over")
        if self.file is not None:
            check_writable(self.file, may_replace=self.may_replace)
        if self.folder.exists() and not self.folder.is_dir():
            raise FileError(f"{self.folder} is no folder; name another one with -o")

    def write(self, selection: Selection, result: Result) -> Path:
        """Write one answer and return its file."""
        document = selection.with_answer(result.kept, result.new_notes, result.length)
        path = self.file or self.folder / f"{self.source.stem}-{result.result_id}.mid"
        try:
            write_new(path, document.to_bytes(), may_replace=self.may_replace)
        except FileError as error:
            raise FileError(
                f"{error}; the answer is not lost: reprise history get {result.result_id} -o FILE"
            ) from error
        return path


def _data(asked: Asked, files: Sequence[Path]) -> dict[str, object]:
    results = asked.results
    return {
        "engine": results[0].engine,
        "model": results[0].model,
        "seed": results[0].seed,
        "id": results[0].result_id,
        "ids": [result.result_id for result in results],
        "files": [str(path) for path in files],
        "timing_ms": {
            "total": asked.total_ms,
            "answers": [result.engine_ms for result in results],
        },
        "kept_notes": [len(result.kept) for result in results],
        "new_notes": [_new_count(result) for result in results],
        "similarity": [round(result.similarity, 4) for result in results],
        "guards": [list(result.guards) for result in results],
        "warnings": list(asked.warnings),
    }


def _text(asked: Asked, files: Sequence[Path]) -> str:
    results = asked.results
    head = f"{results[0].engine}, seed {results[0].seed}, {asked.total_ms} ms"
    rows = [
        (result.result_id, len(result.kept), _new_count(result), result.similarity, str(path))
        for result, path in zip(results, files)
    ]
    remarks = [*asked.warnings, *(guard for result in results for guard in result.guards)]
    lines = [f"note: {remark}" for remark in dict.fromkeys(remarks)]
    return "\n".join([head, table(("id", "kept", "new", "alike", "file"), rows), *lines])


def _new_count(result: Result) -> int:
    return sum(len(notes) for notes in result.new_notes)

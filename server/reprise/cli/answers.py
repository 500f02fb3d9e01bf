"""The files that answers are written into, and what is told about them."""

from argparse import Namespace
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from reprise.cli.answer import Answer, table
from reprise.cli.asking import Asked
from reprise.cli.output import check_writable, write_new
from reprise.errors import FileError, InvalidRequestError
from reprise.music.note import Note
from reprise.music.smf import MidiDocument
from reprise.service.messages import Result

_MIDI_ENDINGS: Final = (".mid", ".midi")


class Answerable(Protocol):
    """A file that an answer can be put into."""

    def with_answer(
        self, kept: Collection[int], new_notes: Sequence[Sequence[Note]], length: float
    ) -> MidiDocument:
        """Return the file with an answer in it; times in beats of the source."""


@dataclass(frozen=True, slots=True)
class Target:
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
    def of(cls, arguments: Namespace, count: int) -> "Target":
        """Return where so many answers go by a command line.

        Raises:
            InvalidRequestError: One file was named for several answers.
        """
        output: Path | None = arguments.output
        source: Path = arguments.input
        if output is None or output.suffix.lower() not in _MIDI_ENDINGS:
            return cls(source, None, output or Path(), arguments.force)
        if count != 1:
            raise InvalidRequestError(
                f"{count} answers do not go into one file, {output}; name a folder with -o, or "
                "ask for one answer"
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

    def write(self, selection: Answerable, result: Result, prefix: str = "") -> Path:
        """Write one answer and return its file; `prefix` goes before the id in its name."""
        document = selection.with_answer(result.kept, result.new_notes, result.length)
        name = f"{self.source.stem}-{prefix}{result.result_id}.mid"
        path = self.file or self.folder / name
        try:
            write_new(path, document.to_bytes(), may_replace=self.may_replace)
        except FileError as error:
            raise FileError(
                f"{error}; the answer is not lost: reprise history get {result.result_id} -o FILE"
            ) from error
        return path


def told(asked: Asked, files: Sequence[Path], **more: object) -> Answer:
    """Return what is told about answers and their files; `more` goes into the JSON object."""
    # The music is safe in its file, but it could not be kept for later: that is no full success.
    data = {**_data(asked, files), **more}
    return Answer(data, _text(asked, files), exit_code=0 if asked.is_saved else 1)


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
        "style_from": [result.style_from for result in results],
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
    taken = [f"takes after {result.style_from}" for result in results if result.style_from]
    remarks = [*taken, *asked.warnings, *(guard for result in results for guard in result.guards)]
    lines = [f"note: {remark}" for remark in dict.fromkeys(remarks)]
    return "\n".join([head, table(("id", "kept", "new", "alike", "file"), rows), *lines])


def _new_count(result: Result) -> int:
    return sum(len(notes) for notes in result.new_notes)

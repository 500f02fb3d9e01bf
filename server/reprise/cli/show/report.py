"""What the demo leaves behind: .mid files, the page, and the table of its requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer, table
from reprise.cli.new_part import NewPart
from reprise.cli.output import write_new
from reprise.cli.show.page import Card, RequestTable, Section
from reprise.cli.show.page import page as html_page
from reprise.cli.show.pieces import PIECES, SEED, Piece, Wish
from reprise.evaluation.drawing.piano_roll import Picture, picture_of, picture_of_answer
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf import MidiDocument
from reprise.music.smf_select import Selection
from reprise.music.voice import Voice
from reprise.service.messages import Accompany, Request, Result

PAGE_NAME: Final = "index.html"
_HEAD: Final = ("request", "piece", "notes sent", "answers", "engine", "first ms", "all ms")


@dataclass(frozen=True)
class Heard:
    """One request of the demo with what came back.

    Attributes:
        piece: About which piece.
        wish: What was wished for.
        selection: The part of the piece that it is about.
        request: What was sent.
        results: In order.
        first_ms: From asking to the first answer, as the client felt it.
        all_ms: From asking to the last word.
        warnings: What the server had to say beside.
    """

    piece: Piece
    wish: Wish
    selection: Selection
    request: Request
    results: tuple[Result, ...]
    first_ms: int
    all_ms: int
    warnings: tuple[str, ...]

    def file_name(self, result: Result) -> str:
        """Return the name of an answer's file, such as "ode-to-joy-variation-2.mid"."""
        number = f"-{result.index + 1}" if len(self.results) > 1 else ""
        title = self.wish.title.lower().replace(" ", "-")
        return f"{self.piece.stem.replace('_', '-')}-{title}{number}.mid"

    @property
    def added(self) -> tuple[Voice, ...]:
        """The part that an accompaniment adds, still without notes."""
        part = self._new_part()
        return () if part is None else (part.part,)

    def document(self, result: Result) -> MidiDocument:
        """Return the piece with an answer in it."""
        target = self._new_part() or self.selection
        return target.with_answer(result.kept, result.new_notes, result.length)

    def _new_part(self) -> NewPart | None:
        request = self.request
        if not isinstance(request, Accompany):
            return None
        return NewPart.of(request, self.selection, request.role, self.wish.program)

    def row(self) -> tuple[str | int, ...]:
        """Return its line in the table of requests."""
        context = self.request.context
        sent = self.request.source.note_count + (context.note_count if context else 0)
        engine = self.results[0].engine if self.results else "none"
        counts = (sent, len(self.results), engine, self.first_ms, self.all_ms)
        return (self.request.kind, self.piece.title, *counts)


@dataclass(frozen=True, slots=True)
class Visit:
    """All that a demo heard from its server.

    Attributes:
        version: Of the server.
        port: The UDP port that it was on.
        heard: One after another.
    """

    version: str
    port: int
    heard: tuple[Heard, ...]


def write_files(folder: Path, visit: Visit) -> list[Path]:
    """Write pieces, answers and, last in the list, the page; those of an earlier demo go under."""
    contents = {folder / piece.file_name: piece.data for piece in PIECES}
    for one in visit.heard:
        for result in one.results:
            contents[folder / one.file_name(result)] = one.document(result).to_bytes()
    contents[folder / PAGE_NAME] = _page(visit).encode("utf-8")
    for path, data in contents.items():
        write_new(path, data, may_replace=True)
    return list(contents)


def write_previews(files: Sequence[Path]) -> None:
    """Write a .wav file beside each .mid file."""
    # The library behind it would slow every other command down.
    from reprise.cli.show.preview import wav_preview

    for file in files:
        write_new(file.with_suffix(".wav"), wav_preview(file.read_bytes()), may_replace=True)


def answer(files: Sequence[Path], visit: Visit, seconds: float) -> Answer:
    """Return what the demo prints."""
    page, heard = files[-1], visit.heard
    rows = [one.row() for one in heard]
    names = ("request", "piece", "notes_sent", "answers", "engine", "first_ms", "all_ms")
    data: dict[str, object] = {
        "page": str(page),
        "files": [str(path) for path in files[:-1]],
        "requests": [
            {
                **dict(zip(names, one.row(), strict=True)),
                "ids": [result.result_id for result in one.results],
                "warnings": list(one.warnings),
            }
            for one in heard
        ],
        "port": visit.port,
        "seconds": round(seconds, 2),
    }
    remarks = [f"note: {remark}" for one in heard for remark in one.warnings]
    tail = f"{len(files) - 1} .mid files and the page are in {page.parent}; open {page}"
    text = "\n".join([table(_HEAD, rows), *dict.fromkeys(remarks), "", tail])
    return Answer(data, text)


def _page(visit: Visit) -> str:
    sections = [
        Section(piece.title, piece.text, tuple(_cards(piece, visit.heard))) for piece in PIECES
    ]
    lead = "What a DAW asked over OSC on this computer, and what came back."
    footer = f"Reprise {visit.version}, seed {SEED}. The music is in the public domain or our own."
    requests = RequestTable(_HEAD, tuple(one.row() for one in visit.heard))
    return html_page("Reprise demo", lead, footer, sections, requests)


def _cards(piece: Piece, heard: Sequence[Heard]) -> Iterator[Card]:
    score = piece.document.score()
    bars = score.meter_map.bar_count(score.length)
    parts = ", ".join(voice.name for voice in score.voices)
    facts = (("parts", parts), ("notes", str(score.note_count)), ("bars", str(bars)))
    yield Card("Original", facts, picture_of(score), score.tempo_map, piece.file_name)
    for one in heard:
        if one.piece is piece:
            yield from (_card(one, result, score) for result in one.results)


def _card(one: Heard, result: Result, score: Score) -> Card:
    number = f" {result.index + 1}" if len(one.results) > 1 else ""
    facts = (
        ("engine", result.engine),
        ("id", result.result_id),
        ("kept", str(len(result.kept))),
        ("new", str(sum(len(notes) for notes in result.new_notes))),
        ("alike", f"{100 * result.similarity:.0f} %"),
        ("ms", str(result.engine_ms)),
    )
    remarks = tuple(dict.fromkeys((*result.guards, *result.warnings, *one.warnings)))
    picture = picture_in_file(one.selection, result, score, one.added)
    title = one.wish.title + number
    return Card(title, facts, picture, score.tempo_map, one.file_name(result), remarks)


def picture_in_file(
    selection: Selection, result: Result, score: Score, added: tuple[Voice, ...] = ()
) -> Picture:
    """Return the picture of an answer among all voices of its file, and those that it adds."""
    stay = {selection.places[place] for place in result.kept}
    gone = set(selection.places) - stay
    kept = [place for place, _, _ in score.places() if place not in gone]
    parts = (*selection.parts, *range(len(score.voices), len(score.voices) + len(added)))
    whole = replace(score, voices=(*score.voices, *added))
    new: list[tuple[Note, ...]] = [() for _ in whole.voices]
    for part, notes in zip(parts, result.new_notes, strict=True):
        new[part] = notes
    return picture_of_answer(whole, kept, new, max(score.length, result.length))

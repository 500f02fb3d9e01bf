"""`reprise train mine`: from a corpus of the user's own to a model that the server lists."""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from reprise.engines import checkpoint
from reprise.engines.user_models.shelf import Shelf
from reprise.library import originality_index
from reprise.library.corpus_file import Corpus, Piece, read_corpus
from reprise.library.own_clips import KIND, OwnClip
from reprise.library.own_pieces import OwnPieces, own_pieces
from reprise.networks.ensemble import save
from reprise.training import curves, ensemble, quantisation
from reprise.training.examples import ExampleSampler, ExampleSettings
from reprise.training.loop import LOG_FILE, Progress
from reprise.training.mine import card, devices, fine_tuning
from reprise.training.mine.lessons import STYLE, Lessons
from reprise.training.mine.recipe import read_recipe
from reprise.training.mine.rehearsal import FILE_NAME as REHEARSAL_FILE

FEW_PIECES: Final = 20
FEW_NOTES: Final = 2000
UNIFORM_SHARE: Final = 1 / 3
_GATE_EXAMPLES: Final = 40


@dataclass(frozen=True)
class Wish:
    """What is to be made.

    Attributes:
        name: Of the model, as requests will name it.
        title: In menus.
        base: The published model that learns more.
        models: The folder that holds the base; None for those that we ship.
        out: The run's folder.
        recipe: A TOML file in place of the published recipe.
        replay: A packed corpus that the base knows; None for what it wrote itself.
        base_test: A packed corpus whose test songs the base is measured on as well, None for none.
        is_full: Whether every weight learns.
    """

    name: str
    title: str
    base: str
    out: Path
    models: Path | None = None
    recipe: Path | None = None
    replay: Path | None = None
    base_test: Path | None = None
    is_full: bool = False


@dataclass(frozen=True)
class Made:
    """What was made.

    Attributes:
        folder: The model's.
        facts: What its settings say of how it was made.
        warnings: What the user should know, as sentences.
    """

    folder: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def make(
    wish: Wish,
    clips: Iterable[OwnClip],
    shelf: Shelf,
    *,
    progress: Progress = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Made | None:
    """Learn from clips and put the model on the shelf; None where it was stopped.

    Of several processes that torchrun started the first one writes the model; the others get None.

    Args:
        wish: What is to be made.
        clips: Of the user's corpus.
        shelf: The user's models.
        progress: Called with every line of the training's log.
        say: Told in words what comes next, and what the user should know.
        is_stopped: Asked after each step; True writes a checkpoint and returns.

    Raises:
        InvalidRequestError: The name is taken, the base cannot learn, or there is too little music.
        UnknownModelError: There is no such base.
        CorruptModelError: The base's files are damaged.
    """
    shelf.check_name(wish.name)
    base = fine_tuning.open_base(wish.base, wish.models)
    say("reading your clips")
    own = own_pieces(clips)
    warnings = warnings_of(own)
    for sentence in warnings:
        say(sentence)
    recipe = read_recipe(base, wish.recipe, is_full=wish.is_full)
    lessons = Lessons(own.pieces, _replay(wish), _base_test(wish))
    say("measuring what the base knows of them")
    tuned = devices.on_first_that_holds(
        devices.found(),
        lambda device: fine_tuning.fine_tune(
            fine_tuning.open_base(wish.base, wish.models),
            recipe,
            lessons,
            wish.out,
            is_full=wish.is_full,
            device=device,
            progress=progress,
            is_stopped=is_stopped,
        ),
        say,
    )
    if not (tuned.is_complete and tuned.is_first):
        return None
    say("writing the model")
    facts = _facts(wish, own, lessons, tuned)
    with shelf.making(wish.name) as folder:
        _write(folder, wish, own, tuned, facts)
        say("playing before and after")
        card.write(folder, wish.base, wish.models, own, facts, warnings)
    return Made(shelf.folder / wish.name, facts, warnings)


def warnings_of(own: OwnPieces) -> tuple[str, ...]:
    """Return what the user should know of a folder before a model is made of it."""
    found = []
    learnt = own.of("train")
    notes = sum(len(piece.notes) for piece in learnt)
    if len(learnt) < FEW_PIECES or notes < FEW_NOTES:
        found.append(
            f"There are only {len(learnt)} pieces with {notes:,} notes to learn from: the model "
            "will lean towards them a little, and may repeat them. More clips make it better."
        )
    if own.ideas < UNIFORM_SHARE * len(own.pieces):
        found.append(
            f"The {len(own.pieces)} pieces are versions of {own.ideas} ideas: the model may know "
            "little else. Add clips that differ."
        )
    drums = sum(track.is_drums for piece in learnt for track in piece.tracks)
    tracks = sum(len(piece.tracks) for piece in learnt)
    if tracks and drums == tracks:
        found.append("All that is learnt are drums: other parts will sound as the base's do.")
    return tuple(found)


def _replay(wish: Wish) -> Sequence[Piece]:
    """Return what is heard along: what the user gave, else what the base wrote itself."""
    rehearsal = checkpoint.read(wish.base, wish.models).folder / REHEARSAL_FILE
    path = wish.replay or (rehearsal if rehearsal.is_file() else None)
    return () if path is None else read_corpus(path).pieces


def _base_test(wish: Wish) -> Sequence[Piece]:
    if wish.base_test is None:
        return ()
    return [piece for piece in read_corpus(wish.base_test).pieces if piece.split == "test"]


def _facts(
    wish: Wish, own: OwnPieces, lessons: Lessons, tuned: fine_tuning.FineTuned
) -> dict[str, Any]:
    """Return what a model's settings say of how it was made; nothing of it names a file."""
    return {
        "title": wish.title,
        "base": wish.base,
        "base_hash": checkpoint.model_hash(wish.base, wish.models),
        "learnt": "all weights" if wish.is_full else "low-rank maps and a style",
        "style": STYLE,
        "trained_on": [KIND],
        "pieces": {split: len(own.of(split)) for split in ("train", "valid", "test")},
        "ideas": own.ideas,
        "replay_pieces": len(lessons.replay),
        "loss_before": {name: round(value, 5) for name, value in tuned.before.items()},
        "loss_after": {name: round(value, 5) for name, value in tuned.after.items()},
    }


def _write(
    folder: Path,
    wish: Wish,
    own: OwnPieces,
    tuned: fine_tuning.FineTuned,
    facts: Mapping[str, Any],
) -> None:
    unseen = ExampleSampler(
        Corpus(own.pieces, {}), ExampleSettings(split="test"), np.random.default_rng(0)
    )
    examples = [unseen.draw() for _ in range(_GATE_EXAMPLES)]
    quantisation.export_within(tuned.network, folder, examples, facts)
    save(tuned.network, folder / ensemble.NETWORK_FILE)
    shutil.copyfile(wish.out / LOG_FILE, folder / ensemble.MODEL_LOG_FILE)
    curves.write(wish.out, folder / curves.CURVES_FILE)
    originality_index.write_index(
        folder / originality_index.FILE_NAME, originality_index.build(own.pieces)
    )
    checkpoint.write_sums(folder)

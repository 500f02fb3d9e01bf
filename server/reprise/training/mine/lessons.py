"""What a fine-tuning hears: the user's pieces, replay beside them, and what is only measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reprise.errors import InvalidRequestError
from reprise.library.corpus_file import Corpus, Piece, write_corpus
from reprise.tokenizers.ensemble import vocabulary
from reprise.training import ensemble
from reprise.training.batches import BatchSettings
from reprise.training.examples import LONGEST_PIECE_BARS, ExampleSettings
from reprise.training.mine.recipe import Recipe

STYLE: Final = 0
"""Of the styles that a question can name: the one that a model of somebody's own learns."""

STYLE_ROW: Final = vocabulary.STYLES.first + STYLE
"""The row of the table that tells it."""

OWN_KIND: Final = "mine"
REPLAY_KIND: Final = "replay"
BASE_KIND: Final = "base"
KINDS: Final = {"own": OWN_KIND, "replay": REPLAY_KIND, "base": BASE_KIND}
"""Kinds of pieces by the name of what is measured on them."""

EXAMINED_SEED: Final = 30_001


@dataclass(frozen=True)
class Lessons:
    """What is learnt from.

    Attributes:
        own: The user's pieces; those of the split "train" are learnt, those of "valid" decide
            when to stop, those of "test" are only measured.
        replay: Pieces that the base knows, in the same splits; () for none.
        base: Pieces of the split "test" that the base was tested with, only measured; () for none.
    """

    own: Sequence[Piece]
    replay: Sequence[Piece] = ()
    base: Sequence[Piece] = ()

    @property
    def learnt(self) -> list[Piece]:
        """The user's pieces that are learnt."""
        return [piece for piece in self.own if piece.split == "train"]


def check(lessons: Lessons) -> None:
    """Make sure that there is something to learn from, and something to hold out.

    Raises:
        InvalidRequestError: There is not.
    """
    counts = {
        split: sum(piece.split == split for piece in lessons.own)
        for split in ("train", "valid", "test")
    }
    if not counts["train"] or not counts["valid"] or not counts["test"]:
        raise InvalidRequestError(
            f"the folder gives {len(lessons.own)} pieces, of which {counts['train']} would be "
            f"learnt and {counts['valid'] + counts['test']} held out; at least one to learn and "
            "two to hold out are needed: add more clips"
        )


def write(path: Path, lessons: Lessons) -> None:
    """Write all that is heard as one corpus, each piece of the kind that it is measured as."""
    pieces = [
        replace(piece, kind=kind)
        for name, kind in KINDS.items()
        for piece in getattr(lessons, name)
    ]
    write_corpus(path, Corpus(tuple(pieces), {}))


def batch_settings(recipe: Recipe, lessons: Lessons, corpus: Path) -> BatchSettings:
    """Return how batches are drawn for learning from the corpus that `write` wrote."""
    settings = ensemble.batch_settings(recipe.ensemble, corpus)
    factor = _replay_factor(recipe.adapting.replay_share, lessons)
    return heard(settings, {OWN_KIND: 1.0, REPLAY_KIND: factor}, "train")


def heard(settings: BatchSettings, kinds: Mapping[str, float], split: str) -> BatchSettings:
    """Return settings that draw pieces of some kinds and a split."""
    examples: ExampleSettings = replace(
        settings.examples,
        split=split,  # type: ignore[arg-type]
        kinds=dict.fromkeys(KINDS.values(), 0.0) | dict(kinds),
        styles={OWN_KIND: STYLE},
    )
    return replace(
        settings, examples=examples, seed=settings.seed if split == "train" else EXAMINED_SEED
    )


def _replay_factor(share: float, lessons: Lessons) -> float:
    """Return how much more often a bar of replay is drawn than one of the folder."""
    own = sum(_bars(piece) for piece in lessons.own if piece.split == "train")
    replay = sum(_bars(piece) for piece in lessons.replay if piece.split == "train")
    return share / (1.0 - share) * own / replay if replay else 0.0


def _bars(piece: Piece) -> int:
    return min(len(piece.grid_bars), LONGEST_PIECE_BARS)

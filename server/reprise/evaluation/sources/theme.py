"""S1 on its home ground: the 29 songs of the theme study, three seeds, against a plain prompt.

The Theme Transformer and its baseline get the same two bars and write thirty more, drawing as the
text does. The text's own figures were never published with their definitions, so none stand beside
ours; what real songs measure does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.theme.engine import MODEL, open_networks
from reprise.engines.theme.retrieval import MelodyEncoder
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.statistics import Comparison
from reprise.evaluation.themes.theme_likelihood import held_out_loss
from reprise.evaluation.themes.theme_metrics import ThemeTreatment, treatment
from reprise.evaluation.themes.theme_pieces import (
    PIECE_BARS,
    StudySong,
    after_theme,
    melody_of,
    played,
    study_songs,
    written_pieces,
)
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers.theme_grid import GridSong

SYSTEM: Final = "S1"
PROMPT_MODEL: Final = "theme-prompt-v1"
SEEDS: Final = (0, 1, 2)
QUICK_SONGS: Final = 2
THEME, PROMPT, REAL = "Theme Transformer", "the theme as a prompt", "the songs themselves"
LARGEST_P: Final = 0.05

Figures = Mapping[str, float]
"""A figure of each piece, by song and seed."""

UNCONTROLLABILITY, NEAREST, GAP, OFF_GAP, REGIONS = (
    "theme uncontrollability",
    "distance of the nearest two bars to the theme",
    "theme gap, bars",
    "theme gap, bars from the song's own",
    "theme regions in 30 bars",
)
LOWER_IS_BETTER: Final = (UNCONTROLLABILITY, NEAREST, OFF_GAP)
OTHERS: Final[Mapping[str, Callable[[ThemeTreatment], float | None]]] = {
    "theme inconsistency": lambda found: found.theme_inconsistency,
    "grooving inconsistency": lambda found: found.grooving_inconsistency,
    "pitch-class inconsistency, bits": lambda found: found.pitch_class_inconsistency,
    "theme variety": lambda found: found.variety,
}


@dataclass(frozen=True, slots=True)
class Study:
    """What is studied.

    Attributes:
        songs: The songs.
        encoder: The melody embedding that all distances are measured with.
        models: The networks by title.
    """

    songs: tuple[StudySong, ...]
    encoder: MelodyEncoder
    models: Mapping[str, ThemeModel]


def rows(setup: SourceSetup) -> list[Row]:
    """Return the figures of both networks and of the songs.

    Raises:
        MissingDataError: The songs are not there.
        UnknownModelError: A model is not there.
        CorruptModelError: A model's files are damaged.
    """
    setup.progress(0.0, "finding themes")
    study = open_study(setup)
    seeds = SEEDS[:1] if setup.is_quick else SEEDS
    real = {f"{song.number}/{seed}": song.song for song in study.songs for seed in seeds}
    found = {REAL: figures_of(study, real)}
    steps = len(study.models) * (len(seeds) + 1)
    step = 0
    losses = {}
    for title, model in study.models.items():
        pieces: dict[str, GridSong] = {}
        for seed in seeds:
            setup.progress(step / steps, f"{title}, seed {seed}")
            written = written_pieces(model, study.songs, seed, lambda: None)
            pieces |= {
                f"{song.number}/{seed}": piece
                for song, piece in zip(study.songs, written, strict=True)
            }
            step += 1
        setup.progress(step / steps, f"{title}, likelihood")
        found[title] = figures_of(study, pieces)
        losses[title] = held_out_loss(model, study.songs)
        step += 1
    setup.progress(1.0, "done")
    return rows_of(found, losses)


def rows_of(found: Mapping[str, Mapping[str, Figures]], losses: Mapping[str, float]) -> list[Row]:
    """Return the rows of figures by title and name, and of losses by title."""
    return [*_loss_rows(losses), *_figure_rows(found), *_comparison_rows(found)]


def open_study(setup: SourceSetup) -> Study:
    """Return the songs and the networks."""
    model = checkpoint.read(MODEL, setup.models)
    theme = open_networks(model)
    prompt = open_networks(checkpoint.read(PROMPT_MODEL, setup.models))
    encoder = theme.encoder or MelodyEncoder.of(model)
    songs = tuple(study_songs(setup.data, encoder))
    songs = songs[:QUICK_SONGS] if setup.is_quick else songs
    return Study(songs, encoder, {THEME: theme.model, PROMPT: prompt.model})


def figures_of(study: Study, pieces: Mapping[str, GridSong]) -> dict[str, Figures]:
    """Return every figure of pieces, by the figure's name; pieces by song and seed."""
    songs = {song.number: song for song in study.songs}
    found: dict[str, dict[str, float]] = {}
    for name, piece in pieces.items():
        song = songs[name.partition("/")[0]]
        for figure, value in _figures(song, piece, study.encoder):
            if value is not None:
                found.setdefault(figure, {})[name] = value
    return dict(found)


def _figures(
    song: StudySong, piece: GridSong, encoder: MelodyEncoder
) -> Iterator[tuple[str, float | None]]:
    rest = treatment(melody_of(song.theme), played(after_theme(piece)), encoder)
    yield UNCONTROLLABILITY, rest.uncontrollability
    yield NEAREST, rest.nearest
    yield REGIONS, float(rest.region_count)
    yield GAP, gap(piece)
    yield OFF_GAP, abs(gap(piece) - gap(song.song))
    for figure, read in OTHERS.items():
        yield figure, read(rest)


def gap(piece: GridSong) -> float:
    """Return the mean bars from the end of a theme to the next one.

    Where the theme never comes back, that is all bars that follow it.
    """
    apart = [late[0] - early[1] for early, late in zip(piece.themes, piece.themes[1:])]
    return fmean(apart) if apart else float(piece.bars - piece.themes[0][1])


def _loss_rows(losses: Mapping[str, float]) -> Iterator[Row]:
    for title, loss in losses.items():
        yield Row(
            SYSTEM,
            title,
            "held-out loss, nats a token",
            loss,
            higher_is_better=False,
            remark=f"the study's songs, {PIECE_BARS} bars from the theme on",
        )


def _figure_rows(found: Mapping[str, Mapping[str, Figures]]) -> Iterator[Row]:
    for figure in (UNCONTROLLABILITY, NEAREST, GAP, OFF_GAP, REGIONS, *OTHERS):
        for title, figures in found.items():
            values = list(figures.get(figure, {}).values())
            is_goal = title == THEME and figure in (UNCONTROLLABILITY, OFF_GAP)
            other = found[PROMPT].get(figure, {})
            yield Row(
                SYSTEM,
                title,
                figure,
                fmean(values) if values else None,
                goal=fmean(other.values()) if is_goal and other else None,
                higher_is_better=figure not in LOWER_IS_BETTER,
                remark=f"{len(values)} pieces",
            )


def _comparison_rows(found: Mapping[str, Mapping[str, Figures]]) -> Iterator[Row]:
    for figure in (UNCONTROLLABILITY, NEAREST, OFF_GAP):
        pairs = Comparison.of(found[THEME].get(figure, {}), found[PROMPT].get(figure, {}))
        is_better = pairs.mean < 0.0
        yield Row(
            SYSTEM,
            f"{THEME} against {PROMPT}",
            f"p of the difference in {figure}",
            pairs.p_value / 2 if is_better else 1.0 - pairs.p_value / 2,
            goal=LARGEST_P,
            higher_is_better=False,
            remark=f"Wilcoxon, one-sided, {len(pairs.differences)} pairs; {THEME} is "
            + ("better" if is_better else "not better"),
        )

"""Suites for people: summaries in sentences, plots, and cases to look at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reprise.evaluation.drawing.piano_roll import picture_of, picture_of_answer
from reprise.evaluation.drawing.plots import Bar, Line, bar_plot, line_plot
from reprise.evaluation.drawing.report import ShownCase
from reprise.evaluation.infill import COPYING, MODEL, ORACLE, Case, Group, typical_cases
from reprise.evaluation.variations import Varied


def infill_summary(figures: Mapping[str, Any]) -> list[str]:
    """Return the infilling suite in sentences."""
    lines = []
    for row in figures["groups"]:
        if row["kind"] != "all":
            continue
        best = row["best_baseline"] or {"name": "none", "f1": 0.0, "p": 1.0}
        lines.append(
            f"{row['pattern']}: note F1 {row['figures']['f1']:.3f} of {row['examples']} examples "
            f"of {row['songs']} songs, best baseline {best['name']} {best['f1']:.3f} (p "
            f"{best['p']:.2g}); collapse {_share(row, 'collapse')}, empty {_share(row, 'empty')}, "
            f"over-density {_share(row, 'over_density')}; {row['refused']} refused"
        )
    if figures["copying_wins"]:
        lines.append(f"copying is at least as good on: {'; '.join(figures['copying_wins'])}")
    for row in figures["bits"]:
        if row["kind"] == "all" or len(figures["bits"]) == 1:
            told = ", ".join(f"{who} {bits:.2f}" for who, bits in row["bits_per_note"].items())
            lines.append(f"bits a note of the truth: {told}")
    return lines


def infill_table(figures: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return note F1 by kind and pattern, everybody in a column, and bits a note where known."""
    rivals = [*figures["groups"][0]["baselines"]]
    costs = {(row["kind"], row["pattern"]): row["bits_per_note"] for row in figures["bits"]}
    counted = [*dict.fromkeys(who for row in costs.values() for who in row)]
    head = ("kind", "pattern", "examples", "songs", MODEL, *rivals)
    rows: list[tuple[str, ...]] = [(*head, *(f"bits {who}" for who in counted))]
    for row in figures["groups"]:
        values = [row["figures"]["f1"], *(row["baselines"][name]["f1"] for name in rivals)]
        bits = costs.get((row["kind"], row["pattern"]), {})
        told = (row["kind"], row["pattern"], str(row["examples"]), str(row["songs"]))
        cells = [*(_cell(value, 3) for value in values), *(_cell(bits.get(w), 2) for w in counted)]
        rows.append((*told, *cells))
    return rows


def _cell(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _share(row: Mapping[str, Any], name: str) -> str:
    value = row["figures"].get(name)
    return "none" if value is None else f"{100 * value:.1f} %"


def infill_plots(figures: Mapping[str, Any]) -> list[str]:
    """Return one plot of F1 for each kind and pattern, the engine first."""
    return [_f1_plot(row) for row in figures["groups"]]


def _f1_plot(row: Mapping[str, Any]) -> str:
    mine = Bar(MODEL, row["figures"]["f1"] or 0.0, "own", row["intervals"]["f1"])
    others = sorted(row["baselines"].items(), key=lambda item: -(item[1]["f1"] or 0.0))
    bars = [
        Bar(_name(name), values["f1"] or 0.0, "oracle" if name == ORACLE else "other")
        for name, values in others
    ]
    title = f"Note F1: {row['kind']}, {row['pattern']} ({row['examples']} examples)"
    return bar_plot(title, [mine, *bars])


def _name(name: str) -> str:
    words = name.replace("_", " ")
    return f"{words} (copy)" if name in COPYING else words


def infill_cases(groups: Sequence[Group], only: str = "") -> list[ShownCase]:
    """Return the best, a typical and the worst answer of each group."""
    shown = []
    for group in groups:
        if not only or group.pattern == only:
            for name, case in typical_cases(group.cases).items():
                shown.append(_shown(f"{group.kind}, {group.pattern}: {name}", case))
    return shown


def _shown(title: str, case: Case) -> ShownCase:
    source = case.example.task.source
    places = range(source.note_count)
    return ShownCase(
        title,
        f"{case.example.name}, note F1 {case.score:.2f}",
        picture_of_answer(source, places, case.example.truth, source.length),
        picture_of_answer(source, places, case.answer, source.length),
    )


def loop_plots(figures: Mapping[str, Any]) -> list[str]:
    """Return the F1 of loops of each length by kind."""
    return [
        bar_plot(
            f"Note F1 of a hidden repetition: {name}",
            [
                Bar("all", row["f1"] or 0.0, "own", row["interval"]),
                *(Bar(kind, value or 0.0) for kind, value in row["by_kind"].items()),
                *(Bar(style, value or 0.0) for style, value in row["by_style"].items()),
            ],
        )
        for name, row in figures["loops"].items()
    ]


def melody_plots(figures: Mapping[str, Any]) -> list[str]:
    """Return the chord-tone rates."""
    bars = [
        Bar(
            name.replace("_", " "),
            value or 0.0,
            "oracle" if name == "truth" else "own",
            figures["intervals"][name],
        )
        for name, value in figures["chord_tone_rate"].items()
    ]
    return [bar_plot("Chord tones on strong beats", bars)]


def melody_summary(figures: Mapping[str, Any]) -> list[str]:
    """Return the melody suite in sentences."""
    rates = ", ".join(
        f"{name.replace('_', ' ')} {value if value is None else round(value, 3)}"
        for name, value in figures["chord_tone_rate"].items()
    )
    lines = [f"chord tones on strong beats: {rates} (p {figures['gain']['p']:.2g})"]
    if figures["bits"]:
        told = ", ".join(
            f"{row['pattern'].replace('_', ' ')} {row['bits_per_note'][MODEL]:.2f}"
            for row in figures["bits"]
        )
        lines.append(f"bits a note: {told} (p {figures['bits_gain']['p']:.2g})")
    return lines


def vary_plots(figures: Mapping[str, Any]) -> list[str]:
    """Return what strengths ask for and what comes."""
    rows = [row for row in figures["by_strength"] if row["similarity"] is not None]
    return [
        line_plot(
            "Similarity to the source",
            [
                Line("asked", tuple((row["strength"], row["wished"]) for row in rows), "wish"),
                Line("came", tuple((row["strength"], row["similarity"]) for row in rows)),
            ],
            "strength",
            "similarity",
        )
    ]


def vary_summary(figures: Mapping[str, Any]) -> list[str]:
    """Return the variation suite in sentences."""

    def value(name: str) -> str:
        found = figures[name]
        return "none" if found is None else f"{found:.3f}"

    return [
        f"Spearman {value('spearman')} (mean of {figures['clips']} clips), within 0.10 of what "
        f"was asked: {value('near_share')} of levels, {value('clips_near_share')} of clips",
        f"at strength 0.5 and above: copies {value('copies_share')}, similarity of candidates "
        f"{value('pairwise_similarity')}",
        f"rhythm kept {value('rhythm_kept_share')}, locked notes identical "
        f"{value('locked_identical_share')}, a liked result draws nearer by {value('like_rise')}",
        "floors: "
        + ", ".join(f"{kind} {row['floor']:.2f}" for kind, row in figures["floors"].items()),
    ]


def vary_cases(found: Sequence[Varied]) -> list[ShownCase]:
    """Return the clips that follow strength best, typically and worst, at a few strengths."""
    told = [varied for varied in found if varied.distance is not None and varied.answers]
    ordered = sorted(told, key=lambda varied: varied.distance or 0.0)
    if not ordered:
        return []
    chosen = {"best": ordered[0], "typical": ordered[len(ordered) // 2], "worst": ordered[-1]}
    return [case for name, varied in chosen.items() for case in _varied_cases(name, varied)]


def _varied_cases(name: str, varied: Varied) -> Iterator[ShownCase]:
    source = varied.clip.source
    for strength, candidate in varied.answers:
        if strength in (0.2, 0.5, 1.0):
            yield ShownCase(
                f"{varied.clip.kind}, strength {strength:g}: {name}",
                f"{varied.clip.name}, floor {varied.floor:.2f}",
                picture_of(source),
                picture_of_answer(source, candidate.kept, candidate.new_notes, source.length),
            )


def density_plots(figures: Mapping[str, Any]) -> list[str]:
    """Return what densities ask for and what comes."""
    rows = [row for row in figures["density"]["by_wish"] if row["achieved"] is not None]
    return [
        line_plot(
            "Notes per bar",
            [
                Line("asked", tuple((row["wish"], row["wish"]) for row in rows), "wish"),
                Line("came", tuple((row["wish"], row["achieved"]) for row in rows)),
            ],
            "asked",
            "came",
        )
    ]

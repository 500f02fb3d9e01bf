import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

import tiny_pieces
from fake_engines import Asked as FakeAsked
from fake_engines import FakeEngine
from reprise.engines.base import Candidate
from reprise.engines.markov.engine import MarkovEngine
from reprise.evaluation import control_sweeps, variations
from reprise.evaluation.clips import Floors, VoiceClip, clip_similarity, clips_of
from reprise.evaluation.slices import of_kind
from reprise.music.note import Note


def clips(count: int = 4) -> list[VoiceClip]:
    slices = of_kind(tiny_pieces.corpus(songs=6).pieces, "pop", 12, seed=0, bars=4)
    return clips_of(slices, count, seed=0)


def copier(asked: FakeAsked) -> Iterator[Candidate]:
    """Change nothing."""
    for _ in range(asked.count):
        yield Candidate(tuple(range(asked.task.source.note_count)), ((),))


def thinner(asked: FakeAsked) -> Iterator[Candidate]:
    """Replace a share of the notes, as large as the strength, by other pitches."""
    for index in range(asked.count):
        randomness = random.Random(f"{asked.seed} {index}")
        fixed = set(asked.task.fixed_places)
        new: list[Note] = []
        kept = []
        for place, _, note in asked.task.source.places():
            if place in fixed or randomness.random() >= asked.task.strength:
                kept.append(place)
            else:
                new.append(replace(note, pitch=randomness.randrange(40, 90)))
        yield Candidate(tuple(kept), (tuple(sorted(new)),))


def varied(engine: FakeEngine, count: int = 4) -> list[variations.Varied]:
    asked = clips(count)
    return variations.vary_all(engine, asked, Floors(clips(12), 0), seed=0)


def test_an_engine_that_changes_nothing_copies_and_follows_no_strength() -> None:
    figures = variations.strength_figures(varied(FakeEngine(answers=copier)))

    assert figures["copies_share"] == 1.0
    assert figures["spearman"] == 0.0
    assert figures["pairwise_similarity"] == 1.0
    assert figures["near_share"] < 0.7


def test_an_engine_that_changes_more_at_more_strength_is_seen_to() -> None:
    figures = variations.strength_figures(varied(FakeEngine(answers=thinner)))

    assert figures["spearman"] > 0.6
    assert figures["by_strength"][0]["similarity"] == 1.0
    assert figures["by_strength"][10]["similarity"] < 0.9
    assert figures["unanswered_levels"] == 0


def test_strength_asks_for_less_likeness_down_to_the_floor() -> None:
    for one in varied(FakeEngine(answers=copier)):
        assert one.levels[0].wished == 1.0
        assert one.levels[10].wished == pytest.approx(one.floor)


def test_a_clip_is_like_itself_and_less_like_strangers() -> None:
    asked = clips(8)
    floors = Floors(asked, 0)

    for clip in asked:
        assert clip_similarity(clip, clip.notes) == 1.0
        assert 0.0 < floors.of(clip) <= 1.0
        assert clip.is_drums or floors.of(clip) < 0.9


def test_a_clip_without_strangers_has_no_floor() -> None:
    (clip,) = clips(1)

    assert Floors([clip], 0).of(clip) == 0.0


def test_an_engine_that_keeps_what_it_must_is_told_from_one_that_does_not() -> None:
    def loser(asked: FakeAsked) -> Iterator[Candidate]:
        for index in range(asked.count):
            yield Candidate((), ((Note(0.03, 60 + index, 0.5),),))

    good = variations.keeping_figures(FakeEngine(answers=thinner), clips(), 0)
    bad = variations.keeping_figures(FakeEngine(answers=loser), clips(), 0)

    assert good["rhythm_kept_share"] == good["locked_identical_share"] == 1.0
    assert bad["rhythm_kept_share"] == bad["locked_identical_share"] == 0.0


def test_leaning_towards_a_liked_answer_is_measured() -> None:
    def leaning(asked: FakeAsked) -> Iterator[Candidate]:
        if not asked.task.like:
            yield from thinner(asked)
            return
        liked = asked.task.like[0][0].voices[0].notes
        for index in range(asked.count):
            other = (*liked[index + 1 :], Note(0.0, 40 + index, 0.1))
            yield Candidate((), (tuple(sorted(other)),))

    figures = variations.like_figures(FakeEngine(answers=leaning), clips(), 0)
    deaf = variations.like_figures(FakeEngine(answers=thinner), clips(), 0)

    assert figures["like_rise"] > 0.15
    assert deaf["like_rise"] < 0.15
    assert figures["like_clips"] == 4


def test_limits_that_are_broken_are_seen() -> None:
    def careless(asked: FakeAsked) -> Iterator[Candidate]:
        chord = [Note(0.01, pitch, 99.0) for pitch in (0, 1, 2, 3, 126, 127)]
        yield Candidate(asked.task.fixed_places, (tuple(chord),))

    figures = control_sweeps.hard_figures(FakeEngine(answers=careless), clips(), 0)

    for row in figures["hard"].values():
        assert row["share"] == 0.0
    assert figures["hard_refused"] == 0


def test_limits_that_hold_are_seen_and_refusals_are_counted() -> None:
    figures = control_sweeps.hard_figures(MarkovEngine(), clips(), 0)
    refused = control_sweeps.hard_figures(FakeEngine(refusal="no"), clips(), 0)

    assert all(row["share"] == 1.0 for row in figures["hard"].values())
    assert refused["hard_refused"] > 0
    assert all(row["share"] is None for row in refused["hard"].values())


def test_density_is_measured_in_bins_and_by_rank() -> None:
    def dense(asked: FakeAsked) -> Iterator[Candidate]:
        wish = round(4 * (asked.task.controls.notes_per_bar or 1.0))
        yield Candidate((), (tuple(Note(16.0 * i / wish, 60, 0.1) for i in range(wish)),))

    def deaf(asked: FakeAsked) -> Iterator[Candidate]:
        beats = range(int(asked.task.length))
        yield Candidate((), (tuple(Note(float(beat), 60, 0.5) for beat in beats),))

    good = control_sweeps.density_figures(FakeEngine(answers=dense), clips(), 0)["density"]
    bad = control_sweeps.density_figures(FakeEngine(answers=deaf), clips(), 0)["density"]

    assert good["within_one_bin"] == good["exact_bin"] == 1.0
    assert good["spearman"] == pytest.approx(1.0)
    assert bad["within_one_bin"] < 0.6
    assert bad["spearman"] == 0.0

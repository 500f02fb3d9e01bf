"""Drawing tokens: the same candidate in any company, what the grammar allows, and no late stop."""

from collections.abc import Sequence

import numpy as np
import pytest

import cell_laws
from cell_laws import RandomDecoder, question_of
from engine_tasks import CountingWatch
from reprise.engines.ensemble.decode import (
    CHECK_EVERY,
    Blend,
    Floats,
    Written,
    drawing_from_surprise,
    generate,
)
from reprise.engines.ensemble.grammar.rules import RhythmStep, Rules
from reprise.engines.sampling import generator
from reprise.errors import CancelledError
from reprise.runtime.ensemble_model import Features
from reprise.tokenizers.ensemble.cells import Cell, GridNote, encode
from reprise.tokenizers.ensemble.layout import answer
from reprise.tokenizers.ensemble.vocabulary import (
    DURATION_BLOCK,
    PITCHES,
    POSITIONS,
    SIZE,
    VELOCITIES,
    Special,
    pitch_token,
)

ANY_PITCH = frozenset(range(128))
FREE = (Rules(96, ANY_PITCH), Rules(72, ANY_PITCH, polyphony=1, least=3), Rules(96, ANY_PITCH))
STEPS = (RhythmStep(0, (24, 24), 12), RhythmStep(24, (12,), 12), RhythmStep(60, (36,), 5))
BOUND = (Rules(96, ANY_PITCH, rhythm=STEPS), Rules(96, ANY_PITCH, rhythm=STEPS[:2]))


class Listener:
    """A decoder that wants the same tokens at every step and remembers what it read."""

    def __init__(self, wishes: Sequence[int] = (), *, value: float = 9.0) -> None:
        self.first = np.zeros(SIZE, np.float32)
        self.first[list(wishes)] = value
        self.features: list[Features] = []
        self.times: list[Floats] = []

    def step(self, features: Features, times: Floats) -> Floats:
        self.features.append(features)
        self.times.append(times)
        return np.broadcast_to(self.first, (*times.shape, SIZE))


def answers(
    rules: Sequence[Rules],
    decoder: RandomDecoder | Listener | None = None,
    candidates: Sequence[int] = (0,),
    surprise: float = 0.5,
    watch: CountingWatch | None = None,
) -> tuple[Written, ...]:
    """Answers to one track's holes, by the candidates of the given numbers."""
    question = question_of([rule.length for rule in rules], is_drums=rules[0].is_drums)
    source = RandomDecoder(3) if decoder is None else decoder
    return generate(
        source.first,
        source,
        cell_laws.grammars(question, rules, len(candidates), 500),
        drawing_from_surprise(surprise),
        [generator(11, number) for number in candidates],
        watch or CountingWatch(),
    )


# ------------------------------------------------------------ who draws what


@pytest.mark.parametrize("rules", [FREE, BOUND])
@pytest.mark.parametrize("surprise", [0.0, 0.5, 1.0])
def test_a_candidate_is_the_same_alone_and_in_company(
    rules: Sequence[Rules], surprise: float
) -> None:
    together = answers(rules, candidates=(0, 1, 2, 3), surprise=surprise)
    for number, written in enumerate(together):
        assert answers(rules, candidates=(number,), surprise=surprise) == (written,)


def test_candidates_are_different_answers() -> None:
    cells = {written.cells for written in answers(FREE, candidates=range(4))}
    assert len(cells) == 4


def test_no_surprise_takes_the_likeliest_that_is_allowed() -> None:
    listener = Listener([Special.EMPTY])
    (written,) = answers(FREE, listener, surprise=0.0)
    assert [len(cell) for cell in written.cells] == [0, 3, 0]


def test_more_surprise_takes_less_likely_tokens() -> None:
    means = []
    for surprise in (0.0, 0.4, 1.0):
        found = answers(FREE * 4, candidates=range(4), surprise=surprise)
        means.append(np.mean([one.log_probability / one.token_count for one in found]))
    assert means[0] > means[1] > means[2]


def test_times_are_drawn_with_more_care_than_pitches() -> None:
    sharpness = drawing_from_surprise(0.5).sharpness
    kinds = (VELOCITIES, DURATION_BLOCK, POSITIONS, PITCHES)
    values = [float(sharpness[block.first]) for block in kinds]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4


def test_what_is_far_less_likely_than_the_best_is_never_drawn() -> None:
    favourite = pitch_token(60, is_drum=False)
    wishes = Listener([favourite, Special.END_OF_CELL])
    notes = [note for one in answers(FREE * 8, wishes, range(8)) for note in _notes(one)]
    assert {note.pitch for note in notes} == {60}


def test_tokens_come_as_often_as_their_chances_say() -> None:
    steps = tuple(RhythmStep(tick, (12,), 12) for tick in range(0, 96, 12))
    chord = (60, 64, 67)
    listener = Listener()
    listener.first[[pitch_token(pitch, is_drum=False) for pitch in chord]] = (1.0, 0.5, 0.0)
    found = answers([Rules(96, frozenset(chord), rhythm=steps)], listener, range(200))
    drawn = [note.pitch for one in found for note in _notes(one)]
    sharpness = float(drawing_from_surprise(0.5).sharpness[PITCHES.first])
    chances = np.exp(np.array([1.0, 0.5, 0.0]) * sharpness)
    shares = [drawn.count(pitch) / len(drawn) for pitch in chord]
    assert len(drawn) == 1_600
    assert np.allclose(shares, chances / chances.sum(), atol=0.04)


@pytest.mark.parametrize("number", [0.0, 1.0 - 2.0**-53])
def test_the_outermost_numbers_draw_tokens_that_are_allowed(number: float) -> None:
    class Stuck(np.random.Generator):
        def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
            return number

    (grammar,) = cell_laws.grammars(question_of([96, 96], is_drums=False), FREE[::2], 1, 60)
    random = Stuck(np.random.Philox(0))
    listener = Listener()
    drawing = drawing_from_surprise(1.0)
    found = generate(listener.first, listener, [grammar], drawing, [random], CountingWatch())
    for cell in found[0].cells:
        assert cell_laws.breaches(FREE[0], cell) == []


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_still_give_legal_cells(rubbish: float) -> None:
    listener = Listener(range(SIZE), value=rubbish)
    for written in answers(FREE, listener, range(3)):
        for rules, cell in zip(FREE, written.cells):
            assert cell_laws.breaches(rules, cell) == []


def _notes(written: Written) -> list[GridNote]:
    return [note for cell in written.cells for note in cell]


# ------------------------------------------------------------ what the network reads


def test_the_network_reads_the_answer_as_training_spells_it() -> None:
    question = question_of([96, 96], is_drums=False)
    riff: Cell = (GridNote(0, 60, 24, 100), GridNote(24, 62, 72, 60))
    spelled = [encode(riff, 96, 12, is_drums=False)] * 2
    expected = answer(question, spelled)
    grammar = cell_laws.grammars(question, [Rules(96, ANY_PITCH)] * 2, 1, 100)[0]
    tokens = [token for cell in spelled for token in (*cell.tokens, Special.END_OF_CELL)]
    fed = [grammar.push(token) for token in tokens]
    assert np.array_equal([features for features, _ in fed], expected.features)
    assert np.allclose([time for _, time in fed], expected.times)


def test_tokens_without_a_choice_are_read_together() -> None:
    decoder = RandomDecoder(5)
    (written, _) = answers(BOUND, decoder, candidates=(0, 1))
    assert max(decoder.widths) > 2
    # The last tokens of an answer need not be read: nothing follows them.
    assert sum(decoder.widths) < written.token_count
    assert len(decoder.widths) < written.token_count / 2


def test_tokens_with_a_choice_are_read_one_by_one() -> None:
    decoder = RandomDecoder(5)
    found = answers(FREE, decoder, candidates=(0, 1, 2))
    assert set(decoder.widths) == {1}
    assert len(decoder.widths) == max(one.token_count for one in found) - 1


# ------------------------------------------------------------ while it runs


def test_a_job_is_stopped_within_a_few_steps() -> None:
    decoder = RandomDecoder(5)
    with pytest.raises(CancelledError):
        answers(FREE * 8, decoder, watch=CountingWatch(stop_after=2))
    assert len(decoder.widths) <= 2 * CHECK_EVERY


def test_cells_are_shown_as_soon_as_they_stand() -> None:
    question = question_of([96, 72, 96], is_drums=False)
    shown: dict[int, list[Cell]] = {0: [], 1: []}
    decoder = RandomDecoder(3)

    def show(candidate: int, hole: int, cell: Cell) -> None:
        assert hole == len(shown[candidate])
        shown[candidate].append(cell)

    found = generate(
        decoder.first,
        decoder,
        cell_laws.grammars(question, FREE, 2, 500),
        drawing_from_surprise(0.5),
        [generator(11, number) for number in range(2)],
        CountingWatch(),
        show,
    )
    assert [tuple(cells) for cells in shown.values()] == [one.cells for one in found]


# ------------------------------------------------------------ how likely


def test_probabilities_are_those_among_what_is_allowed() -> None:
    steps = (RhythmStep(0, (96,), 12),)
    rules = Rules(96, frozenset((60, 64, 67, 71)), rhythm=steps)
    (written,) = answers([rules, rules], Listener())
    assert written.log_probabilities == pytest.approx([np.log(0.25)] * 2)
    assert written.log_probability == pytest.approx(2 * np.log(0.25))
    assert written.mean_log_probability == pytest.approx(np.log(0.25))


def test_an_answer_without_notes_has_no_mean() -> None:
    (written,) = answers([Rules(96, ANY_PITCH, most=0)], Listener())
    assert written.cells == ((),)
    assert written.mean_log_probability is None


# ------------------------------------------------------------ two prompts


def test_a_blend_at_its_ends_is_one_of_both() -> None:
    one, other = RandomDecoder(1), RandomDecoder(2)
    features, times = np.zeros((2, 1, 9), np.int32), np.zeros((2, 1), np.float32)
    first, second = one.step(features, times), other.step(features, times)
    for amount, expected in ((0.0, first), (1.0, second)):
        blend = Blend(RandomDecoder(1), RandomDecoder(2), amount)
        mixed = blend.step(features, times)
        assert np.allclose(_shares(mixed), _shares(expected), atol=1e-6)


def test_a_blend_multiplies_the_chances() -> None:
    random = np.random.default_rng(0)
    one, other = (random.normal(size=SIZE).astype(np.float32) for _ in range(2))
    mixed = Blend(Listener(), Listener(), 0.25).mixed(one, other)
    product = _shares(one) ** 0.75 * _shares(other) ** 0.25
    assert np.allclose(_shares(mixed), product / product.sum(), atol=1e-6)


def _shares(logits: Floats) -> Floats:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), np.float32)

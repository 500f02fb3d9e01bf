from dataclasses import replace

import builders
from reprise.evaluation.harmony import chord_tones, figures_of, is_strong, melody_of, pairs
from reprise.evaluation.slices import Slice
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score


def song() -> Slice:
    """A soprano over three voices of a chorale, eight bars."""
    score = builders.chorale(bars=8)
    roles = (Role.MELODY, Role.STRINGS, Role.STRINGS, Role.BASS)
    return Slice("song", "pop", "song", score, tuple(map(int, roles)))


def test_strong_beats_are_bars_and_their_halves() -> None:
    meter_map = MeterMap()

    assert [is_strong(beat / 2, meter_map) for beat in range(8)] == [
        True, False, False, False, True, False, False, False,
    ]  # fmt: skip


def test_strong_beats_of_a_compound_meter_are_its_pulses() -> None:
    meter_map = MeterMap.constant(Meter(6, 8))

    assert [beat / 2 for beat in range(6) if is_strong(beat / 2, meter_map)] == [0.0, 1.5]


def test_three_four_is_strong_on_one_only() -> None:
    meter_map = MeterMap.constant(Meter(3, 4))

    assert [beat for beat in range(6) if is_strong(float(beat), meter_map)] == [0, 3]


def test_a_doubled_line_is_made_of_chord_tones_and_a_shifted_one_is_not() -> None:
    whole = song()
    others = whole.score
    tune = whole.score.voices[0].notes
    wrong = [replace(note, pitch=note.pitch + 1) for note in tune]

    right, shifted = chord_tones(tune, others), chord_tones(wrong, others)

    assert right.below == shifted.below == 16
    assert right.above == 16 > 2 * shifted.above


def test_where_no_chord_sounds_there_is_nothing_to_fit() -> None:
    part = chord_tones([Note(0.0, 60, 1.0)], Score((), 4.0))

    assert part.below == 0


def test_a_melody_is_asked_for_twice_with_the_same_bars_hidden() -> None:
    (pair,) = pairs([song()], 5)

    assert pair.voice == 0
    assert pair.accompanied.truth[0] == pair.alone.truth[0]
    assert len(pair.alone.task.source.voices) == 1
    assert pair.accompanied.task.source.voices[0].notes == pair.alone.task.source.voices[0].notes
    assert all(note.start < 8.0 for note in pair.alone.task.source.voices[0].notes)


def test_the_truth_fits_its_chords_better_than_silence_or_noise() -> None:
    (pair,) = pairs([song()], 5)
    noise = [replace(note, pitch=note.pitch + 1) for note in pair.accompanied.truth[0]]

    figures = figures_of(pair, pair.accompanied.truth[0], noise)

    assert figures["with_chords"] == figures["truth"]
    assert figures["without_chords"].above < figures["truth"].above


def test_a_line_alone_or_drums_beside_it_are_no_melody_with_chords() -> None:
    whole = song()
    alone = replace(whole, score=replace(whole.score, voices=whole.score.voices[:1]), roles=(19,))

    assert melody_of(alone) is None
    assert melody_of(replace(whole, roles=(1, 1, 1, 1))) is None
    assert not pairs([alone], 5)

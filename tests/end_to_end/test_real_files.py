"""The promise about files, through the command line and a real engine."""

import json
from collections import Counter
from pathlib import Path

import pytest

import builders
from reprise.cli.main import main
from reprise.music import smf
from reprise.music.smf_select import select
from second_opinion import compared, opened, real_files

FIXTURES = sorted(builders.MIDI_FIXTURES.glob("*.mid"))


def differences(path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Vary two bars of the fullest part of a file; return what changed that was not asked to."""
    data = path.read_bytes()
    document = smf.read(data)
    part = max(range(len(document.parts)), key=lambda index: len(document.parts[index].notes))
    source = select(document, (part,)).source
    notes = source.voices[0].sounding
    bars = list(source.meter_map.bars(source.length))
    first = sum(bar.end <= notes[len(notes) // 2].start for bar in bars)
    stop = min(first + 2, len(bars))
    span = source.meter_map.span_of_bars(first, stop, source.length)
    words = ["vary", str(path), "-o", str(out), "--count", "1", "--strength", "0.9", "--seed", "5"]
    words += [
        "--engine",
        "markov",
        "--track",
        str(part + 1),
        "--bars",
        f"{first}:{stop}",
    ]
    code = main([*words, "--json"])
    answer = json.loads(capsys.readouterr().out)
    if code:
        return [f"{path.name}: {answer['error']['sentence']}"]
    inside = Counter(
        (
            note.start_tick,
            note.end_tick,
            note.channel,
            note.pitch,
            note.velocity,
            note.release_velocity,
        )
        for note in document.parts[part].notes
        if span.start <= note.start_tick / document.ticks_per_beat < span.end
    )
    ticks_per_beat = document.ticks_per_beat
    ends = [end for _, end, *_ in inside]
    ticks = range(
        round(span.start * ticks_per_beat), max(round(span.end * ticks_per_beat), *ends, 0) + 2
    )
    most = inside.total() + sum(answer["new_notes"])
    changed = opened(Path(answer["files"][0]).read_bytes())
    track = document.parts[part].track
    found = compared(opened(data), changed, track, inside, ticks, most)
    return [f"{path.name}: {text}" for text in found]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_variation_of_two_bars_leaves_the_rest_of_the_file_to_the_tick(
    path: Path, tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not state.exists()
    assert differences(path, tmp_path, capsys) == []


@pytest.mark.slow
def test_variations_of_forty_real_files_leave_the_rest_to_the_tick(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not state.exists()
    found = [text for path in real_files(40) for text in differences(path, tmp_path, capsys)]
    assert found == []

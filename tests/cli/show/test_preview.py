import io
import wave

import numpy as np
import pytest

import builders
from reprise.cli.show.preview import RATE, wav_preview
from reprise.music.score import Score
from reprise.music.smf_write import write_score


@pytest.mark.parametrize("score", [builders.chorale(bars=1), builders.drum_score(bars=1)])
def test_a_preview_sounds_as_long_as_the_music(score: Score) -> None:
    with wave.open(io.BytesIO(wav_preview(write_score(score)))) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, RATE)
        frames = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    # Four beats at 120 quarter notes a minute, and a second to ring.
    assert len(frames) / RATE == pytest.approx(3.0, abs=0.5)
    assert np.abs(frames).max() > 20_000
    assert all(np.abs(half).max() > 1000 for half in np.split(frames[: 2 * RATE], 2))


def test_silence_is_a_preview_too() -> None:
    with wave.open(io.BytesIO(wav_preview(builders.midi_bytes(b"")))) as sound:
        assert sound.getnframes() == RATE

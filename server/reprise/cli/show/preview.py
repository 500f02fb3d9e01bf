"""Plain sound of a .mid file, to hear it where no DAW and no browser is at hand."""

import io
import wave
from typing import Final

import numpy as np
import pretty_midi
from numpy.typing import NDArray

RATE: Final = 22_050
_PARTIALS: Final = (1.0, 0.4, 0.2, 0.1)
_PEAK: Final = 0.8
_KICKS: Final = (35, 36)
_HIT_SECONDS: Final = 0.25

Sound = NDArray[np.float64]


def wav_preview(midi: bytes) -> bytes:
    """Return a mono WAV file of 16 bits of the music of a .mid file."""
    music = pretty_midi.PrettyMIDI(io.BytesIO(midi))
    sound = np.zeros(int(RATE * (music.get_end_time() + 1.0)))
    for instrument in music.instruments:
        if instrument.is_drum:
            _add_drums(sound, instrument)
        else:
            _add(sound, 0, instrument.synthesize(RATE, _tone))
    peak = float(np.abs(sound).max())
    return _wav(sound * (_PEAK / peak) if peak else sound)


def _tone(phase: Sound) -> Sound:
    parts = [level * np.sin(number * phase) for number, level in enumerate(_PARTIALS, 1)]
    tone: Sound = np.sum(parts, axis=0)
    return tone


def _add_drums(sound: Sound, instrument: pretty_midi.Instrument) -> None:
    random = np.random.default_rng(0)
    for note in instrument.notes:
        hit = _kick() if note.pitch in _KICKS else _hiss(note.pitch, random)
        _add(sound, round(note.start * RATE), hit * note.velocity / 127)


def _kick() -> Sound:
    times = np.arange(int(RATE * _HIT_SECONDS)) / RATE
    hit: Sound = np.sin(2 * np.pi * 50 * times + 12 * np.exp(-30 * times)) * np.exp(-14 * times)
    return hit


def _hiss(pitch: int, random: np.random.Generator) -> Sound:
    times = np.arange(int(RATE * _HIT_SECONDS)) / RATE
    # Low pads ring longer and higher ones are shorter, so that snare and hat are told apart.
    hit: Sound = 0.5 * random.uniform(-1, 1, len(times)) * np.exp(-times * (pitch - 20))
    return hit


def _add(sound: Sound, start: int, part: Sound) -> None:
    part = part[: max(0, len(sound) - start)]
    sound[start : start + len(part)] += part


def _wav(sound: Sound) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((sound * 32767).astype("<i2").tobytes())
    return file.getvalue()

"""Beats, ticks and seconds: the only place where time is converted at a constant rate.

A beat is a quarter note, always. Tempo changes live in `tempo.py`, which builds on this.
"""

WIRE_TICKS_PER_BEAT = 96_000
"""The wire's grid: 1/96,000 beat holds every common file grid but 1,024 exactly."""


def ticks_from_beats(beats: float, ticks_per_beat: int) -> int:
    """Return the tick nearest to a time in beats."""
    return round(beats * ticks_per_beat)


def beats_from_ticks(ticks: int, ticks_per_beat: int) -> float:
    """Return the time in beats of a tick."""
    return ticks / ticks_per_beat


def seconds_from_beats(beats: float, tempo_bpm: float) -> float:
    """Return the seconds that a number of beats last at one tempo in quarter notes per minute."""
    return beats * 60.0 / tempo_bpm


def beats_from_seconds(seconds: float, tempo_bpm: float) -> float:
    """Return the beats that pass in some seconds at one tempo in quarter notes per minute."""
    return seconds * tempo_bpm / 60.0

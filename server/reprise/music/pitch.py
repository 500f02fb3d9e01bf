"""Pitches, pitch classes and their names; 60 is middle C."""

PITCH_CLASS_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def pitch_class(pitch: int) -> int:
    """Return the pitch class 0-11 of a MIDI pitch, 0 for C."""
    return pitch % 12


def pitch_name(pitch: int, *, middle_c_octave: int = 4) -> str:
    """Return a name for people, such as "C4" for 60; hosts differ on the octave of middle C."""
    return f"{PITCH_CLASS_NAMES[pitch % 12]}{pitch // 12 - 5 + middle_c_octave}"


def folded(pitch: int, low: int, high: int) -> int:
    """Return the pitch moved by octaves to lie in `low`-`high`, or the nearest bound.

    Where the range is narrower than an octave and no octave of the pitch lies inside, the nearer
    bound is returned.
    """
    if low <= pitch <= high:
        return pitch
    inside = [other for other in range(pitch % 12, 128, 12) if low <= other <= high]
    if inside:
        return min(inside, key=lambda other: abs(other - pitch))
    return low if abs(low - pitch) <= abs(high - pitch) else high

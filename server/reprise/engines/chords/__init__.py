"""The chords engine."""

"""Sets and clips of Ableton Live."""

"""Scores to token ids and back: pure functions on numpy arrays, no torch, no files."""

"""Themes: planted ones, where they sound, and whether a piece keeps and varies its own."""

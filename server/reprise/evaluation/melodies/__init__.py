"""Melodies: what a set of them is like, how far two sets are apart, and what is a copy."""

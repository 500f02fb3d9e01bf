"""Reprise: learned variations, continuations and refilled voices for the clip in front of you."""

__version__ = "0.1.0"

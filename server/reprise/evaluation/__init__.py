"""Metrics and suites: numpy only, through what serves."""

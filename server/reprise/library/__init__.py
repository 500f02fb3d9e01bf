"""Readers of music files and data sets; torch-free, for serving and training alike."""

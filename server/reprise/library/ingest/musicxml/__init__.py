"""Scores in MusicXML."""

"""The flagship's tokens: bars and tracks of any clip as one sequence, and back."""

"""The folk engine: one line in bars of four beats, note by note."""

"""What the demo shows: its pieces, the page, the files and the sound it leaves behind."""

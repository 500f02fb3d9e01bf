"""Tasks as a choir sees them: up to four lines on a grid of 16ths, and notes from there again."""

"""The Theme Transformer, its baseline, and the embedding by which themes are found."""

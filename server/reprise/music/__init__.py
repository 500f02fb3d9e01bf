"""Musical facts: notes, clips, scores, meters, keys, feel, likeness; knows no model and no wire."""

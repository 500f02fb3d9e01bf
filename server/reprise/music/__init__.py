"""Musical facts: notes, clips, scores, meters, keys, feel and likeness; knows no model and no wire."""

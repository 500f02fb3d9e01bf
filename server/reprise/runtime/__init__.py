"""Numbers in, numbers out: what runs a network while serving. Knows nothing of music."""

"""Models of the user's own: where they are, whether they may be trusted, in and out as one file."""

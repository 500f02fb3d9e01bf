"""One module a verb: its arguments, an example, and what it does."""

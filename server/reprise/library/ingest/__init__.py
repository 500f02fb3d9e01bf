"""A user's own files: found, read and taken apart into clips, none of them trusted."""

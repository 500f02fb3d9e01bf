"""A model of somebody's own: a published one learns a folder and forgets little."""

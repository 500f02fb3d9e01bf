"""What can be wrong with a device before it is built."""


class BuildError(Exception):
    """The sources of a device cannot be built; the message says what to change."""

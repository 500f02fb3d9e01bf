"""The settings of a command: what its flags, the environment and the settings file say together."""

import os
from argparse import Namespace

from reprise.config import ServerConfig, load


def read_settings(arguments: Namespace) -> ServerConfig:
    """Return the settings for the arguments of any verb.

    Raises:
        ConfigError: A setting is unknown or out of range; the sentence says where it stands.
    """
    flags = {"data": getattr(arguments, "data", None)}
    return load(flags, os.environ, arguments.config)

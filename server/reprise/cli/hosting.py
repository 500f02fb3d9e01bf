"""The service with everything that it needs, put together from settings."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from reprise.config import ServerConfig
from reprise.engines.registry import Registry
from reprise.service.history import History
from reprise.service.service import Service


@contextmanager
def hosted_service(settings: ServerConfig) -> Iterator[Service]:
    """Run the service with all installed engines and the user's history until the block ends."""
    history = History(settings.data_directory, clock=time.time, limit_mb=settings.history_limit_mb)
    log = logging.getLogger("reprise")
    service = Service(settings, Registry.installed(), history, time.monotonic, log)
    try:
        yield service
    finally:
        service.close()

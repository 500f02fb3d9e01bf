"""The service with everything that it needs, put together from settings."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from reprise.config import ServerConfig
from reprise.engines.copies import Copies
from reprise.engines.registry import Registry
from reprise.engines.styles import Styles
from reprise.engines.user_models.offers import Offers
from reprise.engines.user_models.shelf import Shelf
from reprise.library.learnt_clips import LearntClips
from reprise.service.history import History
from reprise.service.service import Service

ENGINES_EVERY_S: Final = 2.0
"""So soon the menus of clients show a model that was made, or a corpus that was read."""


def shelf_of(settings: ServerConfig) -> Shelf:
    """Return the user's own models; none of them may have the name of an engine."""
    return Shelf(settings.data_directory, frozenset(Registry.installed().names()))


@contextmanager
def hosted_service(settings: ServerConfig) -> Iterator[Service]:
    """Run the service with all installed engines and the user's history until the block ends."""
    history = History(settings.data_directory, clock=time.time, limit_mb=settings.history_limit_mb)
    log = logging.getLogger("reprise")
    engines = Registry.installed(Offers(shelf_of(settings)))
    copies = Copies(settings.data_directory)
    styles = Styles(settings.data_directory)
    service = Service(
        settings,
        engines,
        history,
        time.monotonic,
        log,
        copies=copies,
        styles=styles,
        corpora=styles.names,
        learn=LearntClips(settings.data_directory).add,
    )
    has_ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(service, has_ended, log), daemon=True)
    watch.start()
    try:
        yield service
    finally:
        has_ended.set()
        watch.join()
        service.close()


def _watch(service: Service, has_ended: threading.Event, log: logging.Logger) -> None:
    while not has_ended.wait(ENGINES_EVERY_S):
        try:
            service.tell_of_engines()
        except Exception:
            log.exception("the clients could not be told which engines there are")

"""Learn this: clips and earlier results that go into a corpus of the user's own."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from reprise.errors import BusyError, InvalidRequestError
from reprise.library.learnt_clips import Learnt
from reprise.music.score import Score
from reprise.service.history import History
from reprise.service.messages import Learn, LearnReply

MOST_IN_A_WINDOW: Final = 240
WINDOW_SECONDS: Final = 60.0

Keep = Callable[[str, Sequence[tuple[str, Score]]], Learnt]
"""Adds clips, each a name and its music, to a corpus."""


def keep_nothing(corpus: str, _clips: Sequence[tuple[str, Score]]) -> Learnt:
    """Refuse: where there are no corpora."""
    raise InvalidRequestError(f"there is nowhere to keep the corpus {corpus[:40]!r}")


class Learning:
    """Answers learn messages, no more of them in a minute than a selection of items may be."""

    def __init__(self, keep: Keep, history: History, clock: Callable[[], float]) -> None:
        """Take who keeps clips, where earlier results are, and a clock of seconds."""
        self._keep = keep
        self._history = history
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def answer(self, message: Learn) -> LearnReply:
        """Add what a message brings and say what came of it.

        Raises:
            InvalidRequestError: There is nothing to learn from, or the corpus' name is none.
            TooLargeError: The corpus is full.
            UnknownResultError: The history has no such result.
            FileError: It cannot be kept.
        """
        clips = [
            (f"{saved.entry.clip_name} {saved.entry.result_id}".strip(), saved.score)
            for saved in map(self._history.get, message.result_ids)
        ]
        if message.source is not None:
            clips.append((message.clip_name, message.source))
        if not clips:
            raise InvalidRequestError(
                "there is nothing to learn from; select a clip with notes, or an earlier result"
            )
        found = self._keep(message.corpus, clips)
        return LearnReply(
            request_id=message.request_id,
            corpus=message.corpus,
            added=found.added,
            count=found.count,
            sentence=_sentence(message.corpus, len(clips), found),
        )

    def count(self) -> None:
        """Count a message that came.

        Raises:
            BusyError: There were too many of them in the last minute.
        """
        now = self._clock()
        with self._lock:
            while self._times and self._times[0] <= now - WINDOW_SECONDS:
                self._times.popleft()
            if len(self._times) >= MOST_IN_A_WINDOW:
                raise BusyError(
                    f"{MOST_IN_A_WINDOW} clips were sent to be learnt within a minute; wait a "
                    "moment, or read a whole folder: reprise corpus add"
                )
            self._times.append(now)


def _sentence(corpus: str, sent: int, found: Learnt) -> str:
    clips = "1 clip from your DAW is" if found.count == 1 else f"{found.count} clips from DAWs are"
    if not found.added:
        return f"{'It is' if sent == 1 else 'They are'} in {corpus} already. {clips} there"
    which = "" if corpus == "mine" else f" --corpus {corpus}"
    return f"{clips} now in {corpus}. Train with: reprise train mine{which}"

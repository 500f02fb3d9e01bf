"""The Markov engine: no weights, every verb, on any clip; the model answer for engine authors.

It learns from the clip and what sounds beside it, and from nothing else: what tends to follow what
(`learning`), which bars there are (`form`), which pads are hit where
(`drums`). A proposal is written bar by bar (`piece`) and made legal (`fitting`);
`selection` takes the ones that are sound, different, and as far from the clip as was asked.
"""

from collections.abc import Generator

from reprise.engines.base import NEW_VERBS, Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.markov.learning import learn
from reprise.engines.markov.material import Material
from reprise.engines.markov.melody import candidate_pitches
from reprise.engines.markov.piece import Piece
from reprise.engines.selection import select
from reprise.errors import CannotServeError

MAX_VOICES = 64
SUITABILITY = 0.3
"""Any trained engine that knows the kind of music should be preferred."""


class MarkovEngine:
    """Answers from the clip's own material."""

    @property
    def info(self) -> EngineInfo:
        """What people and clients see of it."""
        return EngineInfo(
            name="markov",
            title="From the Clip",
            summary="Builds on the clip's own notes and bars and knows no other music.",
            verbs=tuple(Verb),
            max_voices=MAX_VOICES,
            serves_drums=True,
        )

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        scores = (task.source, task.context, *(score for score, _ in task.like))
        if not any(score.sounding for score in scores):
            return (
                "no note sounds in the clip or beside it, and this engine learns from nothing else"
            )
        if not task.holes:
            return "nothing in the clip may change; unlock some notes or choose another part"
        if task.verb == Verb.MORPH and task.target is None:
            return "there is no clip to morph towards; choose a second clip"
        if task.needs_free_notes and not task.free_places:
            return "no note in that part may change; unlock some or choose another part"
        return None

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0."""
        return 0.0 if self.why_not(task) else SUITABILITY

    def candidates(
        self, task: Task, count: int, seed: int, watch: Watch
    ) -> Generator[Candidate, None, str]:
        """Yield up to `count` different answers; returns why, where there are fewer.

        Raises:
            CannotServeError: `why_not` says why, or no proposal was sound and new.
            CancelledError: Through `watch.check`.
            DeadlineError: Through `watch.check`.
        """
        reason = self.why_not(task)
        if reason is not None:
            raise CannotServeError(reason)
        watch.progress(0.0, "listening")
        material = learn(task, watch)
        _check_range(material)

        def propose(index: int, number: int) -> Candidate:
            piece = Piece(material, seed, number, watch)
            for bar in piece.bars() * task.passes:
                piece.write(bar)
                if task.verb in NEW_VERBS:
                    watch.bar(index, bar, piece.bar_notes(bar))
            return piece.candidate()

        return (yield from select(task, count, propose, watch))


def _check_range(material: Material) -> None:
    """Refuse where a strict scale and a narrow range leave no note at all."""
    for voice in material.voices:
        if voice.holes and not voice.is_drums and not len(candidate_pitches(material, voice)):
            raise CannotServeError(
                f"no note of {material.key} lies between pitches {voice.low} and {voice.high}; "
                "widen the range or turn the strict scale off"
            )

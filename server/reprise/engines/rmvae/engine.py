"""The bar-by-bar engine: hears eight bars and writes the next, any voices of it missing.

It is the engine of a dissertation on a recurrent multimodal variational autoencoder. Every voice
that sounds is an expert on what comes; those that do not are missing, and nothing stands in for
them. It goes on bar by bar, fills a voice given the others, and redoes voices one after another.
"""

from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.choir.answers import refusal
from reprise.engines.choir.grid import arrange
from reprise.engines.choir.lines import line_count
from reprise.engines.rmvae.proposal import Proposal
from reprise.engines.sampling import generator
from reprise.engines.selection import Propose
from reprise.engines.trained import Described, TrainedEngine
from reprise.errors import CorruptModelError
from reprise.runtime.bar_model import OnnxBarModel
from reprise.runtime.onnx_runtime import open_session
from reprise.tokenizers import rmvae

MODEL = "rmvae-v1"
KIND = "rmvae"
NEXT, SECOND = "next", "second"
"""The network that writes the next bar, and the one that writes the bar after that."""

VERBS = (Verb.CONTINUE, Verb.REFILL, Verb.REDO)
SUITABILITIES = {1: 0.05, 2: 0.1, 3: 0.15, 4: 0.15}
"""By how many lines sound: it was asked for as a baseline, and others know more of the music."""


def open_network(model: checkpoint.Checkpoint, part: str) -> OnnxBarModel:
    """Return one network of a bar-by-bar model.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's bars.
    """
    if model.config.get("kind") != KIND or dict(model.vocabulary) != rmvae.vocabulary():
        raise CorruptModelError(
            f"the model {model.name} was made for other bars than this Reprise reads; "
            "install the two from one release"
        )
    listen, write = (model.network(f"{part}-{graph}") for graph in ("listen", "write"))
    return OnnxBarModel(open_session(listen), open_session(write))


DESCRIBED = Described(
    name="rmvae",
    title="Bar by bar",
    summary="Writes up to four hymn-like lines bar by bar, whichever of them are missing.",
    verbs=VERBS,
    max_voices=rmvae.VOICE_COUNT,
    model=MODEL,
)


class RmvaeEngine(TrainedEngine[OnnxBarModel]):
    """Answers with the network `next` of `rmvae-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None) -> None:
        """Remember where the models are; None for those that we ship."""
        super().__init__(DESCRIBED, models_directory)

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return (
                "the bar-by-bar engine writes whole bars anew: it continues, refills and redoes; "
                f"choose another engine to {task.verb}"
            )
        return refusal(task, "the bar-by-bar engine")

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: never much."""
        if self.why_not(task) is not None:
            return 0.0
        lines = sum(line_count(voice) for voice in task.source.voices if voice.sounding)
        return SUITABILITIES.get(lines, 0.0)

    def _open(self, model: checkpoint.Checkpoint) -> OnnxBarModel:
        return open_network(model, NEXT)

    def _proposer(self, task: Task, networks: OnnxBarModel, seed: int, watch: Watch) -> Propose:
        arrangement = arrange(task)

        def propose(index: int, number: int) -> Candidate:
            random = generator(seed, number)
            return Proposal(arrangement, networks, random, watch, index).candidate()

        return propose

"""The Bach engine: goes on with a hymn chord by chord, one note after the other.

It is the engine of a notebook on Bach's chorales: a network that knows the last 32 chords says
what the next note may be, soprano first, and a note is drawn; a temperature says how daringly.
Since it hears nothing of what comes later, all that it does is continue. Surprise is the
temperature: 0.0 is the notebook's cold, 0.5 its medium, 1.0 its hot.
"""

from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.bach.proposal import heard, proposal, sampling_at
from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.choir.answers import refusal
from reprise.engines.choir.grid import arrange
from reprise.engines.choir.lines import line_count
from reprise.engines.sampling import generator
from reprise.engines.selection import Propose
from reprise.engines.trained import Described, TrainedEngine
from reprise.errors import CorruptModelError
from reprise.runtime.onnx_runtime import open_session, token_model
from reprise.runtime.token_model import TokenModel
from reprise.tokenizers import bach

MODEL = "bach-v1"
KIND = "bach"
VERBS = (Verb.CONTINUE,)
SERVED = "cnn_lstm"
SUITABILITIES = {1: 0.05, 2: 0.1, 3: 0.15, 4: 0.2}
"""By how many lines sound: it was asked for as a baseline, and others know more of the music."""


def open_networks(model: checkpoint.Checkpoint, part: str) -> dict[str, TokenModel]:
    """Return the runs of one of the two networks of a Bach model, by name.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's cells.
    """
    if model.config.get("kind") != KIND or dict(model.vocabulary) != bach.vocabulary():
        raise CorruptModelError(
            f"the model {model.name} was made for other cells than this Reprise reads; "
            "install the two from one release"
        )
    names = [name for name in model.config["networks"] if name.startswith(f"{part}_")]
    return {name: token_model(open_session(model.network(name))) for name in names}


DESCRIBED = Described(
    name="bach",
    title="Bach",
    summary="Goes on with up to four lines chord by chord, as a hymn would.",
    verbs=VERBS,
    max_voices=4,
    model=MODEL,
)


class BachEngine(TrainedEngine[TokenModel]):
    """Answers with a network of `bach-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None) -> None:
        """Remember where the models are; None for those that we ship."""
        super().__init__(DESCRIBED, models_directory)

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return (
                "the Bach engine hears only what came before, so it continues and does nothing "
                f"else; choose another engine to {task.verb}"
            )
        return refusal(task, "the Bach engine")

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: never much, four lines most."""
        if self.why_not(task) is not None:
            return 0.0
        lines = sum(line_count(voice) for voice in task.source.voices if voice.sounding)
        return SUITABILITIES.get(lines, 0.0)

    def _open(self, model: checkpoint.Checkpoint) -> TokenModel:
        return open_networks(model, SERVED)[model.config["served"][SERVED]]

    def _proposer(self, task: Task, networks: TokenModel, seed: int, watch: Watch) -> Propose:
        prompt = heard(arrange(task), networks.fork(), watch)
        sampling = sampling_at(task.controls.surprise)

        def propose(index: int, number: int) -> Candidate:
            return proposal(prompt, sampling, generator(seed, number), watch, index)

        return propose

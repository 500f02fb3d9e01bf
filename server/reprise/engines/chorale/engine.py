"""The chorale engine: up to four lines that listen to one another, learned from Bach's chorales.

It continues all lines together, refills or redoes some of them given the others, and varies a
clip by hiding a part of its notes and finding others for them. Two networks answer: one goes on
note by note, one fills what is hidden. A line is treated as the soprano, alto, tenor or bass that
its name or its register makes it, in any key; what nobody plays is imagined and not heard.
"""

from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.choir.answers import refusal
from reprise.engines.choir.grid import arrange
from reprise.engines.choir.lines import is_arpeggio, line_count
from reprise.engines.chorale.proposal import ChoraleNetworks, Proposal, imagined
from reprise.engines.sampling import generator
from reprise.engines.selection import Propose
from reprise.engines.trained import Described, TrainedEngine
from reprise.errors import CorruptModelError
from reprise.runtime.onnx_runtime import OnnxFieldModel, OnnxTokenModel, open_session
from reprise.tokenizers import chorale

MODEL = "chorale-v1"
VERBS = (Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.REDO)
SUITABILITIES = {1: 0.25, 2: 0.45, 3: 0.6, 4: 0.7}
"""By how many lines sound; Markov has 0.3."""
SATB_SUITABILITY = 0.9
ARPEGGIO_SUITABILITY = 0.2


def open_networks(model: checkpoint.Checkpoint) -> ChoraleNetworks:
    """Return a chorale model's networks.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's features.
    """
    for name, sizes in (
        ("next_note_sizes", chorale.NEXT_NOTE_SIZES),
        ("infill_sizes", chorale.INFILL_SIZES),
    ):
        if model.vocabulary.get(name) != list(sizes):
            raise CorruptModelError(
                f"the model {model.name} was made for other features than this Reprise computes "
                f"({name}); install the two from one release"
            )
    return ChoraleNetworks(
        OnnxTokenModel(open_session(model.network("next_note"))),
        OnnxFieldModel(open_session(model.network("infill"))),
    )


DESCRIBED = Described(
    name="chorale",
    title="Chorale",
    summary="Writes up to four lines that fit together, in the manner of Bach's chorales.",
    verbs=VERBS,
    max_voices=chorale.VOICE_COUNT,
    model=MODEL,
)


class ChoraleEngine(TrainedEngine[ChoraleNetworks]):
    """Answers with the networks of `chorale-v1`, loaded at the first answer."""

    def __init__(self, models_directory: Path | None = None) -> None:
        """Remember where the models are; None for those that we ship."""
        super().__init__(DESCRIBED, models_directory)

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if task.verb not in VERBS:
            return f"the chorale engine does not {task.verb}; choose another engine"
        return refusal(task, "the chorale engine")

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0: four lines suit it best."""
        if self.why_not(task) is not None:
            return 0.0
        names = {voice.name.strip().lower() for voice in task.source.voices}
        if len(names & set(chorale.VOICES)) > 1:
            return SATB_SUITABILITY
        if any(is_arpeggio(task.source.voices[hole.voice]) for hole in task.holes):
            return ARPEGGIO_SUITABILITY
        sounding = [voice for voice in task.source.voices if voice.sounding]
        lines = sum(line_count(voice) for voice in sounding)
        return SUITABILITIES.get(lines, 0.0)

    def _open(self, model: checkpoint.Checkpoint) -> ChoraleNetworks:
        return open_networks(model)

    def _proposer(self, task: Task, networks: ChoraleNetworks, seed: int, watch: Watch) -> Propose:
        arrangement = imagined(arrange(task), networks, watch)

        def propose(index: int, number: int) -> Candidate:
            random = generator(seed, number)
            return Proposal(arrangement, networks, random, watch, number, index).candidate()

        return propose

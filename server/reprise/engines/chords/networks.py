"""The networks of a chords model, ready to be asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.errors import CorruptModelError
from reprise.runtime.latent_model import OnnxLatentModel
from reprise.runtime.onnx_runtime import open_session
from reprise.runtime.recurrent_model import OnnxRecurrentModel
from reprise.tokenizers import chords

LATENT = "vae_32"
PLANE = "vae_2"
CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True)
class ChordNetworks:
    """What the engine asks.

    Attributes:
        latent: The autoencoder of 32 latent numbers.
        continuation: Goes on with a progression.
        centre: Mean of each latent number over the music that was learnt, shape (32,).
        deviation: Its standard deviation, shape (32,).
    """

    latent: OnnxLatentModel
    continuation: OnnxRecurrentModel
    centre: NDArray[np.float64]
    deviation: NDArray[np.float64]


def open_networks(model: checkpoint.Checkpoint) -> ChordNetworks:
    """Return what the engine asks of a chords model.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's chords.
    """
    check_vocabulary(model)
    session = open_session(model.network(CONTINUATION))
    statistics = model.config.get("latent", {})
    centre, deviation = (
        np.array(statistics.get(name, ()), np.float64) for name in ("mean", "deviation")
    )
    if not len(centre) == len(deviation) > 0:
        raise CorruptModelError(
            f"the model {model.name} does not say where its music lies; install it again"
        )
    continuation = OnnxRecurrentModel(session)
    return ChordNetworks(open_latent(model, LATENT), continuation, centre, deviation)


def open_latent(model: checkpoint.Checkpoint, part: str) -> OnnxLatentModel:
    """Return one autoencoder of a chords model, such as "ae_2".

    Raises:
        CorruptModelError: A file is damaged, or the model has no such part.
    """
    encoder, decoder = (model.network(f"{part}_{end}") for end in ("encoder", "decoder"))
    return OnnxLatentModel(open_session(encoder), open_session(decoder))


def check_vocabulary(model: checkpoint.Checkpoint) -> None:
    """Raise where a model was made for other chords than this Reprise knows.

    Raises:
        CorruptModelError: It was.
    """
    wanted = [[quality, bass] for quality, bass in chords.KINDS], list(chords.DURATIONS)
    if (model.vocabulary.get("kinds"), model.vocabulary.get("durations")) != wanted:
        raise CorruptModelError(
            f"the model {model.name} was made for other chords than this Reprise knows; "
            "install the two from one release"
        )

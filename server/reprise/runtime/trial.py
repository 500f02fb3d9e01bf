"""`python -m reprise.runtime.trial FOLDER`: loads a model's network and runs it once.

It is meant to be run as a process of its own, which may die or be ended without harm to anybody:
that is how a model that came from somewhere else is met first.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import Final

import numpy as np

from reprise.errors import CorruptModelError, RepriseError
from reprise.runtime.ensemble_files import open_ensemble
from reprise.runtime.ensemble_model import FEATURES

PROMPT_TOKENS: Final = 40
STEPS: Final = 4
MEMORY_BYTES: Final = 4 * 1024**3
CPU_SECONDS: Final = 60


def run_once(folder: Path) -> None:
    """Read a prompt of random tokens and some more, and look at what comes out.

    Raises:
        CorruptModelError: It cannot be opened, or answers with something else than numbers.
    """
    model = open_ensemble(folder)
    shape = model.shape
    random = np.random.default_rng(0)
    features = random.integers(0, shape.rows, (PROMPT_TOKENS + STEPS, FEATURES))
    times = np.arange(len(features)).astype(np.float32)
    prompt = model.prefill(features[:PROMPT_TOKENS], times[:PROMPT_TOKENS])
    decoder = model.decoder(prompt, 1, STEPS)
    found = [np.asarray(prompt.logits)]
    for index in range(PROMPT_TOKENS, len(features)):
        now = slice(index, index + 1)
        found.append(decoder.step(features[None, now], times[None, now])[0, 0])
    for logits in found:
        if logits.shape != (shape.tokens,) or not np.isfinite(logits).all():
            raise CorruptModelError("it answers with something else than a number for each token")


def limit_memory_and_time() -> None:
    """Bound what this process may use, where the system can; elsewhere its parent ends it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(words: list[str]) -> int:
    """Try the model of a folder; print what came of it as one JSON object."""
    limit_memory_and_time()
    problem = ""
    try:
        run_once(Path(words[0]))
    except RepriseError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 (whatever it is, the model is to blame)
        problem = f"it cannot be run ({type(error).__name__})"
    sys.stdout.write(json.dumps({"problem": problem}) + "\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

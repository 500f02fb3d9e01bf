"""Where answers may surprise: shyness of bars that were heard in other company.

A network likes to say a bar again. Under another harmony, or beside another groove, that is the
first thing a listener takes for a mistake.
"""

import numpy as np

from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.grammar.room import Bias
from reprise.engines.ensemble.taste.company import Company
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, SIZE, copy_token

OTHER_COMPANY, NO_COMPANY = 4.0, 0.7
"""Nats that a copy loses whose bar sounded beside something else altogether, and one of which
nobody can tell."""


def copy_cautions(board: Board, asking: Asking) -> tuple[Bias, ...]:
    """Return nats to add to the logits of the first token of each hole, (`SIZE`,) each."""
    company = Company(board, asking)
    return tuple(
        _caution(company, part, here)
        for (_, part), (here, _) in zip(asking.spots, asking.question.holes)
    )


def _caution(company: Company, part: int, here: int) -> Bias:
    row = np.zeros(SIZE, np.float32)
    cells = company.cells
    for there in range(len(cells)):
        if not 0 < abs(there - here) <= MAX_COPY:
            continue
        others = (cells[here].keys() & cells[there].keys()) - {part}
        is_told = any(cells[here][other] or cells[there][other] for other in others)
        loss = OTHER_COMPANY * (1.0 - company.likeness(part, here, there))
        row[copy_token(there - here)] = -(loss if is_told else NO_COMPANY)
    return row

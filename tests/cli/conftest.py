import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reprise.cli import main as door


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def sentence(self) -> str:
        return self.err.removeprefix("reprise: ").strip()


Run = Callable[..., Outcome]


@pytest.fixture
def reprise(state: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    assert not state.exists()

    def run(*words: str | Path) -> Outcome:
        code = door.main([str(word) for word in words])
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run

"""What of an answer few songs have is told with every result, and in a sentence where asked for."""

from pathlib import Path

import pytest

from fake_engines import TUNE, Start, ask
from reprise.config import ServerConfig
from reprise.engines.originality import TRAINING_DATA, Copy
from reprise.errors import ConfigError
from reprise.service import messages as m

OURS = Copy(notes=14, where="löops/riff.mid")


def result(start: Start, copy: Copy, config: ServerConfig | None = None) -> m.Result:
    service = start(copies=lambda _task, _answer: copy, config=config)
    return ask(service, m.Vary(request_id=1, source=TUNE)).wait_for(m.Result)


def test_every_result_tells_its_longest_passage_and_whose_it_is(start: Start) -> None:
    found = result(start, OURS)

    assert (found.copied_notes, found.copied_bars) == (14, 0)
    assert found.copied_from == "löops/riff.mid"
    assert any("14 notes in a row" in said and "riff.mid" in said for said in found.warnings)


def test_drums_of_the_training_data_are_told_in_bars(start: Start) -> None:
    found = result(start, Copy(bars=3, where=TRAINING_DATA))

    assert found.copied_bars == 3
    assert any("3 bars of drums" in said and "training data" in said for said in found.warnings)


def test_an_answer_that_is_nobodys_says_nothing(start: Start) -> None:
    found = result(start, Copy())

    assert (found.copied_notes, found.copied_bars, found.copied_from) == (0, 0, "")
    assert found.warnings == ()


@pytest.mark.parametrize("notes", [0, 20])
def test_the_sentence_can_be_switched_off_and_the_figures_cannot(
    start: Start, tmp_path: Path, notes: int
) -> None:
    found = result(start, OURS, ServerConfig(data_directory=tmp_path, copied_notes=notes))

    assert found.warnings == ()
    assert found.copied_notes == 14


def test_fewer_than_twelve_notes_are_no_setting() -> None:
    with pytest.raises(ConfigError, match="copied_notes must be 12 to 1000"):
        ServerConfig(copied_notes=5)

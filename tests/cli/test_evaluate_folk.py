"""evaluate folk: any engine on practice tunes, and what is wrong with a flag."""

from pathlib import Path

from .conftest import Run


def test_an_engine_is_compared_with_people_and_leaves_a_page(reprise: Run, tmp_path: Path) -> None:
    outcome = reprise(
        "evaluate", "folk", "--model", "markov", "--quick", "--json", "--out", tmp_path
    )

    assert outcome.code == 0
    assert outcome.data["model"] == "markov"
    assert outcome.data["tunes"] == "practice"
    assert len(outcome.data["training"]["statistics"]) == 10
    assert Path(outcome.data["page"]).is_file()


def test_figures_are_a_table_for_people(reprise: Run) -> None:
    outcome = reprise("evaluate", "folk", "--model", "markov", "--quick")

    assert outcome.code == 0
    assert "note length transitions" in outcome.out
    assert "could be a copy" in outcome.out


def test_one_melody_is_no_set(reprise: Run) -> None:
    outcome = reprise(
        "evaluate", "folk", "--model", "markov", "--set", "practice", "--melodies", "1"
    )

    assert outcome.code != 0
    assert "--melodies must be 2 or more" in outcome.err


def test_a_model_that_is_not_there_is_named(reprise: Run) -> None:
    outcome = reprise("evaluate", "folk", "--model", "fiddle-v9", "--quick")

    assert outcome.code != 0
    assert "fiddle-v9" in outcome.err

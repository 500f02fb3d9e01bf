"""What the guides say of each engine is what the engine declares."""

import re

import pytest

import builders
from reprise.engines.base import Verb
from reprise.engines.registry import Registry

DOCS = builders.MIDI_FIXTURES.parents[2] / "docs"
INFOS = [listing.info for listing in Registry.installed().infos()]
BUTTONS = {
    Verb.VARY: "Vary",
    Verb.CONTINUE: "Continue",
    Verb.REFILL: "Refill",
    Verb.REDO: "Rewrite",
    Verb.MORPH: "Morph",
    Verb.ACCOMPANY: "Accompany",
    Verb.DEVELOP: "Develop",
}
ROW = re.compile(r"^\| \*\*(?P<title>[^*|]+)\*\* \| [^|]+ \| (?P<answers>[^|]+) \|$", re.MULTILINE)

every_guide = pytest.mark.parametrize("guide", ["live.md", "reaper.md"])


def answers_told(guide: str) -> dict[str, str]:
    """Return what the table "which engine for what" of a guide says that each engine answers."""
    _, chapter = re.split(r"^## Which (?:model|engine) for what$", guide, flags=re.MULTILINE)
    table = chapter.split("\n## ")[0]
    return {row["title"]: row["answers"] for row in ROW.finditer(table)}


@every_guide
def test_every_engine_is_in_the_guide_with_what_it_answers(guide: str) -> None:
    told = answers_told((DOCS / guide).read_text(encoding="utf-8"))

    for info in INFOS:
        wanted = [button for verb, button in BUTTONS.items() if verb in info.verbs]
        assert info.title in told, f"docs/{guide} does not tell of {info.title}"
        answers = list(BUTTONS.values()) if told[info.title] == "all" else told[info.title]
        assert answers == wanted or answers == ", ".join(wanted), info.title


@every_guide
def test_the_guide_says_who_writes_drums(guide: str) -> None:
    text = (DOCS / guide).read_text(encoding="utf-8")
    drummers = sorted(info.title for info in INFOS if info.serves_drums)

    assert f"All but {' and '.join(drummers)} write no drums." in text

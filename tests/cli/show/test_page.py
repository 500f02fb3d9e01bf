import json
import re

from reprise.cli.show.page import Card, RequestTable, Section, page
from reprise.evaluation.drawing.piano_roll import picture_of, picture_of_answer
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

HOSTILE = '</script><script>alert("x")</script>&<img src=x>'


def a_page(name: str = "Lead") -> str:
    notes = tuple(Note(float(beat), 60 + beat, 1.0) for beat in range(4))
    source = Score((Voice(name, notes, pads=((36, name),)),), 4.0)
    tempo = TempoMap(((0.0, 60.0), (2.0, 120.0)))
    cards = (
        Card("Original", (("notes", "4"),), picture_of(source), tempo, "lead.mid"),
        Card(
            name,
            (("id", name),),
            picture_of_answer(source, (0, 1), ((Note(2.0, 70, 2.0),),), 4.0),
            tempo,
            f"{name}.mid".replace("/", "_"),
            (name,),
        ),
    )
    table = RequestTable(("what", "ms"), ((name, 12),))
    return page(name, name, name, [Section(name, name, cards)], table)


def music_of(text: str) -> list[dict[str, object]]:
    found = re.search(r'<script type="application/json" id="music">(.*?)</script>', text, re.S)
    assert found is not None
    pieces: list[dict[str, object]] = json.loads(found[1])
    return pieces


def test_the_player_gets_seconds_across_tempo_changes() -> None:
    original, answer = music_of(a_page())
    assert original["seconds"] == 3.0
    assert original["beats"] == [[0.0, 0.0], [2.0, 2.0], [3.0, 4.0]]
    assert [note[:2] for note in original["notes"]] == [  # type: ignore[attr-defined]
        [0.0, 1.0],
        [1.0, 1.0],
        [2.0, 0.5],
        [2.5, 0.5],
    ]
    assert [note[2] for note in answer["notes"]] == [60, 61, 70]  # type: ignore[attr-defined]


def test_every_heard_note_has_its_rectangle() -> None:
    text = a_page()
    rolls = re.findall(r'<svg class="roll" viewBox.*?</svg>', text, re.S)
    drawn = [set(map(int, re.findall(r'data-note="(\d+)"', roll))) for roll in rolls]
    heard = [{note[5] for note in piece["notes"]} for piece in music_of(text)]  # type: ignore[attr-defined]
    assert [numbers for numbers in drawn if numbers] == heard


def test_the_page_fetches_nothing() -> None:
    text = a_page()
    assert "default-src 'none'" in text
    addresses = re.findall(r"""(?:src|href|url\()\s*=?\s*["']?([^"')\s>]+)""", text)
    assert [address for address in addresses if ":" in address or address.startswith("//")] == []
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_text_of_users_is_escaped_wherever_it_appears() -> None:
    text = a_page(HOSTILE)
    assert '<script>alert("x")' not in text
    assert "<img" not in text
    assert len(music_of(text)) == 2


def test_the_legend_tells_the_three_kinds_apart() -> None:
    text = a_page()
    assert "original or kept, exactly as it was" in text
    assert text.count('class="hatch"') >= 2

import json

import builders
from reprise.library.ingest.clips import Origin, SourceClip
from reprise.library.ingest.facts import ClipFacts, facts_of, told_by
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

SILENT_DRUMS = (Note(0.0, 100, 1.0),)


def test_what_tells_drums_is_told() -> None:
    on_channel_1 = tuple(
        Note(note.start, note.pitch, note.duration, note.velocity) for note in builders.groove()
    )
    assert told_by(Voice("", builders.groove())) == "channel"
    assert told_by(Voice("", on_channel_1)) == "its notes"
    assert told_by(Voice("808 Kit", on_channel_1[:2])) == "track name"
    assert told_by(Voice("Rack", SILENT_DRUMS, pads=((100, "Kick"),))) == "pad names"
    assert told_by(Voice("", on_channel_1, is_drums=True)) == "the host"
    assert told_by(Voice("Bass", builders.melody())) is None


def test_facts_count_what_sounds() -> None:
    score = builders.score(builders.melody(4), length=16.0, names=["Lead"])
    facts = facts_of(SourceClip(Origin("a.mid"), "Tune", score, unheard=3))
    assert (facts.notes, facts.unheard, facts.bars, facts.loops) == (20, 3, 4, False)
    assert (facts.meters, facts.tempo_bpm, facts.drums) == (("4/4",), 120.0, ())
    assert facts.velocity[0] < facts.velocity[1] < facts.velocity[2]


def test_drums_have_no_key() -> None:
    assert facts_of(SourceClip(Origin("a"), "", builders.drum_score())).key == ""
    assert facts_of(SourceClip(Origin("a"), "", builders.score(builders.melody()))).key == "C major"


def test_a_clip_where_nothing_sounds_has_facts() -> None:
    score = Score((Voice("", (Note(0.0, 60, 1.0, is_muted=True),)),), 4.0)
    assert facts_of(SourceClip(Origin("a"), "", score)).velocity == (0, 0, 0)


def test_facts_come_back_as_they_were() -> None:
    facts = facts_of(SourceClip(Origin("a"), "x", builders.drum_score(), remarks=("why",)))
    assert ClipFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts

"""Small made-up data sets, each laid out as the real one is."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import builders
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

PLACES = {
    "openscore_lieder": "mid/{}.mid",
    "openscore_quartets": "mid/{}.mid",
    "freedoom": "musics/{}.mid",
    "simutrans": "simutrans/music/{}.mid",
    "easyrpg_rtp": "Music/{}.mid",
    "tannerhelland": "midi/{}.mid",
    "madadog_lmms": "mid/snippets/{}.mid",
    "farbrausch_v2m": "mid/{}.mid",
    "sointu_examples": "mid/{}.mid",
    "free_modules": "mid/{}.mid",
}
"""Where a set keeps a file, for the sets that are nothing but files."""


def tune(seed: int, beats: int = 64) -> tuple[Note, ...]:
    """Eighths that do not repeat themselves, another tune for each seed."""
    chance = random.Random(seed)
    return builders.line([chance.randint(60, 79) for _ in range(2 * beats)])


def song(*voices: Voice, meter: Meter | None = None, tempo_bpm: float = 100.0) -> Score:
    """A score of voices."""
    length = max(note.end for voice in voices for note in voice.notes)
    meters = MeterMap.constant(meter or Meter())
    return Score(voices, length, meters, TempoMap.constant(tempo_bpm))


def band(seed: int = 1, beats: int = 64) -> Score:
    """A tune, a bass and drums."""
    return song(
        Voice("Lead", tune(seed, beats), 81, is_drums=False),
        Voice("", builders.line([36, 38, 40, 43] * (beats // 4), 1.0), 38, is_drums=False),
        Voice("Drums", builders.line([36, 42, 38, 42] * (beats // 2)), is_drums=True),
    )


def write(path: Path, score: Score) -> Path:
    """Write a score, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_score(score, 480))
    return path


def write_plain_set(data: Path, name: str, scores: Sequence[Score]) -> None:
    """Write scores as the files of a set in `PLACES`: a.mid, b.mid, ..."""
    for title, score in zip("abcdefghij", scores):
        write(data / name / PLACES[name].format(title), score)


def write_pop909(data: Path, number: str, score: Score, moved_by: float) -> None:
    """Write a song of POP909, and its notes in one track of POP909-CL, moved by some beats."""
    write(data / "pop909" / "POP909" / number / f"{number}.mid", score)
    notes = [
        Note(note.start + moved_by, note.pitch, note.duration, note.velocity)
        for note in score.sounding
    ]
    aligned = song(
        Voice("piano", tuple(notes), is_drums=False),
        Voice("chords", builders.line([48, 50], 4.0), is_drums=False),
    )
    write(data / "pop909_cl" / "POP909_processed" / f"{number}.mid", aligned)


def pop_song(seed: int = 1) -> Score:
    """Melody, bridge and piano."""
    return song(
        Voice("MELODY", tune(seed), is_drums=False),
        Voice("BRIDGE", tune(seed + 100, 32), is_drums=False),
        Voice("PIANO", builders.line([40, 52, 56, 59] * 16, 1.0), is_drums=False),
    )


def write_gmd(data: Path, splits: Sequence[str]) -> None:
    """Write a groove for each split, with a pad that General MIDI does not know, and the table."""
    folder = data / "gmd_groove"
    lines = ["drummer,style,split,midi_filename"]
    for index, split in enumerate(splits):
        name = f"drummer1/session1/{index}_rock_100_beat_4-4.mid"
        notes = builders.line([36, 22, 38, 26] * 8)
        write(folder / name, song(Voice("Midi Drums", notes, is_drums=True)))
        lines.append(f"drummer1,rock,{split},{name}")
    (folder / "info.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_openewld(data: Path) -> None:
    """Write a lead sheet with a chord a bar, one of them unnamed and one without a chord."""
    path = write(data / "openewld" / "mid" / "a.mid", song(Voice("P0", tune(5, 32))))
    kinds = ["major", "minor-seventh", "dominant-ninth", None, "half-diminished", "major"]
    roots = [0, 9, 7, 2, 11, None]
    chords: list[list[object]] = [
        [4.0 * bar, root, kind, None, []] for bar, (root, kind) in enumerate(zip(roots, kinds))
    ]
    path.with_suffix(".chords.json").write_text(
        json.dumps({"beats_unit": "quarter", "chords": chords}), encoding="utf-8"
    )

"""A task as the theme network sees it: who plays what, the clip on the grid, its theme, the rules.

The leading voice is the network's melody, all others are its piano. A voice that plays several
notes at once and has no other beside it is both: its top line leads. Everything is moved by
octaves to where the network's songs have their melodies, and moved back afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby
from statistics import fmean
from typing import Final

import numpy as np

from reprise.engines.base import Task, Verb
from reprise.engines.fitting import allowed_pitches
from reprise.engines.theme.form import wishes
from reprise.engines.theme.grammar import THEME_BARS, Part, Pitches, Rules
from reprise.engines.theme.retrieval import MelodyEncoder, find_theme
from reprise.errors import InvalidRequestError
from reprise.music.feel import Feel, put_back, take_off
from reprise.music.note import Note
from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme import Tokens
from reprise.tokenizers.theme_grid import (
    BAR_STEPS,
    HIGHEST_PITCH,
    LOWEST_PITCH,
    STEPS_PER_BEAT,
    GridNote,
    GridSong,
    Track,
    on_grid,
)

MELODY_CENTRE: Final = 68
"""About where the melodies lie that the network knows, as a MIDI note number."""

CHORD_SHARE: Final = 0.2
"""A voice with more onsets of several notes than this share plays chords."""

MARGIN: Final = 5
"""Semitones that a part may go beyond what it plays in the clip."""

FEWEST_MOST: Final = 6
"""A part may play so many notes a bar however few it plays in the clip."""

BUSIER: Final = 1.5
DENSITY_SLACK: Final = 0.25
LONGEST_THEME: Final = 280
"""Tokens of a theme; of a longer one the piano is left out."""


@dataclass(frozen=True)
class Arrangement:
    """What the network is given, and what is needed to come back from its answer.

    Attributes:
        task: What was asked.
        song: The clip on the grid, in the network's register, its themes marked.
        up: Semitones by which it was moved up.
        voices: The source voices of each track that plays.
        feels: How each source voice was played.
        tempo: Token of the tempo.
    """

    task: Task
    song: GridSong
    up: int
    voices: Mapping[Track, tuple[int, ...]]
    feels: tuple[Feel, ...]
    tempo: int

    @property
    def theme(self) -> Tokens:
        """The theme's tokens."""
        theme = self.song.first_theme
        tokens = tokens_of.encode(theme)
        return (
            tokens if len(tokens) <= LONGEST_THEME else tokens_of.encode(theme.only(Track.MELODY))
        )

    @property
    def history(self) -> Tokens:
        """The clip's tokens up to where new ones begin."""
        return tokens_of.encode(self.song)

    def rules(self, random: np.random.Generator) -> Rules:
        """Return the rules of one proposal; a development draws where the theme comes back."""
        start = round(min(hole.span.start for hole in self.task.holes) * STEPS_PER_BEAT)
        end = round(self.task.length * STEPS_PER_BEAT)
        parts = {track: self._part(track) for track in self.voices}
        wished = (
            wishes(-(-start // BAR_STEPS), end // BAR_STEPS, self.task.strength, random)
            if self.task.verb == Verb.DEVELOP
            else {}
        )
        return Rules(start, end, parts, wished)

    def notes(self, written: Iterable[GridNote]) -> list[list[Note]]:
        """Return what was written as notes of each source voice, as its player would play them."""
        found: list[list[Note]] = [[] for _ in self.task.source.voices]
        centres = self._centres()
        ordered = sorted(written, key=lambda note: (note.start, note.track, -note.pitch))
        for (_, track), group in groupby(ordered, key=lambda note: (note.start, note.track)):
            together = list(group)
            for note, voice in zip(together, shared(together, self.voices[track], centres)):
                found[voice].append(self._note(note, voice))
        return [list(put_back(notes, feel)) for notes, feel in zip(found, self.feels, strict=True)]

    def _note(self, note: GridNote, voice: int) -> Note:
        velocities = [other.velocity for _, other in self.feels[voice].played]
        velocity = min(max(note.velocity, min(velocities)), max(velocities))
        pitch = min(max(note.pitch - self.up, 0), 127)
        start, duration = note.start / STEPS_PER_BEAT, note.duration / STEPS_PER_BEAT
        return Note(start, pitch, duration, velocity)

    def _centres(self) -> dict[int, float]:
        voices = {voice for own in self.voices.values() for voice in own}
        return {voice: mean_pitch(heard(self.task, voice)) + self.up for voice in voices}

    def _part(self, track: Track) -> Part:
        notes = [note for note in self.song.notes if note.track == track]
        controls = self.task.controls
        per_bar = [0] * (self.song.bars + 1)
        at_once: dict[int, int] = {}
        for note in notes:
            per_bar[note.start // BAR_STEPS] += 1
            at_once[note.start] = at_once.get(note.start, 0) + 1
        most, fewest = max(FEWEST_MOST, round(BUSIER * max(per_bar))), 0
        if controls.notes_per_bar is not None:
            wanted = controls.notes_per_bar
            most = max(1, round(wanted * (1 + DENSITY_SLACK)))
            fewest = min(most, BAR_STEPS, round(wanted * (1 - DENSITY_SLACK)))
        together = min(max(at_once.values(), default=1), controls.max_polyphony or HIGHEST_PITCH)
        return Part(self._pitches(track, notes), together, most, fewest)

    def _pitches(self, track: Track, notes: Sequence[GridNote]) -> Pitches:
        allowed = np.zeros(HIGHEST_PITCH, np.bool_)
        for voice in self.voices[track]:
            for pitch in allowed_pitches(self.task, voice):
                if LOWEST_PITCH <= pitch + self.up <= HIGHEST_PITCH:
                    allowed[pitch + self.up - LOWEST_PITCH] = True
        pitches = [note.pitch for note in notes]
        near = allowed.copy()
        near[: max(0, min(pitches) - MARGIN - LOWEST_PITCH)] = False
        near[max(pitches) + MARGIN :] = False
        return near if near.any() else allowed


def shared(
    notes: Sequence[GridNote], voices: Sequence[int], centres: Mapping[int, float]
) -> tuple[int, ...]:
    """Return which voice plays each of the notes that begin together.

    Each voice plays one of them, the higher voice the higher note, as near to where it plays in
    the clip as that allows; where there are more notes than voices, each goes to the nearest.

    Args:
        notes: From the top down.
        voices: Who may play, one at least.
        centres: Mean pitch of each voice.
    """
    if len(notes) > len(voices):
        return tuple(
            min(voices, key=lambda voice: abs(centres[voice] - note.pitch)) for note in notes
        )
    falling = sorted(voices, key=lambda voice: -centres[voice])

    def distance(chosen: tuple[int, ...]) -> float:
        return sum(abs(centres[voice] - note.pitch) for voice, note in zip(chosen, notes))

    return min(combinations(falling, len(notes)), key=distance)


def heard(task: Task, voice: int) -> tuple[Note, ...]:
    """Return the notes of a source voice that sound and begin before the clip ends."""
    notes = task.source.voices[voice].sounding
    return tuple(note for note in notes if note.start < task.source.length)


def leading_voice(task: Task) -> int | None:
    """Return the source voice that is taken for the melody: of those without chords the highest."""
    sounding = [index for index in range(len(task.source.voices)) if heard(task, index)]
    if not sounding:
        return None

    def rank(index: int) -> tuple[bool, float]:
        notes = heard(task, index)
        return plays_chords(notes), -mean_pitch(notes)

    return min(sounding, key=rank)


def plays_chords(notes: Sequence[Note]) -> bool:
    """Tell whether notes begin together too often for a melody."""
    onsets = [round(note.start * STEPS_PER_BEAT) for note in notes]
    distinct = set(onsets)
    several = sum(onsets.count(onset) > 1 for onset in distinct)
    return several > CHORD_SHARE * len(distinct)


def mean_pitch(notes: Sequence[Note]) -> float:
    """Return the mean MIDI note number of notes, one at least."""
    return fmean(note.pitch for note in notes)


def arrange(task: Task, encoder: MelodyEncoder | None) -> Arrangement:
    """Return a task as the network sees it.

    Args:
        task: One that `refusal` has nothing against.
        encoder: Finds the theme of a longer clip; without it that is the first two bars.
    """
    lead = leading_voice(task)
    if lead is None:
        raise AssertionError("a task without a note is refused")
    voices_heard = [heard(task, voice) for voice in range(len(task.source.voices))]
    straight = [take_off(notes, task.source.meter_map) for notes in voices_heard]
    up = 12 * round((MELODY_CENTRE - mean_pitch(straight[lead][0])) / 12)
    tracks = _tracks(lead, [notes for notes, _ in straight])
    open_voices = {hole.voice for hole in task.holes}
    voices = {
        track: tuple(voice for voice, notes in parts.items() if notes and voice in open_voices)
        for track, parts in tracks.items()
    }
    end = round(task.source.length * STEPS_PER_BEAT)
    notes = [
        _before(end, note)
        for track, parts in tracks.items()
        for note in on_grid(_moved(parts, up), track)
    ]
    song = _with_themes(task, GridSong(tuple(sorted(notes)), -(-end // BAR_STEPS)), lead, encoder)
    tempo = tokens_of.tempo_token(task.source.tempo_map.at(0.0))
    feels = tuple(feel for _, feel in straight)
    playing = {track: own for track, own in voices.items() if own}
    return Arrangement(task, song, up, playing, feels, tempo)


def _before(end: int, note: GridNote) -> GridNote:
    """Return a note that begins and ends before a step, moved and cut where it has to be."""
    start = min(note.start, end - 1)
    return replace(note, start=start, duration=min(note.duration, end - start))


def _tracks(lead: int, straight: Sequence[Sequence[Note]]) -> dict[Track, dict[int, list[Note]]]:
    """Return the notes of each track by source voice."""
    others = {index: list(notes) for index, notes in enumerate(straight) if index != lead and notes}
    notes = list(straight[lead])
    if others or not plays_chords(notes):
        return {Track.MELODY: {lead: notes}, Track.PIANO: others}
    tops: dict[float, Note] = {}
    for note in notes:
        if note.start not in tops or note.pitch > tops[note.start].pitch:
            tops[note.start] = note
    line = list(tops.values())
    below = [note for note in notes if tops[note.start] is not note]
    return {Track.MELODY: {lead: line}, Track.PIANO: {lead: below}}


def _moved(parts: Mapping[int, Iterable[Note]], up: int) -> list[Note]:
    return [
        replace(note, pitch=min(max(note.pitch + up, LOWEST_PITCH), HIGHEST_PITCH))
        for notes in parts.values()
        for note in notes
    ]


def _with_themes(task: Task, song: GridSong, lead: int, encoder: MelodyEncoder | None) -> GridSong:
    """Return a clip with its themes marked; one of a single bar is taken twice."""
    if song.bars < THEME_BARS:
        again = tuple(replace(note, start=note.start + BAR_STEPS) for note in song.notes)
        return replace(
            song, notes=(*song.notes, *again), bars=THEME_BARS, themes=((0, THEME_BARS),)
        )
    bars = _theme_bars(task, song, lead, encoder)
    return replace(song, themes=tuple((bar, bar + THEME_BARS) for bar in bars))


def _theme_bars(
    task: Task, song: GridSong, lead: int, encoder: MelodyEncoder | None
) -> tuple[int, ...]:
    melody = [note.start // BAR_STEPS for note in song.notes if note.track == Track.MELODY]
    first = min(min(melody, default=0), song.bars - THEME_BARS)
    if encoder is None or song.bars < 2 * THEME_BARS:
        return (first,)
    source = task.source
    try:
        found = find_theme(heard(task, lead), source.meter_map, source.length, encoder, source.key)
    except InvalidRequestError:
        return (first,)
    return found.bars if max(found.bars) + THEME_BARS <= song.bars else (first,)

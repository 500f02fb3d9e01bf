"""The pieces that the demo plays, in the public domain or our own, and what it asks about each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import resources
from pathlib import Path
from typing import Final

from reprise.music import smf
from reprise.music.smf import MidiDocument
from reprise.music.smf_select import Selection, select
from reprise.service.choice import AUTO
from reprise.service.messages import Accompany, Continue, Locks, Refill, Request, Vary

SEED: Final = 7
CONTINUATION_BARS: Final = 8
ALTO: Final = 1
ENSEMBLE: Final = "ensemble"
MARKOV: Final = "markov"
DRUMS, BASS, CHORDS, LEAD = range(4)
FINGERED_BASS: Final = 33


@dataclass(frozen=True, slots=True)
class Wish:
    """One request of the demo.

    Attributes:
        title: What its answers are called.
        request: Makes the request of its source and the fields that all requests share.
        parts: Parts of the file that are worked on, from 0; the others sound along. Empty for all.
        engine: Which engine is asked.
        program: General MIDI program of the part that an accompaniment adds, 0-127.
    """

    title: str
    request: Callable[..., Request]
    parts: tuple[int, ...] = ()
    engine: str = AUTO
    program: int = 0


@dataclass(frozen=True)
class Piece:
    """One piece that ships with the package, and what is asked about it.

    Attributes:
        file_name: In the package's folder of music.
        title: Headline on the page.
        text: What it is and what is asked, in a sentence.
        wishes: Asked one after another.
    """

    file_name: str
    title: str
    text: str
    wishes: tuple[Wish, ...]

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return Path(self.file_name).stem

    @cached_property
    def data(self) -> bytes:
        """The file as it ships."""
        return (resources.files("reprise.cli.show") / "music" / self.file_name).read_bytes()

    @cached_property
    def document(self) -> MidiDocument:
        """The piece with everything that its file says."""
        return smf.read(self.data, self.file_name)

    def selection(self, wish: Wish) -> Selection:
        """Return the part of the piece that a wish is about."""
        return select(self.document, wish.parts)


PIECES: Final = (
    Piece(
        "back_room.mid",
        "Back Room",
        "Drums, bass, chords and a lead, eight bars with swing, written for this demo. Each answer "
        "hears all the other parts, which stay as they are; at the end all four go on together.",
        (
            Wish("Lead varied", partial(Vary, count=2), (LEAD,), ENSEMBLE),
            Wish("New chords", Refill, (CHORDS,), ENSEMBLE),
            Wish("New drums", Refill, (DRUMS,), ENSEMBLE),
            Wish("Bass varied boldly", partial(Vary, count=1, strength=0.7), (BASS,), ENSEMBLE),
            Wish("Four bars more", partial(Continue, length=16.0), (), ENSEMBLE),
        ),
    ),
    Piece(
        "night_bus.mid",
        "Night Bus",
        "Four bars of drums, stabs and a pluck without a bass, written for this demo. A bass is "
        "added, then the drums are played anew.",
        (
            Wish("With a bass", partial(Accompany, role="Bass"), (), ENSEMBLE, FINGERED_BASS),
            Wish("New drums", Refill, (DRUMS,), ENSEMBLE),
        ),
    ),
    Piece(
        "old_hundredth.mid",
        "Old Hundredth",
        "A hymn in four voices, 1551. The alto is written anew against the other three; then the "
        "whole goes on for eight bars.",
        (
            Wish("A new alto", partial(Refill, voices=(ALTO,))),
            Wish("Eight bars more", partial(Continue, length=4.0 * CONTINUATION_BARS)),
        ),
    ),
    Piece(
        "ode_to_joy.mid",
        "Ode to Joy",
        "Beethoven's melody over its bass, 1824. Four variations of the melody; the bass sounds "
        "along and stays as it is.",
        (Wish("Variation", partial(Vary, count=4, strength=0.35), (0,)),),
    ),
    Piece(
        "groove.mid",
        "Groove",
        "Eight bars of drums with their feel. Two variations: a gentle one and a bold one.",
        (
            Wish("Gentle", partial(Vary, count=1, strength=0.2), engine=MARKOV),
            Wish("Bold", partial(Vary, count=1, strength=0.7), engine=MARKOV),
        ),
    ),
    Piece(
        "greensleeves.mid",
        "Greensleeves",
        "A melody with a lute, 1580, in 6/8. New pitches for the lute; its rhythm is locked.",
        (
            Wish(
                "New lute",
                partial(Refill, voices=(1,), strength=0.6, locks=Locks(rhythm=True)),
                engine=MARKOV,
            ),
        ),
    ),
)

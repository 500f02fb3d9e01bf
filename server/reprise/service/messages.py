"""Every request and reply, as frozen dataclasses: the one contract that all wires carry.

Times are in beats, on every wire; `docs/protocol.md` gives the unit of each field on the OSC wire.
No message carries a path or assumes that client and server share a machine. Values are checked
here once, where they enter; whether a request makes musical sense is `plan.py`'s to say.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from reprise.engines.base import Controls
from reprise.errors import InvalidRequestError, TooLargeError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span

PROTOCOL_VERSION = 1

MAX_NOTES = 20_000
MAX_VOICES = 64
MAX_LENGTH_BEATS = 4096.0
MAX_COUNT = 16
MAX_SEED = 16_777_215
MAX_INT32 = 2**31 - 1
MAX_NAME_LENGTH = 200
MAX_MARKS = 1000
MAX_DEADLINE_MS = 600_000
MAX_LEARNT_RESULTS = 64
MAX_CORPORA = 64


def _check(name: str, value: float | None, low: float, high: float, advice: str = "") -> None:
    if value is not None and not low <= value <= high:
        raise InvalidRequestError(f"{name} must be {low:g} to {high:g}, got {value}{advice}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Anything that goes over a wire."""

    kind: ClassVar[str]


# ---------------------------------------------------------------- what a client says


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """A client introduces itself; repeated after a restart of either side.

    Attributes:
        protocol_version: The version that the client speaks.
        nonce: A random int32 that the client made on load; every answer repeats it.
        client: What is speaking, such as "max-for-live 1.0.0".
    """

    kind = "hello"
    protocol_version: int = PROTOCOL_VERSION
    nonce: int = 0
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """What must stay as it is.

    Attributes:
        notes: Places of notes in the source.
        bars: Bars of the source, from 0.
        voices: Voices of the source, from 0.
        rhythm: New notes keep the starts and durations of those that they replace.
        pitches: New notes keep the pitches of those that they replace, in order.
    """

    notes: tuple[int, ...] = ()
    bars: tuple[int, ...] = ()
    voices: tuple[int, ...] = ()
    rhythm: bool = False
    pitches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked:
    """An earlier result to lean towards.

    Attributes:
        result_id: Of the liked result, such as "7F3K2M".
        weight: How much, above 0.0 up to 1.0.
    """

    result_id: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        _check("weight", self.weight, 0.0001, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """What all musical requests say.

    Attributes:
        request_id: The client's own number for it, 0 to 2**31 - 1.
        source: The clip or clips to work on; results name its notes by place.
        context: Voices that sound beside the source, on the source's time line.
        span: The part that may change, None for all of it.
        locks: What stays all the same.
        count: How many different answers, 1-16.
        strength: 0.0 keeps the source, 1.0 is as far from it as unrelated music; shown as Change.
        seed: 0 to 16,777,215, None to choose one and report it.
        engine: An engine's name or "auto".
        controls: Surprise, range, polyphony, density, scale.
        parent: Result that the producer acted on, for the family tree; None for an original.
        like: Earlier results to lean towards.
        not_like: Ids of earlier results to stay away from.
        deadline_ms: Answer by then with what there is, 1 to 600,000; None for the server's own.
        project: A name of the producer's project, for the history; never a path.
        clip_name: The clip's name, for the history.
        style_of: A corpus of the user's own whose nearest passages answers take after, as
            `reprise corpus add` named it; "" for none.
    """

    request_id: int
    source: Score
    context: Score | None = None
    span: Span | None = None
    locks: Locks = field(default_factory=Locks)
    count: int = 4
    strength: float = 0.35
    seed: int | None = None
    engine: str = "auto"
    controls: Controls = field(default_factory=Controls)
    parent: str | None = None
    like: tuple[Liked, ...] = ()
    not_like: tuple[str, ...] = ()
    deadline_ms: int | None = None
    project: str = ""
    clip_name: str = ""
    style_of: str = ""

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)
        _check("count", self.count, 1, MAX_COUNT)
        _check("strength", self.strength, 0.0, 1.0, "; 0 keeps the clip, 1 is as far as it goes")
        _check("seed", self.seed, 0, MAX_SEED)
        _check("deadline_ms", self.deadline_ms, 1, MAX_DEADLINE_MS)
        _check_score("source", self.source)
        if self.context is not None:
            _check_score("context", self.context)


def _check_score(name: str, score: Score) -> None:
    if score.note_count > MAX_NOTES:
        raise TooLargeError(
            f"the {name} has {score.note_count} notes and at most {MAX_NOTES} are taken; "
            "select fewer bars or tracks"
        )
    if len(score.voices) > MAX_VOICES:
        raise TooLargeError(
            f"the {name} has {len(score.voices)} voices and at most {MAX_VOICES} are taken"
        )
    if score.length > MAX_LENGTH_BEATS:
        raise TooLargeError(
            f"the {name} is {score.length:g} beats long and at most {MAX_LENGTH_BEATS:g} are "
            "taken; select fewer bars"
        )
    for voice in score.voices:
        for note in voice.notes:
            if note.end > 2 * MAX_LENGTH_BEATS:
                raise TooLargeError(
                    f"a note of the {name} ends at beat {note.end:g}; "
                    f"notes may reach to beat {2 * MAX_LENGTH_BEATS:g}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vary(Request):
    """Variations: the same length, recognisable."""

    kind = "vary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Request):
    """What comes after the source.

    Attributes:
        length: Beats to add, None for as long as the source, at most 8 bars.
    """

    kind = "continue"
    count: int = 1
    length: float | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check("length", self.length, 0.001, MAX_LENGTH_BEATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refill(Request):
    """New notes for chosen voices, in the span, or for chosen notes or drum pads only.

    Attributes:
        voices: Voices of the source from 0; empty for all of them.
        notes: Places of the notes to replace; empty for all in the span.
        pads: Pitches of the drum pads to replace, 0-127: their hits go, new ones are on them, and
            all other pads play on; empty for all. Without voices, of the drum voices.
    """

    kind = "refill"
    count: int = 1
    voices: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    pads: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        for pad in self.pads:
            _check("a pad", pad, 0, 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo(Request):
    """All voices, one after another, each against the others; people see it as Rewrite.

    Attributes:
        passes: How often to go round, 1-8.
    """

    kind = "redo"
    count: int = 1
    passes: int = 1

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check("passes", self.passes, 1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Morph(Request):
    """What lies between two clips.

    Attributes:
        target: The other clip; voices are paired in order.
        amount: 0.0 is the source, 1.0 the target.
    """

    kind = "morph"
    target: Score
    amount: float = 0.5

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check("amount", self.amount, 0.0, 1.0)
        _check_score("target", self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accompany(Request):
    """A new part against what is there; the source's voices are heard and a voice is added.

    Attributes:
        role: What the new part is, such as "bass", "drums" or "Pad L": the name of its voice; ""
            leaves it open.
        length: Beats, None for the source's length.
        pads: Where the new part is a drum rack: pitches of its pads with their names, by pitch.
    """

    kind = "accompany"
    count: int = 1
    role: str = ""
    length: float | None = None
    pads: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check("length", self.length, 0.001, MAX_LENGTH_BEATS)
        for pad, _ in self.pads:
            _check("a pad", pad, 0, 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class Develop(Request):
    """New bars that state, leave and vary the source as a theme.

    Attributes:
        length: Beats to write, None for four times the source.
    """

    kind = "develop"
    count: int = 1
    length: float | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check("length", self.length, 0.001, MAX_LENGTH_BEATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Message):
    """Stop a request; felt at once, however far it is.

    Attributes:
        request_id: Of the request to stop.
    """

    kind = "cancel"
    request_id: int

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)


class HistoryAction(StrEnum):
    """What to do with the history."""

    LIST = "list"
    GET = "get"
    STAR = "star"
    UNSTAR = "unstar"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRequest(Message):
    """Ask for earlier results.

    Attributes:
        request_id: The client's own number for it.
        action: List, get, star or unstar.
        result_id: For get, star and unstar.
        project: For list: only of this project.
        clip_name: For list: only of clips with this in their name.
        limit: For list: newest results first, at most so many, 1-200.
    """

    kind = "history"
    request_id: int
    action: HistoryAction = HistoryAction.LIST
    result_id: str | None = None
    project: str = ""
    clip_name: str = ""
    limit: int = 20

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)
        _check("limit", self.limit, 1, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRequest(Message):
    """Ask how the server is.

    Attributes:
        request_id: The client's own number for it.
    """

    kind = "status"
    request_id: int

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)


@dataclass(frozen=True, slots=True, kw_only=True)
class StylesRequest(Message):
    """Ask which corpora of the user's own `style_of` may name; after each welcome, for a menu.

    Attributes:
        request_id: The client's own number for it.
    """

    kind = "styles"
    request_id: int

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learn(Message):
    """Add clips or earlier results to a corpus of the user's own; it trains nothing yet.

    What is in the corpus already is not added again. At most 240 of these are taken in a minute,
    a corpus takes at most 1,000 clips so, and at most 32 corpora are made.

    Attributes:
        request_id: The client's own number for it.
        source: Clips that lie together on one time line, with their tempo, meter, key and names.
        result_ids: Earlier results, at most 64: each is a clip.
        clip_name: The source's name.
        corpus: What the corpus is called; it is made where it is not there.
    """

    kind = "learn"
    request_id: int
    source: Score | None = None
    result_ids: tuple[str, ...] = ()
    clip_name: str = ""
    corpus: str = "mine"

    def __post_init__(self) -> None:
        _check("request_id", self.request_id, 0, MAX_INT32)
        if self.source is not None:
            _check_score("source", self.source)
        if len(self.result_ids) > MAX_LEARNT_RESULTS:
            raise TooLargeError(
                f"{len(self.result_ids)} results are to be learnt and at most "
                f"{MAX_LEARNT_RESULTS} are taken at once; send the others after these"
            )


# ---------------------------------------------------------------- what the server says


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOffer:
    """One engine as a client may show it in a menu.

    Attributes:
        name: How requests name it.
        title: The name for the menu.
        summary: One sentence.
        verbs: What it can be asked for.
        max_voices: Source voices in one request.
        serves_drums: Whether it writes drums.
        model: Its model, "" where it needs none.
        model_hash: Eight hexadecimal digits, "" where it needs none.
        problem: Why it cannot be used just now, "" where it can.
    """

    name: str
    title: str
    summary: str
    verbs: tuple[str, ...]
    max_voices: int
    serves_drums: bool
    model: str = ""
    model_hash: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Message):
    """The answer to hello: what can be asked for.

    Attributes:
        protocol_version: The version that the server speaks.
        server_version: Of the package.
        engines: In the order for menus.
    """

    kind = "welcome"
    protocol_version: int
    server_version: str
    engines: tuple[EngineOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Message):
    """How far a request is.

    Attributes:
        request_id: Of the request.
        fraction: 0.0-1.0.
        queued: Jobs before it, 0 once it runs.
        stage: One word on what is being done.
    """

    kind = "progress"
    request_id: int
    fraction: float
    queued: int = 0
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Message):
    """The new notes of one bar as soon as they stand: a preview, the result replaces it.

    Attributes:
        request_id: Of the request.
        index: Which answer, from 0.
        bar: Which bar, from 0 at the source's start.
        new_notes: One tuple a source voice.
    """

    kind = "bar"
    request_id: int
    index: int
    bar: int
    new_notes: tuple[tuple[Note, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Message):
    """One answer, complete.

    Attributes:
        request_id: Of the request.
        index: Which answer, from 0.
        count: How many were asked for.
        result_id: Six characters that bring the answer back for good, such as "7F3K2M".
        length: Of the answer in beats from the source's start.
        kept: Places of the source notes that stay exactly as they are, rising.
        new_notes: One tuple a source voice, times from the source's start.
        seed: The seed that was used.
        engine: The engine that answered.
        model: Its model, "" where it needs none.
        model_hash: Eight hexadecimal digits, "" where it needs none.
        similarity: To the source, 0.0-1.0, by onsets, melody and harmony.
        queue_ms: Milliseconds that the request waited.
        engine_ms: Milliseconds from the job's start to this answer.
        key: The key that new notes follow, such as "F minor", "" where none.
        parent: As in the request.
        is_cut: The deadline came before the answer was all that it could have been.
        copied_notes: Notes of the longest run that few songs have, 0 where there is none of 12.
        copied_bars: Bars of drums that few songs have.
        copied_from: Whose they are: a file of the user's own, "training data", or "".
        style_from: The user's own pieces that it takes after, by name, with " · " between them; ""
            where none was asked for.
        guards: What guards did, as sentences.
        warnings: What the producer should know, as sentences.
    """

    kind = "result"
    request_id: int
    index: int
    count: int
    result_id: str
    length: float
    kept: tuple[int, ...]
    new_notes: tuple[tuple[Note, ...], ...]
    seed: int
    engine: str
    model: str = ""
    model_hash: str = ""
    similarity: float = 0.0
    queue_ms: int = 0
    engine_ms: int = 0
    key: str = ""
    parent: str | None = None
    is_cut: bool = False
    copied_notes: int = 0
    copied_bars: int = 0
    copied_from: str = ""
    style_from: str = ""
    guards: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Message):
    """A request has ended well; no more results come.

    Attributes:
        request_id: Of the request.
        count: How many results were sent.
        total_ms: Milliseconds from arrival to end.
        warnings: Such as fewer answers than asked for, and why.
    """

    kind = "done"
    request_id: int
    count: int
    total_ms: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReply(Message):
    """A request has ended badly; nothing else comes.

    Attributes:
        request_id: Of the request, -1 where the message had none that could be read.
        code: Of `errors.py`.
        sentence: What is wrong, what was given, what to do.
    """

    kind = "error"
    request_id: int
    code: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of a history list.

    Attributes:
        result_id: Of the result.
        created: Seconds since 1970, whole.
        verb: What was asked for.
        engine: What answered.
        seed: The seed that was used.
        note_count: Of the answer, kept and new.
        project: As in the request.
        clip_name: As in the request.
        is_starred: Kept when the history is trimmed.
    """

    result_id: str
    created: int
    verb: str
    engine: str
    seed: int
    note_count: int
    project: str = ""
    clip_name: str = ""
    is_starred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReply(Message):
    """Earlier results.

    Attributes:
        request_id: Of the request.
        entries: Newest first; one for get, star and unstar.
        score: For get: the whole answer, else None.
    """

    kind = "history_reply"
    request_id: int
    entries: tuple[HistoryEntry, ...]
    score: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Message):
    """How the server is.

    Attributes:
        request_id: Of the request.
        server_version: Of the package.
        uptime_s: Seconds since it started, whole.
        sessions: Clients heard from in the last minute.
        queued: Jobs waiting.
        running: Jobs running.
        answered: Results sent since it started.
        dropped: Datagrams counted and dropped since it started.
    """

    kind = "status_reply"
    request_id: int
    server_version: str
    uptime_s: int
    sessions: int
    queued: int
    running: int
    answered: int
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOffer:
    """What an engine can be asked for in the style of a corpus.

    Attributes:
        engine: The engine's name.
        verbs: One or more.
    """

    engine: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StylesReply(Message):
    """What can be asked for with `style_of`. A welcome comes when it changes: ask again then.

    Attributes:
        request_id: Of the request.
        corpora: Names for `style_of`, in the order for menus; at most 64.
        engines: Those that can answer in the style of one of them, in the order for menus.
    """

    kind = "styles_reply"
    request_id: int
    corpora: tuple[str, ...]
    engines: tuple[StyleOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnReply(Message):
    """What came of learn.

    Attributes:
        request_id: Of the request.
        corpus: The corpus.
        added: How many clips are new in it, 0 where it has them already.
        count: How many clips were ever added to it from DAWs and are still there.
        sentence: The same for people, with what to do next.
    """

    kind = "learn_reply"
    request_id: int
    corpus: str
    added: int
    count: int
    sentence: str


CLIENT_MESSAGES: tuple[type[Message], ...] = (
    Hello,
    Vary,
    Continue,
    Refill,
    Redo,
    Morph,
    Accompany,
    Develop,
    Cancel,
    HistoryRequest,
    StatusRequest,
    StylesRequest,
    Learn,
)
SERVER_MESSAGES: tuple[type[Message], ...] = (
    Welcome,
    Progress,
    Bar,
    Result,
    Done,
    ErrorReply,
    HistoryReply,
    Status,
    StylesReply,
    LearnReply,
)

"""What a corpus holds, in numbers and lists: everything that its report says."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reprise.library.ingest.clips import Reason
from reprise.library.ingest.facts import ClipFacts
from reprise.library.ingest.shards import ReadFile, with_originals
from reprise.library.pieces import Reject

_TEMPO_STEP = 10
_LENGTHS = (1, 2, 4, 8, 16, 32, 64)
"""Bars; lengths are counted up to these."""


@dataclass(slots=True)
class Summary:
    """What was found.

    Attributes:
        files: Files that hold clips, copies left out.
        clips: Clips that can be learned from.
        notes: Notes that sound in them.
        unheard: Notes that never do.
        bars: All clips' lengths together.
        loops: Clips of which something repeats.
        kinds: Files by what they were read as.
        programs: Files by the program that wrote them.
        places: Clips by the part of the file.
        meters, tempi, keys, lengths: Clips by these; tempi in steps of ten.
        drums: Drum voices by what told them.
        drum_tracks: Where, the voice's name, and what told it, for each of them.
        softest, loudest: Of all clips' velocities, 0 without clips.
        velocity_total: Sum of the clips' mean velocities.
        kept: Names of the files with clips, and how many clips each has.
        rejects: Files and clips that are left out, with reasons.
        others: Files that nobody reads, by their endings.
        remarks: What the user should know, with the file or clip.
    """

    files: int = 0
    clips: int = 0
    notes: int = 0
    unheard: int = 0
    bars: int = 0
    loops: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    programs: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    meters: Counter[str] = field(default_factory=Counter)
    tempi: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    drums: Counter[str] = field(default_factory=Counter)
    drum_tracks: list[tuple[str, str, str]] = field(default_factory=list)
    softest: int = 0
    loudest: int = 0
    velocity_total: float = 0.0
    kept: list[tuple[str, int]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    remarks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def mean_velocity(self) -> float:
        """The mean of the clips' means, 0 without clips."""
        return self.velocity_total / self.clips if self.clips else 0.0

    @property
    def reasons(self) -> Counter[str]:
        """How often each reason was given."""
        return Counter(str(reject.reason) for reject in self.rejects)

    def numbers(self) -> dict[str, Any]:
        """Return everything that is counted, as what JSON can hold."""
        return {
            "files": self.files,
            "clips": self.clips,
            "notes": self.notes,
            "unheard_notes": self.unheard,
            "bars": self.bars,
            "loops": self.loops,
            "velocity": [self.softest, round(self.mean_velocity, 1), self.loudest],
            "reasons": dict(self.reasons.most_common()),
            "other_files": dict(self.others.most_common()),
            **{name: dict(counter.most_common()) for name, counter in self.tables().items()},
        }

    def lists(self) -> dict[str, Any]:
        """Return everything that is listed, as what JSON can hold."""
        return {
            "kept": [list(entry) for entry in self.kept],
            "rejects": [
                [reject.name, str(reject.reason), reject.details] for reject in self.rejects
            ],
            "drum_tracks": [list(entry) for entry in self.drum_tracks],
            "remarks": [list(entry) for entry in self.remarks],
        }

    def tables(self) -> dict[str, Counter[str]]:
        """Return what is counted by something, by its name."""
        return {
            "kinds": self.kinds,
            "programs": self.programs,
            "places": self.places,
            "meters": self.meters,
            "tempi": self.tempi,
            "keys": self.keys,
            "lengths": self.lengths,
            "drums": self.drums,
        }


def summary(files: Iterable[ReadFile], left_out: Iterable[Reject] = ()) -> Summary:
    """Return what files hold.

    Args:
        files: What was read; of those with the same bytes the first counts.
        left_out: Files that were not looked into.
    """
    found = Summary()
    for reject in left_out:
        if reject.reason == Reason.OTHER_KIND:
            found.others[reject.details] += 1
        else:
            found.rejects.append(reject)
    for file, original in with_originals(files):
        if original is None:
            _add_file(found, file)
        else:
            found.rejects.append(Reject(file.name, Reason.COPY, original))
    return found


def _add_file(found: Summary, file: ReadFile) -> None:
    for reject in file.rejects:
        if reject.reason == Reason.OTHER_KIND:
            found.others[reject.details] += 1
        else:
            found.rejects.append(reject)
    found.remarks += ((file.name, remark) for remark in file.remarks)
    if not file.clips:
        return
    found.files += 1
    found.kinds[file.kind] += 1
    found.programs[file.made_by or "unknown"] += 1
    found.kept.append((file.name, len(file.clips)))
    for clip in file.clips:
        _add_clip(found, clip)


def _add_clip(found: Summary, clip: ClipFacts) -> None:
    found.softest = min(found.softest or clip.velocity[0], clip.velocity[0])
    found.loudest = max(found.loudest, clip.velocity[2])
    found.velocity_total += clip.velocity[1]
    found.clips += 1
    found.notes += clip.notes
    found.unheard += clip.unheard
    found.bars += clip.bars
    found.loops += clip.loops
    found.places[clip.found_in] += 1
    found.meters.update(clip.meters)
    found.tempi[_tempo(clip.tempo_bpm)] += 1
    found.keys[clip.key or "drums alone"] += 1
    found.lengths[_length(clip.bars)] += 1
    found.remarks += ((clip.where, remark) for remark in clip.remarks)
    for name, told_by in clip.drums:
        found.drums[told_by] += 1
        found.drum_tracks.append((clip.where, name, told_by))


def _tempo(tempo_bpm: float) -> str:
    step = int(tempo_bpm // _TEMPO_STEP) * _TEMPO_STEP
    return f"{step} to {step + _TEMPO_STEP - 1}"


def _length(bars: int) -> str:
    most = next((length for length in _LENGTHS if bars <= length), None)
    if most is None:
        return f"more than {_LENGTHS[-1]} bars"
    return "1 bar" if most == 1 else f"up to {most} bars"

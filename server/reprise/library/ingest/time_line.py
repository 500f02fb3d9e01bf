"""The part of a song's meters and tempi that lies under a clip."""

from reprise.music.meter import MeterMap
from reprise.music.span import Span
from reprise.music.tempo import TempoMap


def meters_under(meter_map: MeterMap, span: Span) -> MeterMap:
    """Return the meters inside a span, its start as beat 0."""
    changes = meter_map.after(span.start).changes
    return MeterMap(tuple(change for change in changes if change[0] < span.length))


def tempi_under(tempo_map: TempoMap, span: Span) -> TempoMap:
    """Return the tempi inside a span, its start as beat 0."""
    changes = tempo_map.after(span.start).changes
    return TempoMap(tuple(change for change in changes if change[0] < span.length))

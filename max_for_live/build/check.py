"""Everything that a script can check of a built device; what only Live can show is in docs."""

from collections.abc import Iterator

from container import kind_number, unpack
from errors import BuildError
from reading import Finding, Reading, subpatchers
from rules import cords, flow, parameters, scripts, sight


def findings(data: bytes) -> list[Finding]:
    """Return all faults of a device's bytes."""
    try:
        kind, patcher = unpack(data)
    except BuildError as error:
        return [Finding("container", str(error))]
    return list(_patcher_findings(kind, patcher))


def _patcher_findings(kind: str, patcher: dict[str, object]) -> Iterator[Finding]:
    reading = Reading(patcher)
    project = reading.patcher.get("project", {})
    if project.get("amxdtype") != kind_number(kind):
        yield Finding("other kind", f"the project block does not say that this is a {kind}")
    yield from cords.findings(reading)
    yield from sight.findings(reading)
    yield from parameters.findings(reading)
    yield from flow.findings(reading, kind)
    yield from scripts.findings(reading)
    for inner in subpatchers(reading.patcher):
        window = Reading(inner)
        yield from cords.findings(window)
        yield from sight.findings(window)
        for box in window.boxes:
            if box.get("parameter_enable"):
                yield Finding("parameter in the window", f"{box['id']} would be stored twice")

import io

import pytest

from reprise.cli.progress import ProgressLine, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_silent_where_nobody_looks_on() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.say("begin")
    line.show(0.5, "half")
    line.clear()
    assert stream.getvalue() == ""


def test_progress_tells_the_share_and_the_time_left() -> None:
    times = iter([0.0, 30.0])
    stream = Terminal()
    ProgressLine(stream, lambda: next(times)).show(0.25, "training")
    assert " 25 %  1 min 30 s left  training" in stream.getvalue()


def test_a_cleared_line_leaves_nothing_behind() -> None:
    stream = Terminal()
    line = ProgressLine(stream)
    line.say("begin")
    line.clear()
    assert stream.getvalue().endswith(" " * 79 + "\r")


def test_a_line_never_wraps() -> None:
    stream = Terminal()
    ProgressLine(stream).show(0.5, "x" * 200)
    assert len(stream.getvalue()) == len("\r") + 79


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.6, "8 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text

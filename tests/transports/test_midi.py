import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music import smf
from reprise.music.performance import Moment, Performance
from reprise.music.smf_write import write_score
from reprise.transports.midi import Played, Player, Sounding


def never() -> bool:
    return False


class World:
    """A port and a clock that a test can read; sleeping takes a little longer than asked."""

    def __init__(self, oversleep_s: float = 0.0001, fails_at: int = -1) -> None:
        self.now = 1000.0
        self.sent: list[tuple[float, bytes]] = []
        self.sleeps: list[float] = []
        self.shown: list[float] = []
        self._oversleep_s = oversleep_s
        self._fails_at = fails_at

    def send(self, message: bytes) -> None:
        self.sent.append((self.now - 1000.0, message))
        if len(self.sent) - 1 == self._fails_at:
            raise OSError("the port is gone")

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.sleeps.append(seconds)
        self.now += seconds + self._oversleep_s

    def play(
        self,
        performance: Performance,
        *,
        delay_s: float = 0.0,
        passes: float = 1,
        is_stopped: Callable[[], bool] = never,
    ) -> Played:
        player = Player(
            self,
            clock=lambda: self.now,
            sleep=self.sleep,
            is_stopped=is_stopped,
            on_progress=self.shown.append,
        )
        return player.play(performance, delay_s=delay_s, passes=passes)

    def stops_at(self, seconds: float) -> Callable[[], bool]:
        return lambda: self.now - 1000.0 >= seconds

    def messages(self) -> list[str]:
        return [message.hex() for _, message in self.sent]


def chorale(bars: int = 2) -> Performance:
    return Performance.of(smf.read(write_score(builders.chorale(bars))))


def tune(*moments: tuple[float, str], length: float = 4.0) -> Performance:
    return Performance(tuple(Moment(s, bytes.fromhex(m)) for s, m in moments), length, 0)


def hanging(messages: list[bytes]) -> dict[tuple[int, int], int]:
    """Return how often each key is still held by a reading of its own."""
    held: dict[tuple[int, int], int] = {}
    for message in messages:
        key = (message[0] & 15, message[1])
        if message[0] & 0xF0 == 0x90 and message[2]:
            held[key] = held.get(key, 0) + 1
        elif message[0] & 0xF0 in (0x80, 0x90) and held.get(key):
            held[key] -= 1
    return {key: count for key, count in held.items() if count}


def test_every_message_goes_out_at_its_moment_and_no_delay_adds_up() -> None:
    world, performance = World(oversleep_s=0.0005), chorale(bars=8)

    played = world.play(performance)

    late = [at - due for (at, _), (due, _) in zip(world.sent, performance.moments)]
    assert [message for _, message in world.sent] == [m for _, m in performance.moments]
    assert min(late) >= 0.0
    assert max(late) <= 0.00051
    assert played.worst_late_ms == pytest.approx(0.5, abs=0.01)
    assert played.message_count == len(performance.moments)
    assert (played.pass_count, played.is_stopped) == (1, False)


def test_between_messages_it_sleeps_and_does_not_turn_in_circles() -> None:
    world, performance = World(), chorale(bars=4)

    world.play(performance)

    moments = {seconds for seconds, _ in performance.moments} | {performance.length_seconds}
    assert len(world.sleeps) <= performance.length_seconds / 0.05 + 2 * len(moments)
    assert max(world.sleeps) <= 0.05


def test_it_waits_before_the_first_note_as_long_as_asked() -> None:
    world = World()

    played = world.play(tune((0.0, "903c5a"), (1.0, "803c40"), length=2.0), delay_s=3.0)

    assert world.sent[0][0] == pytest.approx(3.0, abs=0.001)
    assert played.seconds == pytest.approx(2.0, abs=0.001)
    assert min(world.shown) == pytest.approx(-3.0)


def test_a_loop_begins_anew_on_its_bar_line_each_time() -> None:
    world, performance = World(), tune((0.0, "903c5a"), (1.0, "803c40"), length=2.0)

    played = world.play(performance, passes=3)

    strikes = [at for at, message in world.sent if message[0] == 0x90]
    assert strikes == pytest.approx([0.0, 2.0, 4.0], abs=0.001)
    assert played.pass_count == 3
    assert not played.is_stopped


def test_what_hangs_at_the_end_of_a_pass_ends_there() -> None:
    world = World()

    world.play(tune((0.0, "b0407f"), (0.0, "e00050"), (1.0, "903c5a"), length=2.0), passes=2)

    once = ["b0407f", "e00050", "903c5a", "803c40", "b04000", "e00040"]
    assert world.messages() == once * 2


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.77, 1.5, 2.3, 3.99])
def test_told_to_stop_it_leaves_no_note_sounding(moment: float) -> None:
    world = World()

    played = world.play(chorale(), is_stopped=world.stops_at(moment), passes=math.inf)

    assert played.is_stopped
    assert hanging([message for _, message in world.sent]) == {}
    assert world.now - 1000.0 <= moment + 0.06


def test_told_to_stop_it_says_all_notes_off_on_the_channels_that_it_used() -> None:
    world = World()

    world.play(tune((0.0, "903c5a"), (0.0, "9a3c5a")), is_stopped=world.stops_at(1.0))

    assert world.messages()[-2:] == ["b07b00", "ba7b00"]
    assert world.messages()[2:4] == ["803c40", "8a3c40"]


def test_a_port_that_fails_is_told_to_be_silent_all_the_same() -> None:
    world = World(fails_at=1)

    with pytest.raises(OSError, match="the port is gone"):
        world.play(tune((0.0, "903c5a"), (1.0, "903e5a"), (2.0, "803c40")))

    assert world.messages()[2:] == ["803c40", "803e40", "b07b00"]


def test_a_note_that_is_struck_twice_is_let_go_twice() -> None:
    sounding = Sounding()
    for message in ("903c5a", "903c5a", "903c00", "913c5a", "823c00", "f07ef7", "b00740"):
        sounding.take(bytes.fromhex(message))

    assert [message.hex() for message in sounding.endings()] == ["803c40", "813c40"]
    assert sounding.endings() == []


midi_messages = st.tuples(
    st.sampled_from([0x80, 0x90, 0xB0, 0xE0]),
    st.integers(0, 2),
    st.sampled_from([0, 60, 62, 64]),
    st.integers(0, 127),
).map(lambda parts: bytes((parts[0] | parts[1], parts[2], parts[3])))


@given(st.lists(midi_messages, max_size=60))
def test_after_the_endings_no_key_is_held_whatever_was_played(messages: list[bytes]) -> None:
    sounding = Sounding()
    for message in messages:
        sounding.take(message)

    assert hanging([*messages, *sounding.endings()]) == {}

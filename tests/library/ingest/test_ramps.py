import pytest

from reprise.library.ingest import ramps


def test_no_points_leave_what_holds_otherwise() -> None:
    assert ramps.tempo_map((), 99.0).changes == ((0.0, 99.0),)


def test_what_holds_before_everything_holds_from_the_start() -> None:
    assert ramps.tempo_map([(-63072000.0, 140.0)], 120.0).changes == ((0.0, 140.0),)


def test_two_points_at_one_time_are_a_jump() -> None:
    points = [(-63072000.0, 140.0), (160.0, 140.0), (160.0, 162.0)]
    assert ramps.tempo_map(points, 120.0).changes == ((0.0, 140.0), (160.0, 162.0))


def test_a_glide_is_a_step_a_beat() -> None:
    found = ramps.tempo_map([(0.0, 60.0), (4.0, 60.0), (8.0, 120.0)], 120.0)
    assert found.changes == (
        (0.0, 60.0),
        (4.0, 67.5),
        (5.0, 82.5),
        (6.0, 97.5),
        (7.0, 112.5),
        (8.0, 120.0),
    )


def test_a_glide_takes_as_long_as_one_without_steps() -> None:
    found = ramps.tempo_map([(0.0, 60.0), (32.0, 120.0)], 120.0)
    # The time of a straight glide is the integral of 60 / tempo over the beats.
    exact = 32.0 * 60.0 / 60.0 * 0.6931471805599453
    assert found.seconds_at(32.0) == pytest.approx(exact, rel=1e-3)


def test_a_glide_that_began_before_the_start_is_met_on_its_way() -> None:
    found = ramps.tempo_map([(-4.0, 100.0), (4.0, 140.0)], 120.0)
    assert found.at(0.0) == pytest.approx(122.5)


def test_tempi_that_no_map_holds_are_held_to_its_ends() -> None:
    assert ramps.tempo_map([(0.0, 0.0), (4.0, 0.0), (4.0, 9999.0)], 120.0).changes == (
        (0.0, 1.0),
        (4.0, 1000.0),
    )


def test_many_points_make_no_more_steps_than_points() -> None:
    points = [(float(beat), 100.0 + beat % 7) for beat in range(0, 40_000, 4)]
    assert len(ramps.tempo_map(points, 120.0).changes) <= len(points)

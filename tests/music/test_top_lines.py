from reprise.music.top_lines import TopLine, is_alike, largest_group

TUNE = {0: 67, 4: 64, 6: 65, 8: 67, 16: 72, 20: 71}


def moved(bar: int, by: int) -> TopLine:
    return TopLine(bar, {onset: pitch + by for onset, pitch in TUNE.items()})


def test_a_line_that_is_moved_is_alike() -> None:
    assert is_alike(moved(0, 0), moved(2, 5))


def test_a_line_with_other_onsets_is_not_alike() -> None:
    late = TopLine(2, {onset + 1: pitch for onset, pitch in TUNE.items()})

    assert not is_alike(moved(0, 0), late)


def test_a_line_with_the_onsets_and_another_contour_is_not_alike() -> None:
    mirrored = TopLine(2, {onset: 140 - pitch for onset, pitch in TUNE.items()})

    assert not is_alike(moved(0, 0), mirrored)


def test_the_largest_group_is_in_order_and_leaves_strangers_out() -> None:
    stranger = TopLine(2, {1: 60, 3: 50, 9: 80})

    assert largest_group([moved(6, 2), stranger, moved(0, 0), moved(4, 7)]) == [
        moved(0, 0),
        moved(4, 7),
        moved(6, 2),
    ]
    assert largest_group([moved(0, 0), stranger]) == []

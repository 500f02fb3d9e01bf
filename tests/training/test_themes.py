import tiny_songs
from reprise.training.excerpts import PieceReader
from reprise.training.themes import FoundTheme, find_theme
from tiny_songs import BASS, BEAT, MELODY, Row

TUNE = ((0, 67), (24, 64), (36, 65), (48, 67), (96, 72), (120, 71), (144, 69), (168, 67))
OTHERS = (
    ((0, 60), (6, 61), (12, 66), (90, 70), (102, 61), (186, 80)),
    ((3, 50), (33, 84), (50, 51), (75, 90), (110, 40), (160, 66)),
)


def segment(
    bar: int, tune: tuple[tuple[int, int], ...], *, up: int = 0, track: int = 0
) -> list[Row]:
    return [(bar + onset // 96, track, onset % 96, pitch + up, 12, 96) for onset, pitch in tune]


def test_a_tune_that_comes_back_moved_or_changed_is_the_theme() -> None:
    ornamented = (*TUNE, (180, 69))
    rows = [
        *segment(0, TUNE),
        *segment(2, OTHERS[0]),
        *segment(4, TUNE, up=5),
        *segment(6, OTHERS[1]),
        *segment(8, ornamented),
    ]

    found = find_theme(PieceReader(tiny_songs.piece(rows, 10)))

    assert found == FoundTheme(0, (0, 4, 8))


def test_a_tune_goes_before_a_bass_that_repeats_more_often() -> None:
    rows = [*segment(0, TUNE), *segment(4, TUNE)]
    for bar in range(0, 8, 2):
        rows += segment(bar, TUNE, up=-24, track=1)

    found = find_theme(PieceReader(tiny_songs.piece(rows, 8, (MELODY, BASS))))

    assert found == FoundTheme(0, (0, 4))


def test_a_beat_has_no_theme() -> None:
    rows = [
        row for bar in range(8) for row in segment(bar, ((0, 36), (24, 38), (48, 36), (72, 38)))
    ]

    assert find_theme(PieceReader(tiny_songs.piece(rows, 8, (BEAT,)))) is None


def test_music_that_never_comes_back_has_no_theme() -> None:
    rows = [*segment(0, TUNE), *segment(2, OTHERS[0]), *segment(4, OTHERS[1])]

    assert find_theme(PieceReader(tiny_songs.piece(rows, 6))) is None

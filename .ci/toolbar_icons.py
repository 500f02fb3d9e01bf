"""Toolbar icons of the REAPER actions, drawn from letters.

A picture has three states side by side (normal, under the mouse, pressed), each a tile with a
light sign on it, so that it can be seen on light and dark themes alike. A letter is a square of
2, 3 or 4 pixels: REAPER's sizes 100, 150 and 200 %.

Usage: python .ci/toolbar_icons.py reaper_scripts/Reprise/icons
"""

import struct
import sys
import zlib
from pathlib import Path

Pixel = tuple[int, int, int, int]

CELL_PIXELS = {"": 2, "150": 3, "200": 4}
"""Pixels of a letter's square, by the folder that REAPER looks for the size in."""

CELLS, MARGIN_CELLS = 12, 1.5
TILES: tuple[Pixel, ...] = ((47, 111, 122, 255), (66, 142, 154, 255), (30, 78, 87, 255))
INK: dict[str, Pixel] = {"#": (244, 241, 230, 255), "o": (240, 180, 80, 255)}
NOTHING: Pixel = (0, 0, 0, 0)

SIGNS = {
    "vary": """
        ............
        ####........
        ....####....
        ........####
        ............
        oooo........
        ........oooo
        ....oooo....
        ............
        ....oooo....
        oooo........
        ........oooo""",
    "continue": """
        ............
        ............
        ........o...
        ........oo..
        ####....ooo.
        ....oooooooo
        ....oooooooo
        ####....ooo.
        ........oo..
        ........o...
        ............
        ............""",
    "refill": """
        ############
        ............
        ####oooo####
        ....o..o....
        ....oooo....
        ............
        ############
        ............
        ......oo....
        ####..oo####
        ............
        ############""",
    "rewrite": """
        ....oooo....
        ..oo....oo..
        .o........oo
        .o.........o
        o...####...o
        o..........o
        o...####...o
        o..........o
        ooo.####..o.
        oo........o.
        ..oo....oo..
        ....oooo....""",
    "accompany": """
        ............
        ##..........
        ..##........
        ....##..##..
        ......##..##
        ............
        .....oo.....
        .....oo.....
        ...oooooo...
        ...oooooo...
        .....oo.....
        .....oo.....""",
    "morph": """
        ............
        ####........
        ####........
        ####........
        ####o.......
        ....oo......
        .....oo.....
        ......o####.
        .......####.
        .......####.
        .......####.
        ............""",
    "develop": """
        .........ooo
        .........ooo
        .........ooo
        .....oo..ooo
        .....oo..ooo
        .....oo..ooo
        .....oo..ooo
        ##...oo..ooo
        ##...oo..ooo
        ##...oo..ooo
        ##...oo..ooo
        ############""",
    "again": """
        ............
        ...#####..#.
        ..#.....###.
        .#......###.
        .#.....####.
        .#..........
        .#........#.
        .#........#.
        .#........#.
        ..#......#..
        ...######...
        ............""",
    "more": """
        ............
        ..##....##..
        .####..####.
        .##########.
        .##########.
        ..########..
        ...######...
        ....####....
        .....##...o.
        .........ooo
        ..........o.
        ............""",
    "next": """
        ............
        .....oo.....
        .....oo.....
        .....oo.....
        .....oo.....
        .oooooooooo.
        ..oooooooo..
        ...oooooo...
        ....oooo....
        .....oo.....
        ............
        ############""",
    "previous": """
        ############
        ............
        .....oo.....
        ....oooo....
        ...oooooo...
        ..oooooooo..
        .oooooooooo.
        .....oo.....
        .....oo.....
        .....oo.....
        .....oo.....
        ............""",
    "keep": """
        ............
        ..........o.
        .........oo.
        o.......oo..
        oo.....oo...
        .oo...oo....
        ..oo.oo.....
        ...ooo......
        ....o.......
        ............
        ############
        ............""",
    "loop": """
        .......o....
        .......oo...
        .oooooooo...
        .o.....oo...
        .o.....o..#.
        ..........#.
        ..........#.
        .o..#.....#.
        ...##.....#.
        ...########.
        ...##.......
        ....#.......""",
    "stop": """
        ............
        ............
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ..oooooooo..
        ............
        ............""",
    "settings": """
        ............
        ..#.........
        ..#....#....
        ..#....#..#.
        .ooo...#..#.
        ..#....#..#.
        ..#...ooo.#.
        ..#....#..#.
        ..#....#.ooo
        ..#....#..#.
        ..........#.
        ............""",
    "start": """
        .....oo.....
        .....oo.....
        ..#..oo..#..
        .##..oo..##.
        ##...oo...##
        #....oo....#
        #..........#
        #..........#
        ##........##
        .##......##.
        ..########..
        ....####....""",
    "test": """
        ....####....
        .....##.....
        .....##.....
        .....##.....
        ....#..#....
        ...#....#...
        ..#......#..
        ..#oooooo#..
        .#oooooooo#.
        .#oo.ooooo#.
        .#oooooo.o#.
        ..########..""",
}


def pixels(sign: str, cell: int) -> list[list[Pixel]]:
    """Return the rows of a picture: three tiles with the sign, 15 letters wide each."""
    rows = sign.split()
    size = round((CELLS + 2 * MARGIN_CELLS) * cell)
    return [
        [_pixel(rows, tile, x, y, cell, size) for tile in TILES for x in range(size)]
        for y in range(size)
    ]


def _pixel(rows: list[str], tile: Pixel, x: int, y: int, cell: int, size: int) -> Pixel:
    if _is_outside(x, y, cell, size):
        return NOTHING
    margin = round(MARGIN_CELLS * cell)
    column, row = (x - margin) // cell, (y - margin) // cell
    if not (0 <= column < CELLS and 0 <= row < CELLS):
        return tile
    return INK.get(rows[row][column], tile)


def _is_outside(x: int, y: int, cell: int, size: int) -> bool:
    """Tell whether a pixel lies beyond the round corners of a tile, or on its rim."""
    from_edge = (min(x, size - 1 - x), min(y, size - 1 - y))
    return min(from_edge) < 1 or sum(from_edge) < cell + 1


def png(rows: list[list[Pixel]]) -> bytes:
    """Return a PNG file with transparency."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 6, 0, 0, 0)
    data = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def main() -> None:
    """Write every icon in every size."""
    for folder, cell in CELL_PIXELS.items():
        target = Path(sys.argv[1]) / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, sign in SIGNS.items():
            (target / f"toolbar_reprise_{name}.png").write_bytes(png(pixels(sign, cell)))


if __name__ == "__main__":
    main()

"""Builds the Max for Live devices: python max_for_live/build."""

import argparse
import sys

from builder import DEVICES, PRODUCTS, Product, build
from check import findings
from container import unpack
from errors import BuildError
from pictures import FOLDER, find_node, pictures


def main() -> int:
    """Build all devices, or check that what lies there is what would be built."""
    arguments = _arguments()
    try:
        good = [_compare(one) if arguments.check else _write(one) for one in PRODUCTS]
        if arguments.pictures:
            _paint(find_node())
    except BuildError as error:
        sys.exit(f"not built: {error}")
    return 0 if all(good) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python max_for_live/build",
        description="Builds max_for_live/device/*.amxd from max_for_live/src. The same sources "
        "give the same bytes; a device with a fault is not written.",
        epilog="example: python max_for_live/build --check",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where a device is not what its sources give",
    )
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="also paint docs/pictures/*.svg; needs Node on the PATH",
    )
    return parser.parse_args()


def _write(product: Product) -> bool:
    data = build(product)
    faults = [one for one in findings(data) if one.rule not in product.allowed]
    for fault in faults:
        print(f"{product.path.name}: {fault.rule}: {fault.sentence}")
    if faults:
        return False
    DEVICES.mkdir(exist_ok=True)
    product.path.write_bytes(data)
    print(f"{product.path.name}: {len(data):,} bytes")
    return True


def _compare(product: Product) -> bool:
    same = product.path.is_file() and product.path.read_bytes() == build(product)
    print(f"{product.path.name}: {'as its sources' if same else 'differs; run without --check'}")
    return same


def _paint(node: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    _, patcher = unpack(build(PRODUCTS[0]))
    for name, svg in pictures(patcher, node).items():
        (FOLDER / name).write_text(svg, encoding="utf-8", newline="\n")
        print(f"{name}: painted")


if __name__ == "__main__":
    sys.exit(main())

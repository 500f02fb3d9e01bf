"""Builds the Max for Live devices: python max_for_live/build."""

import argparse
import sys

from builder import DEVICES, PRODUCTS, Product, build
from errors import BuildError


def main() -> int:
    """Build all devices, or check that what lies there is what would be built."""
    parser = argparse.ArgumentParser(
        prog="python max_for_live/build",
        description="Builds device/*.amxd from src/. The same sources give the same bytes.",
        epilog="example: python max_for_live/build --check",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where a device is not what its sources give",
    )
    check = parser.parse_args().check
    try:
        results = [_compare(product) if check else _write(product) for product in PRODUCTS]
    except BuildError as error:
        sys.exit(f"not built: {error}")
    return 0 if all(results) else 1


def _write(product: Product) -> bool:
    data = build(product)
    DEVICES.mkdir(exist_ok=True)
    product.path.write_bytes(data)
    print(f"{product.path.name}: {len(data):,} bytes")
    return True


def _compare(product: Product) -> bool:
    same = product.path.is_file() and product.path.read_bytes() == build(product)
    print(f"{product.path.name}: {'as its sources' if same else 'differs; run without --check'}")
    return same


if __name__ == "__main__":
    sys.exit(main())

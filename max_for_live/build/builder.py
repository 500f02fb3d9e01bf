"""Which devices there are and how they are built from src/. Writes nothing."""

import re
from dataclasses import dataclass
from pathlib import Path

from bundle import bundle
from container import pack
from errors import BuildError
from layout import read_device
from wiring import device_patcher

HOME = Path(__file__).resolve().parent.parent
SOURCES = HOME / "src"
DEVICES = HOME / "device"
VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Product:
    """A device that is built.

    Attributes:
        name: Of its file, without the ending; Live shows it.
        patch: Its description under src/patch.
        allowed: Rules of `check` that it breaks on purpose.
    """

    name: str
    patch: str
    allowed: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where the built device lies."""
        return DEVICES / f"{self.name}.amxd"


PRODUCTS = (
    Product("Reprise", "reprise.toml"),
    # Which visibility a button needs is one of the questions that the spike asks.
    Product("Reprise Spike", "spike.toml", allowed=("button not hidden", "control acts")),
)


def build(product: Product) -> bytes:
    """Return the bytes of a device.

    Raises:
        BuildError: Its sources are wrong.
    """
    device = read_device(SOURCES / "patch" / product.patch)
    code = bundle(SOURCES / device.script, SOURCES)
    strip_code = bundle(SOURCES / device.strip, SOURCES)
    return pack(device.kind, device_patcher(device, code, strip_code, version()))


def version() -> str:
    """Return the version of Reprise.

    Raises:
        BuildError: The package does not say one.
    """
    path = HOME.parent / "server" / "reprise" / "__init__.py"
    found = VERSION.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise BuildError(f"{path.name} says no __version__")
    return found[1]

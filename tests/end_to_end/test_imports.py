"""What a user's installation must never need, and what a server must never load."""

import subprocess
import sys
from pathlib import Path

import reprise

PACKAGE = Path(reprise.__file__).parent
ROOMS = ("music", "tokenizers", "engines", "library", "runtime", "service", "transports", "cli")
EXTRAS = ("torch", "matplotlib", "onnx")
HEAVY = (*EXTRAS, "pretty_midi")


def modules(rooms: tuple[str, ...]) -> list[str]:
    files = [file for room in rooms for file in (PACKAGE / room).rglob("*.py")]
    files += [PACKAGE / name for name in ("config.py", "client.py", "errors.py")]
    dotted = [".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in files]
    return sorted({name.removesuffix(".__init__") for name in dotted})


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


def test_everything_that_serves_imports_where_torch_cannot_be() -> None:
    code = (
        "import importlib, sys\n"
        f"for gone in {EXTRAS!r}: sys.modules[gone] = None\n"
        f"for name in {modules(ROOMS)!r}: importlib.import_module(name)\n"
        "print('all')"
    )
    assert run_python(code).stdout == "all\n", run_python(code).stderr


def test_the_way_from_a_command_to_a_server_loads_nothing_heavy() -> None:
    names = [
        "reprise.cli.main",
        "reprise.cli.verbs.serve",
        "reprise.cli.verbs.vary",
        "reprise.cli.verbs.demo",
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    assert run_python(code).stdout == "[]\n", run_python(code).stderr

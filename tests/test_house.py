"""Promises about the house itself: its commands, its rooms, and what may be imported."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "server" / "reprise"
SERVING_ROOMS = ("music", "tokenizers", "engines", "library", "runtime", "service", "transports")


def serving_modules() -> list[str]:
    files = [file for room in SERVING_ROOMS for file in (PACKAGE / room).rglob("*.py")]
    files += [PACKAGE / "config.py", PACKAGE / "client.py", PACKAGE / "errors.py"]
    dotted = [".".join(file.relative_to(ROOT / "server").with_suffix("").parts) for file in files]
    return sorted(name.removesuffix(".__init__") for name in dotted)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    "command",
    [
        "pip install . && reprise demo",
        'pip install -e ".[train,test]" -c constraints.txt && pytest',
    ],
)
def test_readme_gives_the_two_commands_exactly(command: str) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert command in lines


def test_serving_imports_with_torch_absent() -> None:
    names = serving_modules()
    code = (
        "import sys, importlib\n"
        "for gone in ('torch', 'onnx', 'mido'): sys.modules[gone] = None\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
    )
    outcome = run_python(code)
    assert outcome.returncode == 0, outcome.stderr


def test_serving_never_loads_heavy_libraries_it_does_not_need() -> None:
    code = (
        "import sys, importlib\n"
        f"for name in {serving_modules()!r}: importlib.import_module(name)\n"
        "print(sorted({'torch', 'pretty_midi', 'mido', 'onnxruntime'} & set(sys.modules)))\n"
    )
    outcome = run_python(code)
    assert outcome.stdout.strip() == "[]", outcome.stderr


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in PACKAGE.rglob("*.py")
        if not file.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_built_in_engines_come_through_the_entry_point_of_strangers() -> None:
    names = {point.name for point in metadata.entry_points(group="reprise.engines")}
    assert {"markov", "chorale"} <= names

"""ES modules to one plain script, since a codebox knows no imports. Knows no Max.

Each module becomes a function that runs once and returns what it exports, so that names of two
modules never meet. The entry module lies open at the top level: Max calls its functions by name.
Comments on lines of their own stay behind, since every copy of a device in a Set carries the code.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from errors import BuildError

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|const|class) (\w+)", re.MULTILINE)
OPEN_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)
LEFT_OVER = re.compile(
    r"^\s*(?:import|export)\b.*$|\bimport\(.*$|\bimport\.meta\b.*$", re.MULTILINE
)
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE)
INNER_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/")
EMPTY_LINES = re.compile(r"\n{2,}")
NAME = re.compile(r"^(\w+)(?: as (\w+))?$")


@dataclass(frozen=True)
class Module:
    """One file of JavaScript.

    Attributes:
        path: Where it is.
        needs: Path and imported names (theirs, ours) of each module that it imports.
        exports: Names that it exports.
        body: Its text without imports and without the word export.
    """

    path: Path
    needs: tuple[tuple[Path, tuple[tuple[str, str], ...]], ...]
    exports: tuple[str, ...]
    body: str


def bundle(entry: Path, root: Path) -> str:
    """Return one script that does what the entry module does.

    Args:
        entry: The module whose exports Max calls.
        root: The folder that names of modules are told from.

    Raises:
        BuildError: A module is missing, imports in a circle or in a form that is not taken.
    """
    order: list[Module] = []
    _visit(entry.resolve(), order, ())
    _check_names(order)
    *others, main = order
    parts = [_wrapped(module, root.resolve()) for module in others]
    parts.append(
        f"// {_shown(main.path, root.resolve())}\n{_imports(main, root.resolve())}{main.body}"
    )
    return '"use strict";\n' + "\n".join(parts)


def _visit(path: Path, order: list[Module], above: tuple[Path, ...]) -> None:
    if path in above:
        circle = " -> ".join(one.name for one in (*above[above.index(path) :], path))
        raise BuildError(f"modules import each other in a circle: {circle}")
    if any(module.path == path for module in order):
        return
    module = _read(path, above)
    for needed, _ in module.needs:
        _visit(needed, order, (*above, path))
    order.append(module)


def _read(path: Path, above: tuple[Path, ...]) -> Module:
    if not path.is_file():
        asked = f", imported by {above[-1].name}" if above else ""
        raise BuildError(f"there is no module {path.name}{asked}")
    text = path.read_text(encoding="utf-8")
    if any(line.count("`") % 2 for line in text.splitlines()):
        raise BuildError(f"{path.name}: a text in backticks must end in its line")
    bare = EMPTY_LINES.sub("\n", COMMENT.sub("", text))
    imports = IMPORT.findall(bare)
    body = OPEN_EXPORT.sub("", IMPORT.sub("", bare))
    left_over = LEFT_OVER.search(INNER_COMMENT.sub("", body))
    if left_over:
        raise BuildError(
            f"{path.name}: {left_over[0].strip()!r} is not taken; write import {{ a }} from "
            "'./b.js', and export before a function, const or class"
        )
    needs = tuple(
        ((path.parent / where).resolve(), _names(listed, path)) for listed, where in imports
    )
    return Module(path, needs, tuple(EXPORT.findall(bare)), body)


def _names(listed: str, path: Path) -> tuple[tuple[str, str], ...]:
    found = []
    for one in filter(None, (part.strip() for part in listed.split(","))):
        match = NAME.match(one)
        if match is None:
            raise BuildError(f"{path.name}: {one!r} is no name that can be imported")
        found.append((match[1], match[2] or match[1]))
    return tuple(found)


def _check_names(modules: list[Module]) -> None:
    exports = {module.path: module.exports for module in modules}
    for module in modules:
        for path, names in module.needs:
            for theirs, _ in names:
                if theirs not in exports[path]:
                    raise BuildError(f"{module.path.name} imports {theirs}, {path.name} has none")


def _wrapped(module: Module, root: Path) -> str:
    inside = _imports(module, root) + module.body.rstrip("\n")
    return (
        f"// {_shown(module.path, root)}\n"
        f"const {_variable(module.path, root)} = (() => {{\n{inside}\n"
        f"return {{ {', '.join(module.exports)} }};\n}})();\n"
    )


def _imports(module: Module, root: Path) -> str:
    return "".join(
        f"const {{ {', '.join(_bound(*pair) for pair in names)} }} = {_variable(path, root)};\n"
        for path, names in module.needs
    )


def _bound(theirs: str, ours: str) -> str:
    return theirs if theirs == ours else f"{theirs}: {ours}"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _variable(path: Path, root: Path) -> str:
    return "module_" + re.sub(r"\W", "_", _shown(path, root).removesuffix(".js"))

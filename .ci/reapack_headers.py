"""Headers of ReaPack packages: what they say, and what is wrong with them.

A package is a script with a header: comment lines from the top of the file to the first empty
line, each a tag such as `-- @version 1.0`, or indented text that goes on with the tag above it.
The rules are those of ReaPack's own indexer, which needs a network to install; it has the last
word in the GitHub workflow.

Usage: python .ci/reapack_headers.py reaper_scripts
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

COMMENTS = {".lua": "--", ".py": "#"}
"""Endings of files that ReaPack takes for packages here, and what begins a comment in each."""

IGNORED = ("Reprise/core", "Reprise/adapter", "Reprise/python/lib")
"""Folders of code without headers; `.reapack-index.conf` names them too."""

SECTIONS = (
    "main",
    "midi_editor",
    "midi_inlineeditor",
    "midi_eventlisteditor",
    "mediaexplorer",
    "crossfade_editor",
)
TYPES = ("script", "effect", "data", "extension", "theme", "langpack", "webinterface")
PLATFORMS = ("darwin", "darwin32", "darwin64", "linux", "linux32", "linux64", "win32", "win64")

_ONE_LINE = ("description", "version", "author", "noindex", "metapackage")
_TEXTS = ("about", "changelog", "provides", "link", "donation", "screenshot")
_REQUIRED = ("description", "version", "author")
_FLAGS = ("noindex", "metapackage")
_PROVIDED = re.compile(
    r"(?:\[\s*(?P<options>[^\]]*?)\s*\]\s*)?(?P<pattern>\S.*?)(?:\s+>\s+(?P<target>\S.*))?"
)
_BAD_NAME = re.compile(r'[*\\:<>?|"\x00-\x1f]|(^|/)[. ]|[. ]$')


class HeaderError(Exception):
    """What is wrong with a package, for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that a package brings.

    Attributes:
        path: Of the file, from the top of the repository.
        target: Where it goes, from the package's folder; for data from REAPER's `Data`.
        kind: Type of the file where it is not the package's own, else "".
        sections: The action lists that it is in.
        platform: The one system that it is for, "" for all.
    """

    path: PurePosixPath
    target: PurePosixPath
    kind: str = ""
    sections: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One package as its header says.

    Attributes:
        path: Of the file with the header, from the top of the repository.
        tags: Every tag and its text.
        sources: The files that it brings, in the order of the header.
    """

    path: PurePosixPath
    tags: Mapping[str, str]
    sources: tuple[Source, ...]

    @property
    def version(self) -> str:
        """Its version, such as 1.0.2."""
        return self.tags["version"]


def read_packages(root: Path, folder: str) -> list[Package]:
    """Return all packages under a folder of the repository, by path.

    Raises:
        HeaderError: A header is wrong, a file is brought twice, or one is left out.
    """
    files = _files(root / folder)
    scripts = [path for path in files if _is_candidate(path)]
    packages = []
    for path in scripts:
        tags = read_header(root / folder / path)
        if "noindex" not in tags:
            where = PurePosixPath(folder)
            packages.append(_package(where, path, tags, files))
    _check_together(packages, PurePosixPath(folder), files)
    return packages


def read_header(path: Path) -> dict[str, str]:
    """Return the tags of a file's header.

    Raises:
        HeaderError: There is none, or one of its lines cannot be.
    """
    comment = COMMENTS[path.suffix]
    tags: dict[str, str] = {}
    last = ""
    for number, line in enumerate(_head_lines(path), 1):
        if not line.startswith(comment):
            break
        text = line[len(comment) :]
        found = re.fullmatch(r"\s?@(\w+)(?:\s+(.*?))?\s*", text)
        if found is None:
            if not last or not re.match(r"\s{2,}\S", text):
                raise HeaderError(f"{path.name}, line {number}: this is neither a tag nor indented")
            tags[last] = f"{tags[last]}\n{text.strip()}".strip()
            continue
        last = found[1].lower()
        if last in tags:
            raise HeaderError(f"{path.name}, line {number}: @{last} stands there twice")
        tags[last] = found[2] or ""
    _check_tags(path.name, tags)
    return tags


def _head_lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise HeaderError(f"{path.name} is no UTF-8") from None
    for line in text.splitlines():
        if not line.strip():
            return
        yield line


def _check_tags(name: str, tags: Mapping[str, str]) -> None:
    if not tags:
        raise HeaderError(f"{name} has no header; @noindex keeps a file out of the index")
    for tag, text in tags.items():
        if tag not in (*_ONE_LINE, *_TEXTS):
            raise HeaderError(f"{name}: there is no tag @{tag}")
        if tag in _FLAGS and text:
            raise HeaderError(f"{name}: @{tag} takes no text, got {text!r}")
        if tag not in _FLAGS and not text:
            raise HeaderError(f"{name}: @{tag} is empty")
        if tag in _ONE_LINE and "\n" in text:
            raise HeaderError(f"{name}: @{tag} takes one line")
    if "noindex" in tags:
        return
    missing = [tag for tag in _REQUIRED if tag not in tags]
    if missing:
        raise HeaderError(f"{name} lacks {', '.join('@' + tag for tag in missing)}")
    if not re.match(r"\d", tags["version"]):
        raise HeaderError(f"{name}: a version begins with a digit, got {tags['version']!r}")


def _files(folder: Path) -> list[PurePosixPath]:
    found = (path for path in folder.rglob("*") if path.is_file())
    relative = (PurePosixPath(path.relative_to(folder).as_posix()) for path in found)
    return sorted(path for path in relative if "__pycache__" not in path.parts)


def _is_candidate(path: PurePosixPath) -> bool:
    is_ignored = any(path.is_relative_to(folder) for folder in IGNORED)
    return path.suffix in COMMENTS and not is_ignored


def _package(
    folder: PurePosixPath,
    path: PurePosixPath,
    tags: Mapping[str, str],
    files: Sequence[PurePosixPath],
) -> Package:
    if _BAD_NAME.search(path.name):
        raise HeaderError(f"{path}: Windows takes no file of this name")
    sources = [
        source
        for line in tags.get("provides", "").splitlines()
        for source in _sources(folder, path, line, files)
    ]
    own = folder / path
    if "metapackage" not in tags and all(source.path != own for source in sources):
        sources.insert(0, Source(own, PurePosixPath(path.name), sections=("main",)))
    if not sources:
        raise HeaderError(f"{path} brings no files")
    return Package(own, tags, tuple(sources))


def _sources(
    folder: PurePosixPath, package: PurePosixPath, line: str, files: Sequence[PurePosixPath]
) -> list[Source]:
    found = _PROVIDED.fullmatch(line.strip())
    if found is None:
        raise HeaderError(f"{package}: @provides cannot be read at {line!r}")
    kind, sections, platform = _options(package, found["options"] or "")
    pattern = package.name if found["pattern"] == "." else found["pattern"]
    matches = [path for path in files if _fits(path, package.parent / pattern)]
    if not matches:
        raise HeaderError(f"{package}: no file fits {found['pattern']!r} in @provides")
    return [
        Source(
            folder / path,
            _target(package, path, found["target"]),
            kind,
            sections,
            platform,
        )
        for path in matches
    ]


def _options(package: PurePosixPath, words: str) -> tuple[str, tuple[str, ...], str]:
    kind, platform = "", ""
    sections: tuple[str, ...] = ()
    for word in words.split():
        name, _, listed = word.partition("=")
        if word in TYPES:
            kind = word
        elif word in (*PLATFORMS, "windows"):
            platform = word
        elif word == "main":
            sections = ("main",)
        elif name == "main" and listed and set(listed.split(",")) <= set(SECTIONS):
            sections = tuple(listed.split(","))
        elif word != "nomain":
            raise HeaderError(f"{package}: @provides has no option {word!r}")
    return kind, sections, platform


def _fits(path: PurePosixPath, pattern: PurePosixPath) -> bool:
    """Tell whether a path fits a pattern; a star stands for anything but a slash."""
    return len(path.parts) == len(pattern.parts) and path.match(str(pattern))


def _target(package: PurePosixPath, path: PurePosixPath, target: str | None) -> PurePosixPath:
    if target is None:
        return path.relative_to(package.parent)
    if target.startswith("/") or ".." in PurePosixPath(target).parts or _BAD_NAME.search(target):
        raise HeaderError(f"{package}: a file cannot go to {target!r}")
    return PurePosixPath(target) / path.name if target.endswith("/") else PurePosixPath(target)


def _check_together(
    packages: Sequence[Package], folder: PurePosixPath, files: Sequence[PurePosixPath]
) -> None:
    owners: dict[tuple[str, PurePosixPath], PurePosixPath] = {}
    for package in packages:
        for source in package.sources:
            place = source.target if source.kind == "data" else package.path.parent / source.target
            key = (source.kind, place)
            if key in owners:
                raise HeaderError(f"{source.target} is brought by {owners[key]} and {package.path}")
            owners[key] = package.path
    brought = {source.path for package in packages for source in package.sources}
    own = {package.path for package in packages}
    left_out = [
        str(folder / path)
        for path in files
        if path.suffix in COMMENTS and folder / path not in brought | own
    ]
    if left_out:
        raise HeaderError(f"no package brings {', '.join(left_out)}")


def main() -> None:
    """Check all headers; exit 1 with a sentence where one is wrong."""
    root = Path(__file__).resolve().parents[1]
    try:
        packages = read_packages(root, sys.argv[1])
    except HeaderError as error:
        sys.exit(str(error))
    for package in packages:
        print(f"{package.path} {package.version}: {len(package.sources)} files")


if __name__ == "__main__":
    main()

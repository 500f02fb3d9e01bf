"""The index that ReaPack reads: written from the headers of the packages, and checked.

Every file is fetched from the commit that it was published with, so that what a user installed
never changes under them. A version that is in the index stays as it is; a new one comes after it.

Usage: python .ci/reapack_index.py write --repository https://github.com/OWNER/NAME --commit SHA
       python .ci/reapack_index.py check

`--amend` writes the present versions anew, for as long as nobody has installed them.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from reapack_headers import SECTIONS, TYPES, HeaderError, Package, Source, read_packages

NAME = "Reprise"
FOLDER = "reaper_scripts"
INDEX = f"{FOLDER}/index.xml"

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class IndexFileError(Exception):
    """What is wrong with the index."""


# ---------------------------------------------------------------- writing


def with_versions(
    old: ElementTree.Element | None,
    packages: Sequence[Package],
    repository: str,
    commit: str,
    time: str,
) -> ElementTree.Element:
    """Return the index with the present version of each package.

    Args:
        old: The index so far, None where there is none.
        packages: All packages of the repository.
        repository: Its address, such as https://github.com/OWNER/NAME. What an index of another
            address holds is left out: its files are not there.
        commit: The 40 digits of the commit that the files are fetched from.
        time: When it was published, as in 2026-11-21T06:00:00Z.
    """
    root = ElementTree.Element("index", {"version": "1", "name": NAME, "commit": commit})
    for package in packages:
        category = _named(root, "category", str(package.path.parent))
        entry = _named(category, "reapack", package.path.name)
        entry.set("type", "script")
        entry.set("desc", package.tags["description"])
        kept = [one for one in _versions(old, package) if _is_from(one, repository)]
        entry.extend(kept)
        if package.version not in [one.get("name") for one in kept]:
            entry.append(_version(package, repository, commit, time))
    return root


def forget_present(old: ElementTree.Element, packages: Sequence[Package]) -> None:
    """Take the present version of each package out of an index, so that it is written anew."""
    present = {package.path.name: package.version for package in packages}
    for entry in old.iter("reapack"):
        for version in entry.findall("version"):
            if version.get("name") == present.get(entry.get("name", "")):
                entry.remove(version)


def xml_text(root: ElementTree.Element) -> str:
    """Return an index as text, a line for each element."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def source_url(repository: str, commit: str, path: PurePosixPath) -> str:
    """Return where a file of a commit is fetched from, percent-encoded."""
    return f"{repository.rstrip('/')}/raw/{commit}/{quote(str(path))}"


def _named(parent: ElementTree.Element, tag: str, name: str) -> ElementTree.Element:
    for child in parent.findall(tag):
        if child.get("name") == name:
            return child
    return ElementTree.SubElement(parent, tag, {"name": name})


def _versions(old: ElementTree.Element | None, package: Package) -> list[ElementTree.Element]:
    if old is None:
        return []
    return [
        version
        for category in old.findall("category")
        if category.get("name") == str(package.path.parent)
        for entry in category.findall("reapack")
        if entry.get("name") == package.path.name
        for version in entry.findall("version")
    ]


def _is_from(version: ElementTree.Element, repository: str) -> bool:
    start = f"{repository.rstrip('/')}/raw/"
    return all((source.text or "").startswith(start) for source in version.findall("source"))


def _version(package: Package, repository: str, commit: str, time: str) -> ElementTree.Element:
    tags = {"name": package.version, "author": package.tags["author"], "time": time}
    version = ElementTree.Element("version", tags)
    if "changelog" in package.tags:
        ElementTree.SubElement(version, "changelog").text = package.tags["changelog"]
    for source in package.sources:
        element = ElementTree.SubElement(version, "source", _attributes(package, source))
        element.text = source_url(repository, commit, source.path)
    return version


def _attributes(package: Package, source: Source) -> dict[str, str]:
    is_own = source.path == package.path
    found = {
        "file": "" if is_own else str(source.target),
        "type": source.kind,
        "platform": source.platform,
        "main": " ".join(source.sections),
    }
    return {name: value for name, value in found.items() if value}


# ---------------------------------------------------------------- checking


def check(text: str, packages: Sequence[Package]) -> None:
    """Raise what is wrong with an index.

    Raises:
        IndexFileError: It is no index, a part of it cannot be, or it lacks what the headers say.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - our own file
    except ElementTree.ParseError as error:
        raise IndexFileError(f"the index is no XML: {error}") from error
    if root.tag != "index" or root.get("version") != "1":
        raise IndexFileError("the index must be an <index version='1'>")
    if root.get("name") != NAME:
        raise IndexFileError(f"the index must be named {NAME}, got {root.get('name')!r}")
    for place, version in _all_versions(root):
        _check_version(place, version)
    for package in packages:
        _check_agreement(package, _versions(root, package))
    known = {str(package.path) for package in packages}
    unknown = {place for place, _ in _all_versions(root)} - known
    if unknown:
        raise IndexFileError(f"the index has packages without a file: {', '.join(sorted(unknown))}")


def _all_versions(root: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    for category in root.findall("category"):
        for entry in category.findall("reapack"):
            place = f"{category.get('name')}/{entry.get('name')}"
            if entry.get("type") not in TYPES or not entry.get("desc"):
                raise IndexFileError(f"{place} needs a known type and a desc")
            versions = entry.findall("version")
            names = [version.get("name") for version in versions]
            if not versions or len(set(names)) < len(names):
                raise IndexFileError(f"{place} needs versions, each once, got {names}")
            for version in versions:
                yield place, version


def _check_version(place: str, version: ElementTree.Element) -> None:
    name = version.get("name", "")
    where = f"{place} {name}"
    if not re.match(r"\d", name) or not version.get("author"):
        raise IndexFileError(f"{where}: a version begins with a digit and has an author")
    if not _TIME.fullmatch(version.get("time", "")):
        raise IndexFileError(f"{where}: the time is written 2026-11-21T06:00:00Z")
    sources = version.findall("source")
    if not sources:
        raise IndexFileError(f"{where} brings no files")
    if not any(source.get("main") for source in sources):
        raise IndexFileError(f"{where} brings no action")
    for source in sources:
        _check_source(where, source)
    targets = [(source.get("type"), source.get("file")) for source in sources]
    if len(set(targets)) < len(targets):
        raise IndexFileError(f"{where} brings a file twice")


def _check_source(where: str, source: ElementTree.Element) -> None:
    url, file = (source.text or "").strip(), source.get("file", "")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc:
        raise IndexFileError(f"{where}: files come over https, got {url!r}")
    if quote(unquote(parts.path)) != parts.path or parts.query or parts.fragment:
        raise IndexFileError(f"{where}: {url!r} is not percent-encoded")
    before, _, after = parts.path.partition("/raw/")
    if not before or not _COMMIT.fullmatch(after.partition("/")[0]):
        raise IndexFileError(f"{where}: {url!r} is not pinned to a commit of 40 digits")
    if file and PurePosixPath(unquote(parts.path)).name != PurePosixPath(file).name:
        raise IndexFileError(f"{where}: {file!r} comes from a file of another name, {url!r}")
    if file.startswith("/") or "\\" in file or ".." in PurePosixPath(file).parts:
        raise IndexFileError(f"{where}: a file cannot go to {file!r}")
    if not set(source.get("main", "").split()) <= set(SECTIONS):
        raise IndexFileError(f"{where}: there is no section {source.get('main')!r}")
    if source.get("type", "script") not in TYPES:
        raise IndexFileError(f"{where}: there is no type {source.get('type')!r}")


def _check_agreement(package: Package, versions: Sequence[ElementTree.Element]) -> None:
    found = [version for version in versions if version.get("name") == package.version]
    if not found:
        raise IndexFileError(f"{package.path} {package.version} is not in the index; write it anew")
    wanted = [(_attributes(package, source), source.path) for source in package.sources]
    present = [
        (dict(source.attrib), PurePosixPath(unquote(urlsplit(source.text or "").path)))
        for source in found[0].findall("source")
    ]
    is_same = len(wanted) == len(present) and all(
        mine == theirs and str(place).endswith(f"/{path}")
        for (mine, path), (theirs, place) in zip(wanted, present, strict=True)
    )
    if not is_same:
        raise IndexFileError(
            f"{package.path} {package.version} brings other files than the index says; raise its "
            "@version and write the index anew"
        )


# ---------------------------------------------------------------- command line


def main() -> None:
    """Write or check the index; exit 1 with a sentence where something is wrong."""
    parser = argparse.ArgumentParser(description=f"Write or check {INDEX}.")
    parser.add_argument("action", choices=("write", "check"))
    parser.add_argument("--repository", help="such as https://github.com/OWNER/NAME")
    parser.add_argument("--commit", help="40 digits")
    parser.add_argument("--amend", action="store_true", help="write present versions anew")
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    try:
        packages = read_packages(root, FOLDER)
        if arguments.action == "write":
            _write(root / INDEX, packages, arguments)
        check((root / INDEX).read_text(encoding="utf-8"), packages)
    except (HeaderError, IndexFileError, OSError) as error:
        sys.exit(str(error))
    count = sum(len(package.sources) for package in packages)
    print(f"{INDEX}: {len(packages)} packages, {count} files in their newest versions")


def _write(path: Path, packages: Sequence[Package], arguments: argparse.Namespace) -> None:
    repository, commit = arguments.repository or "", arguments.commit or ""
    if not repository.startswith("https://") or not _COMMIT.fullmatch(commit):
        raise IndexFileError("write needs --repository https://... and --commit of 40 digits")
    old = ElementTree.parse(path).getroot() if path.exists() else None  # noqa: S314 - our own
    if arguments.amend and old is not None:
        forget_present(old, packages)
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = with_versions(old, packages, repository, commit, time)
    path.write_text(xml_text(root), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""The shelf: the folder of the user's own models, what stands there, and what may be done with it.

A model appears whole or not at all: it is put together in a folder whose name begins with a dot and
then renamed. Names are those that requests use, so they are letters, digits and dashes.
"""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Any, Final

from reprise.engines import checkpoint
from reprise.engines.user_models import foreign, seal
from reprise.errors import CorruptModelError, FileError, InvalidRequestError, UnknownModelError

FOLDER: Final = "models"
FILE_ENDING: Final = ".reprise-model"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
MOST_UNPACKED_BYTES: Final = 1024**3
_BLOCK: Final = 1 << 20

Check = Callable[[Path], dict[str, Any]]


@dataclass(frozen=True)
class Shelf:
    """The user's models.

    Attributes:
        data_directory: Where the user's models and key are.
        reserved: Names that engines have already.
        check: Meets a model that comes from elsewhere.
    """

    data_directory: Path
    reserved: frozenset[str] = frozenset()
    check: Check = foreign.check

    @property
    def folder(self) -> Path:
        """Where the models are."""
        return self.data_directory / FOLDER

    def names(self) -> list[str]:
        """Return the names of all models that stand here, sealed or not, sorted."""
        return [name for name in checkpoint.list_models(self.folder) if not name.startswith(".")]

    def sealed(self) -> list[str]:
        """Return the names of the models that were made or let in here."""
        names = self.names()
        if not names:
            return []
        key = self._key()
        return [name for name in names if seal.is_sealed(self.folder / name, key)]

    def place(self, name: str) -> Path:
        """Return the folder of a model that stands here.

        Raises:
            UnknownModelError: There is none of that name.
        """
        if name not in self.names():
            known = ", ".join(self.names()) or "none yet"
            raise UnknownModelError(f"you have no model called {name!r}; there are: {known}")
        return self.folder / name

    @contextmanager
    def making(self, name: str) -> Iterator[Path]:
        """Make a model in the folder that is handed out; it appears, sealed, when the block ends.

        Whatever is raised in the block leaves nothing behind.

        Raises:
            InvalidRequestError: The name cannot be used, or is taken.
            FileError: The folder cannot be written to, or the disk is full.
        """
        self.check_name(name)
        beside = self._beside()
        try:
            inside = beside / name
            inside.mkdir()
            yield inside
            checkpoint.write_sums(inside)
            self._take_in(inside, name)
        except OSError as error:
            raise FileError(
                f"the model {name} could not be written ({error.strerror}), and nothing of it is "
                "left; make room on the disk and try again: a training goes on with --resume"
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def check_name(self, name: str) -> None:
        """Refuse a name that cannot be used.

        Raises:
            InvalidRequestError: The sentence says why.
        """
        if not NAME.fullmatch(name):
            raise InvalidRequestError(
                f"a model's name is made of small letters, digits and dashes, at most 48 of them, "
                f"such as my-loops; got {name[:80]!r}"
            )
        if name in self.reserved or name in checkpoint.list_models():
            raise InvalidRequestError(
                f"{name!r} is the name of something that came with Reprise; choose another name"
            )
        if (self.folder / name).exists():
            raise InvalidRequestError(
                f"there is a model called {name!r} already; choose another name, or rename or "
                f"delete that one: reprise models delete {name}"
            )

    def rename(self, name: str, new: str) -> None:
        """Give a model another name."""
        place = self.place(name)
        self.check_name(new)
        _moved(place, self.folder / new)

    def delete(self, name: str) -> None:
        """Delete a model; it is gone from the list at once."""
        place, beside = self.place(name), self._beside()
        try:
            _moved(place, beside / name)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def let_in(self, name: str) -> None:
        """Seal a model that somebody put here, once it has been looked through.

        Raises:
            CorruptModelError: It is not as a model must be.
        """
        place = self.place(name)
        self.check(place)
        seal.write_seal(place, self._key())

    def write_file(self, name: str, path: Path) -> None:
        """Write a model as one file.

        Raises:
            FileError: The file cannot be written, or is there already.
        """
        place = self.place(name)
        checkpoint.verify(place)
        try:
            with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(place.rglob("*")):
                    if file.is_file() and file.name != seal.SEAL_FILE:
                        archive.write(file, f"{name}/{file.relative_to(place).as_posix()}")
        except OSError as error:
            raise FileError(
                f"{path} cannot be written ({error.strerror}); name another file"
            ) from error

    def read_file(self, path: Path, name: str = "") -> str:
        """Let in a model that is one file; return its name.

        Args:
            path: The file that `write_file` wrote, here or elsewhere.
            name: What to call it; "" for its own name.

        Raises:
            FileError: The file cannot be read or is no such file.
            CorruptModelError: What it holds is not as a model must be.
            InvalidRequestError: Its name cannot be used, or is taken.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                return self._unpacked(archive, path, name)
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise FileError(
                f"{path} is no model of Reprise, or damaged ({type(error).__name__}); get it again"
            ) from error

    def _unpacked(self, archive: zipfile.ZipFile, path: Path, name: str) -> str:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        own = _own_name(entries, path)
        name = name or own
        self.check_name(name)
        size = sum(entry.file_size for entry in entries)
        if len(entries) > foreign.MOST_FILES or size > MOST_UNPACKED_BYTES:
            raise CorruptModelError(
                f"{path.name} holds {len(entries)} files of {size} bytes in all, which is more "
                "than a model has; it was not let in"
            )
        beside = self._beside()
        try:
            inside = beside / name
            for entry in entries:
                _extract(archive, entry, inside / PurePosixPath(entry.filename).relative_to(own))
            self.check(inside)
            self._take_in(inside, name)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return name

    def _take_in(self, inside: Path, name: str) -> None:
        seal.write_seal(inside, self._key())
        _moved(inside, self.folder / name)

    def _beside(self) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return Path(mkdtemp(prefix=".", dir=self.folder))
        except OSError as error:
            raise FileError(
                f"the folder of your models, {self.folder}, cannot be written to "
                f"({error.strerror}); see to its rights, or to room on the disk"
            ) from error

    def _key(self) -> bytes:
        return seal.read_key(self.data_directory)


def _own_name(entries: list[zipfile.ZipInfo], path: Path) -> str:
    """Return the one folder that all files of an archive stand in.

    Raises:
        CorruptModelError: They stand elsewhere.
    """
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        is_plain = "\\" not in entry.filename and ":" not in entry.filename
        is_inside = len(parts) > 1 and parts[0] not in ("/", "..") and ".." not in parts
        if not (is_plain and is_inside):
            raise CorruptModelError(
                f"{path.name} would write to {entry.filename[:80]!r}, outside of the model; it was "
                "not let in"
            )
    folders = {PurePosixPath(entry.filename).parts[0] for entry in entries}
    if len(folders) != 1:
        raise CorruptModelError(f"{path.name} holds {len(folders)} models and not one")
    return folders.pop()


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
    """Write one file, and no more of it than its entry says."""
    to.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with archive.open(entry) as source, to.open("xb") as file:
        while block := source.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                raise CorruptModelError(f"{entry.filename[:80]!r} is larger than it says")
            file.write(block)


def _moved(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        raise FileError(
            f"{source.name} cannot be moved ({error.strerror}); a server may have it open: stop it "
            "with reprise stop, and try again"
        ) from error

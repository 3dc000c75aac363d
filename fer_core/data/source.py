"""Where a data set is read from: a folder, a zip archive read in place, or one CSV file."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pandas as pd
import pyarrow as pa

from fer_core import paths
from fer_core.errors import FerError

MAX_BYTES = 64 * 2**20  # no photograph of a face needs more; a larger entry is not decoded
_NOISE = {"thumbs.db", "desktop.ini", "__macosx"}
_CHUNK = 10_000  # names that are Python strings at a time


class Source:
    """Read-only view of the files of a data set; names are relative, with slashes, sorted."""

    def __init__(self, path: Path, names: list[str], archive: zipfile.ZipFile | None = None):
        self.path = path
        self._names = pa.array(names, pa.large_string())
        self._archive = archive

    @classmethod
    def open(cls, path: Path | str) -> "Source":
        """Open a folder, a zip archive or a CSV file.

        A path that is missing or of another kind, a damaged or encrypted archive, and a name or
        link that leads out of the source raise FerError.
        """
        path = paths.expand(path)
        if path.is_dir():
            return cls(path, _folder_names(path))
        if not path.is_file():
            raise FerError(
                f"{path} does not exist; give the folder, zip archive or CSV file of the data set"
            )
        if path.suffix.lower() == ".csv":
            return cls(path.parent, [path.name])
        if not zipfile.is_zipfile(path):
            raise FerError(
                f"{path} is not a folder, a whole zip archive or a CSV file; unpack other archives "
                "into a folder first, and fetch a damaged one again"
            )
        archive = _open_zip(path)
        return cls(path, _archive_names(archive, path), archive)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self._names), _CHUNK):
            yield from self._names.slice(start, _CHUNK).to_pylist()

    def column(self) -> pd.Series:
        """Names of all files as a column of text: no Python string for each."""
        return pd.Series(self._names, dtype="str")

    def names(self, *suffixes: str) -> list[str]:
        """Names of all files, or of those that end with one of `suffixes` (any case)."""
        return [name for name in self if not suffixes or name.lower().endswith(suffixes)]

    def only(self, names: list[str]) -> "Source":
        """The same source with some of its files only."""
        return Source(self.path, names, self._archive)

    def without(self, names: list[str]) -> "Source":
        """The same source without some of its files."""
        left_out = set(names)
        return self.only([name for name in self if name not in left_out])

    def find(self, filename: str) -> str | None:
        """The name of the first file called `filename` (any case) at any depth, or None."""
        wanted = filename.lower()
        matches = (name for name in self if PurePosixPath(name).name.lower() == wanted)
        return next(matches, None)

    def stamp(self) -> str:
        """A hash of all names and of what changes with the content of each file.

        That is its size and CRC in an archive, else its size and time of change.
        """
        digest = hashlib.sha256()
        for name in self:
            if self._archive is not None:
                info = self._archive.getinfo(name)
                facts = (info.file_size, info.CRC)
            else:
                stat = os.stat(f"{self.path}/{name}")
                facts = (stat.st_size, stat.st_mtime_ns)
            digest.update(f"{name}\0{facts}\n".encode())
        return digest.hexdigest()

    def open_file(self, name: str) -> BinaryIO:
        """Open one file for reading bytes."""
        if self._archive is not None:
            return self._archive.open(name)  # type: ignore[return-value]
        return open(self.path / name, "rb")

    def read(self, name: str) -> bytes:
        """The bytes of one file; ValueError when it is larger than MAX_BYTES."""
        with self.open_file(name) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES // 2**20} MB")
        return content


def _folder_names(folder: Path) -> list[str]:
    """Files below `folder`. A link to a folder is followed wherever it leads, because large folders
    are often kept elsewhere, but to no folder above it and to each only once, which ends every
    loop; a link to a file only within these folders."""
    roots = [folder.resolve()]
    names, todo = [], [""]
    while todo:
        above = todo.pop()
        with os.scandir(folder / above) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = above + entry.name
                if _is_noise(entry.name):
                    continue
                if entry.is_symlink():
                    _follow(Path(entry.path), roots, folder)
                if entry.is_dir():
                    todo.append(f"{name}/")
                elif entry.is_file():
                    names.append(_checked(name, folder))
    return sorted(names)


def _follow(link: Path, roots: list[Path], folder: Path) -> None:
    """Add the folder that a link leads to to `roots`; FerError where it may not be followed."""
    target = Path(os.path.realpath(link))
    if target.is_dir():
        if target in roots or link.parent.resolve().is_relative_to(target):
            raise FerError(
                f"{link} is a link to {target}, which is read already or holds the link; remove it"
            )
        roots.append(target)
    elif not any(target.is_relative_to(root) for root in roots):
        raise FerError(
            f"{link} is a link that leaves {folder}; replace it by the files it points to"
        )


def _checked(name: str, folder: Path) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise FerError(
            f"{folder} holds the file name {name!r}, which is not UTF-8; rename it"
        ) from error
    return name


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise FerError(
            f"{path} cannot be read as a zip archive ({error}); fetch it again"
        ) from error


def _archive_names(archive: zipfile.ZipFile, path: Path) -> list[str]:
    names = set()
    for info in archive.infolist():
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if ".." in parts or info.filename.startswith(("/", "\\")) or info.filename[1:2] == ":":
            raise FerError(
                f"{path} holds the name {info.filename!r}, which leads out of the archive; "
                "it is refused: fetch the archive from its source again"
            )
        if info.flag_bits & 0x1:
            raise FerError(f"{path} is encrypted; unpack it into a folder and give the folder")
        if not info.is_dir() and not _is_noise(info.filename):
            names.add(info.filename)
    return sorted(names)


def _is_noise(name: str) -> bool:
    """Files that operating systems leave behind."""
    return any(part.startswith(".") or part.lower() in _NOISE for part in name.split("/"))

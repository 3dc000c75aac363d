"""Where a data set is read from: a folder, a zip archive read in place, or one CSV file."""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pandas as pd

from fer_core import paths
from fer_core.errors import FerError

MAX_BYTES = 64 * 2**20  # no photograph of a face needs more; a larger entry is not decoded
# Files that operating systems leave behind: hidden ones, and these, at any depth.
_NOISE = re.compile(r"(^|/)(\.|(thumbs\.db|desktop\.ini|__macosx)(/|\Z))", re.ASCII | re.IGNORECASE)
WAY_OUT = "give the folder, zip archive or CSV file of the data set"
_CHUNK = 10_000  # names that are Python strings at a time


@dataclass(frozen=True, eq=False)
class Source:
    """Read-only view of the files of a data set.

    `column` has the names of the files, relative, with slashes, sorted, as text that takes no
    Python string for each. `stamp` is a hash of all names that were there and of what changes with
    the content of each file: its size and CRC in an archive, else its size and time of change.
    """

    path: Path
    column: pd.Series
    stamp: str
    archive: zipfile.ZipFile | None = None

    @classmethod
    def open(cls, path: Path | str, way_out: str = WAY_OUT) -> "Source":
        """Open a folder, a zip archive or a CSV file.

        A path that is missing or of another kind, a damaged or encrypted archive, and a name or
        link that leads out of the source raise FerError; `way_out` says what to do where nothing
        is at `path`.
        """
        path = paths.expand(path) if str(path).startswith("~") else Path(path)
        root, archive = path, None
        if path.is_dir():
            names = _folder_names(path)
        elif not path.is_file():
            raise FerError(f"{path} does not exist; {way_out}")
        elif path.suffix.lower() == ".csv":
            root, names = path.parent, [path.name]
        elif zipfile.is_zipfile(path):
            archive = _open_zip(path)
            names = _archive_names(archive, path)
        else:
            raise FerError(
                f"{path} is not a folder, a whole zip archive or a CSV file; unpack other archives "
                "into a folder first, and fetch a damaged one again"
            )
        digest = hashlib.sha256()
        for name in names:
            if archive is not None:
                info = archive.getinfo(name)
                facts = (info.file_size, info.CRC)
            else:
                stat = os.stat(f"{root}/{name}")
                facts = (stat.st_size, stat.st_mtime_ns)
            digest.update(f"{name}\0{facts}\n".encode())
        return cls(root, pd.Series(names, dtype="str"), digest.hexdigest(), archive)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.column), _CHUNK):
            yield from self.column.iloc[start : start + _CHUNK].tolist()

    def names(self, *suffixes: str) -> list[str]:
        """Return the names of all files, or of those that end with one of `suffixes` (any case)."""
        return [name for name in self if not suffixes or name.lower().endswith(suffixes)]

    def only(self, names: list[str]) -> "Source":
        """Return the same source with some of its files only."""
        return replace(self, column=pd.Series(names, dtype="str"))

    def without(self, names: list[str]) -> "Source":
        """Return the same source without some of its files."""
        left_out = set(names)
        return self.only([name for name in self if name not in left_out])

    def find(self, filename: str) -> str | None:
        """Return the name of the first file called `filename` (any case) at any depth, or None."""
        wanted = filename.lower()
        matches = (name for name in self if PurePosixPath(name).name.lower() == wanted)
        return next(matches, None)

    def open_file(self, name: str) -> BinaryIO:
        """Open one file for reading bytes."""
        if self.archive is not None:
            return self.archive.open(name)  # type: ignore[return-value]
        return open(self.path / name, "rb")

    def read(self, name: str) -> bytes:
        """Read the bytes of one file; ValueError when it is larger than MAX_BYTES."""
        with self.open_file(name) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES // 2**20} MB")
        return content


def _folder_names(folder: Path) -> list[str]:
    """List the files below `folder`. A link to a folder is followed wherever it leads, because
    large folders are often kept elsewhere, but to no folder above it and to each only once, which
    ends every loop; a link to a file only within these folders."""
    roots = [folder.resolve()]
    names, todo = [], [""]
    while todo:
        above = todo.pop()
        with os.scandir(folder / above) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = above + entry.name
                if _NOISE.search(entry.name):
                    continue
                if entry.is_symlink():
                    _follow(Path(entry.path), roots, folder)
                if entry.is_dir():
                    todo.append(f"{name}/")
                elif entry.is_file():
                    names.append(name)
    strange = [name for name in names if name.encode(errors="replace").decode() != name]
    if strange:
        raise FerError(
            f"{folder} holds the file name {strange[0]!r}, which is not UTF-8; rename it"
        )
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
        if not info.is_dir() and not _NOISE.search(info.filename):
            names.add(info.filename)
    return sorted(names)

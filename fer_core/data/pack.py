"""Packing: read, hash, decode and resize every image once, in shards that need no second time."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import UnidentifiedImageError

from fer_core.data.card import Box
from fer_core.data.images import to_square
from fer_core.data.progress import Progress
from fer_core.data.reading import Reading
from fer_core.data.store import PIXELS
from fer_core.errors import FerError
from fer_core.files import read_json, write_json

SHARD = 1024  # images
PART = 64  # images that a thread takes at a time: handing over tiny images one by one costs more
SPARE = 64 * 2**20  # bytes left free on the disk beside the pixels themselves


class Frame(NamedTuple):
    """How every image of a store is cut and sized."""

    size: int
    channels: int
    crop: Box | None


class PackedRow(NamedTuple):
    """One row: the sha256 of its bytes, why it failed (""), its pixels (zeros when it failed)."""

    sha256: str
    failure: str
    pixels: np.ndarray


def pack(
    reading: Reading, folder: Path, frame: Frame, title: str, progress: bool = True
) -> tuple[list[str], list[str]]:
    """Write `folder/pixels.npy`, uint8 (n, size, size, channels); return every (sha256, failure).

    Rows that fail are zeros. Finished shards stay in `folder` and are not done again by a later
    call with the same arguments, unless their pixels do not match their hash any more. A full disk
    raises FerError and keeps what is finished.
    """
    paths = reading.rows["path"].tolist()
    shape = (len(paths), frame.size, frame.size, frame.channels)
    row_bytes = frame.size * frame.size * frame.channels
    written = (folder / PIXELS).stat().st_size if (folder / PIXELS).exists() else 0
    check_space(folder, max(len(paths) * row_bytes - written, 0))
    hashes: list[str] = []
    failures: list[str] = []
    with (
        explain_full_disk(folder.parent),
        _open_pixels(folder / PIXELS, shape) as file,
        ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool,
        Progress(title, len(paths), progress) as counter,
    ):
        start = file.tell()
        for first in range(0, len(paths), SHARD):
            shard = paths[first : first + SHARD]
            mark = folder / f"shard-{first // SHARD:05d}.json"
            file.seek(start + first * row_bytes)
            facts = _finished(mark, file, len(shard) * row_bytes)
            if facts is None:
                file.seek(start + first * row_bytes)
                facts = _pack_shard(reading, shard, frame, pool, file)
                write_json(mark, facts)
            hashes += facts["sha256"]
            failures += facts["failures"]
            counter.advance(len(shard))
    return hashes, failures


def _pack_shard(
    reading: Reading, paths: list[str], frame: Frame, pool: ThreadPoolExecutor, file: BinaryIO
) -> dict[str, list[str]]:
    parts = [paths[start : start + PART] for start in range(0, len(paths), PART)]
    packed = pool.map(lambda part: [pack_row(reading, path, frame) for path in part], parts)
    rows = [row for part in packed for row in part]
    content = np.stack([row.pixels for row in rows]).tobytes()
    file.write(content)
    file.flush()
    return {
        "pixels": [hashlib.sha256(content).hexdigest()],
        "sha256": [row.sha256 for row in rows],
        "failures": [row.failure for row in rows],
    }


def _finished(mark: Path, file: BinaryIO, size: int) -> dict[str, list[str]] | None:
    """What an earlier run wrote about a shard, if the pixels at the file's position still match."""
    if not mark.is_file():
        return None
    facts = read_json(mark)
    return facts if [hashlib.sha256(file.read(size)).hexdigest()] == facts["pixels"] else None


def pack_row(reading: Reading, path: str, frame: Frame) -> PackedRow:
    """Read, hash and decode one row; whatever is wrong with its file becomes its failure."""
    blank = np.zeros((frame.size, frame.size, frame.channels), np.uint8)
    try:
        content = reading.read(path)
    except (FileNotFoundError, KeyError):
        return PackedRow("", "corrupt: missing file", blank)
    except (
        Exception
    ) as error:  # archives raise BadZipFile, zlib.error, OSError, ... on damaged members
        return PackedRow("", _corrupt(error), blank)
    sha256 = hashlib.sha256(content).hexdigest()
    if not content:
        return PackedRow(sha256, "empty", blank)
    try:
        return PackedRow(sha256, "", to_square(reading.decode(content), *frame))
    except UnidentifiedImageError:
        return PackedRow(sha256, "corrupt: not an image", blank)
    except Exception as error:  # decoders raise almost anything on damaged bytes
        return PackedRow(sha256, _corrupt(error), blank)


def _corrupt(error: Exception) -> str:
    return f"corrupt: {' '.join(str(error).split()) or type(error).__name__}"


def check_space(folder: Path, needed: int) -> None:
    """Raise FerError unless `needed` bytes and some spare are free on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise FerError(
            f"{folder.parent} has {free / 2**20:,.0f} MB free, packing needs "
            f"{(needed + SPARE) / 2**20:,.0f} MB; free some disk or set FER_DATA to a folder on "
            f"another one"
        )


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Turn the system's error of a full disk into a FerError; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise FerError(
            f"no space left in {folder}; what is packed is kept: free disk and run again"
        ) from error


@contextmanager
def _open_pixels(path: Path, shape: tuple[int, ...]) -> Iterator[BinaryIO]:
    """The pixel file, made if need be, positioned after its header."""
    path.touch()
    with path.open("r+b") as file:  # always the same header for the same shape
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield file

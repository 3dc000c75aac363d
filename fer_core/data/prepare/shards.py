"""Shards: what is packed so far. Each is a file of pixels and a mark that says what is in it.

No two shards share a file, so any number of processes can pack different shards of one data set.
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fer_core.data.building import check_space, explain_full_disk
from fer_core.data.prepare.pack import pack_rows
from fer_core.data.prepare.plan import Plan
from fer_core.errors import FerError
from fer_core.files import atomic_path, read_json, write_json
from fer_core.progress import Progress

SHARD = 512  # images
WHOLE = (1, 1)


def pack(plan: Plan, folder: Path, block: tuple[int, int] = WHOLE, progress: bool = True) -> None:
    """Pack every shard of a block that is not in `folder` yet. Block (3, 8) is the third eighth.

    A shard counts as packed when its mark names the same plan and its pixels have their hash. Any
    number of processes may pack at once. A full disk raises FerError and keeps what is finished.
    """
    rows, frame = plan.reading.rows, plan.frame
    numbers = _block(-(-len(rows) // SHARD), block)
    shards = {k: rows.iloc[k * SHARD : (k + 1) * SHARD] for k in numbers}
    title = f"packing {plan.card.name}" + ("" if block[1] == 1 else f" {block[0]}/{block[1]}")
    with (
        explain_full_disk(folder.parent),
        ThreadPoolExecutor(min(_cores(), 8)) as pool,
        Progress(title, sum(map(len, shards.values())), progress) as counter,
    ):
        done = {shard for shard in shards if read_shard(folder, shard, plan.hash) is not None}
        left = sum(len(rows) for shard, rows in shards.items() if shard not in done)
        # once in shards, once as a whole
        check_space(folder, 2 * left * frame.size * frame.size * frame.channels)
        for shard, rows in shards.items():
            if shard not in done:
                pixels, found = pack_rows(plan.reading, rows, frame, pool, plan.cutter)
                _write_shard(folder, shard, plan.hash, pixels, found)
            counter.advance(len(rows))


def join(plan: Plan, folder: Path, target: Path) -> pd.DataFrame:
    """Write the pixels of all shards to the .npy file `target`; return what is known of each row.

    Of a set whose card leaves the channels open, one is kept if every image is grey. A shard that
    is absent, damaged or of another plan raises FerError.
    """
    n, frame = len(plan.reading.rows), plan.frame
    shards = range(-(-n // SHARD))
    found, colour = _joined_rows(folder, shards, plan.hash, n)
    channels = 1 if plan.card.channels is None and not colour else frame.channels
    shape = (n, frame.size, frame.size, channels)
    check_space(folder, int(np.prod(shape)))
    with target.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for shard in shards:
            pixels = read_shard(folder, shard, plan.hash)
            if pixels is None:
                raise FerError(f"shard {shard} in {folder} is damaged; run `fer data pack` again")
            np.ascontiguousarray(pixels[..., :channels]).tofile(file)
    return found


def _joined_rows(folder: Path, shards: range, plan: str, n: int) -> tuple[pd.DataFrame, bool]:
    """Return what the shards' marks say of each of `n` rows, and whether any image is in colour."""
    text = {"sha256": np.zeros(n, "S64"), "failure": np.full(n, "", object)}
    measured: dict[str, np.ndarray] = {}
    missing = colour = 0
    for shard in shards:
        mark = _mark(folder, shard, plan)
        if mark is None:
            missing += 1
            continue
        colour += not mark["grey"]
        for name, values in mark["rows"].items():
            if name not in text and name not in measured:
                measured[name] = np.full(n, np.nan)
            column = text[name] if name in text else measured[name]
            column[shard * SHARD : (shard + 1) * SHARD] = values  # None becomes NaN
    if missing:
        raise FerError(
            f"{missing} of {len(shards)} shards are not packed in {folder}; "
            "run `fer data pack` for every block, then finish"
        )
    hashes = pa.array(text.pop("sha256")).cast(pa.large_string())
    columns = {"sha256": hashes, "failure": text["failure"]}
    known = pd.DataFrame({k: pd.Series(v, dtype="str") for k, v in columns.items()} | measured)
    return known, bool(colour)


def read_shard(folder: Path, shard: int, plan: str) -> np.ndarray | None:
    """Return the pixels of one shard, or None where they are absent, damaged or of another plan."""
    mark = _mark(folder, shard, plan)
    if mark is None:
        return None
    try:
        pixels: np.ndarray = np.load(_path(folder, shard, "npy"), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    same = hashlib.sha256(pixels.data).hexdigest() == mark["pixels"]
    return pixels if same else None


def _write_shard(
    folder: Path, shard: int, plan: str, pixels: np.ndarray, found: pd.DataFrame
) -> None:
    with atomic_path(_path(folder, shard, "npy")) as temporary, temporary.open("wb") as file:
        np.save(file, pixels)
    mark = {
        "plan": plan,
        "pixels": hashlib.sha256(pixels.data).hexdigest(),
        "grey": not (pixels != pixels[..., :1]).any(),
        "rows": {column: _plain(found[column].tolist()) for column in found},
    }
    write_json(_path(folder, shard, "json"), mark)


def _plain(values: list[Any]) -> list[Any]:
    """Return the values with None for NaN, which JSON does not have."""
    return [None if value != value else value for value in values]


def _mark(folder: Path, shard: int, plan: str) -> dict[str, Any] | None:
    path = _path(folder, shard, "json")
    mark = read_json(path) if path.is_file() else None
    return mark if mark and mark["plan"] == plan else None


def _path(folder: Path, shard: int, suffix: str) -> Path:
    return folder / f"shard-{shard:05d}.{suffix}"


def _block(shards: int, block: tuple[int, int]) -> range:
    """Return the shards of a block (number from 1, of how many); none if there are more blocks."""
    number, of = block
    if not 1 <= number <= of:
        raise FerError(f"there is no block {number} of {of}; blocks count from 1")
    return range(shards * (number - 1) // of, shards * number // of)


def _cores() -> int:
    """Count the cores this process may use: a cluster often gives a job fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

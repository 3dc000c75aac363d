"""Build a balanced test set out of candidates, after the example of BTFER.

The procedure is that of Ipinze Tutuianu et al., "Benchmarking Deep Facial Expression Recognition:
An Extensive Protocol with Balanced Dataset in the Wild", section II: candidates found by a search,
cleaned, the face cut out with a margin and resized to 256 x 256, the same number of each emotion
drawn at random. Here every step is counted, and every image has its source and licence.
"""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.copies.descriptors import NOBODY, Descriptors, describe_pixels
from fer_core.data.copies.neighbours import near_pairs
from fer_core.data.image import Frame, decode, open_row, to_square
from fer_core.data.prepare.candidates import (
    SMALLEST,
    drop_copies,
    list_candidates,
    read_all,
    remove,
)
from fer_core.data.prepare.cutting import Cutter
from fer_core.data.readers.btfer import SHEET, SHEET_COLUMNS
from fer_core.data.reading import Reading
from fer_core.data.source import Source
from fer_core.data.splits import linked
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.files import write_json
from fer_core.progress import Progress

REMOVED, REPORT = "removed.csv", "report.json"
SIZE = 256  # px, side of the images
BATCH = 32  # photographs held at a time

Cuts = dict[int, tuple[np.ndarray, np.ndarray]]


def balance(
    candidates: Path | str,
    out: Path | str,
    cutter: Cutter,
    per_class: int = 300,
    seed: int = 0,
    near: bool = True,
    progress: bool = True,
) -> dict[str, Any]:
    """Make the balanced set `out`, `per_class` images of each of the seven emotions; return counts.

    `candidates` is a folder or zip archive of class folders with a sheet sources.csv (file, url,
    licence, author), which must name every image. Removed, with the reason: what is unreadable,
    smaller than 32 px, outside the seven emotions, a byte copy, what the cutter fails on, a face
    that is a near copy of another one (unless not `near`), and copies under two emotions, all of
    them. The draw depends on the images' bytes and `seed`. `out`, which must be empty or absent,
    gets class folders of 256 x 256 PNG, sheet.csv, removed.csv and report.json, all at once at the
    end. A class that is too short raises FerError.
    """
    source, out = Source.open(candidates), Path(out)
    if per_class < 1:
        raise FerError(f"{per_class} images per class are none; ask for at least one")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FerError(f"{out} is not an empty folder; delete it or choose another one")
    table = list_candidates(source)
    reading = Reading(table, source.read)
    read_all(table, reading)
    drop_copies(table, table["sha256"], "byte")
    _check_enough(table, per_class)
    building = out.with_name(f".{out.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        with Progress("cutting faces", int((table["reason"] == "").sum()), progress) as counter:
            cut = _cut_all(table, reading, cutter, building, counter)
        if near and cut:
            drop_copies(table, _near_groups(table, cut), "near")
        _check_enough(table, per_class)
        chosen = _draw(table, per_class, seed)
        settings = {"per_class": per_class, "seed": seed, "size": SIZE, "near": near}
        removed = _reasons(table)
        report = {**settings, "cutter": cutter.settings, "removed": removed}
        report["classes"] = _counts(table, chosen)
        _write(table, chosen, building, report)
        if out.exists():
            out.rmdir()
        building.rename(out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return report


def _check_enough(table: pd.DataFrame, per_class: int) -> None:
    left = table["emotion"][table["reason"] == ""].value_counts()
    short = {name: int(left.get(name, 0)) for name in EMOTIONS if left.get(name, 0) < per_class}
    if not short:
        return
    name = min(short, key=lambda emotion: short[emotion])
    gone = _reasons(table[table["emotion"] == name])
    why = f" ({name}: {', '.join(f'{n} {reason}' for reason, n in gone.items())})"
    raise FerError(
        f"too few images for {per_class} per class: "
        f"{', '.join(f'{emotion} has {n}' for emotion, n in short.items())}"
        f"{why if len(gone) else ''}; add candidates or ask for --per-class {short[name]} or less"
    )


def _cut_all(
    table: pd.DataFrame, reading: Reading, cutter: Cutter, folder: Path, counter: Progress
) -> Cuts:
    """Write the face of every candidate that is left as a PNG below `folder`.

    Return what near copies are found by, for each row that has a face.
    """
    cuts = {}
    names = _names(table)
    for rows, photos in _photos(table, reading):
        for row, cut in zip(rows, cutter(photos, [None] * len(photos)), strict=True):
            if cut.image is None:
                remove(table, row, cut.failure, "")
            elif cut.image.width < SMALLEST:
                remove(table, row, "tiny face", f"{cut.image.width} x {cut.image.height}")
            else:
                path = folder / names[row]
                path.parent.mkdir(exist_ok=True)
                pixels = to_square(cut.image, Frame(SIZE, 1 if cut.image.mode == "L" else 3))
                Image.fromarray(pixels.squeeze()).save(path, "PNG")
                cuts[row] = describe_pixels(pixels[None])
        counter.advance(len(rows))
    return cuts


def _near_groups(table: pd.DataFrame, cuts: Cuts) -> pd.Series:
    """Return a number per row, equal for faces that a chain of near copies connects."""
    rows = pd.Index(list(cuts))
    coarse, fine = (np.concatenate(parts) for parts in zip(*cuts.values(), strict=True))
    found = near_pairs(Descriptors(coarse, fine, np.full(len(rows), NOBODY)))
    files = table["file"]
    pairs = {"sample_a": files[rows[found.a]], "sample_b": files[rows[found.b]]}
    return linked(files, pd.DataFrame({name: ids.to_numpy() for name, ids in pairs.items()}))


def _photos(table: pd.DataFrame, reading: Reading) -> Iterator[tuple[list[int], list[Image.Image]]]:
    """Yield the rows that are left with their photographs decoded, a batch at a time."""
    left = table.index[table["reason"] == ""]
    for start in range(0, len(left), BATCH):
        rows, photos = [], []
        for row in left[start : start + BATCH]:
            opened = decode(open_row(reading, str(table.at[row, "file"])))
            if opened.image is None:
                remove(table, row, "unreadable", opened.failure)
            else:
                rows.append(row)
                photos.append(opened.image)
        if rows:
            yield rows, photos


def _names(table: pd.DataFrame) -> pd.Series:
    """Return the file of every row in the new set: the same whatever else is drawn."""
    return table["emotion"] + "/" + table["sha256"].str[:16] + ".png"


def _draw(table: pd.DataFrame, per_class: int, seed: int) -> pd.DataFrame:
    left = table[table["reason"] == ""]
    rank = [hashlib.sha256(f"{seed}:{sha256}".encode()).hexdigest() for sha256 in left["sha256"]]
    return left.assign(rank=rank).sort_values("rank").groupby("emotion").head(per_class)


def _counts(table: pd.DataFrame, chosen: pd.DataFrame) -> dict[str, dict[str, Any]]:
    counts = {}
    for emotion in EMOTIONS:
        own = table[table["emotion"] == emotion]
        removed = _reasons(own)
        counts[emotion] = {
            "candidates": len(own),
            "removed": removed,
            "left": len(own) - sum(removed.values()),
            "chosen": int((chosen["emotion"] == emotion).sum()),
        }
    return counts


def _reasons(table: pd.DataFrame) -> dict[str, int]:
    counts = table["reason"][table["reason"] != ""].value_counts().sort_index()
    return {str(reason): int(n) for reason, n in counts.items()}


def _write(table: pd.DataFrame, chosen: pd.DataFrame, folder: Path, report: dict[str, Any]) -> None:
    """Keep the PNG of the chosen rows only, and write the tables beside them."""
    names = _names(chosen)
    for path in folder.glob("*/*.png"):
        if path.relative_to(folder).as_posix() not in set(names):
            path.unlink()
    sheet = chosen.rename(columns={"file": "source_file"}).assign(file=names)
    sheet["sha256"] = [
        hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in sheet["file"]
    ]
    sheet = sheet.sort_values("file")[list(SHEET_COLUMNS)]
    sheet.to_csv(folder / SHEET, index=False, lineterminator="\n")
    removed = table[table["reason"] != ""][["file", "emotion", "reason", "detail"]]
    removed.to_csv(folder / REMOVED, index=False, lineterminator="\n")
    write_json(folder / REPORT, report)

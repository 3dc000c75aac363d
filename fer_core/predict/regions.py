"""Where eyes and mouth lie on average in the pictures of a data set, to read heat maps by."""

from zlib import crc32

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.select import test_rows
from fer_core.faces.cutter import one_thread
from fer_core.faces.detect import Detector
from fer_core.files import read_json, write_json
from fer_core.heat_maps import EYES, MOUTH, regions_file

ASKED = 200  # test images whose faces are looked for
DRAWN = {EYES: ("brow", "eyes"), MOUTH: ("mouth",)}  # boxes in the index of a drawn set


def by_hash(sample_ids: np.ndarray) -> np.ndarray:
    """Return the order of the hashes of sample ids, (n,): as good as drawn, and no choice."""
    return np.argsort([crc32(str(name).encode()) for name in sample_ids], kind="stable")


def leave_regions(study: str, dataset: Dataset) -> None:
    """Write the regions of a data set for the report, unless the same ones are there."""
    path = regions_file(study, dataset.name)
    if not path.is_file() or read_json(path).get("fingerprint") != dataset.fingerprint:
        write_json(path, {"fingerprint": dataset.fingerprint, **regions(dataset)})


def regions(dataset: Dataset) -> dict[str, object]:
    """Return plain JSON facts: `images` that were asked, in how many faces were `found`, and of
    these the mean places of `eyes` (with the brows) and `mouth`: x0, y0, x1, y1 in fractions of the
    picture, y down; no place where no face was found.

    Of drawn faces the places are known. Of others MTCNN finds the points: with d the distance
    between the eyes, their box goes d / 2 beyond them to each side, d / 2 up and d / 4 down; that
    of the mouth d / 4 beyond its corners and d / 3 up and down.
    """
    rows = test_rows(dataset)
    rows = rows[by_hash(dataset.index["sample_id"].to_numpy(str)[rows])[:ASKED]]
    names = [name for boxes in DRAWN.values() for name in boxes]
    if set(_columns(names)) <= set(dataset.index.columns):
        known = dataset.index.iloc[rows][_columns(names)].mean()
        boxes = {region: _around(known, parts) for region, parts in DRAWN.items()}
        return {"images": len(rows), "found": len(rows), **boxes}
    points = _points(dataset, rows)
    boxes = _boxes(points.mean(axis=0)) if len(points) else {}
    return {"images": len(rows), "found": len(points), **boxes}


def _columns(names: list[str]) -> list[str]:
    return [f"{name}_{end}" for name in names for end in ("x0", "y0", "x1", "y1")]


def _around(known: pd.Series, parts: tuple[str, ...]) -> list[float]:
    ends = [[float(known[column]) for column in _columns([name])] for name in parts]
    return [*np.min(ends, axis=0)[:2].tolist(), *np.max(ends, axis=0)[2:].tolist()]


def _points(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the five points of the largest face of each image that shows one, (n, 5, 2), in
    fractions of the picture."""
    images = dataset.store.batch(np.sort(rows))
    pixels = [image[..., 0] if image.shape[-1] == 1 else image for image in images]
    with one_thread():
        found = Detector(device="cpu")(pixels)
    points = [faces.points[0] for faces in found if len(faces.points)]
    return np.array(points, dtype=float).reshape(-1, 5, 2) / images.shape[1]


def _boxes(points: np.ndarray) -> dict[str, list[float]]:
    """Return the boxes of the eyes and the mouth from five points, (5, 2)."""
    (left, right), (corner, other) = points[:2], points[3:]
    d = float(np.hypot(*(right - left)))
    eyes, mouth = float(points[:2, 1].mean()), float(points[3:, 1].mean())
    boxes = {
        EYES: (left[0] - d / 2, eyes - d / 2, right[0] + d / 2, eyes + d / 4),
        MOUTH: (corner[0] - d / 4, mouth - d / 3, other[0] + d / 4, mouth + d / 3),
    }
    return {region: np.clip(box, 0, 1).round(4).tolist() for region, box in boxes.items()}

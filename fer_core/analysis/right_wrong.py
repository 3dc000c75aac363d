"""Where the heat of right answers lies, and that of wrong ones: small Grad-CAM maps, per image."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.draws import DRAWS, image_weights, numbered
from fer_core.analysis.intervals import Scored, estimate_of
from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from fer_core.files import read_json
from fer_core.heat_maps import EYES, IMAGES, MOUTH, SIDE, regions_file
from fer_core.parquet_files import read_parquet
from fer_core.persons import PERSON, with_persons
from fer_core.runs import find_runs
from fer_core.study import Cell, Study

LEAST = 10  # images that get the name of an emotion rightly, and wrongly, for a comparison
CELL = ["model", "train", "seed", "test"]
Box = Sequence[float]  # x0, y0, x1, y1 in fractions of the picture, y down


def read_images(study: Study) -> pd.DataFrame:
    """Return the small heat maps of the first seed of each model and training set that has them:
    model, train, seed, test, sample_id, emotion, predicted, right, person and grid, (SIDE, SIDE)
    from 0 to 255. Maps that are zero everywhere are left out. Empty where no run has any."""
    parts = [pd.DataFrame(columns=["model", "train", "seed", *IMAGES])]
    done: set[tuple[str, str]] = set()
    for record in find_runs(study):
        path, cell = record.folder / "cam_images.parquet", (record.model, record.train)
        if cell in done or not path.is_file():
            continue
        part = _read(path, f"run: fer studies explain {study.name}")
        parts.append(part.assign(**record.cell._asdict()))
        done.add(cell)
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table = table.assign(right=table["emotion"] == table["predicted"])
    return with_persons(table, study.name)


def read_regions(study: str, test: str) -> dict[str, Box]:
    """Return the boxes of the eyes and the mouth of a test set; empty where they are not known."""
    path = regions_file(study, test)
    facts = read_json(path) if path.is_file() else {}
    boxes = {name: facts[name] for name in (EYES, MOUTH) if name in facts}
    for box in boxes.values():
        numbers = isinstance(box, list) and all(isinstance(value, int | float) for value in box)
        if not numbers or len(box) != 4 or not (box[0] < box[2] and box[1] < box[3]):
            raise FerError(f"{path} holds no boxes; run: fer studies explain {study}")
    return boxes


def region_share(grids: np.ndarray, box: Box) -> np.ndarray:
    """Return the share of each heat map, (n, s, s), that lies in a box, (n,); cells on its edge
    count by the part of them that is inside."""
    side = grids.shape[-1]
    across, down = (_covered(side, *ends) for ends in ((box[0], box[2]), (box[1], box[3])))
    inside = np.einsum("nyx,y,x->n", grids.astype(float), down, across)
    return inside / grids.sum(axis=(1, 2), dtype=float)


def even_share(box: Box) -> float:
    """Return the share of a box in a heat map that is the same everywhere."""
    return (box[2] - box[0]) * (box[3] - box[1])


def compared(part: pd.DataFrame) -> list[str]:
    """Return the emotions whose name at least LEAST images get rightly, and LEAST wrongly."""
    counts = pd.crosstab(part["predicted"], part["right"].astype(bool))
    counts = counts.reindex(columns=[True, False], fill_value=0)
    enough = set(counts.index[(counts >= LEAST).all(axis=1)])
    return [emotion for emotion in EIGHT if emotion in enough]


def right_wrong_table(
    images: pd.DataFrame, regions: Mapping[str, Mapping[str, Box]]
) -> pd.DataFrame:
    """Return one row per model × training set × test set × region (eyes, mouth) that has a place.

    Columns: model, train, seed, test, region, answers (those that are compared), n_right, n_wrong
    (their images), drawn (by what), even (the region's share of an even map), right, wrong and
    difference (right minus wrong), each with _lo and _hi: the share of the heat that lies in the
    region, mean over the images that get the same answer, then over the answers, so that right and
    wrong differ in no answer that is explained; bootstrap of persons where they are known, else of
    images.

    `images`: of `read_images`; `regions`: boxes by test set, of `read_regions`.
    """
    rows: list[dict[str, object]] = []
    for cell, part in images.groupby(CELL, sort=False):
        named = compared(part)
        part = part[part["predicted"].isin(named)]
        if part.empty:
            continue
        about = dict(zip(CELL, cell, strict=True)) | {"answers": " ".join(named)}
        right = part["right"].to_numpy(bool)
        about |= {"n_right": int(right.sum()), "n_wrong": int((~right).sum())}
        about["drawn"] = "person" if (part[PERSON] != "").any() else "image"
        grids = np.stack(list(part["grid"]))
        for region, box in regions.get(str(about["test"]), {}).items():
            row = about | {"region": region, "even": even_share(box)}
            rows.append(row | _estimates(part, region_share(grids, box), named))
    return pd.DataFrame(rows)


def mean_maps(part: pd.DataFrame) -> dict[tuple[str, bool], tuple[np.ndarray, int]]:
    """Return the mean heat map of each compared answer, where it is right (True) and where wrong,
    in multiples of an even map, and over how many images it is. `part`: of one run and test set."""
    found = {}
    for emotion in compared(part):
        for right in (True, False):
            mine = part[(part["predicted"] == emotion) & (part["right"] == right)]
            grids = np.stack(list(mine["grid"])).astype(float)
            even = grids.mean(axis=(1, 2), keepdims=True)
            found[emotion, right] = (grids / even).mean(axis=0), len(mine)
    return found


def in_order(images: pd.DataFrame, ranked: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the maps by training set and there by the rank of the model, of each its own test set
    first. `ranked`: of `fer_core.analysis.leaderboard.ranked_models`."""
    place = {
        (model, train): i for train, models in ranked.items() for i, model in enumerate(models)
    }
    runs = zip(images["model"], images["train"], strict=True)
    trains, away = images["train"].map(list(ranked).index), images["train"] != images["test"]
    ranks = np.array([place[run] for run in runs])
    order = np.lexsort((away.to_numpy(), ranks, trains.to_numpy()))
    return images.iloc[order].reset_index(drop=True)


def cells_to_draw(images: pd.DataFrame) -> list[tuple[Cell, str]]:
    """Return the test sets of the first model of each training set, where answers can be compared.
    `images`: of `in_order`."""
    keys = images[CELL].drop_duplicates().to_dict("records")
    first: dict[str, str] = {}
    for key in keys:
        first.setdefault(key["train"], key["model"])
    return [
        (cell, key["test"])
        for key in keys
        for cell in [Cell(key["model"], key["train"], int(key["seed"]))]
        if first[key["train"]] == key["model"] and compared(maps_of(images, cell, key["test"]))
    ]


def maps_of(images: pd.DataFrame, cell: Cell, test: str) -> pd.DataFrame:
    """Return the rows of one run and test set."""
    keys = {**cell._asdict(), "test": test}
    return images[np.logical_and.reduce([images[name] == value for name, value in keys.items()])]


def _read(path: Path, again: str) -> pd.DataFrame:
    part = read_parquet(path, IMAGES, again)
    try:
        grids = np.array(part["grid"].tolist(), dtype=np.uint8).reshape(len(part), SIDE, SIDE)
    except (TypeError, ValueError, OverflowError) as error:
        raise FerError(f"{path} holds no heat maps; {again}") from error
    some = grids.any(axis=(1, 2))
    return part[some].assign(grid=list(grids[some]))


def _covered(side: int, low: float, high: float) -> np.ndarray:
    """Return how much of each of `side` cells lies between two fractions, (side,)."""
    edges = np.clip(np.arange(side + 1) / side, low, high)
    return np.diff(edges) * side


def _estimates(part: pd.DataFrame, shares: np.ndarray, answers: Sequence[str]) -> dict[str, float]:
    units = numbered(list(part[PERSON]))
    seed = (0, crc32(str(part["test"].iloc[0]).encode()))
    blocks = [np.ones((1, len(part)), dtype=np.float32), *image_weights(units, seed, DRAWS)]
    weights = np.concatenate(blocks)
    means = {}
    for right in (True, False):
        of = [((part["predicted"] == e) & (part["right"] == right)).to_numpy() for e in answers]
        with np.errstate(invalid="ignore"):  # a draw without any image of an emotion does not count
            each = [(weights[:, at] @ shares[at]) / weights[:, at].sum(axis=1) for at in of]
        means[right] = np.mean(each, axis=0)
    told = {"right": means[True], "wrong": means[False], "difference": means[True] - means[False]}
    found: dict[str, float] = {}
    for name, values in told.items():
        found |= spread(name, estimate_of(Scored(values[:1], values[1:, None])))
    return found

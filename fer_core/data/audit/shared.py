"""What two data sets have in common: photographs and persons."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from fer_core.data.audit.pairs import near_table
from fer_core.data.dataset import Dataset
from fer_core.data.merging import persons

SHARED_CSV = [
    *("dataset_a", "dataset_b", "images_a", "images_b", "copies_a", "copies_b"),
    *("near", "persons"),
]


def shared_table(datasets: Sequence[Dataset], near: pd.DataFrame | None = None) -> pd.DataFrame:
    """SHARED_CSV: one row for each pair of data sets, over the images that are used.

    - images_a, images_b: used images of each
    - copies_a: used images of a whose bytes occur among the used images of b; copies_b likewise
    - near: near copies between the two, of `near` (NEAR_CSV; searched for by default)
    - persons: persons shown in both; missing where one of the two does not know its persons, or
      where the two name them in different ways
    """
    near = near_table(list(datasets)) if near is None else near
    rows = [_row(a, b, near) for a, b in combinations(datasets, 2)]
    return pd.DataFrame(rows, columns=SHARED_CSV).astype({"persons": "Int64"})


def _row(a: Dataset, b: Dataset, near: pd.DataFrame) -> dict[str, object]:
    used = [d.index["excluded"] == "" for d in (a, b)]
    hashes = [d.index.loc[mine & (d.index["sha256"] != ""), "sha256"]
              for d, mine in zip((a, b), used, strict=True)]  # fmt: skip
    shown = [set(persons(d)[mine]) - {""} for d, mine in zip((a, b), used, strict=True)]
    spaces = [{value.partition(":")[0] for value in values} for values in shown]
    names = {a.name, b.name}
    between = near["dataset_a"].isin(names) & near["dataset_b"].isin(names)
    return {
        "dataset_a": a.name,
        "dataset_b": b.name,
        "images_a": int(used[0].sum()),
        "images_b": int(used[1].sum()),
        "copies_a": int(hashes[0].isin(set(hashes[1])).sum()),
        "copies_b": int(hashes[1].isin(set(hashes[0])).sum()),
        "near": int((between & (near["dataset_a"] != near["dataset_b"])).sum()),
        "persons": len(shown[0] & shown[1]) if spaces[0] & spaces[1] else pd.NA,
    }

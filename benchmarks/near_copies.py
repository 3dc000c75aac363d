"""What the search for near copies finds in prepared sets, and what it takes wrongly for a copy.

    OMP_NUM_THREADS=1 python benchmarks/near_copies.py phantom-lab london

Of 120 images of each set one copy of each kind is planted (`fer_core.data.audit.planted`); other
photographs of one person, which are no copies, are compared as well, at most 1,500 pairs of them.
Precision is that of as many copies of all kinds as such pairs: with other shares it is another.
"""

import argparse

import numpy as np
import pandas as pd

from fer_core.data.audit.planted import KINDS, plant
from fer_core.data.copies.descriptors import Descriptors, describe, describe_pixels
from fer_core.data.copies.neighbours import near_pairs
from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset

COPIES, PAIRS = 120, 1500


def recalls(dataset: Dataset, seed: int) -> dict[str, float]:
    """Return, by kind, the share of planted copies that are found
    with their originals among the whole set."""
    whole = describe(dataset, np.arange(len(dataset.index)))
    rows = np.random.default_rng(seed).permutation(len(dataset.index))[:COPIES]
    found = {}
    for kind, change in KINDS.items():
        copies = np.stack([plant(image, change) for image in dataset.store.batch(rows)])
        planted = Descriptors(*describe_pixels(copies), whole.person[rows])
        pairs = near_pairs(planted, whole)
        found[kind] = float(np.mean([i in pairs.b[pairs.a == k] for k, i in enumerate(rows)]))
    return found


def false_alarms(dataset: Dataset, seed: int) -> tuple[int, int]:
    """Return how many pairs of photographs of one person there are, without byte copies, and how
    many of them are taken for near copies; of at most PAIRS drawn ones."""
    index = dataset.index
    person, group = (pd.factorize(index[name])[0] for name in ("person", "group"))
    named = (index["person"] != "").to_numpy()
    same = (person[:, None] == person) & (group[:, None] != group) & named[:, None] & named
    drawn = np.argwhere(np.triu(same, 1))
    drawn = drawn[np.random.default_rng(seed).permutation(len(drawn))[:PAIRS]]
    pairs = near_pairs(describe(dataset, np.arange(len(index))))
    taken = set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
    return len(drawn), sum((int(a), int(b)) in taken for a, b in drawn)


def main() -> None:
    """Print the table of each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name in given.datasets:
        dataset = load_dataset(name)
        found = recalls(dataset, given.seed)
        n, wrong = false_alarms(dataset, given.seed)
        share, recall = wrong / max(n, 1), float(np.mean(list(found.values())))
        print(f"{name}: {len(dataset.index):,} images")
        print("\n".join(f"  {kind:32} {value:.3f}" for kind, value in found.items()))
        print(f"  {wrong:,} of {n:,} pairs of other photographs of one person taken for copies")
        print(f"  recall {recall:.3f}, precision {recall / (recall + share):.3f}", flush=True)


if __name__ == "__main__":
    main()

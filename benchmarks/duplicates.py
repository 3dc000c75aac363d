"""Search for near copies: ours against ImageHash's pHash with brute-force Hamming distances.

    pip install ImageHash
    OMP_NUM_THREADS=1 python benchmarks/duplicates.py [images ...]

Without numbers: 10,000 and 100,000 images. They are generated: smooth noise of 48 pixels, one in a
hundred a copy of another one (mirrored, re-encoded as JPEG, halved in size or cropped by 4 %). Both
ways compare every pair, also with mirror images. Hamming distances are taken by blocks of numpy,
not one by one; up to 10 of 64 bits count as a copy. Without ImageHash only ours runs. Each way has
a process of its own, so that its peak memory is its own.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image

from fer_core.data.audit.planted import KINDS, plant
from fer_core.data.copies.descriptors import NOBODY, Descriptors, describe_pixels
from fer_core.data.copies.neighbours import near_pairs

SIDE, PART, SHARE = 48, 1000, 100
PLANTED = ("mirrored", "JPEG quality 70", "half the size", "cropped by 4 % on every edge")
LIMIT = 10  # bits
BLOCK = (256, 8192)


def images(n: int) -> Iterator[np.ndarray]:
    """Yield parts of the n generated images, uint8 (PART, SIDE, SIDE, 1), never all of them at
    once; the last image of every SHARE is a copy of the first of them."""
    grid = np.linspace(0, 1, SIDE)
    for start in range(0, n, PART):
        rng = np.random.default_rng(start)
        total = np.full((PART, SIDE, SIDE), 128.0, np.float32)
        for cells in (4, 8, 16):
            place = np.arange(cells) / (cells - 1)
            weights = np.maximum(1 - np.abs(grid[:, None] - place) * (cells - 1), 0)
            noise = rng.normal(size=(PART, cells, cells))
            total += (weights @ noise @ weights.T * 30).astype(np.float32)
        part = np.clip(total, 0, 255).astype(np.uint8)[..., None]
        for number, first in enumerate(range(0, PART, SHARE)):
            kind = KINDS[PLANTED[(start // SHARE + number) % len(PLANTED)]]
            part[first + SHARE - 1] = plant(part[first], kind)
        yield part


def ours(n: int) -> set[tuple[int, int]]:
    """Return the pairs found by the project's search."""
    parts = [describe_pixels(part) for part in images(n)]
    coarse, fine = (np.concatenate(column) for column in zip(*parts, strict=True))
    pairs = near_pairs(Descriptors(coarse, fine, np.full(n, NOBODY)), title="ours")
    return set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))


def phash(n: int) -> set[tuple[int, int]]:
    """Return the pairs whose 64-bit pHash, or that of the mirror image,
    differs in at most LIMIT bits."""
    import imagehash

    hashes = np.empty((2, n), np.uint64)
    row = 0
    for part in images(n):
        for image in part[..., 0]:
            for side, view in enumerate((image, image[:, ::-1])):
                bits = imagehash.phash(Image.fromarray(view)).hash
                hashes[side, row] = np.packbits(bits.ravel()).view(np.uint64)[0]
            row += 1
    found = set()
    for top in range(0, n, BLOCK[0]):
        rows = hashes[0, top : top + BLOCK[0], None]
        for left in range(top, n, BLOCK[1]):
            for side in hashes:
                distance = np.bitwise_count(rows ^ side[left : left + BLOCK[1]])
                a, b = np.divmod(np.flatnonzero(distance <= LIMIT), distance.shape[1])
                found |= {(i, j) for i, j in zip(a + top, b + left, strict=True) if i < j}
    return {(int(i), int(j)) for i, j in found}


WAYS = {"ours": ours, "ImageHash": phash}


def measure(way: str, n: int) -> dict[str, float]:
    """Run one way in this process: seconds, peak MB, pairs, and the share of planted ones found."""
    start = time.perf_counter()
    found = WAYS[way](n)
    seconds = time.perf_counter() - start
    planted = {(i, i + SHARE - 1) for i in range(0, n, SHARE)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "cpu": time.process_time(),
        "peak MB": peak,
        "pairs": len(found),
        "recall": len(planted & found) / len(planted),
    }


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--way", choices=WAYS, help="run one way in this process, print JSON")
    given = parser.parse_args()
    if given.way:
        print(json.dumps(measure(given.way, given.images[0])))
        return
    ways = [w for w in WAYS if w == "ours" or importlib.util.find_spec("imagehash")]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    for n in given.images:
        first = 0.0
        for way in ways:
            command = [sys.executable, __file__, str(n), "--way", way]
            answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            facts = json.loads(answer.stdout)
            first = first or facts["cpu"]
            print(
                f"{n:8,} images  {way:10} {facts['seconds']:7.1f} s, {facts['cpu']:7.1f} s of one "
                f"core ({facts['cpu'] / first:.1f} ×), peak {facts['peak MB']:,.0f} MB, "
                f"{facts['pairs']:,} pairs, {facts['recall']:.1%} of the planted copies",
                flush=True,
            )


if __name__ == "__main__":
    main()

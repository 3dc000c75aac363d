"""What preparing costs as data sets grow: images per second and peak memory.

    python benchmarks/scale.py [--images 1000 10000 100000] [--split own made]

Writes that many small JPEG images of noise into class folders (a temporary folder, by threads) and
prepares each set in a process of its own: with the split of its folders, and with one that is made
here, which needs a search for near copies among all pairs. The peak is the resident set of that
process as the kernel counts it (getrusage), less that of a process that only imports the program;
files that the kernel keeps in its own cache are not part of it. Prints a table,
and how cost and memory grow.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
SIDE = 48
MEASURED = """
import json, resource, sys, time
from fer_core.data.prepare.add import add_dataset
start, peak = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if len(sys.argv) > 1:
    dataset = add_dataset("folder", sys.argv[1], as_name="scale", size=48, progress=False)
    assert len(dataset.index) == int(sys.argv[2])
    assert (dataset.index["excluded"] == "").all()
usage = resource.getrusage(resource.RUSAGE_SELF)
facts = {"seconds": time.perf_counter() - start, "before": peak, "peak": usage.ru_maxrss}
print(json.dumps(facts | {"cpu": usage.ru_utime + usage.ru_stime}))
"""


def write_images(folder: Path, n: int, split: str) -> None:
    """Write n JPEG images of blurred noise, shared among the class folders and, with the split
    "own", among the folders train, val and test."""
    parts = ("train",) * 8 + ("val", "test") if split == "own" else ("",)
    for part in set(parts):
        for emotion in EMOTIONS:
            (folder / part / emotion).mkdir(parents=True)

    def write(start: int) -> None:
        random = np.random.default_rng(start)
        for k in range(start, min(start + 1000, n)):
            small = random.integers(0, 256, (12, 12), dtype=np.uint8)
            path = f"{folder}/{parts[k // 7 % len(parts)]}/{EMOTIONS[k % 7]}/{k:07d}.jpg"
            Image.fromarray(small).resize((SIDE, SIDE)).save(path, "JPEG", quality=90)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(0, n, 1000)))


def measure(n: int, split: str) -> dict[str, float]:
    """Prepare n images in a new process; seconds and peak memory in MB, n = 0 prepares none."""
    with tempfile.TemporaryDirectory() as home:
        arguments = []
        if n:
            write_images(Path(home) / "images", n, split)
            arguments = [f"{home}/images", str(n)]
        command = [sys.executable, "-c", MEASURED, *arguments]
        environment = {**os.environ, "FER_DATA": f"{home}/data"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    facts: dict[str, float] = json.loads(done.stdout)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {**facts, "peak": facts["peak"] / unit}


def main() -> None:
    """Measure every size and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--split", nargs="+", choices=("own", "made"), default=["own", "made"])
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {SIDE} px grey JPEG")
    base = measure(0, "own")["peak"]
    print(f"the program alone: {base:,.0f} MB")
    for split in options.split:
        table(split, sorted(options.images), base)


def table(split: str, sizes: list[int], base: float) -> None:
    """Measure every size with one kind of split and print what came out."""
    print(f"split: {split}")
    print("  images   seconds  images/s   CPU s   peak MB  above the program")
    rows = []
    for n in sizes:
        facts = measure(n, split)
        rows.append(facts)
        print(
            f"{n:8,d}  {facts['seconds']:8.1f}  {n / facts['seconds']:8,.0f}  {facts['cpu']:6.1f}"
            f"  {facts['peak']:8,.0f}  {facts['peak'] - base:8,.0f}",
            flush=True,
        )
    if len(sizes) > 1:
        grown = sizes[-1] - sizes[-2]
        per_image = [(facts["seconds"] / n) for n, facts in zip(sizes, rows, strict=True)]
        memory = (rows[-1]["peak"] - rows[-2]["peak"]) / grown * 2**20
        print(f"seconds per image, largest / second largest: {per_image[-1] / per_image[-2]:.2f}")
        print(f"memory per further image: {memory:,.0f} bytes (an image has {SIDE * SIDE:,})")


if __name__ == "__main__":
    main()

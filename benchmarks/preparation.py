"""How fast a set of small images is packed, beside the plain loop, in one run on the same files.

    python benchmarks/preparation.py PATH_OF_FER2013 [--repeat 3]

The plain loop opens the images one by one with Pillow, stacks them and calls numpy.save: no hash,
no shards to resume from, no report of bad files, no check. Both read the same source; a time is the
best of the repeats, taken in turns. Prints images per second of both and their ratio.
"""

import argparse
import io
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from fer_core.data.image import Frame
from fer_core.data.own import Own
from fer_core.data.prepare.plan import Plan
from fer_core.data.prepare.shards import join, pack
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.screen import Screening
from fer_core.data.source import Source
from fer_core.data.store import PIXELS


def plain_loop(reading: Reading, folder: Path) -> None:
    """Open one image after the other, then write one file."""
    paths = reading.rows["path"]
    images = [np.asarray(Image.open(io.BytesIO(reading.read(p))).convert("L")) for p in paths]
    np.save(folder / "plain.npy", np.stack(images))


def packed(reading: Reading, folder: Path) -> None:
    """Pack as the project does: the shards, then the one file of their pixels."""
    card = get_entry("fer2013").card
    how = (Frame(48, 1, None), None, None, Screening(), Own())
    plan = Plan(card, "fer2013", folder, reading, *how, hash="plan")
    pack(plan, folder, progress=False)
    join(plan, folder, folder / PIXELS)


def seconds(work: Callable[[Reading, Path], None], reading: Reading) -> float:
    """Return the wall time of one piece of work in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        work(reading, Path(folder))
        return time.perf_counter() - start


def main() -> None:
    """Time both in turns and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="FER2013 as class folders, zip archive or folder")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    reading = get_entry("fer2013").read(Source.open(arguments.path))
    n = len(reading.rows)
    times = [
        (seconds(packed, reading), seconds(plain_loop, reading)) for _ in range(arguments.repeat)
    ]
    ours, plain = (min(column) for column in zip(*times, strict=True))
    print(f"{n:,} images, {os.cpu_count()} cores, load before and during: {os.getloadavg()[0]:.1f}")
    print(f"packed      {ours:6.2f} s  {n / ours:8,.0f} images/s  (hashed, resumable, checked)")
    print(f"plain loop  {plain:6.2f} s  {n / plain:8,.0f} images/s")
    print(f"ratio       {plain / ours:6.2f}   (packed / plain, images per second)")


if __name__ == "__main__":
    main()

"""Faces found, turned upright and cut out of photographs: images/s beside facenet-pytorch's MTCNN.

    python benchmarks/faces.py PATH_OF_MUXSPACE_ZIP

Ours goes from the files to square crops; theirs decodes the same files one after the other and
calls `MTCNN.detect(photo, landmarks=True)`: no turn, no crop. Smallest face and thresholds are the
same. Ours works with one worker per thread, theirs with as many threads inside torch. The two take
turns on every slice of the photographs, so that both see the same load of the machine; the rates
are over all slices. Also prints how often the two disagree, without and with what ours does
differently on purpose (see `Detector`).
"""

import argparse
import io
import os
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from PIL import Image

from fer_core.faces.cutter import FaceCutter
from fer_core.faces.detect import Detector, Faces

PART = 64  # photographs that a worker takes at a time, as in packing
TARGET = 3.0


def read_files(path: str, count: int | None) -> list[bytes]:
    """The bytes of `count` photographs of the archive, drawn with seed 0; all without a count."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        order = np.random.default_rng(0).permutation(len(names))[:count]
        return [archive.read(names[i]) for i in order]


def ours(cutter: FaceCutter, files: list[bytes], threads: int) -> int:
    """Cut a face out of each file; return how many have one."""

    def work(part: list[bytes]) -> int:
        images = [Image.open(io.BytesIO(content)) for content in part]
        return sum(not cut.failure for cut in cutter(images, [None] * len(images)))

    step = min(PART, -(-len(files) // threads))
    parts = [files[start : start + step] for start in range(0, len(files), step)]
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, parts))


def theirs(mtcnn: Any, files: list[bytes]) -> list[tuple[np.ndarray | None, ...]]:
    """Boxes, probabilities and points of each file."""
    photos = (Image.open(io.BytesIO(content)).convert("RGB") for content in files)
    return [mtcnn.detect(photo, landmarks=True) for photo in photos]


def disagreements(found: list[Faces], reference: list[tuple[np.ndarray | None, ...]]) -> str:
    """In how many photographs the number of faces, or the main box or eyes by over 3 px, differ."""
    counts, moved = 0, 0
    for faces, (boxes, _, points) in zip(found, reference, strict=True):
        if len(faces.boxes) != (0 if boxes is None else len(boxes)):
            counts += 1
        elif boxes is not None and points is not None:
            far = np.abs(boxes[0].astype(float) - faces.boxes[0]).max()
            eyes = np.abs(points[0][:2].astype(float) - faces.points[0][:2]).max()
            moved += int(max(far, eyes) > 3)
    return f"another number of faces in {counts}, main face elsewhere in {moved} of {len(found)}"


def main() -> None:
    """Print the rates, their ratio and the disagreements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", help="muxspace.zip")
    parser.add_argument("--n", type=int, help="photographs; all of them when not given")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--min-face", type=int, default=20, help="pixels, of both")
    parser.add_argument("--slice", type=int, default=256, help="photographs between two turns")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    from facenet_pytorch import MTCNN

    torch.set_num_threads(options.threads)
    files = read_files(options.archive, options.n)
    mtcnn = MTCNN(min_face_size=options.min_face)
    cutter = FaceCutter({"min_face": options.min_face}, device="cpu")
    bare = Detector(options.min_face, device="cpu", reference=True)
    detector = Detector(options.min_face, device="cpu")
    print(
        f"{len(files):,} photographs, {options.threads} threads, smallest face "
        f"{options.min_face} px, load {os.getloadavg()[0]:.1f} before the start"
    )
    ours(cutter, files[:8], options.threads), theirs(mtcnn, files[:8])
    spent, with_face = {"ours": 0.0, "facenet-pytorch": 0.0}, 0
    reference, plain, found = [], [], []
    for start in range(0, len(files), options.slice):
        part = files[start : start + options.slice]
        begun = time.perf_counter()
        with_face += ours(cutter, part, options.threads)
        spent["ours"] += time.perf_counter() - begun
        begun = time.perf_counter()
        reference += theirs(mtcnn, part)
        spent["facenet-pytorch"] += time.perf_counter() - begun
        photos = [Image.open(io.BytesIO(content)) for content in part]
        plain += bare(photos)
        found += detector(photos)
    rates = {name: len(files) / seconds for name, seconds in spent.items()}
    for name, rate in rates.items():
        print(f"  {name:<16}{rate:8.1f} images/s")
    ratio = rates["ours"] / rates["facenet-pytorch"]
    print(f"  ours / facenet-pytorch {ratio:.2f} (target {TARGET:.0f})")
    print(f"  faces cut in {with_face} of {len(files)}")
    print(f"  same method: {disagreements(plain, reference)}")
    print(f"  as used: {disagreements(found, reference)}")


if __name__ == "__main__":
    main()

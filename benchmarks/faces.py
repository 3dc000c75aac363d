"""Faces found, turned upright and cut out of photographs: images/s beside facenet-pytorch's MTCNN.

    python benchmarks/faces.py PATH_OF_MUXSPACE_ZIP

Ours goes from the files to square crops; theirs decodes the same files one after the other and
calls `MTCNN.detect(photo, landmarks=True)`: no turn, no crop. Smallest face and thresholds are the
same. Ours works with one worker per thread; theirs with one thread inside torch and with as many as
ours, and the better of the two counts. All take turns on every slice of the photographs; the rates
are over all slices. Run it on an idle machine: torch's own threads stall beside other work. Also
prints how often ours and theirs disagree, without and
with what ours does differently on purpose (see `Detector`).
"""

import argparse
import io
import os
import time
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image

from fer_core.faces.cutter import FaceCutter
from fer_core.faces.detect import Detector, Faces

PART = 64  # photographs that a worker takes at a time, as in packing
TARGET = 3.0
Answer = tuple[np.ndarray | None, ...]


def read_files(path: str, count: int | None) -> list[bytes]:
    """Read `count` photographs of the archive, drawn with seed 0, as bytes; all without a count."""
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


def theirs(mtcnn: Any, files: list[bytes], threads: int) -> list[Answer]:
    """Return the boxes, probabilities and points of each file."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    photos = (Image.open(io.BytesIO(content)).convert("RGB") for content in files)
    answers = [mtcnn.detect(photo, landmarks=True) for photo in photos]
    torch.set_num_threads(before)
    return answers


def take_turns(
    contenders: dict[str, Callable[[list[bytes]], Any]], files: list[bytes], size: int
) -> tuple[dict[str, float], int, list[Answer]]:
    """Return the images/s of each contender, how many files have a face,
    and what the last contender found."""
    spent = dict.fromkeys(contenders, 0.0)
    with_face, reference = 0, []
    for run in contenders.values():
        run(files[:8])
    for start in range(0, len(files), size):
        for name, run in contenders.items():
            begun = time.perf_counter()
            answer = run(files[start : start + size])
            spent[name] += time.perf_counter() - begun
            if name == "ours":
                with_face += answer
        reference += answer
    rates = {name: len(files) / seconds for name, seconds in spent.items()}
    return rates, with_face, reference


def disagreements(found: list[Faces], reference: list[Answer]) -> str:
    """Say in how many photographs the number of faces, or the main box or eyes
    by over 3 px, differ."""
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

    files = read_files(options.archive, options.n)
    mtcnn = MTCNN(min_face_size=options.min_face)
    cutter = FaceCutter({"min_face": options.min_face}, device="cpu")
    print(
        f"{len(files):,} photographs, {options.threads} threads, smallest face "
        f"{options.min_face} px, load {os.getloadavg()[0]:.1f} before the start"
    )
    contenders: dict[str, Callable[[list[bytes]], Any]] = {
        "ours": lambda part: ours(cutter, part, options.threads)
    }
    for threads in sorted({1, options.threads}):
        name = f"facenet-pytorch, {threads} in torch"
        contenders[name] = partial(theirs, mtcnn, threads=threads)
    rates, with_face, reference = take_turns(contenders, files, options.slice)
    for name, rate in rates.items():
        print(f"  {name:<28}{rate:8.1f} images/s")
    best = max(rate for name, rate in rates.items() if name != "ours")
    print(f"  ours / facenet-pytorch {rates['ours'] / best:.2f} (target {TARGET:.0f})")
    print(f"  faces cut in {with_face} of {len(files)}")
    for name, exactly in (("same method", True), ("as used", False)):
        detector = Detector(options.min_face, device="cpu", reference=exactly)
        parts = [files[start : start + PART] for start in range(0, len(files), PART)]
        found = [
            faces
            for part in parts
            for faces in detector([Image.open(io.BytesIO(content)) for content in part])
        ]
        print(f"  {name}: {disagreements(found, reference)}")


if __name__ == "__main__":
    main()

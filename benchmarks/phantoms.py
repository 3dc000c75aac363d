"""How many faces a second are rendered, frontal and posed, at 48 and 64 pixels.

python benchmarks/phantoms.py [seconds per line]
"""

import os
import sys
import time

from fer_core.data.phantom.dataset import sample_faces
from fer_core.data.phantom.domains import DOMAINS
from fer_core.data.phantom.faces import Faces
from fer_core.data.phantom.render import render_faces

FACES = 1024


def main(seconds: float = 3.0) -> None:
    """Print the rates of each domain, size and number of threads."""
    cores = os.cpu_count() or 1
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f} before the start")
    for name in DOMAINS:
        faces = sample_faces(name, FACES)
        for size in (48, 64):
            for threads in sorted({1, cores}):
                wall, cpu = measure(faces, size, threads, seconds)
                rates = f"{wall:6.0f} faces/s (best round), {cpu:6.0f} per second of one core"
                print(f"{name:15} {size} px  {threads} threads  {rates}", flush=True)


def measure(faces: Faces, size: int, threads: int, seconds: float) -> tuple[float, float]:
    """Return faces a second in the best round, and per second of processor time over all rounds.

    On a busy machine only the second figure means anything.
    """
    render_faces(faces, size, threads)
    best, rounds = 0.0, 0
    start, end = time.process_time(), time.perf_counter() + seconds
    while rounds == 0 or time.perf_counter() < end:
        begin = time.perf_counter()
        render_faces(faces, size, threads)
        best = max(best, len(faces) / (time.perf_counter() - begin))
        rounds += 1
    return best, rounds * len(faces) / (time.process_time() - start)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))

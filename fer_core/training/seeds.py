"""Randomness and devices: every random number is a function of the run's seed and a position
in the run.

Nothing is drawn from a generator that lives as long as the run, so a run that was killed needs no
generator state to go on with the same bits: the epoch and the step are enough.
"""

import os

import numpy as np
import torch

from fer_core.errors import FerError

# Places of a run that draw random numbers. The values are part of every result: do not renumber.
INIT, ORDER, AUGMENT, NET, MIX, SMOTE = range(6)
MOST_THREADS = 1024  # torch starts them all, whatever the processor has


def derive(seed: int, place: int, epoch: int = 0, step: int = 0) -> int:
    """Return a 63-bit seed for one place, epoch and step of the run with this `seed`."""
    words = np.random.SeedSequence([abs(seed), int(seed < 0), place, epoch, step])
    return int(words.generate_state(1, np.uint64)[0] >> np.uint64(1))


def generator(seed: int, place: int, epoch: int = 0, step: int = 0) -> torch.Generator:
    """Return a CPU generator for one place, epoch and step;
    CPU, so that every device sees the same numbers."""
    return torch.Generator().manual_seed(derive(seed, place, epoch, step))


def pick_device(name: str = "auto") -> torch.device:
    """Return the device called `name`; "auto" is CUDA where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise FerError(f"no device {name!r} here ({reason}); use auto, cpu or cuda") from error
    return device


def use_threads(threads: int) -> None:
    """Let torch use so many threads of the processor; 0 leaves it to torch."""
    if not 0 <= threads <= MOST_THREADS:
        raise FerError(f"{threads} threads are not possible; give 0 to {MOST_THREADS:,}")
    if threads:
        torch.set_num_threads(threads)


def be_deterministic(device: torch.device) -> None:
    """Ask torch for the same bits on every run.
    On CUDA, an operation that cannot give them warns."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=device.type != "cpu")
    # Filling new memory with NaN is a debugging aid that costs a pass over every activation.
    torch.utils.deterministic.fill_uninitialized_memory = False

"""What becomes of memory: freed blocks are kept or given back, large arrays lie in files."""

import ctypes
import mmap
import sys
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

# Parameters of mallopt(3) in glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
MOST_MMAP = 32 * 2**20  # the largest value that glibc takes
LARGE = 64 * 2**10
LARGE_ARRAY = 8 * 2**20


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory for the next step, for the rest of this process.

    For a process that makes and frees the same large tensors thousands of times: glibc gives large
    blocks back to the system otherwise, which hands them out again page by page; on a CPU that took
    a quarter of a small net's forward pass. Return False where there is no glibc.
    """
    return _mallopt(M_MMAP_THRESHOLD, MOST_MMAP) and _mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def give_back_freed_memory() -> bool:
    """Tell glibc to give back what is free now, and from now on large freed blocks at once.

    For a process that makes large tables one after the other: it grows otherwise as if it held
    every table that it ever had. (Arrow's own pool would keep them too: see `fer_core`.) Return
    False where there is no glibc.
    """
    large = _mallopt(M_MMAP_THRESHOLD, LARGE) and _mallopt(M_TRIM_THRESHOLD, LARGE)
    return large and bool(ctypes.CDLL(None).malloc_trim(0) in (0, 1))


def forget(array: np.ndarray) -> None:
    """Let go of a memory-mapped array's pages; the system still has them in its cache or its file.

    A pass over the whole array would otherwise count every page of it as this process's memory.
    Arrays in memory are left alone.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def roomy(shape: tuple[int, ...], dtype: type, folder: Path) -> np.ndarray:
    """Return an empty array, in a nameless file in `folder` where it is large; see `forget`."""
    if np.prod(shape) * np.dtype(dtype).itemsize < LARGE_ARRAY:
        return np.empty(shape, dtype)
    with TemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype, "w+", shape=shape)


def _mallopt(parameter: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(parameter, value))
    except (AttributeError, OSError):  # another C library
        return False

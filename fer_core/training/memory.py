"""Memory of a process that makes and frees the same large tensors thousands of times."""

import ctypes
import sys
from functools import cache

# Parameters of mallopt(3) in glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
MOST_MMAP = 32 * 2**20  # the largest value that glibc takes


@cache
def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory for the next step, for the rest of this process.

    It gives large blocks back to the system otherwise, which hands them out again page by page: on
    a CPU that took a quarter of a small net's forward pass. Return False where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, MOST_MMAP) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))

import os
import platform
import subprocess
import sys

import pytest

from fer_core.memory import keep_freed_memory

FAULTS = """
import resource, sys, torch
from fer_core.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def steps(n):
    for _ in range(n):
        tensors = [torch.ones(2**22) for _ in range(3)]  # 16 MB each
        del tensors
steps(5)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
steps(50)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_freed_memory_is_not_given_back_to_the_system():
    # What glibc does by itself depends on what lies in the heap; told so, it always gives back.
    eager = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072"}

    def faults(choice: str) -> int:
        command = [sys.executable, "-c", FAULTS, choice]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=eager)
        return int(done.stdout)

    kept, given_back = faults("keep"), faults("give back")
    assert given_back > 1000  # 50 times 48 MB: 24 pages of 2 MB, or far more of 4 kB
    assert 10 * kept < given_back  # the heap may still grow once


def test_asking_twice_is_the_same():
    assert keep_freed_memory() == keep_freed_memory()

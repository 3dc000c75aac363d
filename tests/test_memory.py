import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from fer_core.memory import LARGE_ARRAY, forget, keep_freed_memory, roomy

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


def test_a_large_array_keeps_its_numbers_when_its_pages_are_let_go(tmp_path):
    large = roomy((LARGE_ARRAY // 1024, 1024), np.uint8, tmp_path)
    numbers = np.random.default_rng(0).integers(0, 256, large.shape, np.uint8)
    large[:] = numbers
    forget(large)
    assert np.array_equal(large, numbers)
    forget(large[5:9])  # a part of it lets go of the whole
    assert np.array_equal(large[5:9], numbers[5:9])
    assert not list(tmp_path.iterdir())  # the file has no name and goes with the array


def test_a_small_array_lies_in_memory(tmp_path):
    small = roomy((3, 4), np.float32, tmp_path / "absent")
    assert type(small) is np.ndarray
    small[:] = 1
    forget(small)
    assert small.sum() == 12


MAPPED = """
import re, sys
from pathlib import Path
from fer_core.memory import forget, roomy
import numpy as np
array = roomy((256, 2**20), np.uint8, Path(sys.argv[2]))
def peak():  # of this program alone: getrusage may count what started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
for row in array:
    row[:] = 1
    if sys.argv[1] == "forget":
        forget(array)
print((peak() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="madvise as Linux has it")
def test_pages_that_are_let_go_are_not_this_processs_memory(tmp_path):
    def grown(choice: str) -> int:
        command = [sys.executable, "-c", MAPPED, choice, str(tmp_path)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert grown("forget") < 64
    assert grown("keep") > 128  # MB

import platform
import subprocess
import sys

import pytest

from fer_core.training.memory import keep_freed_memory

FAULTS = """
import resource, sys, torch
from fer_core.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(200):
    a, b = torch.ones(2**21), torch.ones(2**21)
    del a, b
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_freed_memory_is_not_given_back_to_the_system():
    def faults(choice: str) -> int:
        command = [sys.executable, "-c", FAULTS, choice]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert faults("keep") < 20_000  # 16 MB are 4,096 pages, touched once
    assert faults("give back") > 5 * faults("keep")


def test_asking_twice_is_the_same():
    assert keep_freed_memory() == keep_freed_memory()

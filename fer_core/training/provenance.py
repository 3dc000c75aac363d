"""Where a result comes from: code, versions, machine."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from fer_core import paths

PACKAGES = ("torch", "torchvision", "timm", "numpy", "pandas", "scikit-learn", "grad-cam")
CODE = ("fer_core", "notebooks", "studies")


def commit() -> str:
    """Return the git commit of the checkout, with "+changes" when the code differs from it, or
    "unknown"."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return "unknown"
    return head + ("+changes" if _git("status", "--porcelain", "--", *CODE) else "")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide the numbers."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def hardware(device: torch.device) -> dict[str, Any]:
    """Return the device, the processor and the number of threads."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {"device": name, "cpu": _cpu_name(), "threads": torch.get_num_threads()}


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as handle:
            names = [
                line.split(":", 1)[1].strip() for line in handle if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(paths.root()), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()

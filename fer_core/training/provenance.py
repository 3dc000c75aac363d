"""Where a result comes from: code, versions, machine."""

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch import nn

from fer_core.checkout import head, is_changed

PACKAGES = ("torch", "torchvision", "timm", "numpy", "pandas", "scikit-learn", "grad-cam")


def commit() -> str:
    """Return the git commit of the checkout, with "+changes" when the code differs
    from it, or "unknown"."""
    return head() + ("+changes" if is_changed() else "") if head() else "unknown"


def hash_weights(net: nn.Module) -> str:
    """Return the SHA-256 of a net's names, shapes and numbers: of the weights, not of the file that
    holds them, whose metadata safetensors writes in any order."""
    digest = hashlib.sha256()
    for name, value in net.state_dict().items():
        array = value.detach().cpu().contiguous()
        digest.update(f"{name} {array.dtype} {list(array.shape)}\n".encode())
        digest.update(array.view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


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

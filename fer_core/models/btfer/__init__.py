"""The nets of "Benchmarking deep FER": built from scratch as in its notebooks
(gipinze/ResearchModels_GIT at 2ecb83b), or with another library's trunk."""

from fer_core.models.btfer import (
    branches,
    classic,
    googlenet,
    nasnet,
    repvgg,
    residual,
    sequential,
    smmb,
    transfer,
)

__all__ = [
    "branches",
    "classic",
    "googlenet",
    "nasnet",
    "repvgg",
    "residual",
    "sequential",
    "smmb",
    "transfer",
]

"""Sharpness-aware minimisation: the gradient of a step is taken a little up the hill."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

SMALL = 1e-12  # keeps the division defined where the gradient is 0; as in the paper's code


@contextmanager
def climbed(net: nn.Module, optimizer: torch.optim.Optimizer, rho: float) -> Iterator[None]:
    """Move the weights of `optimizer` by `rho` along their gradients, and back at the end.

    With g the gradient of all these weights as one vector: w + ρ g / ‖g‖₂. Within, gradients are
    taken anew; at the end weights and the net's buffers, running statistics among them, are to the
    bit what they were. Source: Foret et al., Sharpness-aware minimization (2021), eq. 2, p = 2.
    """
    learning = [p for group in optimizer.param_groups for p in group["params"]]
    moved = [p for p in learning if p.grad is not None]
    buffers = list(net.buffers())
    kept = [tensor.detach().clone() for tensor in (*moved, *buffers)]
    gradients = [p.grad for p in moved]
    with torch.no_grad():
        scale = rho / (torch.nn.utils.get_total_norm(gradients) + SMALL)
        torch._foreach_add_(moved, torch._foreach_mul(gradients, scale))
    try:
        yield
    finally:
        with torch.no_grad():
            torch._foreach_copy_([*moved, *buffers], kept)

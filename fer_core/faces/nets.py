"""The three nets of MTCNN with facenet-pytorch's weights, read from inside its package."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_core.errors import FerError

MIDDLE, HALF_RANGE = 127.5, 128.0
INSTALL = "pip install --no-deps facenet-pytorch==2.6.0"


class Nets(NamedTuple):
    """Proposal, refinement and output net, for grey or for RGB pictures."""

    proposal: Any
    refinement: Any
    output: Any


def load_nets(channels: int, device: torch.device) -> Nets:
    """Return the nets for pictures of 1 or 3 channels.

    For grey pictures the three input channels of each first layer are added up: the nets see three
    equal channels then, and the sum of their weights gives the same answer at a third of the work.
    The proposal net's first channels are put in the order of their slopes, for `propose`.
    FerError when facenet-pytorch is not installed.
    """
    try:
        from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
    except ImportError as error:
        raise FerError(f"faces are found with facenet-pytorch, not installed; {INSTALL}") from error
    nets = []
    for kind, name in ((PNet, "pnet"), (RNet, "rnet"), (ONet, "onet")):
        net = kind(pretrained=False)
        with (files("facenet_pytorch") / "data" / f"{name}.pt").open("rb") as file:
            net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        if channels == 1:
            net.conv1.weight = nn.Parameter(net.conv1.weight.sum(1, keepdim=True))
        nets.append(net.eval().requires_grad_(False).to(device))
    proposal, refinement, output = nets
    order = proposal.prelu1.weight.argsort()
    for part in (proposal.conv1.weight, proposal.conv1.bias, proposal.prelu1.weight):
        part.copy_(part[order])
    proposal.conv2.weight.copy_(proposal.conv2.weight[:, order])
    return Nets(
        proposal,
        refinement.to(memory_format=torch.channels_last),
        output.to(memory_format=torch.channels_last),
    )


def normalised(pixels: Tensor) -> Tensor:
    """Return grey levels 0 to 255 as the nets were trained: about -1 to 1."""
    return (pixels - MIDDLE) / HALF_RANGE


def ask(net: nn.Module, crops: Iterable[Tensor]) -> list[Tensor]:
    """Return the answers of the second or third net for some crops (k, channels, side, side)
    at a time."""
    layout = torch.channels_last
    answers = [net(normalised(part).contiguous(memory_format=layout)) for part in crops]
    return [torch.cat(parts) for parts in zip(*answers, strict=True)]


def propose(net: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return features (n, 32, h, w) and face probability (n, h, w)
    of the proposal net at each place."""
    x = activate_and_pool(net.conv1(x), net.prelu1.weight)
    x = net.prelu2(net.conv2(x))
    x = net.prelu3(net.conv3(x))
    no, yes = net.conv4_1(x).unbind(1)
    return x, torch.sigmoid(yes - no)


def proposal_offsets(net: Any, features: Tensor) -> Tensor:
    """Return the shifts (k, 4) of the four box sides for the features (k, 32) of k places."""
    return F.linear(features, net.conv4_2.weight.flatten(1), net.conv4_2.bias)


def activate_and_pool(x: Tensor, slopes: Tensor) -> Tensor:
    """Return `max_pool2d(prelu(x, slopes), 2, 2, ceil_mode=True)`, in a fraction of its time.

    `slopes` rise. A parametric rectifier falls and rises again where its slope is negative, and
    rises elsewhere, so its maximum over a window is at the window's maximum or minimum.
    """
    falling = int((slopes < 0).sum())
    high = F.prelu(pool2(x, torch.maximum), slopes)
    low = F.prelu(pool2(x[:, :falling], torch.minimum), slopes[:falling])
    high[:, :falling] = torch.maximum(high[:, :falling], low)
    return high


def pool2(x: Tensor, extreme: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the largest or smallest of 2 × 2 pixels; an odd last row or column is a window
    of its own."""
    height, width = x.shape[-2] // 2 * 2, x.shape[-1] // 2 * 2
    rows = extreme(x[..., 0:height:2, :], x[..., 1:height:2, :])
    if height < x.shape[-2]:
        rows = torch.cat((rows, x[..., height:, :]), -2)
    cells = extreme(rows[..., 0:width:2], rows[..., 1:width:2])
    if width < x.shape[-1]:
        cells = torch.cat((cells, rows[..., width:]), -1)
    return cells

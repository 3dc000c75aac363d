"""Which layer of a net Grad-CAM looks at."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node, get_gradient_edge

CAM_SIDE = 6  # places a side of a heat map; at 224 px, the last map of most nets has 7


def find_cam_layer(net: nn.Module, size: int) -> str:
    """Return the name of the deepest layer that still tells places apart, "" where there is none.

    A ViT: before its last attention. Another net of timm: the last of its listed feature maps with
    at least CAM_SIDE places a side. Any other net: the last layer with so many places that every
    path from the image to the logits passes, because the map of one of several parallel paths
    explains only that path; where there is no such layer, the last map. Where no map has so many
    places, the most that there are count as enough.
    """
    blocks = getattr(net, "blocks", None)
    if hasattr(net, "num_prefix_tokens") and blocks and hasattr(blocks[-1], "norm1"):
        return f"blocks.{len(blocks) - 1}.norm1"
    modules = dict(net.named_modules())
    listed = [feature["module"] for feature in getattr(net, "feature_info", None) or []]
    listed = [name for name in listed if name in modules]
    logits, image, maps = _trace(net, size)
    names = [name for name in listed or maps if name in maps]
    enough = min(CAM_SIDE, max((maps[name][0] for name in names), default=0))
    fine = [name for name in names if maps[name][0] >= enough]
    if not listed:
        start = get_gradient_edge(image).node
        fine = [name for name in fine if not _reaches(logits.grad_fn, start, maps[name][1])] or fine
    return (fine or listed or [""])[-1]


def map_side(output: object) -> int:
    """Return how many places a side a layer's output has, 0 where it is no square map.

    Maps are (B, C, h, h) or, channels last, (B, h, h, C).
    """
    if not isinstance(output, Tensor) or output.ndim != 4:
        return 0
    _, first, second, third = output.shape
    return second if second == third else first if first == second else 0


def _trace(net: nn.Module, size: int) -> tuple[Tensor, Tensor, dict[str, tuple[int, Node]]]:
    """Run one black image; return its logits, the image, and the side and graph node of the map
    that each submodule gave, in the order of the calls.

    Left out are submodules that run more than once or whose output is changed in place later,
    because a hook on them does not see the map that the net goes on with,
    and those that no gradient passes.
    """
    maps: dict[str, tuple[Tensor, int, Node]] = {}
    calls: Counter[str] = Counter()

    def watch(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(layer: nn.Module, given: Any, output: Any) -> None:
            calls[name] += 1
            if map_side(output) and output.grad_fn is not None:
                maps[name] = output, output._version, output.grad_fn

        return hook

    image = torch.zeros(1, 3, size, size, requires_grad=True)
    named = [(name, layer) for name, layer in net.named_modules() if name]
    hooks = [layer.register_forward_hook(watch(name)) for name, layer in named]
    with _evaluating(net), torch.enable_grad():
        logits = net(image)
    for hook in hooks:
        hook.remove()
    return (
        logits,
        image,
        {
            name: (map_side(output), node)
            for name, (output, version, node) in maps.items()
            if calls[name] == 1 and output._version == version
        },
    )


def _reaches(end: Node | None, start: Node, wall: Node) -> bool:
    """Tell whether the graph leads back from `end` to `start` without passing `wall`."""
    seen, waiting = {wall}, [end]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        if node == start:
            return True
        seen.add(node)
        waiting.extend(before for before, _ in node.next_functions)
    return False


@contextmanager
def _evaluating(net: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training

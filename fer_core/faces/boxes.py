"""Boxes (k, 4) as left, top, right, bottom: made square, shifted, thinned out."""

import torch
from torch import Tensor
from torchvision.ops import nms


def squared(boxes: Tensor) -> Tensor:
    """Return each box grown about its centre to a square of its longer side."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    side = torch.maximum(width, height)
    left = boxes[:, 0] + width * 0.5 - side * 0.5
    top = boxes[:, 1] + height * 0.5 - side * 0.5
    return torch.stack((left, top, left + side, top + side), 1)


def shifted(boxes: Tensor, offsets: Tensor, extra: float) -> Tensor:
    """Return each side moved by its offset (k, 4), in units of the width or height plus `extra`."""
    width, height = boxes[:, 2] - boxes[:, 0] + extra, boxes[:, 3] - boxes[:, 1] + extra
    return boxes + offsets * torch.stack((width, height, width, height), 1)


def clipped(boxes: Tensor, width: int, height: int) -> Tensor:
    """Return each box without what lies outside a picture;
    MTCNN's boxes count from 1 to width, height."""
    low, high = (
        boxes[:, :2].clamp(min=1),
        torch.minimum(boxes[:, 2:], boxes.new_tensor((width, height))),
    )
    return torch.cat((low, high), 1)


def inside(boxes: Tensor, width: int, height: int) -> Tensor:
    """Return the whole pixels of each box inside a picture, from 0;
    empty boxes have no width or height."""
    return clipped(boxes.trunc(), width, height).long() - boxes.new_tensor((1, 1, 0, 0)).long()


def suppress(boxes: Tensor, scores: Tensor, groups: Tensor, overlap: float) -> Tensor:
    """Return the indices that are left when, in each group, no two boxes overlap
    by more than `overlap` (IoU).

    Each group is thinned by itself, so that its answer does not depend on what else is in the
    batch. The better score stays; the indices are ordered by group, then by falling score.
    """
    kept = []
    for rows in _members(groups):
        kept.append(rows[nms(boxes[rows], scores[rows], overlap)])
    return torch.cat(kept) if kept else groups


def suppress_nested(boxes: Tensor, scores: Tensor, groups: Tensor, overlap: float) -> Tensor:
    """Return what `suppress` does, the shared part measured against the smaller
    of the two boxes."""
    kept = []
    for rows in _members(groups):
        waiting = rows[torch.argsort(scores[rows], stable=True).flip(0)]
        while len(waiting):
            first, waiting = waiting[:1], waiting[1:]
            kept.append(first)
            waiting = waiting[shared(boxes[first], boxes[waiting]) <= overlap]
    return torch.cat(kept) if kept else groups


def shared(box: Tensor, others: Tensor) -> Tensor:
    """Return the part (k,) of the smaller of `box` (1, 4) and each other that both cover,
    in whole pixels."""
    low, high = torch.maximum(box[:, :2], others[:, :2]), torch.minimum(box[:, 2:], others[:, 2:])
    area = (box[:, 2:] - box[:, :2] + 1).prod(1)
    areas = (others[:, 2:] - others[:, :2] + 1).prod(1)
    return (high - low + 1).clamp(min=0).prod(1) / torch.minimum(area, areas)


def _members(groups: Tensor) -> tuple[Tensor, ...]:
    order = torch.argsort(groups, stable=True)
    _, counts = torch.unique_consecutive(groups[order], return_counts=True)
    return torch.split(order, counts.tolist()) if len(order) else ()

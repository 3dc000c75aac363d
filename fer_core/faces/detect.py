"""Faces in photographs: MTCNN, for many photographs at once.

Zhang, Zhang, Li, Qiao 2016, "Joint face detection and alignment using multitask cascaded
convolutional networks", doi 10.1109/LSP.2016.2603342, with the nets and weights of
facenet-pytorch: a proposal net runs over a pyramid of reduced pictures, a refinement net judges
what it found, and an output net judges again and names five points of each face.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from fer_core.errors import FerError
from fer_core.faces.boxes import clipped, inside, shifted, squared, suppress, suppress_nested
from fer_core.faces.nets import Nets, ask, load_nets, normalised, proposal_offsets, propose
from fer_core.faces.pictures import Pictures, batches, make_pictures, pyramid

CELL, STRIDE = 12, 2  # pixels that the proposal net looks at, and by which it moves on
SMALL_PASS, LARGE_PASS = (
    2**17,
    2**24,
)  # pixels per pass: what a core's cache holds, what a GPU likes
MIRRORED = [1, 0, 2, 4, 3]  # the points' order in a mirror image
LAST = 48  # side of the last net's input
MIDDLE_STEP, LAST_STEP = 64, 8  # crops that the second and the last net judge at a time
GREY = 128  # of the frame: what the nets take for nothing


class Faces(NamedTuple):
    """Faces of one photograph, the largest first.

    boxes (k, 4): left, top, right, bottom in pixels, which may lie outside the photograph;
    probabilities (k,); points (k, 5, 2): x and y of the eye on the left of the photograph, the eye
    on the right, the nose, the left and the right corner of the mouth.
    """

    boxes: np.ndarray
    probabilities: np.ndarray
    points: np.ndarray


class Found(NamedTuple):
    """Boxes (k, 4) of several pictures, the picture (k,) and score (k,) of each."""

    boxes: Tensor
    picture: Tensor
    scores: Tensor

    def at(self, rows: Tensor) -> "Found":
        """Return some of them, by index or mask."""
        return Found(self.boxes[rows], self.picture[rows], self.scores[rows])


class Detector:
    """Finds faces of at least `min_face` pixels; may be called by several threads at once.

    `thresholds` are the least face probabilities of the three nets and `factor` is the step of the
    pyramid. `device` "auto" is CUDA where there is one. On CUDA a batch runs whole; a core takes
    as many pictures at a time as its cache holds.

    Two things differ from facenet-pytorch. Points and sides of a face that sticks out of the
    photograph are measured in the part of its box that the net saw, not in the whole box. And
    MTCNN misses a face that fills its photograph: where there is none, a second look is taken with
    a grey frame of `frame` times the shorter side around it, for faces of at least a quarter of
    that side (0 = no second look). `reference` leaves out both and gives what facenet-pytorch does.
    """

    def __init__(
        self,
        min_face: int = 20,
        thresholds: Sequence[float] = (0.6, 0.7, 0.7),
        factor: float = 0.709,
        frame: float = 0.25,
        device: str = "auto",
        reference: bool = False,
    ) -> None:
        if min_face < CELL:
            raise FerError(f"min_face {min_face}: MTCNN sees no face under {CELL} pixels")
        if len(thresholds) != 3 or not all(0 < value < 1 for value in thresholds):
            raise FerError(f"thresholds {list(thresholds)}: three probabilities between 0 and 1")
        if not 0 < factor < 1:
            raise FerError(f"factor {factor}: the pyramid shrinks by a number between 0 and 1")
        if not 0 <= frame <= 1:
            raise FerError(f"frame {frame}: a share of the shorter side, from 0 to 1")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.min_face, self.thresholds = min_face, tuple(thresholds)
        self.factor, self.frame, self.reference = factor, 0.0 if reference else frame, reference
        self.device = torch.device(device)
        self._nets = {channels: load_nets(channels, self.device) for channels in (1, 3)}
        self._pass = SMALL_PASS if self.device.type == "cpu" else LARGE_PASS

    def __call__(self, images: Sequence[Image.Image | np.ndarray]) -> list[Faces]:
        """Return the faces of each photograph, uint8 grey (h, w) or RGB (h, w, 3), of any sizes."""
        pixels = [np.asarray(image) for image in images]
        for image in pixels:
            if image.dtype != np.uint8 or image.shape[2:] not in ((), (3,)):
                raise FerError(f"a {image.dtype} image {image.shape}: faces need 8-bit grey or RGB")
        answer: dict[int, Faces] = {}
        with torch.inference_mode():
            for rows in batches(pixels):
                batch = [pixels[row] for row in rows]
                answer |= zip(rows, self._detect(batch, self.min_face), strict=True)
                missed = [row for row in rows if not len(answer[row].boxes)]
                if missed and self.frame:
                    again = self._look_again([pixels[row] for row in missed])
                    answer |= zip(missed, again, strict=True)
        return [answer[row] for row in range(len(pixels))]

    def look(self, patches: Sequence[np.ndarray]) -> list[Faces]:
        """Return the face of each square patch (uint8, all grey or all RGB)
        that shows nothing else.

        Only the last net is asked, about the patch and its mirror image: the mean of both answers
        leans neither way. One face or none per patch, in pixels of the patch.
        """
        size = (LAST, LAST)
        small = [cv2.resize(patch, size, interpolation=cv2.INTER_AREA) for patch in patches]
        x = torch.from_numpy(np.stack(small)).view(len(small), LAST, LAST, -1)
        with torch.inference_mode():
            x = x.permute(0, 3, 1, 2).to(self.device).float()
            answers = ask(self._nets[x.shape[1]].output, torch.cat((x, x.flip(3))).split(LAST_STEP))
        offsets, spots, scores = (answer.cpu().numpy() for answer in answers)
        corners = (offsets + np.array([0, 0, 1, 1])).reshape(2, -1, 2, 2)
        spots = spots.reshape(2, -1, 2, 5).transpose(0, 1, 3, 2)
        corners[1, :, :, 0], spots[1, :, :, 0] = 1 - corners[1, :, ::-1, 0], 1 - spots[1, :, :, 0]
        side = np.array([len(patch) for patch in patches])[:, None]
        boxes = corners.mean(0).reshape(-1, 4) * side
        points = (spots[0] + spots[1][:, MIRRORED]) / 2 * side[:, None]
        scores = scores[:, 1].reshape(2, -1).mean(0)
        counts = (scores > self.thresholds[2]).astype(int).tolist()
        rows = [slice(row, row + count) for row, count in enumerate(counts)]
        return [Faces(boxes[row], scores[row], points[row]) for row in rows]

    def _look_again(self, images: list[np.ndarray]) -> Iterator[Faces]:
        shorter = min(images[0].shape[:2])
        width = round(self.frame * shorter)
        around = ((width, width), (width, width), (0, 0))[: images[0].ndim]
        framed = [np.pad(image, around, constant_values=GREY) for image in images]
        for faces in self._detect(framed, max(self.min_face, shorter // 4)):
            yield faces._replace(boxes=faces.boxes - width, points=faces.points - width)

    def _detect(self, images: list[np.ndarray], min_face: int) -> Iterator[Faces]:
        nets = self._nets[3 if images[0].ndim == 3 else 1]
        pictures = make_pictures(images, self.device)
        found = self._propose(nets, pictures, min_face)
        found = self._refine(nets, pictures, found)
        found, points = self._decide(nets, pictures, found)
        width, height = (found.boxes[:, 2:] - found.boxes[:, :2]).unbind(1)
        order = torch.argsort(width * height, descending=True, stable=True)
        order = order[torch.argsort(found.picture[order], stable=True)]
        counts = torch.bincount(found.picture, minlength=len(images)).tolist()
        parts = (part[order].cpu().split(counts) for part in (found.boxes, found.scores, points))
        for boxes, scores, spots in zip(*parts, strict=True):
            yield Faces(boxes.numpy(), scores.numpy(), spots.numpy())

    def _propose(self, nets: Nets, pictures: Pictures, min_face: int) -> Found:
        """Ask the first net: squares that may show a face."""
        parts, levels = [], []
        count = len(pictures.sums)
        shorter = min(pictures.height, pictures.width)
        scales = pyramid(shorter, CELL, min_face, self.factor)
        for level, scale in enumerate(scales):
            height, width = int(pictures.height * scale + 1), int(pictures.width * scale + 1)
            step = max(1, self._pass // (height * width))
            for start in range(0, count, step):
                part = self._propose_at(nets, pictures, scale, (height, width), start, start + step)
                parts.append(part)
                levels.append(part[0].picture.new_full((len(part[0].picture),), level))
        if not parts:
            empty = pictures.sums.new_zeros(0)
            return Found(empty.float().view(0, 4), empty.long(), empty.float())
        found = Found(*map(torch.cat, zip(*(part[0] for part in parts), strict=True)))
        offsets, level = torch.cat([part[1] for part in parts]), torch.cat(levels)
        # Levels are thinned apart from each other: far away from one another, in whole pixels.
        apart = found.boxes + level[:, None] * 2 * max(pictures.height, pictures.width)
        kept = suppress(apart, found.scores, found.picture, 0.5)
        kept = kept[suppress(found.boxes[kept], found.scores[kept], found.picture[kept], 0.7)]
        boxes = shifted(found.boxes[kept], offsets[kept], extra=0)
        return found.at(kept)._replace(boxes=squared(boxes))

    def _propose_at(
        self,
        nets: Nets,
        pictures: Pictures,
        scale: float,
        size: tuple[int, int],
        start: int,
        stop: int,
    ) -> tuple[Found, Tensor]:
        x = normalised(pictures.resized(*size, start, stop))
        features, scores = propose(nets.proposal, x)
        hits = (scores >= self.thresholds[0]).nonzero()
        picture, y, x = hits.unbind(1)
        corner = torch.stack((x, y, x, y), 1) * STRIDE
        corner = corner + corner.new_tensor((1, 1, CELL, CELL))
        boxes = (corner.float() / scale).floor()
        offsets = proposal_offsets(nets.proposal, features[picture, :, y, x])
        return Found(boxes, picture + start, scores[picture, y, x]), offsets

    def _refine(self, nets: Nets, pictures: Pictures, found: Found) -> Found:
        """Ask the second net: fewer squares, better placed."""
        found, (offsets, scores) = _judge(nets.refinement, pictures, found, 24, MIDDLE_STEP)
        passed = scores[:, 1] > self.thresholds[1]
        found, offsets = found._replace(scores=scores[:, 1]).at(passed), offsets[passed]
        kept = suppress(found.boxes, found.scores, found.picture, 0.7)
        boxes = shifted(found.boxes[kept], offsets[kept], extra=1)
        return found.at(kept)._replace(boxes=squared(boxes))

    def _decide(self, nets: Nets, pictures: Pictures, found: Found) -> tuple[Found, Tensor]:
        """Ask the third net: the faces and their points (k, 5, 2)."""
        found, (offsets, spots, scores) = _judge(nets.output, pictures, found, LAST, LAST_STEP)
        passed = scores[:, 1] > self.thresholds[2]
        found = found._replace(scores=scores[:, 1]).at(passed)
        seen = found.boxes
        if not self.reference:
            seen = clipped(seen, pictures.width, pictures.height)
        size = seen[:, None, 2:] - seen[:, None, :2] + 1
        spots = spots[passed].view(-1, 2, 5).transpose(1, 2)
        points = size * spots + seen[:, None, :2] - 1
        found = found._replace(boxes=shifted(seen, offsets[passed], extra=1))
        kept = suppress_nested(found.boxes, found.scores, found.picture, 0.7)
        return found.at(kept), points[kept]


def _judge(
    net: torch.nn.Module, pictures: Pictures, found: Found, size: int, step: int
) -> tuple[Found, list[Tensor]]:
    """Return the found boxes that show part of their picture, and the net's answers for each."""
    whole = inside(found.boxes, pictures.width, pictures.height)
    seen = (whole[:, 2:] > whole[:, :2]).all(1)
    found, whole = found.at(seen), whole[seen]
    if not len(whole):
        blank = torch.zeros(1, pictures.sums.shape[1], size, size, device=whole.device)
        return found, [answer[:0] for answer in net(blank)]
    parts = [slice(start, start + step) for start in range(0, len(whole), step)]
    return found, ask(net, (pictures.crops(found.picture[p], whole[p], size) for p in parts))

"""From packed pixels to the tensor a net sees: one path for training, validation, prediction and
Grad-CAM, with augmentation or, by `fer_core.models.input`, without."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from fer_core.memory import keep_freed_memory
from fer_core.models.input import as_images, normalised, resize, scaled, to_tensor
from fer_core.recipe_parts import Augment
from fer_core.training.augment import add_noise, adjust_light, draw, sampled_side, warp
from fer_core.training.randaugment import randaugment
from fer_core.training.rectangles import erase


class Pixels(Protocol):
    """Packed images, as `fer_core.data.store.Store` keeps them."""

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Return (n, side, side, channels) uint8 for n row positions."""


@dataclass(frozen=True)
class ImageSet:
    """The pixels of a data set with what training may know about each row."""

    pixels: Pixels
    labels: np.ndarray  # (n,) int64 in canonical order, -1 where there is none
    split: np.ndarray  # (n,) "train", "val" or "test"
    fingerprint: str = ""


@dataclass(frozen=True)
class Preprocess:
    """Pixels on the device as the net wants them: `size` px, three channels,
    normalised by `mean` and `std`."""

    size: int
    mean: Sequence[float]
    std: Sequence[float]
    device: torch.device
    channels_last: bool = False

    def __call__(
        self,
        images: torch.Tensor,
        augment: Augment | None = None,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Return (n, 3, size, size) float32 from (n, channels, side, side) uint8.

        Without `augment`, or when all its values are 0, the images are only resized: bilinear, with
        antialiasing where they shrink. With it, one warp moves and resizes at once, then come the
        operations of RandAugment, light, noise and, after normalisation, what is erased;
        `generator` draws it all.
        """
        images = images.to(self.device, non_blocking=True)
        if augment is None or augment == Augment():
            x = to_tensor(images, self.size, self.mean, self.std)
        else:
            x = normalised(self._augmented(images, augment, generator), self.mean, self.std)
            if augment.erase.probability:
                x = erase(x, augment.erase, generator)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return x.contiguous(memory_format=layout)

    def _augmented(
        self, images: torch.Tensor, augment: Augment, generator: torch.Generator | None
    ) -> torch.Tensor:
        """Return what is still to be normalised, (n, channels, size, size) from 0 to 1."""
        changes = draw(len(images), augment, generator).to(self.device, non_blocking=True)
        x = shrink(scaled(images), sampled_side(augment, self.size))
        x = warp(x, changes, self.size, augment.border)
        if augment.randaugment is not None:
            x = randaugment(x, augment.randaugment, generator)
        x = adjust_light(x, changes)
        return add_noise(x, augment, generator) if augment.noise else x


def shrink(x: torch.Tensor, size: int) -> torch.Tensor:
    """Resize larger images to `size` with antialiasing; leave the others as they are."""
    return resize(x, size) if x.shape[-1] > size else x


def batches(
    pixels: Pixels,
    rows: np.ndarray,
    batch_size: int,
    device: torch.device,
) -> Iterator[torch.Tensor]:
    """Yield (n, channels, side, side) uint8 batches of `rows` in order, one batch read ahead in a
    thread. From then on the process keeps freed memory, see `fer_core.memory`."""

    def read(part: np.ndarray) -> torch.Tensor:
        batch = as_images(pixels.batch(part))
        return batch.pin_memory() if device.type == "cuda" else batch

    keep_freed_memory()
    parts = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, parts[0]) if parts else None
        for following in [*parts[1:], None]:
            if ahead is None:
                return
            current = ahead.result()
            ahead = None if following is None else reader.submit(read, following)
            yield current

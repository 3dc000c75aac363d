"""The pixels of a data set: one memory-mapped uint8 array; batches are slices, not decodes."""

from pathlib import Path

import numpy as np

from fer_core.errors import FerError

PIXELS = "pixels.npy"


class Store:
    """Read-only pixels (n, size, size, channels), one row per row of the index."""

    def __init__(self, pixels: np.ndarray):
        self.pixels = pixels

    @classmethod
    def open(cls, folder: Path | str) -> "Store":
        """Map the store of a prepared data set; a missing or cut-off file raises FerError."""
        path = Path(folder) / PIXELS
        try:
            pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise FerError(
                f"{path} is missing or damaged ({error}); add the data set again"
            ) from error
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1] != pixels.shape[2]:
            raise FerError(
                f"{path} holds {pixels.dtype} of shape {pixels.shape}; add the data set again"
            )
        return cls(pixels)

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return int(self.pixels.shape[3])

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Return the pixels of `rows` copied in order, uint8 (len(rows), size, size, channels)."""
        return np.asarray(self.pixels[np.asarray(rows, dtype=np.intp)])

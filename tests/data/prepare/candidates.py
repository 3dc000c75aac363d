"""Photographs to choose a balanced set from, and a cutter for them."""

import csv
import io

import numpy as np
from PIL import Image

from fer_core.data.prepare.cutting import Cut
from fer_core.emotions import EMOTIONS
from tests.data.made import write_folder


class CentreCutter:
    """Cuts the central half; a photograph of the height 45 has no face, of 47 several."""

    settings = {"name": "centre", "margin": "20px"}  # noqa: RUF012

    def __init__(self):
        self.largest_batch = 0
        self.modes: set[str] = set()

    def __call__(self, images, boxes):
        self.largest_batch = max(self.largest_batch, len(images))
        self.modes |= {image.mode for image in images}
        assert boxes == [None] * len(images)
        return [self.cut(image) for image in images]

    def cut(self, image):
        failure = {45: "no face", 47: "several faces"}.get(image.height, "")
        if failure:
            return Cut(None, failure, {"faces": float(failure != "no face")})
        side = min(image.size) * 3 // 4
        return Cut(image.crop((0, 0, side, side)), "", {"faces": 1.0})


def photo(seed: int, width: int = 48, height: int = 60, **save: object) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **save)
    return buffer.getvalue()


def saved_again(content: bytes) -> bytes:
    """The same picture a little darker and saved as JPEG."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(content)).point(lambda v: round(0.9 * v)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def photos(each: int = 5) -> dict[str, bytes]:
    return {
        f"{emotion}/{k}.png": photo(100 * place + k)
        for place, emotion in enumerate(EMOTIONS)
        for k in range(each)
    }


def sheet(names, **changes: str) -> bytes:
    """sources.csv for these files; authors with whatever a page of the web may hold."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "url", "licence", "author"])
    for name in names:
        row = {"url": f"https://example.org/{name}", "licence": "CC-BY-4.0", "author": 'Ä, "<b>"'}
        row |= changes
        writer.writerow([name, row["url"], row["licence"], row["author"]])
    return text.getvalue().encode()


def candidates(folder, files: dict[str, bytes], listed=None):
    names = list(files) if listed is None else listed
    return write_folder(folder / "candidates", {**files, "sources.csv": sheet(names)})

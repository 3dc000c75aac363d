"""Real faces for the tests of `fer_core.faces`."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image


def photos(archive: Path, count: int) -> list[Image.Image]:
    """`count` photographs of an archive, spread evenly over its names."""
    with zipfile.ZipFile(archive) as files:
        names = sorted(name for name in files.namelist() if name.endswith(".jpg"))
        chosen = names[:: len(names) // count][:count]
        return [Image.open(io.BytesIO(files.read(name))) for name in chosen]


@pytest.fixture(scope="session")
def london(real_data: Path) -> list[Image.Image]:
    """Ten faces, 512 × 512, colour, whole and upright."""
    return photos(real_data / "london.zip", 10)


@pytest.fixture(scope="session")
def news(real_data: Path) -> list[Image.Image]:
    """Forty faces, 350 × 350, grey; many are cut by the border."""
    return photos(real_data / "muxspace.zip", 40)

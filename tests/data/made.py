"""Small made data: pictures of noise, class folders, archives, data sets in memory."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.card import Card
from fer_core.data.dataset import Dataset
from fer_core.data.image import Frame
from fer_core.data.index import build_index, split_hash
from fer_core.data.own import Own
from fer_core.data.prepare.plan import Plan
from fer_core.data.reading import Reading
from fer_core.data.screen import Screening
from fer_core.data.store import Store


def png(seed: int, size: int = 32, colour: bool = False) -> bytes:
    """A PNG of noise, other for every seed."""
    shape = (size, size, 3) if colour else (size, size)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def faces(each: int = 10, colour: bool = False) -> dict[str, bytes]:
    """Pictures in three class folders, by relative name."""
    return {
        f"{emotion}/{number:02d}.png": png(100 * place + number, colour=colour)
        for place, emotion in enumerate(("happy", "sad", "anger"))
        for number in range(each)
    }


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """Write {relative name: bytes} below `folder` and return it."""
    for relative, content in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    """Write {name: bytes} into a zip archive and return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def card(**changes: object) -> Card:
    """A card with the given changes."""
    text = dict.fromkeys(("title", "citation", "licence", "obtain", "persons", "shows"), "-")
    facts = {
        "name": "made",
        "publishable": False,
        "store_size": 4,
        "channels": 1,
        "test_split": "-",
    }
    return Card.model_validate({**text, **facts, **changes})


def plan(reading: Reading, frame: Frame, plan_hash: str = "plan", **changes: object) -> Plan:
    """A plan to pack the images of a reading; its card leaves the channels to the images."""
    made = card(**{"channels": None, **changes})
    path, screening, own = Path("nowhere"), Screening(), Own()
    return Plan(made, "made", path, reading, frame, None, None, screening, own, plan_hash)


def rows(records: list[dict[str, str]]) -> pd.DataFrame:
    """An index from records that name only what matters; the default is a lone happy face."""
    default = {"emotion": "happy", "split": "train", "person": "", "excluded": ""}
    filled = [
        {**default, "sample_id": f"s{number:04d}", "sha256": f"h{number}", **record}
        for number, record in enumerate(records)
    ]
    table = pd.DataFrame(filled).assign(path="p", source_split="", source_label="")
    unreadable = table["excluded"].where(table["excluded"].str.startswith("corrupt"), "")
    return build_index(table, table["sha256"].tolist(), unreadable.tolist())


def dataset(records: list[dict[str, str]], name: str = "made") -> Dataset:
    """A data set in memory; its pixels are black."""
    index = rows(records)
    store = Store(np.zeros((len(index), 4, 4, 1), np.uint8))
    return Dataset(name, card(name=name), index, store, "f" * 64, split_hash(index))

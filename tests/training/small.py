"""A tiny data set and a tiny net: the whole training path in seconds."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image
from torch import nn

from fer_core.data.select import TrainingRows
from fer_core.data.store import Store
from fer_core.emotions import EMOTIONS
from fer_core.history import History
from fer_core.recipe import Recipe
from fer_core.training.images import ImageSet
from fer_core.training.loop import fit
from tests.recipes import changed, recipe

SIDE = 16
BUSY = recipe(
    epochs=4, batch_size=16, lr=3e-3, warmup_epochs=0.5, label_smoothing=0.1,
    class_weights="balanced", sampler="balanced",
    augment={
        "rotate": 10, "shift": 0.1, "zoom": 0.1, "flip": 0.5, "brightness": 0.1, "contrast": 0.1,
    },
)  # fmt: skip

PHASED = changed(
    BUSY,
    phases=[{"epochs": 1, "train": "head"}, {"epochs": 2, "lr": {"trunk": 3e-4, "head": 3e-3}}],
)

# What a step may do beside the plain one, in a few recipes; the tiny net has batch norms.
EXTRAS = {
    "average": changed(PHASED, averaging={"decay": 0.9}),
    "sam": changed(BUSY, optimizer={"name": "adam", "sam": 0.05, "decay": "all"}),
    "mixup": changed(
        BUSY,
        regularisation={"mixup": {"alpha": 0.4, "probability": 0.7}},
        averaging={"decay": 0.9, "buffers": True},
        loss={"weighted_mean": "images"},
    ),
    "parts": changed(
        BUSY,
        data={"accumulate": 2},
        schedule={"name": "table", "trunk": [(2, 1e-3), (4, 1e-4)], "head": [(1, 3e-3), (4, 1e-3)]},
    ),
    "pictures": changed(
        BUSY,
        regularisation={
            "augment": {
                "zoom": 0,
                "scale": [0.8, 1.2],
                "zoom_apart": True,
                "shear": 10,
                "move_probability": 0.7,
                "border": "black",
                "pad": 0.1,
                "gain": 0.2,
                "noise": 0.05,
                "noise_probability": 0.5,
                "randaugment": {"operations": 2, "magnitude": 6},
                "erase": {"probability": 0.5},
            }
        },
        data={"sampler": "oversample"},
    ),
    "crops": changed(
        BUSY, regularisation={"augment": {"crop": [0.5, 1]}}, data={"sampler": "smote"}
    ),
    "enlarged": changed(
        BUSY, regularisation={"augment": {"enlarge": 1.2}}, data={"sampler": "undersample"}
    ),
    "everything": changed(
        BUSY,
        optimizer={"name": "sgd", "sam": 0.05},
        data={"accumulate": 4},
        regularisation={"mixup": {"alpha": 0.4}},
        averaging={"decay": 0.9},
        schedule={"name": "plateau", "patience": 0, "floor": 1e-4},
        phases=[{"epochs": 2, "train": "head", "also": ["3"]}, {"epochs": 2}],
    ),
}

EVERYTHING = EXTRAS["everything"]


def blobs(n: int = 210, seed: int = 0, side: int = SIDE) -> ImageSet:
    """Noisy grey images with a bright bar whose height is the class; the last third is
    validation."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 7
    pixels = rng.integers(0, 120, (n, side, side, 1), dtype=np.uint8)
    for i, label in enumerate(labels):
        pixels[i, 2 * label : 2 * label + 2] += 100
    split = np.where(np.arange(n) < 2 * n // 3, "train", "val")
    return ImageSet(Store(pixels), labels.astype(np.int64), split, "blobs")


def rows_of(images: ImageSet) -> TrainingRows:
    train, validation = (np.flatnonzero(images.split == part) for part in ("train", "val"))
    return TrainingRows(train, validation, {})


def tiny_model(seed: int = 0, side: int = SIDE, width: int = 8) -> SimpleNamespace:
    """A net with all that makes resuming hard: batch norm, dropout, momentum."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(2 * width * (side // 4) ** 2, 7),
    )  # fmt: skip
    return SimpleNamespace(
        net=net, input=SimpleNamespace(size=side, mean=(0.5,) * 3, std=(0.25,) * 3), head=("8.",)
    )


def pooled_model() -> SimpleNamespace:
    """A net that takes any side: a convolution and a mean over places."""
    model = tiny_model()
    torch.manual_seed(1)
    model.net = nn.Sequential(
        nn.Conv2d(3, 7, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    model.classes = EMOTIONS
    return model


def train(
    folder: Path,
    recipe: Recipe = BUSY,
    images: ImageSet | None = None,
    seed: int = 0,
    model: SimpleNamespace | None = None,
    **changes,
) -> tuple[SimpleNamespace, History]:
    """Train the tiny model on the blobs, quietly, on the CPU."""
    images = images or blobs()
    model = model or tiny_model(seed)
    options = {"say": lambda line: None, "device": torch.device("cpu"), **changes}
    return model, fit(model, images, rows_of(images), recipe, folder, seed=seed, **options)


def same_bits(a: SimpleNamespace, b: SimpleNamespace) -> bool:
    left, right = a.net.state_dict(), b.net.state_dict()
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)


def real_faces(folder, n):
    """The first faces of FER2013's training part, a few of each emotion."""
    with zipfile.ZipFile(folder / "fer2013.zip") as archive:
        names = sorted(x for x in archive.namelist() if "/train/" in x and x.endswith(".jpg"))
        kinds = sorted({name.split("/")[2] for name in names})
        chosen = [[x for x in names if x.split("/")[2] == k][: -(-n // 7)] for k in kinds]
        names = [name for group in zip(*chosen, strict=True) for name in group][:n]
        pixels = [np.asarray(Image.open(io.BytesIO(archive.read(x))).convert("L")) for x in names]
    labels = np.array([kinds.index(x.split("/")[2]) for x in names])
    return np.stack(pixels)[..., None], labels

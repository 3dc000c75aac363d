"""What the frozen net makes of images, worked out once and kept in `_build/beyond/`."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fer_core import paths
from fer_core.beyond.record import Settings
from fer_core.data.dataset import Dataset
from fer_core.files import atomic_path
from fer_core.models import Model, create_model
from fer_core.progress import Progress
from fer_core.study import ModelSpec
from fer_core.training.images import Preprocess, batches

BATCH = 64
CPU = torch.device("cpu")


def frozen_model(settings: Settings) -> Model:
    """Return the net of face recognition in evaluation mode; FerError where its file is missing."""
    spec = ModelSpec(backbone="mobilenetv1", input_size=settings.side, weights=settings.weights)
    model = create_model(spec)
    model.net.eval().to(memory_format=torch.channels_last)  # half as fast again on a CPU
    return model


@torch.inference_mode()
def trunk(net: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the maps and the pooled features of images as the net takes them."""
    x = net.bn1(net.conv_stem(x))
    *blocks, last = (block for stage in net.blocks for block in stage)
    for block in blocks:
        x = block(x)
    return x, last(x.clone()).mean(dim=(2, 3))  # its activations work in place


def features(
    model: Model, dataset: Dataset, rows: np.ndarray, mirrored: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is kept of n rows of a data set, or of their mirror images, both float16: maps
    (n, C, h, w) before the last block of the net, and pooled (n, D), what its classifier would see;
    from the cache where they were worked out before."""
    stem = _cache(model, dataset, rows, mirrored)
    files = [stem.with_name(f"{stem.name}-{part}.npy") for part in ("maps", "pooled")]
    if not all(file.is_file() for file in files):
        for file, array in zip(files, _work_out(model, dataset, rows, mirrored), strict=True):
            with atomic_path(file) as temporary, open(temporary, "wb") as handle:
                np.save(handle, array)
    maps, pooled = (np.load(file, allow_pickle=False) for file in files)
    return maps, pooled


def _work_out(
    model: Model, dataset: Dataset, rows: np.ndarray, mirrored: bool
) -> tuple[np.ndarray, np.ndarray]:
    prepare = Preprocess(model.input.size, model.input.mean, model.input.std, CPU, True)
    title = f"{dataset.name}{', mirrored' if mirrored else ''}: features"
    parts = []
    with Progress(title, len(rows)) as progress:
        for images in batches(dataset.store, rows, BATCH, CPU):
            shown = images.flip(-1) if mirrored else images
            parts.append(
                [part.half().contiguous().numpy() for part in trunk(model.net, prepare(shown))]
            )
            progress.advance(len(images))
    maps, pooled = zip(*parts, strict=True)
    return np.concatenate(maps), np.concatenate(pooled)


def _cache(model: Model, dataset: Dataset, rows: np.ndarray, mirrored: bool) -> Path:
    """Return the file of exactly these features: of this net, these pixels and these rows."""
    made_of = f"{model.provenance['sha256']} {model.input.size} {dataset.fingerprint} {mirrored} "
    digest = hashlib.sha256(made_of.encode() + rows.astype(np.int64).tobytes()).hexdigest()
    return paths.root() / "_build" / "beyond" / f"{dataset.name}-{digest[:20]}"

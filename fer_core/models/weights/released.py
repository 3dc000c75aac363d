"""Files of ImageNet weights that torchvision released, called by their names, such as
`resnet50-0676ba61.pth`: the digits at the end begin the file's SHA-256.

They lie in the folder FER_WEIGHTS or, where none is named, in torch's own cache.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch.hub
from torchvision import models

from fer_core import paths
from fer_core.errors import FerError
from fer_core.files import sha256_file

DIGITS = re.compile(r"-([0-9a-f]{8,})\.pth")


class Released(NamedTuple):
    """A file: its address, and the normalisation that it was trained with, of RGB in 0..1."""

    url: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


@cache
def released_files() -> dict[str, Released]:
    """Return the files of torchvision's classifiers by name, as torchvision itself lists them."""
    found = {}
    for net in models.list_models(module=models):
        for weights in models.get_model_weights(net):
            shown = weights.transforms()
            name = weights.url.rpartition("/")[2]
            found[name] = Released(weights.url, tuple(shown.mean), tuple(shown.std))
    return {name: file for name, file in found.items() if DIGITS.search(name)}


def released_path(name: str) -> Path:
    """Return where the file of that name lies or would lie."""
    folder = os.environ.get("FER_WEIGHTS")
    if not folder:
        return Path(torch.hub.get_dir()) / "checkpoints" / name
    if not paths.expand(folder).is_dir():
        raise FerError(f"FER_WEIGHTS names {folder}, which is not a folder; mend or unset it")
    return paths.expand(folder) / name


def get_released(name: str, allow_hub: bool) -> Path:
    """Return the file of that name, downloaded if it is missing and `allow_hub`.

    A missing file, and one whose SHA-256 does not begin as its name says, is a FerError.
    """
    path, url = released_path(name), released_files()[name].url
    if not path.is_file():
        if not allow_hub:
            raise FerError(
                f"no weights {name} in {path.parent}; get {url} and put it there (FER_WEIGHTS "
                f"names the folder), or allow a download with FER_ALLOW_HUB=1"
            )
        _download(url, path)
    digits, found = _digits(name), sha256_file(path)
    if not found.startswith(digits):
        raise FerError(
            f"{path} is not the file that torchvision released: its SHA-256 begins with "
            f"{found[: len(digits)]}; delete it and get {url}"
        )
    return path


def _download(url: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:  # the file gets its name when it is whole and its hash is right
        torch.hub.download_url_to_file(url, str(path), _digits(path.name), progress=False)
    except (OSError, RuntimeError) as error:
        raise FerError(
            f"{url} was not downloaded: {' '.join(str(error).split())[:160]}; "
            f"put the file into {path.parent}"
        ) from error


def _digits(name: str) -> str:
    match = DIGITS.search(name)
    assert match is not None
    return match[1]

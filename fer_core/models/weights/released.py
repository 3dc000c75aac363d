"""Files of ImageNet weights that torchvision and Keras released, called by their names, such as
`resnet50-0676ba61.pth`: the digits at the end begin the file's SHA-256. Of a file of Keras its MD5
is known.

They lie in the folder FER_WEIGHTS or, where none is named, in torch's own cache.
"""

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch.hub
from torchvision import models

from fer_core import paths
from fer_core.errors import FerError
from fer_core.files import atomic_path, sha256_file

DIGITS = re.compile(r"-([0-9a-f]{8,})\.pth")


class Released(NamedTuple):
    """A file: its address, the normalisation that it was trained with, of RGB in 0..1, and its MD5
    where its name does not say its hash.

    Those of Keras have no normalisation here: VGG's takes the channels from blue to red.
    """

    url: str
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    md5: str = ""

    @property
    def owner(self) -> str:
        """Who released the file."""
        return "Keras" if self.md5 else "torchvision"


# The convolutions of nets whose features here are those of Keras, without their classifiers.
# Addresses and MD5 are those of keras/src/applications in Keras 3.15.1.
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
_NO_TOP = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
KERAS = {
    f"vgg16{_NO_TOP}": Released(
        f"{_KERAS}vgg16/vgg16{_NO_TOP}", md5="6d6bbae143d832006294945121d1f1fc"
    ),
    f"vgg19{_NO_TOP}": Released(
        f"{_KERAS}vgg19/vgg19{_NO_TOP}", md5="253f8cb515780f3b799900260a226db6"
    ),
    f"densenet121{_NO_TOP}": Released(
        f"{_KERAS}densenet/densenet121{_NO_TOP}", md5="30ee3e1110167f948a6b9946edeeb738"
    ),
    "efficientnetv2-b0_notop.h5": Released(
        f"{_KERAS}efficientnet_v2/efficientnetv2-b0_notop.h5",
        md5="893217f2bb855e2983157299931e43ff",
    ),
}


@cache
def released_files() -> dict[str, Released]:
    """Return the files of torchvision's classifiers by name, as torchvision itself lists them, and
    those of Keras."""
    found = {}
    for net in models.list_models(module=models):
        for weights in models.get_model_weights(net):
            shown = weights.transforms()
            name = weights.url.rpartition("/")[2]
            found[name] = Released(weights.url, tuple(shown.mean), tuple(shown.std))
    return {name: file for name, file in found.items() if DIGITS.search(name)} | KERAS


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

    A missing file, and one whose hash is not the one that is known of it, is a FerError.
    """
    path, file = released_path(name), released_files()[name]
    if not path.is_file():
        if not allow_hub:
            raise FerError(
                f"no weights {name} in {path.parent}; get {file.url} and put it there (FER_WEIGHTS "
                f"names the folder), or allow a download with FER_ALLOW_HUB=1"
            )
        _download(name, path)
    wrong = _other_hash(name, path)
    if wrong:
        raise FerError(
            f"{path} is not the file that {file.owner} released: its {wrong}; delete it and "
            f"get {file.url}"
        )
    return path


def _other_hash(name: str, path: Path) -> str:
    """Return the hash of the file at `path` in words, "" if it is the one of that name."""
    file = released_files()[name]
    if file.md5:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "md5").hexdigest()
        return "" if found == file.md5 else f"MD5 is {found}"
    digits, found = _digits(name), sha256_file(path)
    return "" if found.startswith(digits) else f"SHA-256 begins with {found[: len(digits)]}"


def _download(name: str, path: Path) -> None:
    url = released_files()[name].url
    try:  # the file gets its name when it is whole and its hash is right
        with atomic_path(path) as new:
            torch.hub.download_url_to_file(url, str(new), progress=False)
            wrong = _other_hash(name, new)
            if wrong:
                raise OSError(f"what came is another file: its {wrong}")
    except (OSError, RuntimeError) as error:
        raise FerError(
            f"{url} was not downloaded: {' '.join(str(error).split())[:160]}; "
            f"put the file into {path.parent}"
        ) from error


def _digits(name: str) -> str:
    match = DIGITS.search(name)
    assert match is not None
    return match[1]

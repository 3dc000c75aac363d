"""Files as Keras 2 wrote weights: a group for each layer, its arrays in the order of the layer."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

Layers = dict[str, list[np.ndarray]]


def write_layers(path: Path, layers: Layers) -> Path:
    """Write the arrays of each layer under names that say nothing; some layers have none."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer, arrays in layers.items():
            names = [f"{layer}/anything_{number}:0" for number in range(len(arrays))]
            group = file.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name in names], dtype="S")
            for name, values in zip(names, arrays, strict=True):
                group[name] = values
    return path


def layers_of(net: Any, seed: int = 0) -> Layers:
    """Fill a Keras net and return its arrays by layer: norms and biases drawn as well, because as
    they start a wrong place would not show."""
    draw = np.random.default_rng(seed)
    layers: Layers = {}
    for layer in net.layers:
        layers[layer.name] = [_drawn(draw, weight) for weight in layer.weights]
        layer.set_weights(layers[layer.name])
    return layers


def _drawn(draw: np.random.Generator, weight: Any) -> np.ndarray:
    if len(weight.shape) == 1:
        return draw.uniform(0.5, 1.5, weight.shape).astype("float32")
    inputs = np.prod(weight.shape[:2]) * (1 if weight.shape[3] == 1 else weight.shape[2])
    return draw.normal(0, np.sqrt(1 / inputs), weight.shape).astype("float32")

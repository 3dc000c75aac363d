"""How strongly each face shows its emotion: intensities of the action units."""

import numpy as np

from fer_core.data.phantom.anatomy import EMFACS
from fer_core.data.phantom.faces import ACTION_UNITS, AU_COLUMN, Array
from fer_core.emotions import EMOTIONS

_STRAY = 0.10  # chance that a unit outside the combination moves a little
_STRAY_MOST = 0.22
_WEAK = 0.08  # chance that a unit of the combination hardly moves


def prototypes() -> Array:
    """Return the EMFACS combinations at full intensity, (7, 14)."""
    units = np.zeros((len(EMOTIONS), len(ACTION_UNITS)), np.float32)
    for row, emotion in enumerate(EMOTIONS):
        units[row, [AU_COLUMN[unit] for unit in EMFACS[emotion]]] = 1
    return units


def sample_units(
    emotion: np.ndarray, strength: tuple[float, float], rng: np.random.Generator
) -> Array:
    """Draw intensities (n, 14) in [0, 1] for emotions given as indices.

    Each face has one strength, each unit varies about it, some units of the combination fail and
    some others stir: weak expressions of related emotions overlap.
    """
    low, high = strength
    n = len(emotion)
    force = low + (high - low) * rng.beta(1.8, 1.3, (n, 1))
    shape = (n, len(ACTION_UNITS))
    units = prototypes()[emotion] * force * (0.7 + 0.5 * rng.random(shape))
    units *= np.where(rng.random(shape) < _WEAK, 0.3, 1.0)
    stray = np.where(rng.random(shape) < _STRAY, _STRAY_MOST * rng.random(shape), 0)
    return np.asarray(np.clip(np.maximum(units, stray), 0, 1), np.float32)

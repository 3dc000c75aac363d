"""What a camera and a web site do to a picture after it is taken: noise, blur, grey, JPEG blocks.

Each `finish_` function takes uint8 pictures (n, size, size, 3) and gives uint8 (n,
size, size, channels).
"""

import numpy as np

from fer_core.data.phantom.faces import Array

# The luminance table of the JPEG standard (ITU-T T.81, table K.1), for quality 50.
_QUANTA = np.array(
    [
        (16, 11, 10, 16, 24, 40, 51, 61),
        (12, 12, 14, 19, 26, 58, 60, 55),
        (14, 13, 16, 24, 40, 57, 69, 56),
        (14, 17, 22, 29, 51, 87, 80, 62),
        (18, 22, 37, 56, 68, 109, 103, 77),
        (24, 35, 55, 64, 81, 104, 113, 92),
        (49, 64, 78, 87, 103, 121, 120, 101),
        (72, 92, 95, 98, 112, 100, 103, 99),
    ],
    np.float32,
)


def finish_lab(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Finish pictures as a good camera does: a little noise."""
    return _levels(_grain(pictures.astype(np.float32), 1.5, rng))


def finish_street(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Finish pictures as a hand-held camera does: exposure, colour cast, some blur, noise."""
    n = len(pictures)
    values = _blurred(pictures.astype(np.float32), _chances(n, 0.4, 0.9, rng))
    exposure = 0.8 + 0.35 * rng.random((n, 1, 1, 1))
    cast = 1 + 0.08 * (2 * rng.random((n, 1, 1, 3)) - 1)
    return _levels(_grain(values * (exposure * cast).astype(np.float32), 6.0, rng))


def finish_web(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Finish pictures as the web has them: grey, any contrast, blurred, noisy, saved as JPEG."""
    n = len(pictures)
    values = pictures.astype(np.float32)
    red, green, blue = (values[..., channel, None] for channel in range(3))
    grey = red * 0.299 + green * 0.587 + blue * 0.114  # ITU-R BT.601
    contrast = (0.7 + 0.5 * rng.random((n, 1, 1, 1))).astype(np.float32)
    brightness = (30 * (2 * rng.random((n, 1, 1, 1)) - 1)).astype(np.float32)
    grey = (grey - 128) * contrast + 128 + brightness
    grey = _grain(_blurred(grey, _chances(n, 0.7, 1.0, rng)), 6.0, rng)
    coarseness = (0.4 + 1.1 * rng.random(n)).astype(np.float32)
    return _levels(jpeg_blocks(grey[..., 0], coarseness)[..., None])


def jpeg_blocks(grey: Array, coarseness: Array) -> Array:
    """Round the cosine coefficients of each 8 x 8 block as a JPEG does.

    `grey` (n, h, w) in [0, 255], h and w multiples of 8; `coarseness` (n,) multiplies the standard
    table: 1 is quality 50, 2 is quality 25.
    """
    n, height, width = grey.shape
    blocks = grey.reshape(n, height // 8, 8, width // 8, 8).transpose(0, 1, 3, 2, 4) - 128
    wave = _cosines()
    waves = np.einsum("ui,nabij->nabuj", wave, blocks)
    waves = np.einsum("nabuj,vj->nabuv", waves, wave)
    step = _QUANTA * coarseness[:, None, None, None, None]
    waves = np.rint(waves / step) * step
    blocks = np.einsum("ui,nabuv->nabiv", wave, waves)
    blocks = np.einsum("nabiv,vj->nabij", blocks, wave)
    rounded: Array = blocks.transpose(0, 1, 3, 2, 4).reshape(n, height, width) + 128
    return rounded


def _cosines() -> Array:
    """Return the orthonormal cosine transform of length 8 (DCT-II), (8, 8)."""
    u, i = np.mgrid[0:8, 0:8]
    wave = np.cos((2 * i + 1) * u * np.pi / 16) * np.where(u == 0, np.sqrt(1 / 8), 0.5)
    return np.asarray(wave, np.float32)


def _chances(n: int, share: float, most: float, rng: np.random.Generator) -> Array:
    """Draw 0 for most rows, up to `most` for a `share` of them; (n, 1, 1, 1)."""
    amount = np.where(rng.random(n) < share, most * rng.random(n), 0)
    return amount.astype(np.float32)[:, None, None, None]


def _blurred(values: Array, amount: Array) -> Array:
    """Mix in a 3 x 3 binomial blur: `amount` 0 is none, 1 is all."""
    soft = values
    for axis in (1, 2):
        edge = [(1, 1) if axis == each else (0, 0) for each in range(4)]
        wide = np.pad(soft, edge, mode="edge")
        size = soft.shape[axis]
        before, middle, after = (
            wide.take(range(start, start + size), axis=axis) for start in range(3)
        )
        soft = (before + after) * 0.25 + middle * 0.5
    mixed: Array = values + amount * (soft - values)
    return mixed


def _grain(values: Array, deviation: float, rng: np.random.Generator) -> Array:
    """Add noise of the given deviation (levels of 255), the same in every channel."""
    grain = rng.standard_normal(values.shape[:3], np.float32)[..., None]
    noisy: Array = values + grain * deviation
    return noisy


def _levels(values: Array) -> np.ndarray:
    return (np.clip(values, 0, 255) + 0.5).astype(np.uint8)

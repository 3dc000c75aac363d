"""How alike two thumbnails are once one is laid on the other: everywhere, not on the whole only."""

import numpy as np

from fer_core.data.copies.descriptors import FINE, FLAT, shading, unit

WINDOW = 24
SCALES = (0.93, 1.0, 1.07)
ROUGH = 0.85  # correlation before the refinement of a pair that is refined
STEPS = 5  # of the refinement
LIMITS = np.array([0.1, 0.1, 1.5, 1.5], np.float32)  # of one step: scale, turn, down, right
BLOCKS = 4  # in each direction, of which the least alike counts
SAME = 0.15  # of an even share of the power: blocks that show little do not decide
PAIRS = 64  # aligned at a time: their windows fit into a processor's cache
SHIFTS = FINE - WINDOW + 1  # of a window in each direction
PROSPECT = 0.03  # below the limit after two steps: of six sets, no pair so far below reached it


def align(
    first: np.ndarray, second: np.ndarray, limit: np.ndarray | float = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Lay n pairs of thumbnails (n, FINE, FINE) on each other; return the correlation of each, and
    that of its least alike block.

    The start is the best of SCALES and of all shifts of a WINDOW; from there scale, turn and shift
    are refined by Gauss-Newton steps on the correlation (Evangelidis and Psarakis, "Parametric
    image alignment using enhanced correlation coefficient maximization", TPAMI 2008). A copy agrees
    in every block; another expression of a face does not at the mouth. A pair without prospect of a
    correlation of `limit`, a number or (n,), is given up early, with the values it has by then.
    """
    n, limit = len(first), np.broadcast_to(np.float32(limit), len(first))
    rough, block = np.zeros((2, n), np.float32)
    scale, shift = np.zeros((2, n), int)
    for part in _slices(n):
        rough[part], scale[part], shift[part] = _start(_smooth(first[part]), _smooth(second[part]))
    correlation, some = rough.copy(), np.flatnonzero(rough > ROUGH)
    for piece in _slices(len(some)):
        pair = some[piece]
        seen, place = _smooth(second[pair]), np.divmod(shift[pair], SHIFTS)
        target = np.lib.stride_tricks.sliding_window_view(seen, (WINDOW, WINDOW), axis=(1, 2))
        target = unit(target[np.arange(len(pair)), *place].reshape(len(pair), -1), FLAT)
        start = np.array(SCALES, np.float32)[scale[pair]]
        patch = _refined(_smooth(first[pair]), target, start, limit[pair])
        correlation[pair] = (patch * target).sum(axis=1)
        block[pair] = least_block(patch, target)
    return correlation, block


def _slices(n: int) -> list[slice]:
    return [slice(start, start + PAIRS) for start in range(0, n, PAIRS)]


def _smooth(images: np.ndarray) -> np.ndarray:
    return SMOOTH @ images.astype(np.float32) @ SMOOTH.T


def _start(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the highest correlation over SCALES and shifts, and which of them it is."""
    n = len(first)
    zoomed = np.stack([zoom @ first @ zoom.T for zoom in ZOOMS], axis=1)
    patches = unit(zoomed.reshape(n, len(ZOOMS), -1), FLAT)
    # lines[n, right, y, x] is second[n, y, x + right]; a window's rows follow each other in it
    lines = np.lib.stride_tricks.sliding_window_view(second, WINDOW, axis=2)
    lines = np.ascontiguousarray(lines.transpose(0, 2, 1, 3)).reshape(n, SHIFTS, -1)
    products = np.empty((n, SHIFTS, SHIFTS, len(ZOOMS)), np.float32)  # down, right
    for down in range(SHIFTS):
        windows = lines[:, :, down * WINDOW : (down + WINDOW) * WINDOW]
        np.matmul(windows, patches.transpose(0, 2, 1), out=products[:, down])
    # The patches have no shading, so that of the windows counts in their norms only.
    surfaces = np.square(SHADES @ second @ SHADES.T).reshape(n, 3, SHIFTS, 3, SHIFTS)
    shade = sum(surfaces[:, i, :, j] for i in range(3) for j in range(3 - i))
    power = WITHIN @ np.square(second) @ WITHIN.T - shade
    norm = np.sqrt(np.maximum(power, (FLAT * WINDOW) ** 2))
    every = (products / norm[..., None]).reshape(n, -1)
    place = every.argmax(axis=1)
    return every[np.arange(n), place], place % len(ZOOMS), place // len(ZOOMS)


def _refined(
    first: np.ndarray, target: np.ndarray, scale: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """Return (n, WINDOW²): of the patches of `first` met on the way, the one most like `target`."""
    n, middle = len(first), np.full(len(first), (FINE - 1) / 2, np.float32)
    warp = np.stack([scale, np.zeros(n, np.float32), middle, middle], axis=1)
    images = np.stack([first, *np.gradient(first, axis=(1, 2))]).reshape(3, n, FINE**2)
    basis = shading(WINDOW)
    best, patch, on = np.full(n, -1, np.float32), np.zeros_like(target), np.arange(n)
    for step in range(STEPS):
        seen, down, right = _sample(images[:, on], *_places(warp[on]))
        seen -= (seen @ basis) @ basis.T
        norm = np.maximum(_length(seen), 1e-6)
        alike = (seen * target[on]).sum(axis=1) / norm
        better = alike > best[on]
        best[on[better]], patch[on[better]] = alike[better], (seen / norm[:, None])[better]
        slopes = [down * DOWN + right * RIGHT, down * RIGHT - right * DOWN, down, right]
        rows = np.stack([*slopes, -target[on] * norm[:, None]], axis=1)
        rows -= (rows @ basis) @ basis.T
        length = np.maximum(_length(rows), 1e-6)
        rows /= length[..., None]
        square = rows @ rows.transpose(0, 2, 1) + DAMPING
        move = np.linalg.solve(square, -(rows @ seen[:, :, None]))
        warp[on] += np.clip(move[:, :4, 0] / length[:, :4], -LIMITS, LIMITS)
        if step:
            on = on[best[on] > limit[on] - PROSPECT]
    return patch


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def _places(warp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale, turn, down, right = (warp[:, i : i + 1] for i in range(4))
    return scale * DOWN + turn * RIGHT + down, scale * RIGHT - turn * DOWN + right


def _sample(images: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return (images, n, places) of (images, n, FINE²), linearly between pixels."""
    y, x = (np.clip(place, 0, FINE - 1.001) for place in (y, x))
    top, left = np.floor(y), np.floor(x)
    y, x = y - top, x - left
    at = (top * FINE + left).astype(np.intp) + np.arange(images.shape[1])[:, None] * FINE**2
    flat = images.reshape(len(images), -1)
    upper, lower = (
        flat.take(at + line, axis=1) * (1 - x) + flat.take(at + (line + 1), axis=1) * x
        for line in (0, FINE)
    )
    return upper + (lower - upper) * y


def least_block(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (n,): the lowest correlation of BLOCKS² parts of two (n, WINDOW²) of norm 1."""
    side = WINDOW // BLOCKS
    a, b = (
        x.reshape(-1, BLOCKS, side, BLOCKS, side)
        .transpose(0, 1, 3, 2, 4)
        .reshape(len(x), -1, side**2)
        for x in (first, second)
    )
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    floor = SAME / BLOCKS**2
    power = [np.square(x).sum(axis=-1) + floor for x in (a, b)]
    return (((a * b).sum(axis=-1) + floor) / np.sqrt(power[0] * power[1])).min(axis=1)


def _zoom(scale: float) -> np.ndarray:
    """Return (WINDOW, FINE), sampling the middle WINDOW × scale pixels, linearly between two."""
    place = (FINE - 1) / 2 + (np.arange(WINDOW) - (WINDOW - 1) / 2) * scale
    return np.maximum(1 - np.abs(place[:, None] - np.arange(FINE)), 0).astype(np.float32)


def _smoother() -> np.ndarray:
    """Return (FINE, FINE): means, weights 1, 2, 1; sampling between pixels then changes little."""
    weights = np.eye(FINE) * 2 + np.eye(FINE, k=1) + np.eye(FINE, k=-1)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _shifted(line: np.ndarray) -> np.ndarray:
    """Return (SHIFTS, FINE): `line` (WINDOW,) where the window of each shift lies, 0 elsewhere."""
    return np.stack([np.pad(line, (i, SHIFTS - 1 - i)) for i in range(SHIFTS)])


def _polynomials() -> np.ndarray:
    """Return (3, WINDOW), orthonormal polynomials of degree 0, 1 and 2."""
    powers = np.linspace(-1, 1, WINDOW)[:, None] ** np.arange(3)
    return np.linalg.qr(powers)[0].T.astype(np.float32)


SMOOTH = _smoother()
ZOOMS = tuple(_zoom(scale) for scale in SCALES)
WITHIN = _shifted(np.ones(WINDOW, np.float32))
# Products of a polynomial of y and one of x, of a degree of 2 together, span `shading`.
SHADES = np.concatenate([_shifted(line) for line in _polynomials()])
DOWN, RIGHT = (
    grid.ravel().astype(np.float32) for grid in np.mgrid[:WINDOW, :WINDOW] - (WINDOW - 1) / 2
)
DAMPING = np.eye(5, dtype=np.float32) * 0.01

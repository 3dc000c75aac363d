"""How alike two thumbnails are once one is laid on the other: everywhere, not on the whole only."""

import numpy as np

from fer_core.data.audit.descriptors import FINE, FLAT, shading, unit

WINDOW = 24
SCALES = (0.93, 1.0, 1.07)
ROUGH = 0.85  # correlation before the refinement of a pair that is refined
STEPS = 5  # of the refinement
LIMITS = np.array([0.1, 0.1, 1.5, 1.5], np.float32)  # of one step: scale, turn, down, right
BLOCKS = 4  # in each direction, of which the least alike counts
SAME = 0.15  # of an even share of the power: blocks that show little do not decide
PAIRS = 64  # aligned at a time: their windows fit into a processor's cache
SURFACES = 6  # of a shading


def align(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of n pairs of thumbnails (n, FINE, FINE), laid on each other: the correlation, and that of
    the least alike block.

    The start is the best of SCALES and of all shifts of a WINDOW; from there scale, turn and shift
    are refined by Gauss-Newton steps on the correlation (Evangelidis and Psarakis, "Parametric
    image alignment using enhanced correlation coefficient maximization", TPAMI 2008). A copy agrees
    in every block; another expression of a face does not at the mouth.
    """
    best = np.zeros((2, len(first)), np.float32)
    for start in range(0, len(first), PAIRS):
        part = slice(start, start + PAIRS)
        best[:, part] = _align(
            *(SMOOTH @ x[part].astype(np.float32) @ SMOOTH.T for x in (first, second))
        )
    return best[0], best[1]


def _align(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(second, (WINDOW, WINDOW), axis=(1, 2))
    rough, scale, shift = _start(first, second, windows)
    found = np.stack([rough, np.zeros_like(rough)])
    some = np.flatnonzero(rough > ROUGH)
    if len(some):
        target = windows[some, *np.divmod(shift[some], windows.shape[2])]
        target = unit(target.reshape(len(some), -1), FLAT)
        patch = _refined(first[some], target, np.array(SCALES, np.float32)[scale[some]])
        found[:, some] = (patch * target).sum(axis=1), least_block(patch, target)
    return found


def _start(
    first: np.ndarray, second: np.ndarray, windows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The highest correlation over SCALES and shifts, and which of them it is."""
    n = len(first)
    zoomed = np.stack([zoom @ first @ zoom.T for zoom in ZOOMS], axis=1)
    patches = unit(zoomed.reshape(n, len(ZOOMS), -1), FLAT)
    flat = windows.reshape(n, -1, WINDOW * WINDOW).transpose(0, 2, 1)
    # The patches have no shading, so that of the windows counts in their norms only.
    basis = np.broadcast_to(shading(WINDOW).T, (n, SURFACES, WINDOW * WINDOW))
    products = np.concatenate([patches, basis], axis=1) @ flat
    shade = np.square(products[:, len(ZOOMS) :]).sum(axis=1)
    power = WITHIN @ np.square(second) @ WITHIN.T
    norm = np.sqrt(np.maximum(power.reshape(n, -1) - shade, (FLAT * WINDOW) ** 2))
    every = (products[:, : len(ZOOMS)] / norm[:, None]).reshape(n, -1)
    place = every.argmax(axis=1)
    return every[np.arange(n), place], *np.divmod(place, norm.shape[1])


def _refined(first: np.ndarray, target: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(n, WINDOW²): of the patches of `first` met on the way, the one most like `target`."""
    n, middle = len(first), np.full(len(first), (FINE - 1) / 2, np.float32)
    warp = np.stack([scale, np.zeros(n, np.float32), middle, middle], axis=1)
    images = np.stack([first, *np.gradient(first, axis=(1, 2))], axis=-1).reshape(n, FINE**2, 3)
    basis = shading(WINDOW)
    best, patch = np.full(n, -1, np.float32), np.zeros_like(target)
    for _ in range(STEPS):
        seen, down, right = np.moveaxis(_sample(images, *_places(warp)), 2, 0)
        seen = seen - (seen @ basis) @ basis.T
        norm = np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6)
        alike = (seen * target).sum(axis=1) / norm[:, 0]
        better = alike > best
        best[better], patch[better] = alike[better], (seen / norm)[better]
        columns = np.stack(
            [down * DOWN + right * RIGHT, down * RIGHT - right * DOWN, down, right, -target * norm],
            axis=2,
        )
        columns -= basis @ (basis.T @ columns)
        length = np.maximum(np.linalg.norm(columns, axis=1), 1e-6)
        columns /= length[:, None]
        turned = columns.transpose(0, 2, 1)
        step = np.linalg.solve(turned @ columns + DAMPING, -(turned @ seen[:, :, None]))
        warp += np.clip(step[:, :4, 0] / length[:, :4], -LIMITS, LIMITS)
    return patch


def _places(warp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale, turn, down, right = (warp[:, i : i + 1] for i in range(4))
    return scale * DOWN + turn * RIGHT + down, scale * RIGHT - turn * DOWN + right


def _sample(images: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(n, places, images) of (n, FINE², images), linearly between pixels."""
    y, x = (np.clip(place, 0, FINE - 1.001) for place in (y, x))
    top, left = np.floor(y), np.floor(x)
    y, x = (y - top)[:, :, None], (x - left)[:, :, None]
    at = (top * FINE + left).astype(np.intp) + np.arange(len(images))[:, None] * FINE**2
    flat = images.reshape(-1, images.shape[-1])
    upper, lower = (flat[at + line] * (1 - x) + flat[at + (line + 1)] * x for line in (0, FINE))
    return upper + (lower - upper) * y


def least_block(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n,): the lowest correlation of BLOCKS × BLOCKS parts of two (n, WINDOW²) of norm 1."""
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
    """(WINDOW, FINE): samples the middle WINDOW × scale pixels, linearly between two of them."""
    place = (FINE - 1) / 2 + (np.arange(WINDOW) - (WINDOW - 1) / 2) * scale
    return np.maximum(1 - np.abs(place[:, None] - np.arange(FINE)), 0).astype(np.float32)


def _smooth() -> np.ndarray:
    """(FINE, FINE): means with weights 1, 2, 1; sampling between pixels then changes little."""
    weights = np.eye(FINE) * 2 + np.eye(FINE, k=1) + np.eye(FINE, k=-1)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


SMOOTH = _smooth()
ZOOMS = tuple(_zoom(scale) for scale in SCALES)
WITHIN = np.stack(  # (shifts, FINE): 1 where the window of a shift lies
    [np.eye(FINE, dtype=np.float32)[i : i + WINDOW].sum(0) for i in range(FINE - WINDOW + 1)]
)
DOWN, RIGHT = (
    grid.ravel().astype(np.float32) for grid in np.mgrid[:WINDOW, :WINDOW] - (WINDOW - 1) / 2
)
DAMPING = np.eye(5, dtype=np.float32) * 0.01

"""The search for near copies: every pair is compared coarsely, the alike ones again in detail.

1. Coarse: the correlation of 12 × 12 thumbnails without shading, all pairs by blocks of matrix
   products, each block once and once more against mirror images.
2. Fine: for each candidate, the highest correlation of the middle 24 × 24 of one 32 × 32 thumbnail,
   also a little smaller and larger, with every 24 × 24 window of the other: copies are often
   cropped a little differently.
Memory: the descriptors, one block and the pairs found; time: the number of pairs.
"""

from typing import Any, NamedTuple

import numpy as np

from fer_core.data.audit.descriptors import COARSE, FINE, FLAT, NOBODY, Descriptors, shading, unit
from fer_core.data.progress import Progress
from fer_core.memory import forget

METHOD = 1  # raise it whenever other pairs are found than before: cached ones are then not used

CANDIDATE = 0.74  # coarse correlation of a pair that is looked at in detail
NEAR = 0.90  # fine correlation of a near copy
# Two people photographed in one studio are as alike as copies are elsewhere: known to be different
# people, they must agree almost exactly.
STRANGERS_CANDIDATE = 0.95
STRANGERS_NEAR = 0.98

WINDOW = 24
SCALES = (0.90, 0.95, 1.0, 1.05, 1.10)
BLOCK = (1024, 2048)
SURFACES = 6  # of a shading
CHUNK = 4096  # candidates whose thumbnails are gathered at a time
PAIRS = 32  # aligned at a time: their windows fit into a processor's cache
QUIET = 20_000  # images that are searched without a word


class Pairs(NamedTuple):
    """Near copies as arrays of equal length: positions `a` and `b`, sorted; `mirrored`; the fine
    `correlation`."""

    a: np.ndarray
    b: np.ndarray
    mirrored: np.ndarray
    correlation: np.ndarray


def near_pairs(
    first: Descriptors,
    second: Descriptors | None = None,
    title: str = "comparing",
    block: tuple[int, int] = BLOCK,
) -> Pairs:
    """Near copies within one set (a < b), or with `second` between two sets.

    `person` of both sets must count the same subjects the same way. A pair that is alike both ways
    round is given once, the way in which it is more alike.
    """
    other = first if second is None else second
    found = [Pairs(np.empty(0, int), np.empty(0, int), np.empty(0, bool), np.empty(0, np.float32))]
    with Progress(title, len(first), len(first) + len(other) > QUIET) as counter:
        for top in range(0, len(first), block[0]):
            rows = first.coarse[top : top + block[0]]
            for left in range(top if second is None else 0, len(other), block[1]):
                columns = other.coarse[left : left + block[1]]
                for mirrored in (False, True):
                    similar = rows @ (mirror(columns) if mirrored else columns).T
                    a, b = candidates(similar, first.person[top:], other.person[left:])
                    a, b = a + top, b + left
                    if second is None:
                        a, b = a[a < b], b[a < b]
                    found.append(_confirmed(first, other, a, b, mirrored))
                for array in (first.fine, other.coarse, other.fine):
                    forget(array)
            counter.advance(len(rows))
    return _once(found)


def candidates(
    similar: np.ndarray, person_a: np.ndarray, person_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a block of coarse correlations that deserve a closer look."""
    flat = np.flatnonzero(similar.ravel() > CANDIDATE)
    a, b = np.divmod(flat, similar.shape[1])
    strangers = are_strangers(person_a[a], person_b[b])
    keep = ~strangers | (similar.ravel()[flat] > STRANGERS_CANDIDATE)
    return a[keep], b[keep]


def method() -> dict[str, Any]:
    """The settings of the search, as JSON values."""
    return {
        "version": METHOD,
        "coarse": {"side": COARSE, "correlation": CANDIDATE, "strangers": STRANGERS_CANDIDATE},
        "fine": {"side": FINE, "window": WINDOW, "scales": list(SCALES), "correlation": NEAR}
        | {"strangers": STRANGERS_NEAR},
    }


def are_strangers(person_a: np.ndarray, person_b: np.ndarray) -> np.ndarray:
    """True where both persons are known and differ."""
    return (person_a != person_b) & (person_a != NOBODY) & (person_b != NOBODY)


def mirror(coarse: np.ndarray) -> np.ndarray:
    """The coarse descriptors (n, COARSE²) of the mirror images."""
    images = coarse.reshape(-1, COARSE, COARSE)[:, :, ::-1]
    return np.ascontiguousarray(images).reshape(coarse.shape)


def align(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The fine correlation of n pairs of thumbnails (n, FINE, FINE): the highest over shifts of up
    to 4 pixels and SCALES."""
    best = np.empty(len(first), np.float32)
    for start in range(0, len(first), PAIRS):
        part = slice(start, start + PAIRS)
        best[part] = _align(first[part].astype(np.float32), second[part].astype(np.float32))
    return best


def _align(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    n = len(first)
    zoomed = np.stack([zoom @ first @ zoom.T for zoom in ZOOMS], axis=1)
    patches = unit(zoomed.reshape(n, len(ZOOMS), -1), FLAT)
    windows = np.lib.stride_tricks.sliding_window_view(second, (WINDOW, WINDOW), axis=(1, 2))
    flat = windows.reshape(n, -1, WINDOW * WINDOW).transpose(0, 2, 1)
    # The patches have no shading, so that of the windows counts in their norms only.
    basis = np.broadcast_to(shading(WINDOW).T, (n, SURFACES, WINDOW * WINDOW))
    products = np.concatenate([patches, basis], axis=1) @ flat
    shade = np.square(products[:, len(ZOOMS) :]).sum(axis=1)
    power = WITHIN @ np.square(second) @ WITHIN.T
    norm = np.sqrt(np.maximum(power.reshape(n, -1) - shade, (FLAT * WINDOW) ** 2))
    return np.minimum((products[:, : len(ZOOMS)].max(axis=1) / norm).max(axis=1), 1.0)


def _zoom(scale: float) -> np.ndarray:
    """(WINDOW, FINE): samples the middle WINDOW × scale pixels, linearly between two of them."""
    place = (FINE - 1) / 2 + (np.arange(WINDOW) - (WINDOW - 1) / 2) * scale
    return np.maximum(1 - np.abs(place[:, None] - np.arange(FINE)), 0).astype(np.float32)


ZOOMS = tuple(_zoom(scale) for scale in SCALES)
WITHIN = np.stack(  # (shifts, FINE): 1 where the window of a shift lies
    [np.eye(FINE, dtype=np.float32)[i : i + WINDOW].sum(0) for i in range(FINE - WINDOW + 1)]
)


def _confirmed(
    first: Descriptors, other: Descriptors, a: np.ndarray, b: np.ndarray, mirrored: bool
) -> Pairs:
    """Those candidates whose fine correlation is that of near copies."""
    correlation = np.empty(len(a), np.float32)
    for start in range(0, len(a), CHUNK):
        part = slice(start, start + CHUNK)
        turned = other.fine[b[part]]
        correlation[part] = align(first.fine[a[part]], turned[:, :, ::-1] if mirrored else turned)
    strangers = are_strangers(first.person[a], other.person[b])
    keep = correlation > np.where(strangers, STRANGERS_NEAR, NEAR)
    return Pairs(a[keep], b[keep], np.full(keep.sum(), mirrored), correlation[keep])


def _once(found: list[Pairs]) -> Pairs:
    a, b, mirrored, correlation = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((mirrored, -correlation, b, a))
    a, b = a[order], b[order]
    new = np.ones(len(a), bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return Pairs(a[new], b[new], mirrored[order][new], correlation[order][new])

"""The search for near copies: every pair is compared coarsely, the alike ones again in detail.

1. Coarse: the correlation of 8 × 8 thumbnails without shading, all pairs by blocks of matrix
   products: the whole of each with the whole of the other and with its central crops, for copies
   are often cropped; mirror images come with the same products.
2. Fine: 32 × 32 thumbnails of the candidates are laid on each other (`alignment`) and must agree on
   the whole and in every part.
Memory: the descriptors, one block and the pairs found; time: the number of pairs.
"""

from typing import Any, NamedTuple

import numpy as np

from fer_core.audited import SEARCH
from fer_core.data.copies.alignment import BLOCKS, ROUGH, SCALES, WINDOW, align
from fer_core.data.copies.descriptors import COARSE, CROPS, FINE, NOBODY, Descriptors
from fer_core.memory import forget
from fer_core.progress import Progress

CANDIDATE = 0.79  # coarse correlation of a pair of whole images that is looked at in detail
CROPPED = 0.84  # of a whole image and a part of another one
NEAR, NEAR_BLOCK = 0.97, 0.75  # fine correlation of a near copy, and of its least alike block
# Photographs of one studio are as alike as copies are elsewhere: in such sets, and where two people
# are known to differ, two images must agree almost exactly.
STRICT_NEAR, STRICT_BLOCK = 0.9965, 0.96
STRANGERS_CANDIDATE = 0.95
STUDIO = 0.4  # mean coarse correlation of all pairs of whole images (London 0.59, FER2013 0.08)
ENOUGH = 50  # images of either side; of fewer nothing is said about a studio

BLOCK = (512, 512)  # the products of a block fit into a processor's cache
CHUNK = 4096  # candidates whose thumbnails are gathered at a time
QUIET = 20_000  # images that are searched without a word
VIEWS = [(0, 0), *((0, k) for k in range(1, len(CROPS))), *((k, 0) for k in range(1, len(CROPS)))]


class Pairs(NamedTuple):
    """Near copies as arrays of equal length: sorted positions `a` and `b`, `mirrored`, and
    the fine `correlation`."""

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
    """Find the near copies within one set (a < b), or with `second` between two sets.

    `person` of both sets must count the same persons the same way. A pair that is alike both ways
    round is given once, the way in which it is more alike.
    """
    other = first if second is None else second
    studio = is_studio(first, second)
    found = [Pairs(np.empty(0, int), np.empty(0, int), np.empty(0, bool), np.empty(0, np.float32))]
    with Progress(title, len(first), len(first) + len(other) > QUIET) as counter:
        for top in range(0, len(first), block[0]):
            rows = slice(top, top + block[0])
            waiting: dict[tuple[int, int], list[tuple[np.ndarray, ...]]] = {}
            places = range(top if second is None else 0, len(other), block[1])
            for left in places:
                columns = slice(left, left + block[1])
                for views in VIEWS:
                    a, b, mirrored = candidates(first.take(rows), other.take(columns), views)
                    a, b = a + top, b + left
                    if second is None:
                        a, b, mirrored = (x[a < b] for x in (a, b, mirrored))
                    mine = waiting.setdefault(views, [])
                    mine.append((a, b, mirrored))
                    # many are aligned faster than a few at a time
                    if left == places[-1] or sum(len(part[0]) for part in mine) > CHUNK:
                        found.append(_confirmed(first, other, waiting.pop(views), views, studio))
                for array in (first.fine, other.coarse, other.fine):
                    forget(array)
            counter.advance(min(block[0], len(first) - top))
    return _once(found)


def candidates(
    first: Descriptors, second: Descriptors, views: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions in two blocks, and whether one is mirrored, of the pairs that deserve a
    closer look; `views` names the crop of either side."""
    limit = CANDIDATE if views == (0, 0) else CROPPED
    rows, columns = first.coarse[:, views[0]], second.coarse[:, views[1]]
    even = rows[:, 0] @ columns[:, 0].T
    both = rows[:, 1] @ columns[:, 1].T
    np.abs(both, out=both)
    both += even
    a, b = np.divmod(np.flatnonzero(both.ravel() > limit), both.shape[1])
    strangers = are_strangers(first.person[a], second.person[b])
    keep = ~strangers | (both[a, b] > STRANGERS_CANDIDATE)
    a, b = a[keep], b[keep]
    odd = (rows[a, 1] * columns[b, 1]).sum(axis=1)
    least = np.where(strangers[keep], STRANGERS_CANDIDATE, limit)
    plain, turned = (np.flatnonzero(even[a, b] + sign * odd > least) for sign in (1, -1))
    some = np.concatenate([plain, turned])
    return a[some], b[some], np.arange(len(some)) >= len(plain)


def method() -> dict[str, Any]:
    """Return the settings of the search, as JSON values."""
    return {
        "version": SEARCH,
        "crops": list(CROPS),
        "coarse": {"side": COARSE, "correlation": CANDIDATE, "cropped": CROPPED}
        | {"strangers": STRANGERS_CANDIDATE},
        "fine": {"side": FINE, "window": WINDOW, "scales": list(SCALES), "rough": ROUGH}
        | {"blocks": BLOCKS, "correlation": NEAR, "least block": NEAR_BLOCK}
        | {"strict": STRICT_NEAR, "strict, least block": STRICT_BLOCK},
        "studio": {"correlation": STUDIO, "images": ENOUGH},
    }


def are_strangers(person_a: np.ndarray, person_b: np.ndarray) -> np.ndarray:
    """Return True where both persons are known and differ."""
    return (person_a != person_b) & (person_a != NOBODY) & (person_b != NOBODY)


def is_studio(first: Descriptors, second: Descriptors | None = None) -> bool:
    """Say whether the images of one set, or those of one and of another, are all much alike."""
    sets = (first, first if second is None else second)
    if min(len(images) for images in sets) < ENOUGH:
        return False
    sums = [images.coarse[:, 0].sum(axis=0, dtype=float) for images in sets]
    total, pairs = (sums[0] * sums[1]).sum(), len(sets[0]) * len(sets[1])
    if second is None:  # without the pairs of an image with itself
        total, pairs = total - np.square(first.coarse[:, 0]).sum(), pairs - len(first)
    return bool(total > STUDIO * pairs)


def _confirmed(
    first: Descriptors,
    other: Descriptors,
    some: list[tuple[np.ndarray, ...]],
    views: tuple[int, int],
    studio: bool,
) -> Pairs:
    """Return those of `some` candidates that are near copies when laid on each other."""
    a, b, mirrored = (np.concatenate(column) for column in zip(*some, strict=True))
    strict = studio | are_strangers(first.person[a], other.person[b])
    limit = np.where(strict, STRICT_NEAR, NEAR)
    correlation, block = np.empty((2, len(a)), np.float32)
    for start in range(0, len(a), CHUNK):
        part = slice(start, start + CHUNK)
        ours, theirs = first.fine[a[part], views[0]], other.fine[b[part], views[1]]
        theirs = np.where(mirrored[part, None, None], theirs[:, :, ::-1], theirs)
        correlation[part], block[part] = align(ours, theirs, limit[part])
    keep = (correlation > limit) & (block > np.where(strict, STRICT_BLOCK, NEAR_BLOCK))
    return Pairs(a[keep], b[keep], mirrored[keep], np.minimum(correlation[keep], 1))


def _once(found: list[Pairs]) -> Pairs:
    a, b, mirrored, correlation = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((mirrored, -correlation, b, a))
    a, b = a[order], b[order]
    new = np.ones(len(a), bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return Pairs(a[new], b[new], mirrored[order][new], correlation[order][new])

"""How the images of a prepared set were framed, and what a net of some input size is fed of it."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.index import BOX, FACE

Framing = dict[str, Any]
Enlarged = Literal["no", "source no larger", "source larger", "unknown"]
How = Literal[
    "generated", "face found", "box of the source", "fixed crop", "whole", "as distributed",
    "compiled",
]  # fmt: skip


def framing(card: Card, index: pd.DataFrame, faces: Mapping[str, Any] | None, side: int) -> Framing:
    """Return plain JSON facts: `how`, the cutter's `detector`, `margin` and `level` (None without
    one), the card's `crop`, the `store`'s side, and the median and the largest side of the squares
    of the `source` images that were stored, in their own pixels (None where not known).

    `how` is "generated", "face found" (by a detector), "box of the source", "fixed crop", "whole"
    (a photograph's central square), "as distributed" (cut by whoever distributes the set) or
    "compiled" (each source in its own way).
    """
    how: How
    if faces is not None:
        how = "face found"
    elif set(BOX) <= set(index.columns):
        how = "box of the source"
    elif card.crop is not None:
        how = "fixed crop"
    elif card.generated is not None:
        how = "generated"
    else:
        how = "whole" if card.faces == "photo" else "as distributed"
    how = "compiled" if card.sources else how
    settings = faces or {}
    return {
        "how": how,
        "detector": settings.get("detector"),
        "margin": settings.get("margin"),
        "level": settings.get("align"),
        "crop": list(card.crop) if how == "fixed crop" and card.crop else None,
        "store": side,
        "source": _sides(index, card),
    }


def parts(framing: Framing) -> dict[str, Framing]:
    """Return the framing of each source of a compiled set by name, with the side that is left of
    its images there; {"": framing} of any other set."""
    sources = framing.get("sources", {})
    side = framing["store"]
    return {name: {**own, "store": min(own["store"], side)} for name, own in sources.items()} or {
        "": framing
    }


def enlarged(framing: Framing, size: int) -> Enlarged:
    """Say whether a net of input `size` enlarges the stored images, and whether their sources have
    more to show. Of a compiled set, the source that fares worst counts."""
    if not framing:
        return "unknown"
    found: set[Enlarged] = {_enlarged(one, size) for one in parts(framing).values()}
    return next(w for w in ("source larger", "unknown", "source no larger", "no") if w in found)


def _enlarged(framing: Framing, size: int) -> Enlarged:
    largest = framing["source"]["largest"]
    if framing["store"] >= size:
        return "no"
    if largest is None:
        return "unknown"
    return "source larger" if int(largest) > framing["store"] else "source no larger"


def _sides(index: pd.DataFrame, card: Card) -> dict[str, float | None]:
    """Return the median and the largest side of the squares that were cut: around a found face, a
    box, or in the whole image."""
    none: dict[str, float | None] = {"median": None, "largest": None}
    if not {"width", "height"} <= set(index.columns):
        return none
    side = index[["width", "height"]].min(axis=1)
    if card.crop is not None:
        side = side * (card.crop[2] - card.crop[0])
    for left, top, right, bottom in (BOX, FACE):
        if left in index:
            sides = pd.concat([index[right] - index[left], index[bottom] - index[top]], axis=1)
            side = sides.max(axis=1, skipna=False).clip(upper=side).fillna(side)
    used = side[(index["excluded"] == "") & side.notna()]
    if used.empty:
        return none
    return {"median": float(used.median()), "largest": float(used.max())}

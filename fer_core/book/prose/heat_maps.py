"""What the mean heat maps of a study say, in words."""

from collections.abc import Sequence

import pandas as pd

from fer_core.book.prose.markdown import listed
from fer_core.figures.cam import lower_share
from fer_core.heat_maps import MEAN

EVEN = 0.5  # the lower half's share of a heat map that is the same everywhere


def about_grids(grids: pd.DataFrame, ready: Sequence[str]) -> str:
    """Say which half of the face the mean heat maps lie on, by emotion, and whether faces are
    shown; maps that are zero everywhere do not count."""
    means = grids[grids["rule"].str.startswith(MEAN)]
    means = means.assign(lower=means["grid"].map(lower_share)).dropna(subset=["lower"])
    tests = list(dict.fromkeys(grids["test"]))
    faces = f"Faces of {listed(ready)} are shown below." if ready else _no_faces(tests)
    by_emotion = [
        f"{emotion} {shares.median():.2f} ({shares.min():.2f} to {shares.max():.2f})"
        for emotion, shares in means.groupby("emotion", sort=False)["lower"]
    ]
    return (
        f"Of {len(means)} mean heat maps, {(means['lower'] > EVEN).sum()} lie more on the lower "
        "half of the picture, with the mouth, than on the upper one, with the eyes and brows. The "
        f"lower half's share of the heat is, in the median and from the least to the largest of "
        f"all models, {listed(by_emotion)}; an even map has {EVEN}. {faces}"
    )


def _no_faces(tests: Sequence[str]) -> str:
    return (
        f"No face is shown on this page: the images of {listed(tests)} are not on the machine that "
        "rendered it, and other test sets may not be shown. The mean heat maps need no image."
    )

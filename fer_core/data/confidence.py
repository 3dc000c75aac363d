"""How sure the label of each image is, where its set says."""

import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.errors import FerError

BOX = "box_confidence"
VOTES = "vote_"


def label_confidence(dataset: Dataset, least: float) -> pd.Series:
    """Return the confidence of every row, NaN where it has none: such a row is below no threshold.

    With votes (columns vote_*, as FER+ has), the share of all votes that the most frequent answer
    has, 0 to 1. Else the confidence of the face box that the distribution gives (ExpW's eighth
    value; it says how sure the detector was of the face, ExpW says nothing of its labels). A set
    with neither, and a `least` that no row reaches, raise FerError.
    """
    index = dataset.index
    votes = [column for column in index if str(column).startswith(VOTES)]
    if votes:
        total = index[votes].sum(axis=1)
        found = (index[votes].max(axis=1) / total).where(total > 0)
    elif BOX in index:
        found = index[BOX].astype(float)
    else:
        raise FerError(
            f"{dataset.name} tells no confidence of its labels; leave it out of label_confidence "
            "(sets with votes as FER+, or with a confidence of the face box as ExpW, have one)"
        )
    if not (found >= least).any():
        raise FerError(
            f"label_confidence {least:g} of {dataset.name} is above all its values, "
            f"{found.min():.3g} to {found.max():.3g}; choose a lower one"
        )
    return found

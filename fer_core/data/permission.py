"""Whose pixels may be shown: the card of a data set decides, and an unknown set may not.

The only guard: heat maps are kept, faces are handed out and figures enter the book through it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.card import Card
from fer_core.data.dataset import dataset_dir, prepared_datasets, read_facts
from fer_core.data.load import load_dataset
from fer_core.data.own import current_card
from fer_core.data.registry import get_entry, list_datasets
from fer_core.errors import FerError, UnknownNameError


def is_publishable(dataset: str) -> bool:
    """Say whether the card of a registered or prepared data set allows its pixels to be published;
    of a compiled set, whether those of its sources that are here still do, too."""
    card = _card(dataset)
    sources = [_card(source).get("publishable", True) for source in card.get("sources", ())]
    return card.get("publishable") is True and all(sources)


def credit(dataset: str) -> str:
    """Name whose images a figure shows, under which licence, and whether they were changed."""
    card = _card(dataset)
    changed = "" if card.get("generated") else "; cropped and resized"
    return f"Images: {card.get('citation', dataset)} ({card.get('licence', 'unknown')}){changed}."


def require_publishable(datasets: Iterable[str], what: str) -> None:
    """Refuse, in one line, anything that shows a data set whose card does not allow it."""
    for dataset in datasets:
        if not is_publishable(dataset):
            raise FerError(
                f"{what} shows faces of {dataset!r}, whose card says publishable: false; "
                "show a phantom or another publishable data set instead"
            )


def shown_here(names: Sequence[str]) -> list[str]:
    """Return the data sets whose faces may be published and are at hand: prepared, or drawn."""
    ready = prepared_datasets()
    return [name for name in names if is_publishable(name) and (name in ready or _drawn(name))]


def faces(dataset: str, sample_ids: Sequence[str]) -> np.ndarray:
    """Return (n, h, w, channels) uint8 images of a publishable data set that is prepared here."""
    require_publishable([dataset], "what was asked for")
    loaded = load_dataset(dataset)
    rows = pd.Index(loaded.index["sample_id"]).get_indexer(list(sample_ids))
    if (rows < 0).any():
        missing = sample_ids[int(np.argmin(rows))]
        raise FerError(
            f"{dataset} has no image {missing!r}: it was prepared in another way than for these "
            "results; add it again with `fer data add`, then run the study again"
        )
    return loaded.store.batch(rows)


def _card(dataset: str) -> dict[str, Any]:
    try:
        return get_entry(dataset).card.model_dump()
    except UnknownNameError:
        facts = read_facts(dataset_dir(dataset))
        if facts is None:
            return {}
        card = Card.model_validate(facts["card"])
        return current_card(card, facts["reader"], facts.get("own", {})).model_dump()


def _drawn(name: str) -> bool:
    return name in list_datasets() and get_entry(name).generate is not None

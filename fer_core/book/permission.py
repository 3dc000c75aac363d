"""Whose pixels may be shown: the card of a data set decides, and an unknown set may not."""

from collections.abc import Iterable
from typing import Any

from fer_core import paths
from fer_core.data.registry import get_entry
from fer_core.errors import FerError, UnknownNameError
from fer_core.files import read_json


def is_publishable(dataset: str) -> bool:
    """Whether the card of a registered or prepared data set allows its pixels to be published; of a
    compiled set, whether those of its sources that are here still do, too."""
    card = _card(dataset)
    sources = [_card(source).get("publishable", True) for source in card.get("sources", ())]
    return card.get("publishable") is True and all(sources)


def credit(dataset: str) -> str:
    """Name whose images a figure shows, under which licence, and whether they were changed."""
    card = _card(dataset)
    changed = "" if card.get("generated") else "; cropped and resized"
    return f"Images: {card.get('citation', dataset)} ({card.get('licence', 'unknown')}){changed}."


def _card(dataset: str) -> dict[str, Any]:
    try:
        return get_entry(dataset).card.model_dump()
    except UnknownNameError:
        prepared = paths.data_dir() / dataset / "dataset.json"
        return read_json(prepared).get("card", {}) if prepared.is_file() else {}


def require_publishable(datasets: Iterable[str], what: str) -> None:
    """Refuse, in one line, anything that shows a data set whose card does not allow it."""
    for dataset in datasets:
        if not is_publishable(dataset):
            raise FerError(
                f"{what} shows faces of {dataset!r}, whose card says publishable: false; "
                "show a phantom or another publishable data set instead"
            )

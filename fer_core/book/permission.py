"""Whose pixels may be shown: the card of a data set decides, and an unknown set may not."""

from collections.abc import Iterable
from typing import Any

from fer_core.data.card import Card
from fer_core.data.dataset import dataset_dir, read_facts
from fer_core.data.own import current_card
from fer_core.data.registry import get_entry
from fer_core.errors import FerError, UnknownNameError


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
        facts = read_facts(dataset_dir(dataset))
        if facts is None:
            return {}
        card = Card.model_validate(facts["card"])
        return current_card(card, facts["reader"], facts.get("own", {})).model_dump()


def require_publishable(datasets: Iterable[str], what: str) -> None:
    """Refuse, in one line, anything that shows a data set whose card does not allow it."""
    for dataset in datasets:
        if not is_publishable(dataset):
            raise FerError(
                f"{what} shows faces of {dataset!r}, whose card says publishable: false; "
                "show a phantom or another publishable data set instead"
            )

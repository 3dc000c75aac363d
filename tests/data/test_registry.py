"""Every registered set has a whole card, and no two share a name."""

import pytest

from fer_core.data.registry import get_entry, list_datasets, register
from tests.data.made import card

PUBLISHABLE = {"london", "phantom-lab", "phantom-street", "phantom-web"}


@pytest.mark.parametrize("name", list_datasets())
def test_a_card_says_everything(name):
    entry = get_entry(name)
    facts = entry.card.model_dump()
    assert entry.card.name == name
    assert all(
        facts[key] for key in ("title", "citation", "licence", "obtain", "subjects", "shows")
    )
    assert entry.card.problems
    assert (entry.read is None) == (entry.generate is not None)
    assert (entry.card.generated is None) == (entry.generate is None)


def test_only_sets_with_a_free_licence_may_be_shown():
    assert {n for n in list_datasets() if get_entry(n).card.publishable} == PUBLISHABLE


def test_two_sets_of_one_name_are_refused():
    list_datasets()
    with pytest.raises(ValueError, match="registered as 'nhfi'"):
        register(card(name="nhfi"))(lambda source: None)

"""Every registered set has a whole card, and no two share a name."""

import re

import pytest

from fer_core.data.registry import get_entry, list_datasets, register
from tests.data.made import card

PUBLISHABLE = {"london", "phantom-lab", "phantom-street", "phantom-web"}


@pytest.mark.parametrize("name", list_datasets())
def test_a_card_says_everything(name):
    entry = get_entry(name)
    facts = entry.card.model_dump()
    assert entry.card.name == name
    assert all(facts[key] for key in ("title", "citation", "licence", "obtain", "persons", "shows"))
    assert entry.card.problems
    assert (entry.read is None) == (entry.generate is not None)
    assert (entry.card.generated is None) == (entry.generate is None)


COUNT = re.compile(
    r"\b\d{1,3}(?:,\d{3})+\b|\b\d+ (?:of \d+ |labelled |training |test )*"
    r"(?:images|photographs|faces|people|sequences|participants|disgust|fear|sad|angry|happy)\b"
)
NAMED = re.compile(r"published|by others|public list|recounted|issue \d+")


@pytest.mark.parametrize("name", [n for n in list_datasets() if get_entry(n).read is not None])
def test_a_count_on_a_card_is_published_somewhere_and_says_so(name):
    """What was read here is counted when it is prepared: a card would say it of other files."""
    card = get_entry(name).card
    texts = (*card.problems, card.shows, card.persons, card.test_split)
    assert [text for text in texts if COUNT.search(text) and not NAMED.search(text)] == []
    assert "distributed files" not in card.tested_on


def test_the_pattern_of_a_count_finds_those_that_cards_had():
    for text in ("only 12 disgust and 12 fear", "269 of the 5,558 images", "9 images of contempt"):
        assert COUNT.search(text)
    assert not COUNT.search("48 x 48 grey, labelled by ten people each, 2013")


def test_only_sets_with_a_free_licence_may_be_shown():
    assert {n for n in list_datasets() if get_entry(n).card.publishable} == PUBLISHABLE


def test_two_sets_of_one_name_are_refused():
    list_datasets()
    with pytest.raises(ValueError, match="registered as 'nhfi'"):
        register(card(name="nhfi"))(lambda source: None)

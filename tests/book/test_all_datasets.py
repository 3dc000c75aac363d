"""The page "All data sets" shows every card, literally."""

import re
from pathlib import Path

import pandas as pd
import pytest

from fer_core.book.all_datasets import (
    OTHERS,
    card_text,
    read_others,
    readers_table,
    write_all_datasets,
)
from fer_core.book.markdown import plain
from fer_core.book.summaries import card_table
from fer_core.cli import main
from fer_core.data.compiled import merged_card
from fer_core.data.registry import Entry, get_entry, list_datasets
from fer_core.errors import FerError


def test_the_page_has_every_card_and_every_set_without_a_reader(checkout: Path) -> None:
    text = write_all_datasets().read_text()
    for name in list_datasets():
        card = get_entry(name).card
        assert text.count(card_text(card)) == 1
    for name in read_others(checkout / OTHERS)["name"]:
        assert f"| {name} |" in text
    assert f"{len(list_datasets())} data sets are registered" in text
    csv = pd.read_csv(checkout / "book/report/files/all-datasets-readers.csv")
    assert len(csv) == len(list_datasets())


def test_a_reader_says_what_it_was_tested_on_and_a_drawn_set_needs_none() -> None:
    card = get_entry("nhfi").card.model_copy(update={"tested_on": "one archive"})
    rows = readers_table([Entry(card), get_entry("phantom-lab")])["reader tested on"]
    assert rows.tolist() == ["one archive", "drawn here"]


def test_markup_on_a_card_is_shown_literally() -> None:
    evil = {"title": "<script>x</script>", "problems": ("[a](javascript:b)",), "obtain": "`{x}`"}
    text = card_text(get_entry("nhfi").card.model_copy(update=evil))
    assert "### \\<script\\>x\\</script\\> (nhfi)" in text
    assert "- \\[a\\](javascript:b)" in text
    assert "**How to obtain it.** \\`\\{x\\}\\`" in text


def test_a_fact_that_is_not_known_has_no_line() -> None:
    assert "Compiled of" not in card_text(get_entry("nhfi").card)


@pytest.mark.parametrize("content", ["- name: X\n", "name: X\n", "- [\n"])
def test_a_list_that_is_not_complete_is_an_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "others.yml"
    file.write_text(content)
    with pytest.raises(FerError, match=r"others\.yml"):
        read_others(file)


def test_every_card_says_what_is_known_of_the_depicted_persons_consent() -> None:
    for name in list_datasets():
        card = get_entry(name).card
        assert re.match(r"(given|not asked|not needed|unknown): .", card.consent), name
        assert f"**Their consent.** {plain(card.consent)}" in card_text(card)
    assert get_entry("london").card.consent.startswith("given")
    assert get_entry("phantom-lab").card.consent.startswith("not needed")


def test_the_command_and_the_chapter_show_the_consent(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["data", "show", "expw"])
    assert get_entry("expw").card.consent in capsys.readouterr().out
    card = get_entry("expw").card.model_dump(mode="json")
    assert card_table({"expw": {"card": card}})["their consent"].tolist() == [card["consent"]]
    del card["consent"]  # as facts have it that were written before
    assert card_table({"expw": {"card": card}})["their consent"].tolist() == ["unknown"]


def test_a_compiled_set_tells_the_consent_of_each_source() -> None:
    cards = [get_entry(name).card for name in ("london", "expw")]
    consent = merged_card("both", cards, "new", 96, 3, 1).consent
    assert all(f"{card.name}: {card.consent}" in consent for card in cards)

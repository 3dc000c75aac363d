"""What the chapters of the whole book say of data sets, literally, and of nets."""

import re
from pathlib import Path

import pandas as pd
import pytest

from fer_core.analysis.cards import OTHERS, read_others, readers_table
from fer_core.analysis.catalogue import compare_printed
from fer_core.analysis.summaries import card_table
from fer_core.book.prose.dataset_cards import reader_card
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.whole_book import (
    about_all_datasets,
    about_all_models,
    about_printed,
    about_speed,
)
from fer_core.cli import main
from fer_core.data.compiled import merged_card
from fer_core.data.registry import Entry, get_entry, list_datasets
from fer_core.errors import FerError
from fer_core.models.entries import entries
from tests.analysis.catalogues import MACHINE, NETS

ROOT = Path(__file__).resolve().parents[3]


def test_all_registered_sets_are_counted_and_those_without_a_reader() -> None:
    entries = [get_entry(name) for name in list_datasets()]
    others = read_others(ROOT / OTHERS)
    text = about_all_datasets(entries, others)
    assert text.startswith(f"{len(entries)} data sets are registered, of which this project draws")
    assert f"{len(others)} others are named" in text
    assert len(readers_table(entries)) == len(entries)
    assert "FERG-DB" in set(others["name"])


def test_a_reader_says_what_it_was_tested_on_and_a_drawn_set_needs_none() -> None:
    card = get_entry("nhfi").card.model_copy(update={"tested_on": "one archive"})
    rows = readers_table([Entry(card), get_entry("phantom-lab")])["reader tested on"]
    assert rows.tolist() == ["one archive", "drawn here"]


def test_markup_on_a_card_is_shown_literally() -> None:
    evil = {"title": "<script>x</script>", "problems": ("[a](javascript:b)",), "obtain": "`{x}`"}
    text = reader_card(get_entry("nhfi").card.model_copy(update=evil))
    assert "### \\<script\\>x\\</script\\> (nhfi)" in text
    assert "Known problems\n: \\[a\\](javascript:b)" in text
    assert "How to obtain it\n: \\`\\{x\\}\\`" in text


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
        assert f"Their consent\n: {plain(card.consent)}" in reader_card(card)
    assert get_entry("london").card.consent.startswith("given")
    assert get_entry("phantom-lab").card.consent.startswith("not needed")


def test_the_command_and_the_chapter_show_the_consent(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["data", "show", "expw"])
    assert get_entry("expw").card.consent in capsys.readouterr().out
    facts = {"n": 0, "excluded": {}, "copies": 0, "conflicting_groups": 0, "persons": 0}
    facts |= {"copies_between_splits": {}, "fingerprint": "", "split_hash": ""}
    card = get_entry("expw").card.model_dump(mode="json")
    told = ["their consent", "labelled"]
    row = card_table({"expw": {"card": card, **facts}}).iloc[0]
    assert row[told].tolist() == [card["consent"], card["labelled"]]
    del card["consent"], card["labelled"]  # as facts have it that were written before
    row = card_table({"expw": {"card": card, **facts}}).iloc[0]
    assert row[told].tolist() == ["unknown", "unknown"]


def test_every_card_says_who_labelled_its_images() -> None:
    for name in list_datasets():
        assert get_entry(name).card.labelled != "unknown", name


def test_a_compiled_set_tells_the_consent_and_the_labels_of_each_source() -> None:
    cards = [get_entry(name).card for name in ("london", "expw")]
    both = merged_card("both", cards, "new", 96, 3, 1)
    assert all(f"{card.name}: {card.consent}" in both.consent for card in cards)
    assert all(f"{card.name}: {card.labelled}" in both.labelled for card in cards)


def test_the_nets_are_counted_by_family_and_the_smallest_and_largest_named() -> None:
    text = about_all_models(NETS)
    assert text.startswith("4 nets, 4 of the family BTFER benchmark, at 48 and 224 px: from")
    assert "169,271 parameters (lenet5) to 33,625,927 (vggnet at 48 px)" in text


def test_the_speed_is_that_of_the_machine_that_measured_shown_literally() -> None:
    text = about_speed(NETS, MACHINE)
    assert "A \\<b\\>processor\\</b\\> with 2 threads, torch 2.0, on 2026-01-02" in text
    assert "(commit 0123456789)" in text
    assert "Batches have 8 images" in text


def test_counts_that_papers_print_are_compared_and_those_that_differ_announced() -> None:
    columns = ["model", "size", "millions", "printed_as", "source"]
    printed = pd.DataFrame(
        [("lenet5", 48, "0.2", "L", "T"), ("vggnet", 48, "15", "V", "T")], columns=columns
    )
    text = about_printed(compare_printed(NETS, printed))
    assert "Papers print 2 counts of these nets" in text
    assert "Ours agree with 1:" in text
    assert text.endswith("The table has the others, its CSV file has all.")
    assert "The table" not in about_printed(compare_printed(NETS, printed.head(1)))


def test_without_a_measured_catalogue_the_chapter_says_how_to_make_it() -> None:
    none = NETS.head(0)
    assert "`fer models --measure`" in about_all_models(none)
    assert about_speed(none, {}) == ""
    assert about_printed(none.assign(agrees=[])) == ""


def test_the_chapter_on_models_claims_no_more_than_was_compared() -> None:
    text = " ".join((ROOT / "notebooks" / "all-models.py").read_text().replace("#", " ").split())
    assert text.count("No output was compared.") == 2
    assert "Graph and losses are those of the source" not in text
    printed = {"convnext-tiny-dropout": 0.29, "resnet50-dropout": 0.19, "vggface2-dropout": 0.50}
    own = entries()
    assert {n: round(own[n].options["dropout"], 2) for n in printed} == printed, "its Table V"
    heads = [entry.options for entry in own.values() if entry.title.endswith(" + head")]
    assert len(heads) == 12
    assert all(options == {"head": "256-128", "pool": "gap"} for options in heads), (
        "IV.B, * Flatten"
    )

"""Pages write models and data sets as people do, files keep the ids."""

import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.book.prose.titles import Titles, dataset_title
from fer_core.data.registry import get_entry, list_datasets
from fer_core.study import Cell, Study

STUDY = Study(
    name="s",
    title="S",
    models={"net-a": {"backbone": "x", "title": "Net A, 48 px"}, "net-b": {"backbone": "x"}},
    train=("fer2013",),
    test=("fer2013",),
)


def test_a_model_goes_by_its_title_or_else_by_its_id() -> None:
    titles = Titles(STUDY)
    names = [titles.model(name) for name in ("net-a", "net-b", "gone")]
    assert names == ["Net A, 48 px", "net-b", "gone"]


def test_a_data_set_goes_by_the_short_title_of_its_card() -> None:
    assert dataset_title("london") == get_entry("london").card.short
    assert dataset_title("fer2013") == get_entry("fer2013").card.title
    assert dataset_title("my-own-set") == "my-own-set"


def test_a_run_goes_by_titles_with_the_ids_to_type_beside_them() -> None:
    titles = Titles(STUDY)
    told = titles.run(Cell("net-a", "fer2013", 3))
    assert told == "Net A, 48 px `net-a` on FER2013 `fer2013`, seed 3"
    assert titles.run(Cell("net-b", "own_set", 0)) == "net-b on own\\_set, seed 0"


def test_no_two_data_sets_are_written_alike() -> None:
    titles = [dataset_title(name) for name in list_datasets()]
    assert len(set(titles)) == len(titles)


def test_tables_and_keys_hold_titles_and_nothing_else_changes() -> None:
    table = pd.DataFrame({"model": ["net-a"], "train": ["london"], "view": ["london"]})
    assert Titles(STUDY).frame(table).to_dict("records") == [
        {"model": "Net A, 48 px", "train": "London", "view": "london"}
    ]
    shown = pd.DataFrame({"model": ["net-a"], "tested on": ["london"], "n": [3]})
    assert Titles(STUDY).shown(shown).iloc[0].tolist() == ["Net A, 48 px", "London", 3]
    found = Titles(STUDY).keys({Key("net-a", "fer2013", "london"): 1})
    assert found == {Key("Net A, 48 px", "FER2013", "London"): 1}


def test_a_title_does_not_change_what_a_run_is() -> None:
    titled, plain = STUDY.models["net-a"], STUDY.models["net-b"]
    assert titled.identity() == plain.identity()

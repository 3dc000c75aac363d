"""Each recipe of a paper is what the paper, or its code, says."""

import pytest

from fer_core.analysis.printed_recipes import (
    recipe_named,
    recipe_table,
    text_against_code,
    unsaid,
    value_at,
)
from fer_core.errors import FerError
from fer_core.recipe_files import list_recipes
from fer_core.search_files import list_searches

OURS = ("small-budget", "frozen-trunk", "two-rates")
SHARED = ("posterpp", "morisseau2026")  # what several recipes have in common
TABLE = recipe_table()
PAPERS = [n for n in list_recipes() if n not in (*OURS, *SHARED, *list_searches())]


@pytest.mark.parametrize("name", PAPERS)
def test_every_value_is_the_printed_one_and_every_value_is_printed(name):
    mine = TABLE[TABLE["recipe"] == name]
    assert len(mine) >= 10
    wrong = mine[~mine["agrees"]]
    assert wrong[["setting", "printed", "ours"]].to_dict("records") == []
    assert unsaid(name, TABLE) == []


def test_the_table_is_of_recipes_that_are_there():
    assert set(TABLE["recipe"]) == set(PAPERS)
    assert set(TABLE["said_by"]) == {"text", "code", "option of the code"}
    assert not TABLE.duplicated(["recipe", "setting"]).any()


@pytest.mark.parametrize("name", [name for name in PAPERS if name.endswith("-as-run")])
def test_a_recipe_as_run_differs_from_that_of_the_text(name):
    rest = [other for other in PAPERS if not other.endswith("-as-run")]
    assert all(recipe_named(name) != recipe_named(other) for other in rest)


def test_what_text_and_code_disagree_on_is_named():
    table = text_against_code(["posterpp-rafdb-as-run", "dan-affectnet-as-run"])
    assert table.to_dict("records") == [
        {"recipe": "posterpp-rafdb-as-run", "setting": "optimizer.weight_decay",
         "text": "0.0001", "code": "0.0"},
        {"recipe": "posterpp-rafdb-as-run", "setting": "optimizer.decay",
         "text": '"all"', "code": '"weights"'},
        {"recipe": "dan-affectnet-as-run", "setting": "phases",
         "text": '[{"epochs": 10}]', "code": '[{"epochs": 40}]'},
    ]  # fmt: skip


def test_a_wrong_value_is_seen(tmp_path):
    file = tmp_path / "printed.csv"
    head = "recipe,setting,printed,said_by,source\n"
    batch = "dan-rafdb,data.batch_size,256,code,a\n"
    file.write_text(f"{head}dan-rafdb,optimizer.lr,0.2,code,a\n{batch}")
    table = recipe_table(file)
    assert table["agrees"].tolist() == [False, True]
    assert "optimizer.lr" not in (left := unsaid("dan-rafdb", table))
    assert "schedule.every" in left
    file.write_text(f"{head}dan-rafdb,optimizer.speed,0.2,code,a\n")
    with pytest.raises(FerError, match=r"optimizer\.speed, which is no setting"):
        recipe_table(file)
    file.write_text(f"{head}dan-rafdb,optimizer.lr,fast,code,a\n")
    with pytest.raises(FerError, match="'fast' is no JSON"):
        recipe_table(file)


def test_a_place_is_found_through_its_parts():
    assert value_at({"a": {"b": 1}}, "a.b") == 1
    with pytest.raises(FerError):
        value_at({"a": {"b": 1}}, "a.b.c")

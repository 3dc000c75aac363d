"""Where the heat of right answers lies, and that of wrong ones."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.analysis.right_wrong import (
    LEAST,
    cells_to_draw,
    compared,
    even_share,
    in_order,
    mean_maps,
    read_images,
    read_regions,
    region_share,
    right_wrong_table,
)
from fer_core.errors import FerError
from fer_core.files import write_json
from fer_core.heat_maps import SIDE, regions_file
from fer_core.records import run_dir
from fer_core.study import Study

MOUTH = (0.25, 0.75, 0.75, 1.0)
BOXES = {"mouth": MOUTH}


def images(right: int = 30, wrong: int = 30, more: float = 0.0, persons: int = 0) -> pd.DataFrame:
    """Maps of two answers: even noise with the heat of the mouth as asked, `more` of it where the
    answer is right."""
    draw = np.random.default_rng(3)
    rows = []
    for answer, other in (("happy", "sad"), ("sad", "happy")):
        for i, truth in enumerate([answer] * right + [other] * wrong):
            grid = draw.integers(90, 110, (SIDE, SIDE)).astype(float)
            grid[9:, 3:9] *= 1 + more * (truth == answer)
            person = str(i % persons) if persons else ""
            rows.append((truth, answer, truth == answer, person, grid))
    table = pd.DataFrame(rows, columns=["emotion", "predicted", "right", "person", "grid"])
    return table.assign(model="m", train="a", seed=0, test="a", sample_id=range(len(table)))


def test_a_box_has_the_heat_inside_it_and_cells_on_its_edge_count_by_their_part() -> None:
    grids = np.zeros((2, 4, 4))
    grids[0, 1, 1] = 1
    grids[1] = 1
    assert region_share(grids, (0.25, 0.25, 0.5, 0.5)) == pytest.approx([1, 1 / 16])
    assert region_share(grids, (0.25, 0.25, 0.375, 0.5)) == pytest.approx([0.5, 1 / 32])
    assert region_share(grids, (0.5, 0.5, 1, 1)) == pytest.approx([0, 1 / 4])


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_two_parts_of_a_picture_have_all_of_its_heat(at: float, across: float, seed: int) -> None:
    grids = np.random.default_rng(seed).random((1, SIDE, SIDE)) + 0.01
    parts = [(0, 0, across, at), (across, 0, 1, at), (0, at, 1, 1)]
    assert sum(region_share(grids, box)[0] for box in parts) == pytest.approx(1)
    even = region_share(np.ones((1, SIDE, SIDE)), parts[0])[0]
    assert even == pytest.approx(even_share(parts[0]))


def test_heat_that_lies_on_the_mouth_where_answers_are_right_is_told_apart() -> None:
    (row,) = right_wrong_table(images(more=1.0), {"a": BOXES}).to_dict("records")
    assert row["answers"] == "happy sad"
    assert (row["n_right"], row["n_wrong"], row["drawn"]) == (60, 60, "image")
    assert row["even"] == pytest.approx(1 / 8)
    assert row["right"] == pytest.approx(2 / 9, abs=0.005)
    assert row["wrong"] == pytest.approx(1 / 8, abs=0.005)
    assert row["difference"] == pytest.approx(row["right"] - row["wrong"])
    assert row["difference_lo"] > 0.08
    (same,) = right_wrong_table(images(), {"a": BOXES}).to_dict("records")
    assert same["difference_lo"] < 0 < same["difference_hi"]


def test_an_answer_that_is_right_more_often_counts_for_no_more() -> None:
    table = images(more=1.0)
    fewer = table.drop(table.index[(table["predicted"] == "sad") & table["right"]][:15])
    even, mouth = np.ones((SIDE, SIDE)), np.pad(np.ones((3, 6)), ((9, 0), (3, 3)))
    fewer["grid"] = [mouth if answer == "sad" else even for answer in fewer["predicted"]]
    (row,) = right_wrong_table(fewer, {"a": BOXES}).to_dict("records")
    assert row["right"] == pytest.approx((1 / 8 + 1) / 2)


def test_images_of_one_person_are_drawn_together() -> None:
    alone = right_wrong_table(images(more=0.05), {"a": BOXES}).iloc[0]
    several = images(more=0.05, persons=3)
    for at in several.index:  # a person's own heat, which images drawn one by one would average out
        grid = several.at[at, "grid"].copy()
        grid[9:, 3:9] *= 1 + 0.2 * (several.at[at, "person"] == "0") * several.at[at, "right"]
        several.at[at, "grid"] = grid
    together = right_wrong_table(several, {"a": BOXES}).iloc[0]
    assert together["drawn"] == "person"
    one_by_one = right_wrong_table(several.assign(person=""), {"a": BOXES}).iloc[0]
    assert width(together) > 1.5 * width(one_by_one) > width(alone)


def width(row: pd.Series) -> float:
    return row["difference_hi"] - row["difference_lo"]


def test_answers_of_few_images_are_not_compared() -> None:
    assert compared(images(LEAST, LEAST)) == ["happy", "sad"]
    assert compared(images(LEAST - 1, LEAST)) == []
    assert compared(images(LEAST, LEAST - 1)) == []
    assert right_wrong_table(images(LEAST, LEAST - 1), {"a": BOXES}).empty
    assert right_wrong_table(images(), {}).empty, "no place is known"


def test_a_mean_map_is_in_multiples_of_an_even_one_and_counts_its_images() -> None:
    maps = mean_maps(images(12, 11, more=1.0))
    assert [(key, n) for key, (_, n) in maps.items()] == [
        (("happy", True), 12), (("happy", False), 11), (("sad", True), 12), (("sad", False), 11)
    ]  # fmt: skip
    for (_, right), (grid, _) in maps.items():
        assert grid.mean() == pytest.approx(1)
        assert grid[9:, 3:9].mean() == pytest.approx(16 / 9 if right else 1, abs=0.03)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), seeds=(0, 1))


def test_the_first_seed_with_maps_is_read_and_blank_maps_are_left_out(study: Study) -> None:
    path = run_dir("demo", "small-net", "phantom-lab", 0) / "cam_images.parquet"
    whole = read_images(study)
    assert set(whole["seed"]) == {0}
    assert len(whole) == 4 * (2 * 7 + 2) * 24
    table = pd.read_parquet(path)
    table["grid"] = [grid * (i > 0) for i, grid in enumerate(table["grid"])]
    table.to_parquet(path)
    assert len(read_images(study)) == len(whole) - 1
    path.unlink()
    seeds = read_images(study).drop_duplicates(["model", "train"])["seed"]
    assert sorted(seeds) == [0, 0, 0, 1]


def test_tests_stand_by_rank_and_the_first_model_of_each_set_is_drawn(study: Study) -> None:
    ranked = {train: ["large_net", "small-net"] for train in ("phantom-web", "phantom-lab")}
    cells = cells_to_draw(in_order(read_images(study), ranked))
    assert [cell.train for cell, _ in cells] == ["phantom-web"] * 3 + ["phantom-lab"] * 3
    assert {cell.model for cell, _ in cells} == {"large_net"}
    assert [test for cell, test in cells if test == cell.train] == [cells[0][1], cells[3][1]]


def test_a_study_without_small_maps_has_none(study: Study) -> None:
    for path in run_dir("demo", "x", "y", 0).parents[2].glob("*/*/seed*/cam_images.parquet"):
        path.unlink()
    nothing = in_order(read_images(study), {})
    assert nothing.empty
    assert cells_to_draw(nothing) == []
    assert right_wrong_table(nothing, {}).empty


def test_what_holds_no_maps_or_no_boxes_is_named_with_the_way_out(study: Study) -> None:
    path = run_dir("demo", "small-net", "phantom-lab", 0) / "cam_images.parquet"
    table = pd.read_parquet(path)
    table.assign(grid=[[1, 2]] * len(table)).to_parquet(path)
    again = "run: fer studies explain demo"
    with pytest.raises(FerError, match=rf"cam_images\.parquet holds no heat maps; {again}"):
        read_images(study)
    assert read_regions("demo", "fer2013") == {}
    assert set(read_regions("demo", "london")) == {"eyes", "mouth"}
    for box in ([0.5, 0, 0.4, 1], ["a", 0, 1, 1], [0, 0, 1], 3):
        write_json(regions_file("demo", "london"), {"mouth": box})
        with pytest.raises(FerError, match=rf"london\.regions\.json holds no boxes; {again}"):
            read_regions("demo", "london")

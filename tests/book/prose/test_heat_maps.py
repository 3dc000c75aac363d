"""What the heat maps of a study say, in words."""

import pandas as pd

from fer_core.book.prose.heat_maps import (
    about_lower,
    about_right_wrong,
    apart_table,
    lower_finding,
    right_wrong_finding,
)

RUN = {"model": "m", "train": "a", "seed": 0, "test": "a"}


def apart(*differences: tuple[str, str, str, float]) -> pd.DataFrame:
    """Rows of model, test set, region and a difference, with an interval of 0.01 to each side."""
    return pd.DataFrame(
        [
            {
                **RUN, "n_right": 700, "n_wrong": 800,
                "model": model, "test": test, "region": region, "even": 0.125,
                "right": 0.3 + d, "right_lo": 0.2, "right_hi": 0.4,
                "wrong": 0.3, "wrong_lo": 0.2, "wrong_hi": 0.4,
                "difference": d, "difference_lo": d - 0.01, "difference_hi": d + 0.01,
            }
            for model, test, region, d in differences
        ]
    )  # fmt: skip


def test_the_half_of_the_picture_that_heat_maps_lie_on_is_named() -> None:
    table = pd.DataFrame([{**RUN, "happy": 0.75, "sad": 0.5}, {**RUN, "happy": 0.25}])
    text = about_lower(table, ["lab"], ["lab"])
    assert "Of 3 mean heat maps, 1 lie more on the lower half of the picture" in text
    assert "happy 0.50 (0.25 to 0.75) and sad 0.50 (0.50 to 0.50)" in text
    assert "Faces of lab are shown below" in text
    assert "No face is shown on this page: the images of lab" in about_lower(table, ["lab"], [])
    assert lower_finding(table).startswith("1 of 3 mean heat maps lie more on the lower half")
    empty = table.drop(columns=["happy", "sad"]).head(0)
    assert about_lower(empty, [], []).startswith("No run kept heat maps")
    assert lower_finding(empty) == "No mean heat map was kept"


def test_the_heading_counts_the_models_whose_interval_leaves_0_on_their_own_images() -> None:
    none = apart(("m", "a", "mouth", 0.01), ("m", "a", "eyes", -0.01), ("m", "b", "eyes", 0.5))
    assert right_wrong_finding(none).startswith("No place in the face is shown to tell right")
    some = apart(("m", "a", "mouth", 0.011), ("m", "a", "eyes", -0.3), ("n", "a", "eyes", 0.0))
    assert right_wrong_finding(some) == (
        "In-domain, heat tells right from wrong answers in 1 of 2 trained models"
    )
    away = apart(("m", "b", "mouth", 0.5))
    assert right_wrong_finding(away) == "In-domain, right and wrong answers cannot be compared"
    assert right_wrong_finding(pd.DataFrame()) == right_wrong_finding(away)


def test_the_first_model_is_told_in_numbers_and_the_others_are_counted_by_kind_of_test() -> None:
    table = apart(
        ("m*", "a", "mouth", 0.05), ("m*", "a", "eyes", -0.02),
        ("n", "a", "mouth", 0.005), ("n", "a", "eyes", -0.02), ("n", "b", "eyes", 0.02),
    )  # fmt: skip
    text = about_right_wrong(table)
    assert text.startswith(
        "m\\*, trained on a, on its own test images: on the mouth lie 0.350 [0.200, 0.400] of"
    )
    assert "a difference of 0.050 [0.040, 0.060] (an even map: 0.125); on the eyes" in text
    assert (
        "In-domain, of 2 tests, right answers have more heat on the mouth in 1, less in 0 and more "
        "heat on the eyes and brows in 0, less in 2; no other difference is shown." in text
    )
    assert "On other sets, of 1 test, right answers have more heat on the mouth in 0" in text
    assert "On other sets" not in about_right_wrong(table[table["test"] == "a"])
    assert "fer studies explain" in about_right_wrong(pd.DataFrame())


def test_a_test_has_one_row_with_the_difference_of_each_region() -> None:
    table = apart(("m", "a", "mouth", 0.05), ("m", "a", "eyes", -0.02), ("n", "b", "eyes", 0.02))
    shown = apart_table(table)
    assert shown["images"].tolist() == ["1,500", "1,500"]
    mouth, eyes = (f"{name}, right minus wrong [95 %]" for name in
                   ("the mouth", "the eyes and brows"))  # fmt: skip
    assert shown[mouth].tolist() == ["0.050 [0.040, 0.060]", "–"]
    assert shown[eyes].tolist() == ["-0.020 [-0.030, -0.010]", "0.020 [0.010, 0.030]"]

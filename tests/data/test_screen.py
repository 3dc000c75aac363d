"""Screening: four planted images are flagged, each with its reason; nothing else is, or is lost."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_core.data.prepare.add import add_dataset
from fer_core.data.screen import Screening, count_flags, flags, grey_levels
from tests.data.made import faces, write_folder


def measured(**columns: list[float]) -> pd.DataFrame:
    usual = {"width": 48.0, "height": 48.0, "mean": 120.0, "variance": 900.0}
    return pd.DataFrame({**usual, **columns}, index=range(len(next(iter(columns.values())))))


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_planted_images_are_flagged_each_with_its_reason(data_home, tmp_path):
    noise = np.random.default_rng(0).normal(0, 6, (40, 40))
    planted = {
        "happy/flat.png": encoded(np.full((40, 40), 128)),
        "happy/dark.png": encoded(noise.clip(-12, 12) + 13),
        "happy/bright.png": encoded(noise.clip(-12, 12) + 242),
        "happy/tiny.png": encoded(120 + 5 * noise[:40, :31]),
        "sad/corrupt.png": b"no image",
    }
    dataset = add_dataset(
        "folder", write_folder(tmp_path / "s", {**faces(), **planted}), "mine", progress=False
    )
    index = dataset.index.set_index("sample_id")
    assert index.loc["happy/tiny", "width"] == 31
    for reason in ("flat", "dark", "bright", "tiny"):
        assert index["flags"][f"happy/{reason}"] == reason
    assert count_flags(index) == {"bright": 1, "dark": 1, "flat": 1, "tiny": 1}
    assert index["flags"]["sad/corrupt"] == ""
    assert (index["excluded"] != "").sum() == 1  # the corrupt one alone
    assert len(index) == 35


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("variance", [4.99, 5.0], ["flat", ""]),
        ("mean", [19.99, 20.0], ["dark", ""]),
        ("mean", [235.01, 235.0], ["bright", ""]),
        ("height", [31.0, 32.0], ["tiny", ""]),
        ("mean", [np.nan, 120.0], ["", ""]),
    ],
)
def test_the_usual_thresholds_are_strict(column, values, expected):
    assert flags(measured(**{column: values}), Screening()).tolist() == expected


def test_a_small_face_in_a_large_photograph_is_tiny():
    box = {"box_left": [10, 10], "box_top": [10, 10], "box_right": [60, 60], "box_bottom": [42, 41]}
    assert flags(measured(**box), Screening()).tolist() == ["", "tiny"]
    face = {"face_left": [0.0, 9], "face_top": [0.0, 9], "face_right": [31.0, 99]}
    both = measured(**face, face_bottom=[31.0, 99])
    assert flags(both, Screening()).tolist() == ["tiny", ""]


def test_an_image_may_have_several_reasons_and_thresholds_may_be_others():
    index = measured(mean=[3.0, 100.0], variance=[0.0, 30.0])
    assert flags(index, Screening()).tolist() == ["flat;dark", ""]
    assert flags(index, Screening(flat=0, dark=0)).tolist() == ["", ""]
    assert flags(index, Screening(flat=31, dark=2)).tolist() == ["flat", "flat"]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 9), st.sampled_from([1, 3]), st.integers(0, 999))
def test_grey_levels_are_those_of_pillows_grey_image(n, size, channels, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (n, size, size, channels), np.uint8)
    grey = [
        np.asarray(Image.fromarray(image.squeeze(2) if channels == 1 else image).convert("L"))
        for image in pixels
    ]
    found = [grey_levels(image) for image in pixels]
    assert np.allclose([levels["mean"] for levels in found], [image.mean() for image in grey])
    assert np.allclose([levels["variance"] for levels in found], [image.var() for image in grey])

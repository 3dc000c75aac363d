"""Every tensor of the published files has a place, or a reason to have none."""

import re

import pytest
import torch
from torch import Tensor

from fer_core.models.posterpp import build
from fer_core.models.posterpp.maps import MAPS
from fer_core.models.weights.name_map import NameMap, matches, rename
from tests.models.posterpp.published import AUTHORS, count

WHOLE, IR50, IN_ONE_ROW, LANDMARKS = MAPS
FIRST_UNIT = {1: 0, 2: 3, 3: 7}  # of a stage, counted over all stages


@pytest.fixture(scope="module")
def own() -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        net = build(224, 7, resize="nearest", landmark_drift=True, frozen_landmarks=True)
    return {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}


def file_of(shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}


def part(prefix: str) -> dict[str, tuple[int, ...]]:
    shapes = AUTHORS.items()
    return {name.removeprefix(prefix): shape for name, shape in shapes if name.startswith(prefix)}


def renamed(shapes: dict[str, tuple[int, ...]], name_map: NameMap) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in rename(file_of(shapes), name_map).items()}


def test_the_authors_checkpoint_fills_every_tensor_of_ours(own: dict[str, tuple[int, ...]]) -> None:
    assert renamed(AUTHORS, WHOLE) == own


def test_what_is_unused_sums_to_what_the_published_forward_never_uses() -> None:
    names = list(AUTHORS)
    unused = [name for name in names if matches(name, WHOLE.unused)]
    landmark_head = [name for name in unused if name.startswith("face_landback.")]
    assert count(names) == 58_316_594
    assert count(landmark_head) == 96_016
    assert count(unused) == 14_466_637 + 96_016
    # 43,849,957 with the landmark head, as published
    assert count(names) - count(unused) == 43_753_941 == 43_849_957 - count(landmark_head)


@pytest.mark.parametrize("pattern", WHOLE.unused)
def test_every_pattern_of_unused_tensors_matches_one(pattern: str) -> None:
    assert any(re.fullmatch(pattern, name) for name in AUTHORS)


@pytest.mark.parametrize(
    ("name_map", "prefix", "ours"),
    [(IR50, "ir_back.", "image."), (LANDMARKS, "face_landback.", "landmarks.")],
)
def test_a_file_of_one_stream_fills_that_stream_and_keeps_the_rest(
    own: dict[str, tuple[int, ...]], name_map: NameMap, prefix: str, ours: str
) -> None:
    stream = {name: shape for name, shape in own.items() if name.startswith(ours)}
    assert renamed(part(prefix), name_map) == stream
    assert {name for name in own if matches(name, name_map.kept)} == own.keys() - stream.keys()


def test_an_ir50_that_numbers_its_units_in_one_row_fills_the_same_stream(
    own: dict[str, tuple[int, ...]],
) -> None:
    def in_one_row(name: str) -> str:
        return re.sub(
            r"body(\d)\.(\d+)", lambda m: f"body.{FIRST_UNIT[int(m[1])] + int(m[2])}", name
        )

    shapes = {in_one_row(name): shape for name, shape in part("ir_back.").items()}
    fourth_stage = {f"body.{unit}.res_layer.1.weight": (512, 512, 3, 3) for unit in (21, 22, 23)}
    assert renamed(shapes | fourth_stage, IN_ONE_ROW) == renamed(part("ir_back."), IR50)

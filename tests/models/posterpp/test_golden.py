"""The same function as the authors' net."""

import numpy as np
import pytest
import torch
from torch import Tensor

from fer_core.models.posterpp import build
from fer_core.models.posterpp.maps import MAPS
from fer_core.models.weights.name_map import rename
from tests.models.filled import filled, images
from tests.models.posterpp.published import AUTHORS, golden

# their module -> ours, and how our output becomes theirs
SINGLE = {
    "last_face_conv": "landmark_conv",
    **{f"conv{i + 1}": f"scales.{i}.halve" for i in range(3)},
    **{f"attn{i + 1}": f"scales.{i}.attention" for i in range(3)},
    **{f"ffn{i + 1}": f"scales.{i}.ffn" for i in range(3)},
    "embed_q": "scales.0.embed",
    "embed_k": "scales.1.embed",
    "VIT": "head",
}
SEVERAL = {"face_landback": "landmarks", "ir_back": "image"}


@pytest.fixture(scope="module")
def activations() -> dict[str, list[Tensor]]:
    """What each of the authors' modules gives, as our net calculates it."""
    net = build(224, 7, resize="nearest", landmark_drift=True, frozen_landmarks=True).double()
    net.load_state_dict(rename(filled(AUTHORS), MAPS[0]))
    given: dict[str, Tensor | tuple[Tensor, ...]] = {}
    for name, module in net.named_modules():
        module.register_forward_hook(lambda _, __, output, name=name: given.update({name: output}))
    with torch.inference_mode():
        net.eval()(images(2, 224))
    named = {theirs: [given[ours]] for theirs, ours in SINGLE.items()}
    named |= {theirs: list(given[ours]) for theirs, ours in SEVERAL.items()}
    named["embed_v"] = [given["scales.2.embed"].flatten(2).mT]
    for i in range(3):
        normed = given[f"scales.{i}.norm"]
        named[f"window{i + 1}"] = [normed.flatten(1, 2), normed]
    return named


def test_the_logits_are_the_authors(activations: dict[str, list[Tensor]]) -> None:
    np.testing.assert_allclose(activations["VIT"][0], golden()["logits"], rtol=0, atol=1e-8)


@pytest.mark.parametrize("module", golden()["activations"])
def test_every_stage_gives_what_the_authors_stage_gives(
    activations: dict[str, list[Tensor]], module: str
) -> None:
    expected, ours = golden()["activations"][module], activations[module]
    assert len(ours) == len(expected)
    for output, facts in zip(ours, expected, strict=True):
        values = output.numpy()
        assert list(values.shape) == facts["shape"]
        for found, wanted in (
            (values.mean(), facts["mean"]),
            (values.std(ddof=1), facts["std"]),
            (values.ravel()[:5], facts["first"]),
            (values.ravel()[-3:], facts["last"]),
        ):
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-8)

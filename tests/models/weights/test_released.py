"""Files that torchvision and Keras released: known by name, checked by hash, downloaded when
allowed."""

import hashlib
from pathlib import Path

import pytest
import timm
import torch
import torch.hub
import torchvision
from torch import nn

from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.entries import IMAGENET
from fer_core.models.weights import released
from fer_core.models.weights.released import Released, get_released, released_files, released_path
from fer_core.models.weights.wanted import missing_weights
from fer_core.study import ModelSpec

V1 = "resnet50-0676ba61.pth"
CONVNEXT = "convnext_tiny-983f1562.pth"
VGG = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
ODD = {"mean": (0.1, 0.2, 0.3), "std": (0.4, 0.5, 0.6)}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)
    return tmp_path


@pytest.fixture
def release(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Save a net's tensors as torchvision would: named after their hash, and listed."""

    def save(net: nn.Module, stem: str) -> Path:
        torch.save(net.state_dict(), folder / "new")
        digits = hashlib.sha256((folder / "new").read_bytes()).hexdigest()[:8]
        path = (folder / "new").rename(folder / f"{stem}-{digits}.pth")
        listed = {path.name: Released(f"https://x.test/{path.name}", **ODD)}
        for module in ("released", "sources", "wanted"):
            where = f"fer_core.models.weights.{module}.released_files"
            monkeypatch.setattr(where, lambda: listed)
        return path

    return save


def alive(net: nn.Module) -> nn.Module:
    """Draw all norms and scales of a net anew: as they start, wrong places would not show."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in net.state_dict().items():
        if tensor.ndim == 1 or name.endswith("layer_scale"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return net.eval()


def test_the_two_files_of_a_net_are_listed_apart_with_their_addresses() -> None:
    files = released_files()
    assert {V1, "resnet50-11ad3fa6.pth", "convnext_tiny-983f1562.pth"} <= files.keys()
    enum = torchvision.models.ResNet50_Weights
    assert (files[V1].url, files["resnet50-11ad3fa6.pth"].url) == (
        enum.IMAGENET1K_V1.url, enum.IMAGENET1K_V2.url
    )  # fmt: skip
    assert (files[V1].mean, files[V1].std) == tuple(IMAGENET.values())
    assert files["vgg16_features-amdegroot-88682ab5.pth"].std[0] == pytest.approx(1 / 255)


@pytest.mark.parametrize(
    ("backbone", "library"),
    [("resnet50-dropout", "resnet50"), ("convnext-tiny-dropout", "convnext_tiny")],
)
def test_a_trunk_gives_the_features_of_torchvisions_net(backbone, library, release) -> None:
    torch.manual_seed(0)
    whole = alive(torchvision.models.get_model(library, weights=None))
    path = release(whole, library)
    model = create_model(ModelSpec(backbone=backbone, input_size=224, weights={"trunk": path.name}))
    x = torch.rand(2, 3, 64, 64)
    if library == "resnet50":
        whole.fc = nn.Identity()
    else:
        whole.classifier[2] = nn.Identity()
    with torch.inference_mode():
        theirs = whole(x)
        torch.testing.assert_close(model.net.eval().trunk(x), theirs, atol=1e-5, rtol=1e-5)
    assert theirs.std() > 1e-3
    said = model.provenance
    assert (said["source"], said["sha256"]["trunk"][:8]) == (path.name, path.stem[-8:])
    assert said["normalisation"] == {"trunk": ODD}
    assert (model.input.mean, model.input.std) == tuple(IMAGENET.values())
    assert {name.split(".")[0] for name in said["kept"]} <= {"head", "classifier"}
    assert len(said["unused"]["trunk"]) == 2


def test_timms_resnet_takes_torchvisions_file_and_the_normalisation_that_it_had(release) -> None:
    whole = alive(torchvision.models.resnet18())
    path = release(whole, "resnet18")
    model = create_model(ModelSpec(backbone="resnet18", input_size=64, weights=path.name))
    whole.fc = nn.Identity()
    x = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        net = model.net.eval()
        ours = net.forward_head(net.forward_features(x), pre_logits=True)
        torch.testing.assert_close(ours, whole(x), atol=1e-5, rtol=1e-5)
    assert (model.input.mean, model.input.std) == tuple(ODD.values())
    assert model.provenance["normalisation"] == ODD


@pytest.mark.parametrize(
    ("backbone", "name", "why"),
    [
        ("resnet50-dropout", V1, "not the file that torchvision released: its SHA-256 begin"),
        ("vgg16-head", VGG, "not the file that Keras released: its MD5 is [0-9a-f]{32}; delete it"),
    ],
)
def test_a_file_under_a_released_name_with_another_hash_is_refused(
    backbone: str, name: str, why: str, folder: Path
) -> None:
    torch.save(timm.create_model("test_resnet").state_dict(), folder / name)
    spec = ModelSpec(backbone=backbone, input_size=224, weights={"trunk": name})
    with pytest.raises(FerError, match=why):
        create_model(spec)


@pytest.mark.parametrize(
    ("backbone", "weights", "name"),
    [
        ("convnext-tiny-dropout", "imagenet", CONVNEXT),
        ("convnext-tiny-dropout", {"trunk": CONVNEXT}, CONVNEXT),
        ("vgg16-head", {"trunk": VGG}, VGG),
    ],
)
def test_a_missing_file_is_named_with_its_address_and_folder(
    backbone: str, weights: str | dict[str, str], name: str, folder: Path
) -> None:
    spec = ModelSpec(backbone=backbone, input_size=224, weights=weights)
    url = released_files()[name].url
    with pytest.raises(FerError) as caught:
        create_model(spec)
    for part in (name, url, str(folder), "FER_ALLOW_HUB=1"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    ((file, way),) = missing_weights(spec).items()
    assert (file, url in way) == (name, True)


def test_it_is_downloaded_into_the_folder_only_when_allowed(
    folder: Path, release, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = release(torchvision.models.resnet18(), "resnet18")
    whole = path.read_bytes()
    path.unlink()
    asked = []

    def download(url: str, to: str, progress: bool) -> None:
        asked.append(url)
        Path(to).write_bytes(whole)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(FerError, match="no weights resnet18-"):
        get_released(path.name, allow_hub=False)
    assert not asked
    monkeypatch.setenv("FER_ALLOW_HUB", "1")
    spec = ModelSpec(backbone="resnet18", input_size=64, weights=path.name)
    assert missing_weights(spec) == {}
    create_model(spec)
    create_model(spec)
    assert asked == [f"https://x.test/{path.name}"]
    assert path.read_bytes() == whole


def test_a_download_that_fails_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*args: object, **more: object) -> None:
        raise OSError("no route\nto host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(FerError, match=r"pth was not downloaded: no route to host; put the file"):
        get_released(V1, allow_hub=True)


@pytest.mark.parametrize(("name", "hash_"), [(V1, "SHA-256 begins with"), (VGG, "MD5 is")])
def test_another_file_than_the_released_one_never_gets_its_name(
    name: str, hash_: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(url: str, to: str, progress: bool) -> None:
        Path(to).write_bytes(b"half of it")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(
        FerError, match=f"was not downloaded: what came is another file: its {hash_}"
    ):
        get_released(name, allow_hub=True)
    assert [*folder.iterdir()] == []


def test_without_a_folder_torchs_own_cache_is_meant(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FER_WEIGHTS")
    monkeypatch.setattr(released.torch.hub, "get_dir", lambda: str(folder))
    assert released_path(V1) == folder / "checkpoints" / V1
    monkeypatch.setenv("FER_WEIGHTS", str(folder / "nowhere"))
    with pytest.raises(FerError, match="which is not a folder"):
        released_path(V1)

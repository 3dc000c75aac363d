"""Keras's ImageNet files in the benchmark's trunks: features as in Keras, or a line that says why
not. Keras itself is no requirement: what needs it is skipped where it is absent."""

import hashlib
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.btfer.maps import MAPS
from fer_core.models.entries import entries
from fer_core.models.weights.name_map import NameMap, rename
from fer_core.models.weights.released import KERAS, released_files
from fer_core.study import ModelSpec
from tests.models.weights.keras_files import Layers, layers_of, write_layers

TAIL = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
NETS = {  # ours: what Keras calls it, and its file
    "vgg16-head": ("VGG16", f"vgg16{TAIL}"),
    "vgg19-head": ("VGG19", f"vgg19{TAIL}"),
    "densenet121-head": ("DenseNet121", f"densenet121{TAIL}"),
    "efficientnetv2b0-head": ("EfficientNetV2B0", "efficientnetv2-b0_notop.h5"),
}


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        keras = pytest.importorskip("keras", reason="Keras is not installed: nothing to compare")
        if keras.backend.backend() != "torch":
            pytest.skip("Keras was loaded with another backend")
        yield keras.applications


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)
    return tmp_path


@pytest.fixture
def release(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Write layers under the name of a file of Keras, as if Keras had released this one."""

    def write(name: str, layers: Layers) -> None:
        path = write_layers(folder / name, layers)
        md5 = hashlib.md5(path.read_bytes()).hexdigest()
        monkeypatch.setitem(released_files(), name, KERAS[name]._replace(md5=md5))

    return write


def _map(net: str) -> NameMap:
    (name_map,) = [one for one in MAPS if net in one.nets and "keras" in one.source]
    return name_map


def test_every_file_of_keras_is_of_a_net_here() -> None:
    assert KERAS.keys() == {file for _, file in NETS.values()}


@pytest.mark.parametrize("net", NETS)
def test_keras_would_get_the_same_file_from_the_same_address(
    net: str, applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def get_file(name: str, url: str, *, file_hash: str, **more: object) -> str:
        asked.append((name, url, file_hash))
        raise InterruptedError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    theirs, file = NETS[net]
    with pytest.raises(InterruptedError):
        getattr(applications, theirs)(include_top=False, weights="imagenet")
    known = released_files()[file]
    assert asked == [(file, known.url, known.md5)]
    assert known.owner == "Keras"


@pytest.mark.parametrize("net", NETS)
def test_the_features_are_those_of_keras(net: str, applications, release) -> None:
    name, file = NETS[net]
    # two layers of EfficientNetV2 that normalise its input are not part of the trunk
    more = {"include_preprocessing": False} if net == "efficientnetv2b0-head" else {}
    shape = (None, None, 3)
    theirs = getattr(applications, name)(include_top=False, weights=None, input_shape=shape, **more)
    release(file, layers_of(theirs))
    model = create_model(ModelSpec(backbone=net, input_size=48, weights={"trunk": file}))
    for side in (48, 75, 224):  # an even side, an odd one, both sides of the study
        x = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(side))
        with torch.inference_mode():
            ours = model.net.eval().trunk(x).numpy()
            wanted = theirs(x.permute(0, 2, 3, 1), training=False)
        wanted = wanted.permute(0, 3, 1, 2).cpu().numpy()
        assert wanted.std() > 0.1
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4)
    added = _map(net).convert or dict  # what a variance here has beyond that of the file
    spare = added({"running_var": torch.zeros(1)})["running_var"].item()
    norms = [one.eps for one in model.net.trunk.modules() if isinstance(one, nn.BatchNorm2d)]
    their_eps = [one.epsilon for one in theirs.layers if hasattr(one, "epsilon")]
    assert [eps + spare for eps in norms] == pytest.approx(their_eps, rel=1e-5)
    said = model.provenance
    assert said["source"] == file
    assert said["unused"] == {"trunk": []}
    assert f"keras.applications (3.15.1), {file}" in said["map"]["trunk"]
    assert ("added to variances" in said["map"]["trunk"]) == bool(spare)
    kept = [tensor for tensor in said["kept"] if not tensor.endswith("num_batches_tracked")]
    assert {tensor.split(".")[0] for tensor in kept} == {"head", "classifier"}
    assert "normalisation" not in said
    assert (set(model.input.mean), set(model.input.std)) == ({0}, {1})


BN = ("weight", "bias", "running_mean", "running_var")
BOTH = ("weight", "bias")


def _vgg(*blocks: int) -> list[str]:
    convs = [f"block{b}_conv{i}" for b, n in enumerate(blocks, 1) for i in range(1, n + 1)]
    return [f"{layer}.{what}" for layer in convs for what in BOTH]


def _densenet(between: str) -> list[str]:
    """`between`: Keras 2 wrote conv1/bn, Keras 3 writes conv1_bn."""
    layers = [f"conv1{between}conv", f"conv1{between}bn"]
    for stage, count in enumerate((6, 12, 24, 16), start=2):
        for number in range(1, count + 1):
            block = f"conv{stage}_block{number}"
            layers += [f"{block}_{layer}" for layer in ("0_bn", "1_conv", "1_bn", "2_conv")]
        layers += [f"pool{stage}_bn", f"pool{stage}_conv"] if stage < 5 else ["bn"]
    return _arrays(layers)


def _efficientnet() -> list[str]:
    layers = ["stem_conv", "stem_bn", "top_conv", "top_bn"]
    squeeze = []
    for stage, count in enumerate((1, 2, 2, 3, 5, 8), start=1):
        for block in (f"block{stage}{letter}" for letter in ascii_lowercase[:count]):
            layers += [f"{block}_project_conv", f"{block}_project_bn"]
            layers += [f"{block}_expand_conv", f"{block}_expand_bn"] if stage > 1 else []
            layers += [f"{block}_dwconv2", f"{block}_bn"] if stage > 3 else []
            squeeze += [f"{block}_se_reduce", f"{block}_se_expand"] if stage > 3 else []
    return _arrays(layers) + [f"{layer}.{what}" for layer in squeeze for what in BOTH]


def _arrays(layers: list[str]) -> list[str]:
    return [f"{one}.{what}" for one in layers for what in (BN if one.endswith("bn") else BN[:1])]


@pytest.mark.parametrize(
    ("net", "theirs"),
    [
        ("vgg16-head", _vgg(2, 2, 3, 3, 3)),
        ("vgg19-head", _vgg(2, 2, 4, 4, 4)),
        ("densenet121-head", _densenet("/")),
        ("densenet121-head", _densenet("_")),
        ("efficientnetv2b0-head", _efficientnet()),
    ],
)
def test_the_layers_of_keras_fill_the_whole_trunk(net: str, theirs: list[str]) -> None:
    with torch.device("meta"):
        entry = entries()[net]
        trunk = entry.build(224, 7, **entry.resolve({})).trunk.state_dict()
    wanted = {f"trunk.{one}" for one in trunk if not one.endswith("num_batches_tracked")}
    assert rename(dict.fromkeys(theirs, torch.zeros(1)), _map(net)).keys() == wanted


SMALL = {
    f"block{block}_conv{layer}": [np.zeros((1, 1, 1, 1), "f4"), np.zeros(1, "f4")]
    for block, layers in enumerate((2, 2, 3, 3, 3), start=1)
    for layer in range(1, layers + 1)
}
LESS = {layer: arrays for layer, arrays in SMALL.items() if layer != "block5_conv3"}
MORE = {**SMALL, "block6_conv1": SMALL["block1_conv1"]}


@pytest.mark.parametrize(
    ("layers", "weights", "why"),
    [
        (SMALL, "trunk", r"26 of another shape \(trunk\.features\.0\.weight \(1, 1, 1, 1\) for"),
        (LESS, "trunk", r"2 missing \(trunk\.features\.28\.bias"),
        (MORE, "trunk", r"2 unexpected \(block6_conv1"),
        (SMALL, "", r"it looks like weights: \{trunk: \.\.\.\} of vgg16-head \(keras"),
    ],
)
def test_a_layer_too_few_or_too_many_and_a_wrong_shape_are_one_clear_line(
    layers: Layers, weights: str, why: str, release
) -> None:
    file = NETS["vgg16-head"][1]
    release(file, layers)
    given = {"trunk": file} if weights else file
    with pytest.raises(FerError, match=why) as caught:
        create_model(ModelSpec(backbone="vgg16-head", input_size=48, weights=given))
    assert "\n" not in str(caught.value)

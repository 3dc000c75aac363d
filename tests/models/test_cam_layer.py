"""The layer that Grad-CAM looks at, found on any graph."""

import pytest
import torch
from torch import Tensor, nn

from fer_core.models.cam_layer import find_cam_layer, map_side

SIZE = 24


def convolve(given: int, made: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(given, made, 3, stride, padding=1)


class Net(nn.Module):
    """A stem (12 places a side), then `body` and a classifier."""

    def __init__(self, body: nn.Module, channels: int = 4) -> None:
        super().__init__()
        self.stem = convolve(3, 4, stride=2)
        self.body = body
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(channels, 7))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.pool(self.body(self.stem(x))))


class Sum(nn.Module):
    """Parallel paths, added."""

    def __init__(self, *paths: nn.Module) -> None:
        super().__init__()
        self.paths = nn.ModuleList(paths)

    def forward(self, x: Tensor) -> Tensor:
        return sum(path(x) for path in self.paths)


class ChannelsLast(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class AddsInPlace(nn.Module):
    """The output of `conv` is changed after it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = convolve(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).add_(1)[..., :4, :4]


class Twice(nn.Module):
    """One layer that runs two times, then too few places."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = convolve(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.conv(x))[..., :4, :4]


@pytest.mark.parametrize(
    ("body", "layer"),
    [
        (nn.Sequential(convolve(4, 4, 2), nn.ReLU()), "body"),  # 6 places a side
        (nn.Sequential(convolve(4, 4, 2), convolve(4, 4, 2)), "body.0"),  # 6, then 3
        (nn.Sequential(convolve(4, 4, 4)), "stem"),  # 3
        (nn.Sequential(nn.Conv2d(4, 4, 4, 2)), "stem"),  # 5
        (Sum(convolve(4, 4), nn.Identity()), "body"),  # the paths meet again
        (nn.Sequential(Sum(convolve(4, 4), convolve(4, 4)), nn.MaxPool2d(4)), "body.0"),
        (Sum(nn.Sequential(convolve(4, 4), nn.MaxPool2d(4)), nn.MaxPool2d(4)), "stem"),
        (AddsInPlace(), "stem"),
        (Twice(), "stem"),
    ],
)
def test_it_is_the_last_map_of_six_places_that_every_path_passes(
    body: nn.Module, layer: str
) -> None:
    assert find_cam_layer(Net(body), SIZE) == layer


class Parted(nn.Module):
    """Two paths from the image on."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = Net(nn.Identity()), Net(nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        return self.left(x) + self.right(x)


def test_where_the_paths_part_at_the_image_it_is_the_last_map_of_all() -> None:
    assert find_cam_layer(Parted(), SIZE) == "right.body"


def test_a_net_without_maps_has_no_layer_and_one_of_few_places_the_last_with_the_most() -> None:
    assert find_cam_layer(nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE**2, 7)), SIZE) == ""
    net = nn.Sequential(convolve(3, 7, 6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert find_cam_layer(net, SIZE) == "1"


def test_maps_whose_channels_are_last_are_maps_too() -> None:
    assert [map_side(torch.zeros(shape)) for shape in [
        (1, 5, 3, 3), (1, 3, 3, 5), (1, 3, 5, 4), (1, 9, 5)
    ]] == [3, 3, 0, 0]  # fmt: skip
    body = nn.Sequential(convolve(4, 4, 2), ChannelsLast())
    net = Net(body)
    net.pool = nn.Flatten()
    net.head = nn.Linear(6 * 6 * 4, 7)
    assert find_cam_layer(net, SIZE) == "body"


def test_frozen_layers_are_found_and_the_net_is_left_as_it_was() -> None:
    net = Net(nn.Sequential(convolve(4, 4), nn.BatchNorm2d(4), nn.ReLU(inplace=True)))
    net.requires_grad_(False).train()
    net.head.eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with torch.no_grad():
        assert find_cam_layer(net, SIZE) == "body"
    assert net.training
    assert not net.head.training
    assert net.body[1].training
    assert not any(module._forward_hooks for module in net.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())

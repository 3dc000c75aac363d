"""ConvNeXt-Tiny, ResNet-50 and the VGGFace2 net with dropout heads."""

import pytest
import torch
import torchvision
from facenet_pytorch import InceptionResnetV1
from torch import nn

from fer_core.errors import FerError
from fer_core.models.entries import IMAGENET, entries
from fer_core.models.klagenfurt.maps import MAPS
from fer_core.models.weights.name_map import rename

# parameters that the nets of AlbinMorisseau/FER at 3d2856d have, and their dropout
PUBLISHED = {
    "convnext-tiny-dropout": (27_827_047, 0.294),
    "resnet50-dropout": (23_522_375, 0.19),
    "vggface2-dropout": (23_486_215, 0.5),
}


def _build(name: str, **options: float) -> nn.Module:
    entry = entries()[name]
    return entry.build(224, 7, **entry.resolve(options))


def _shapes(state: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_net_has_the_published_parameters_and_dropout(name: str) -> None:
    count, dropout = PUBLISHED[name]
    with torch.device("meta"):
        net = _build(name)
        bare = _build(name, dropout=0.0)
    assert sum(tensor.numel() for tensor in net.parameters()) == count
    assert [net.head[-1].p, bare.head[-1].p] == [dropout, 0]
    assert _shapes(net.state_dict()) == _shapes(bare.state_dict())
    assert (entries()[name].mean, entries()[name].std) == tuple(IMAGENET.values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_net_gives_seven_logits_and_gradients_reach_all_of_it(name: str) -> None:
    net = _build(name)
    maps = []
    layer = net.get_submodule(entries()[name].cam_layer)
    layer.register_forward_hook(lambda layer, given, output: maps.append(output.shape))
    logits = net(torch.rand(2, 3, 224, 224))
    assert logits.shape == (2, 7)
    assert len(maps) == 1
    assert maps[0][2:] in [(7, 7), (5, 5)]
    logits.logsumexp(1).sum().backward()
    assert all(tensor.grad is not None for tensor in net.parameters())


def test_the_dropout_is_right_before_the_classifier() -> None:
    torch.manual_seed(0)
    net = _build("resnet50-dropout", dropout=0.5)
    net.trunk = nn.Identity()
    x = torch.ones(4, 2048)
    assert not torch.equal(net(x), net(x))
    assert torch.equal(net.eval()(x), net.classifier(x))


def test_convnext_normalises_its_pooled_features_twice() -> None:
    with torch.device("meta"):
        net = _build("convnext-tiny-dropout")
    kinds = [type(layer).__name__ for layer in net.trunk.classifier]
    assert kinds == ["LayerNorm2d", "Flatten", "Identity"]
    assert [type(layer).__name__ for layer in net.head] == ["LayerNorm", "Dropout"]


@pytest.mark.parametrize(
    ("name", "library", "top"),
    [
        ("convnext-tiny-dropout", "convnext_tiny", "classifier.2."),
        ("resnet50-dropout", "resnet50", "fc."),
    ],
)
def test_the_tensors_of_a_trunk_are_called_as_in_torchvisions_net(
    name: str, library: str, top: str
) -> None:
    with torch.device("meta"):
        whole = _shapes(getattr(torchvision.models, library)().state_dict())
        trunk = _shapes(_build(name).trunk.state_dict())
    assert trunk == {key: shape for key, shape in whole.items() if not key.startswith(top)}


def test_facenet_pytorchs_file_fills_the_whole_trunk_and_its_people_are_left_out() -> None:
    (name_map,) = MAPS
    with torch.device("meta"):
        theirs = InceptionResnetV1(classify=True, num_classes=8631).state_dict()
        ours = _shapes(_build("vggface2-dropout").state_dict())
    renamed = _shapes(rename(theirs, name_map))
    assert len(theirs) - len(renamed) == 2
    assert renamed == {key: shape for key, shape in ours.items() if key.startswith("trunk.")}


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_probability_is_an_error(dropout: float) -> None:
    with pytest.raises(FerError, match="give a probability"):
        _build("resnet50-dropout", dropout=dropout)

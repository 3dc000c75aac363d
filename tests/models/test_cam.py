"""Grad-CAM on every family of nets."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from fer_core.errors import FerError
from fer_core.models import Model, create_model
from fer_core.models.cam import grad_cam
from fer_core.models.method import training_loss
from fer_core.study import ModelSpec

SIZE = 64
# backbone -> the layer that the field uses, and how to read its output as (B, C, h, w)
FAMILIES = {
    "test_resnet": ("layer2", lambda maps: maps),
    "test_convnext": ("stages.1", lambda maps: maps),
    "test_vit": ("blocks.5.norm1", lambda tokens: tokens[:, 1:].mT.reshape(len(tokens), -1, 4, 4)),
    "swin_tiny_patch4_window7_224": ("layers.1", lambda maps: maps.permute(0, 3, 1, 2)),
}
# Nets of ours and their layers. DAN and DMUE: what all heads or the deployed branch read.
OURS = {
    "dan-tiny": "trunk",
    "dmue-tiny": "trunk.layer2",
    "posterpp-tiny": "image.stages.2",
    "lenet5": "features",
    "sequential-4conv": "features.8",
    "ensemble-3cnn": "maps",
    "modular": "maps",
    "smmb": "emotion.3 face.1",
    "resnet18-dense": "features",
}
LEARNING = ("test_resnet", "test_byobnet", "dan-tiny", "dmue-tiny", "posterpp-tiny")


def make(backbone: str, size: int = SIZE) -> Model:
    torch.manual_seed(3)
    model = create_model(ModelSpec(backbone=backbone, input_size=size))
    if hasattr(model.net, "get_classifier"):  # timm starts some classifiers at almost zero
        with torch.no_grad():
            for tensor in model.net.get_classifier().parameters():
                tensor.normal_(std=0.2)
    return model


def by_hand(model: Model, images: torch.Tensor, targets: list[int]) -> np.ndarray:
    """Selvaraju et al. 2017, equations 1 and 2, then the scaling that the contract promises."""
    config = getattr(model.net, "pretrained_cfg", {})
    layers, read = FAMILIES.get(config.get("architecture"), (model.cam_layer, lambda maps: maps))
    kept: list[torch.Tensor] = []
    hooks = [
        model.net.get_submodule(layer).register_forward_hook(lambda *call: kept.append(call[2]))
        for layer in layers.split()
    ]
    logits = model.net.eval()(images)
    for hook in hooks:
        hook.remove()
    chosen = logits[torch.arange(len(images)), targets].sum()
    found = [
        scaled((read(gradient).mean((2, 3), keepdim=True) * read(maps)).sum(1, keepdim=True).relu())
        for maps, gradient in zip(kept, torch.autograd.grad(chosen, kept), strict=True)
    ]
    side = images.shape[2]
    found = [functional.interpolate(maps, size=(side, side), mode="bilinear") for maps in found]
    return scaled(torch.stack(found).mean(0))[:, 0].detach().numpy()


def scaled(maps: torch.Tensor) -> torch.Tensor:
    maps = maps - maps.amin((2, 3), keepdim=True)
    return maps / (maps.amax((2, 3), keepdim=True) + 1e-7)


@pytest.mark.parametrize("backbone", FAMILIES)
def test_grad_cam_is_the_papers_formula_on_every_family(backbone: str) -> None:
    model = make(backbone)
    images, targets = torch.randn(3, 3, SIZE, SIZE), [0, 3, 6]
    grids = grad_cam(model, images, targets)
    assert (grids.shape, grids.dtype) == ((3, SIZE, SIZE), np.float32)
    assert grids.min() >= 0
    assert 0.9 < grids.max() <= 1
    np.testing.assert_allclose(grids, by_hand(model, images, targets), atol=2e-4)


@pytest.mark.parametrize("backbone", OURS)
def test_grad_cam_is_the_papers_formula_on_nets_of_ours(backbone: str) -> None:
    model = make(backbone, 48)
    assert model.cam_layer == OURS[backbone]
    images, targets = torch.randn(7, 3, 48, 48), [*range(7)]
    grids = grad_cam(model, images, targets)
    assert (grids.shape, grids.dtype) == ((7, 48, 48), np.float32)
    assert grids.min() >= 0
    assert 0.5 < grids.max() <= 1
    np.testing.assert_allclose(grids, by_hand(model, images, targets), atol=2e-4)


def test_grad_cam_leaves_the_net_as_it_was() -> None:
    model = make("test_resnet")
    net = model.net.train()
    net.bn1.eval()
    net.fc.weight.requires_grad_(False)
    net(torch.randn(4, 3, SIZE, SIZE)).sum().backward()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    gradient = net.layer1[0].conv1.weight.grad
    with torch.no_grad():
        grad_cam(model, torch.randn(2, 3, SIZE, SIZE), [1, 2])
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert net.training
    assert not net.bn1.training
    assert net.layer1[0].conv1.weight.grad is gradient
    assert not net.fc.weight.requires_grad
    assert net.fc.bias.requires_grad
    assert not any(module._forward_hooks for module in net.modules())


def test_batches_do_not_change_a_map_and_no_image_gives_no_map() -> None:
    model = make("test_resnet")
    images = torch.randn(40, 3, SIZE, SIZE)
    many = grad_cam(model, images, np.arange(40) % 7)
    np.testing.assert_allclose(many[33:35], grad_cam(model, images[33:35], [5, 6]), atol=1e-3)
    assert grad_cam(model, images[:0], []).shape == (0, SIZE, SIZE)


def test_a_target_that_is_no_class_is_an_error_and_not_a_printed_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = make("test_resnet")
    with pytest.raises(FerError, match=r"target classes are 0 to 6"):
        grad_cam(model, torch.randn(2, 3, SIZE, SIZE), [0, 7])
    with pytest.raises(FerError, match=r"2 images but 1 target"):
        grad_cam(model, torch.randn(2, 3, SIZE, SIZE), [0])
    assert capsys.readouterr().out == ""


def bright_patches(n: int, size: int, seed: int) -> tuple[torch.Tensor, ...]:
    """Noise, its classes, and squares, which are bright in the images of class 3 alone."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(n, 3, size, size, generator=generator) * 0.3
    classes = torch.arange(n) % 7
    squares, step = torch.zeros(n, size, size), size // 4
    for square, (top, left) in zip(
        squares, torch.randint(0, 3, (n, 2), generator=generator) * step, strict=True
    ):
        square[top : top + step * 3 // 2, left : left + step * 3 // 2] = 1
    return images + 2 * (squares * (classes == 3)[:, None, None])[:, None], classes, squares


def on_square(model: Model, images: torch.Tensor, squares: torch.Tensor) -> float:
    """How many times more of the maps lies on the squares than by chance."""
    grids = torch.from_numpy(grad_cam(model, images, [3] * len(images)))
    return float((grids * squares).sum() / grids.sum() / squares.mean())


@pytest.mark.parametrize("backbone", LEARNING)
def test_after_a_little_training_the_map_lies_on_the_planted_bright_square(backbone: str) -> None:
    size = 48
    torch.manual_seed(0)
    model = create_model(ModelSpec(backbone=backbone, input_size=size))
    optimizer = torch.optim.AdamW(model.net.parameters(), 2e-3)
    for step in range(25):
        images, classes, _ = bright_patches(35, size, seed=step)
        optimizer.zero_grad()
        cross_entropy = functional.cross_entropy
        training_loss(model.net.train(), images, classes, cross_entropy, 20)[0].backward()
        optimizer.step()
    images, classes, squares = bright_patches(70, size, seed=1000)
    found = model.net.eval()(images).argmax(1) == 3
    assert (found == (classes == 3)).float().mean() > 0.9
    images, squares = images[classes == 3], squares[classes == 3]
    assert on_square(model, images, squares) > 2

    # a map that did not depend on the weights would explain the image, not the net (Adebayo et al.
    # 2018, Sanity Checks for Saliency Maps)
    other = make(backbone, size)
    trained, random = (grad_cam(each, images, [3] * len(images)) for each in (model, other))
    assert np.abs(trained - random).mean() > 0.5 * trained.mean()

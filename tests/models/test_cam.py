"""Grad-CAM on four families of nets."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from fer_core.errors import FerError
from fer_core.models import Model, create_model
from fer_core.models.cam import grad_cam
from fer_core.study import ModelSpec

SIZE = 64
# backbone -> the layer that the field uses, and how to read its output as (B, C, h, w)
FAMILIES = {
    "test_resnet": ("layer2", lambda maps: maps),
    "test_convnext": ("stages.1", lambda maps: maps),
    "test_vit": ("blocks.5.norm1", lambda tokens: tokens[:, 1:].mT.reshape(len(tokens), -1, 4, 4)),
    "swin_tiny_patch4_window7_224": ("layers.1", lambda maps: maps.permute(0, 3, 1, 2)),
}


def make(backbone: str) -> Model:
    torch.manual_seed(3)
    model = create_model(ModelSpec(backbone=backbone, input_size=SIZE))
    with torch.no_grad():  # timm starts some classifiers at almost zero
        for tensor in model.net.get_classifier().parameters():
            tensor.normal_(std=0.2)
    return model


def by_hand(model: Model, images: torch.Tensor, targets: list[int]) -> np.ndarray:
    """Selvaraju et al. 2017, equations 1 and 2, then the scaling that the contract promises."""
    layer, read = FAMILIES[model.net.pretrained_cfg["architecture"]]
    kept: list[torch.Tensor] = []
    hook = model.net.get_submodule(layer).register_forward_hook(lambda *call: kept.append(call[2]))
    logits = model.net.eval()(images)
    hook.remove()
    chosen = logits[torch.arange(len(images)), targets].sum()
    (gradient,) = torch.autograd.grad(chosen, kept)
    weights = read(gradient).mean((2, 3), keepdim=True)
    maps = (weights * read(kept[0])).sum(1, keepdim=True).relu()
    maps = maps - maps.amin((2, 3), keepdim=True)
    maps = maps / (maps.amax((2, 3), keepdim=True) + 1e-7)
    maps = functional.interpolate(maps, size=(SIZE, SIZE), mode="bilinear")
    maps = maps - maps.amin((2, 3), keepdim=True)
    return (maps / (maps.amax((2, 3), keepdim=True) + 1e-7))[:, 0].detach().numpy()


@pytest.mark.parametrize("backbone", FAMILIES)
def test_grad_cam_is_the_papers_formula_on_every_family(backbone: str) -> None:
    model = make(backbone)
    images, targets = torch.randn(3, 3, SIZE, SIZE), [0, 3, 6]
    grids = grad_cam(model, images, targets)
    assert (grids.shape, grids.dtype) == ((3, SIZE, SIZE), np.float32)
    assert grids.min() >= 0
    assert 0.9 < grids.max() <= 1
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


def bright_patches(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Noise; every second image has a bright square and is class 3, the others are class 0."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(n, 3, SIZE, SIZE, generator=generator) * 0.3
    classes = torch.arange(n) % 2 * 3
    squares = torch.zeros(n, SIZE, SIZE)
    for square, (top, left) in zip(
        squares, torch.randint(0, 3, (n, 2), generator=generator) * 16, strict=True
    ):
        square[top : top + 24, left : left + 24] = 1
    return images + 2 * (squares * classes[:, None, None].bool())[:, None], classes, squares


@pytest.mark.parametrize("backbone", ["test_resnet", "test_byobnet"])
def test_after_a_little_training_the_map_lies_on_the_planted_bright_square(backbone: str) -> None:
    torch.manual_seed(0)
    model = create_model(ModelSpec(backbone=backbone, input_size=SIZE))
    optimizer = torch.optim.AdamW(model.net.parameters(), 2e-3)
    for step in range(30):
        images, classes, _ = bright_patches(32, seed=step)
        optimizer.zero_grad()
        functional.cross_entropy(model.net(images), classes).backward()
        optimizer.step()
    images, classes, squares = (part[1::2] for part in bright_patches(64, seed=1000))
    assert (model.net.eval()(images).argmax(1) == classes).float().mean() > 0.9
    grids = torch.from_numpy(grad_cam(model, images, classes.tolist()))
    on_square = (grids * squares).sum() / grids.sum()
    assert on_square > 1.7 * squares.mean()

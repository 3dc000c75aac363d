"""DAN: the authors' function, its counts, its two forms and its names."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import resnet18

from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.dan.losses import affinity_loss, partition_loss
from fer_core.models.dan.maps import MAPS
from fer_core.models.dan.net import Head
from fer_core.models.entries import entries
from fer_core.models.weights.name_map import rename
from fer_core.study import ModelSpec
from tests.models.filled import filled, images, shapes_in

GOLDEN = Path(__file__).parent / "golden"
AUTHORS = shapes_in(GOLDEN / "keys.csv")


def build(name: str = "dan-tiny", classes: int = 7, seed: int = 0, **changes: object) -> nn.Module:
    entry = entries()[name]
    torch.manual_seed(seed)
    return entry.build(entry.sizes[0], classes, **entry.resolve(changes))


def batch(count: int = 16) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, 48, 48, generator=generator), torch.arange(count) % 7


def test_the_net_with_the_authors_weights_is_the_authors_function() -> None:
    golden = json.loads((GOLDEN / "dan.json").read_text())["forward"]
    net = build("dan", deployed=True).double().eval()
    net.load_state_dict(rename(filled(AUTHORS), MAPS[0]))
    with torch.inference_mode():
        logits, features, heads = net.parts(images(2, 224))
        assert torch.equal(net(images(2, 224)), logits)
    expected = torch.tensor(golden["logits"], dtype=torch.float64)
    torch.testing.assert_close(logits, expected, atol=1e-8, rtol=0)
    for found, name in ((features, "features"), (heads, "heads")):
        assert list(found.shape) == golden[name]["shape"]
        values = found.flatten()
        told = [values.mean(), values.std(), *values[:5], *values[-3:]]
        expected = [golden[name][key] for key in ("mean", "std")]
        expected += golden[name]["first"] + golden[name]["last"]
        assert [float(x) for x in told] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("heads", "classes", "count"),
    [(1, 7, 13_316_021), (2, 7, 15_451_925), (3, 7, 17_587_829), (4, 7, 19_723_733),
     (4, 8, 19_724_248), (5, 7, 21_859_637), (6, 7, 23_995_541), (8, 7, 28_267_349)],
)  # fmt: skip
def test_parameters_are_counted_as_in_the_authors_net(heads: int, classes: int, count: int) -> None:
    with torch.device("meta"):
        net = build("dan", classes, heads=heads)
    assert sum(tensor.numel() for tensor in net.deployed().parameters()) == count
    assert sum(tensor.numel() for tensor in net.parameters()) == count + 8 * 512


def test_the_twin_is_small() -> None:
    assert sum(tensor.numel() for tensor in build().parameters()) < 400_000


def test_heads_start_as_published() -> None:
    torch.manual_seed(0)
    head = Head(256)
    for name, fan_out in (("reduce", 128), ("square", 9 * 256), ("row", 3 * 256)):
        convolution = head.spatial.get_submodule(name)[0]
        assert float(convolution.weight.std()) == pytest.approx((2 / fan_out) ** 0.5, rel=0.03)
        assert not convolution.bias.any()
    for linear in (head.channel.weigh[0], head.channel.weigh[3]):
        assert float(linear.weight.std()) == pytest.approx(0.001, rel=0.05)
        assert not linear.bias.any()


def test_the_corrected_variant_has_a_centre_for_each_class_and_nothing_else_is_new() -> None:
    published, corrected = (build(variant=name) for name in ("published", "corrected"))
    assert published.centres.shape == (8, 64)
    assert corrected.centres.shape == (7, 64)
    theirs = corrected.deployed().state_dict()
    for name, tensor in published.deployed().state_dict().items():
        assert torch.equal(tensor, theirs[name])
    x, y = batch()
    losses = {net: net.training_loss(x, y, functional.cross_entropy, 0) for net in
              (published, corrected)}  # fmt: skip
    assert losses[published][0] != losses[corrected][0]
    assert torch.equal(losses[published][1], losses[corrected][1])


def test_the_deployed_net_is_the_same_net_without_its_centres() -> None:
    net = build()
    net.training_loss(*batch(), functional.cross_entropy, 0)[0].backward()  # moves the statistics
    deployed = net.deployed()
    assert deployed.training
    assert {*net.state_dict()} - {*deployed.state_dict()} == {"centres"}
    alone = build(deployed=True)
    assert all(torch.equal(p, dict(net.named_parameters())[n]) for n, p in alone.named_parameters())
    alone.load_state_dict(deployed.state_dict())
    x, _ = batch()
    with torch.inference_mode():
        expected = net.eval()(x)
        assert torch.equal(deployed.eval()(x), expected)
        assert torch.equal(alone.eval()(x), expected)
    assert deployed.trunk.conv1[0].weight is net.trunk.conv1[0].weight
    assert not net.deployed().training


def test_the_training_loss_is_the_recipes_loss_and_the_two_of_the_method() -> None:
    net, (x, y) = build().double(), batch()
    x = x.double()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    loss, logits = net.training_loss(x, y, functional.cross_entropy, 3)
    net.load_state_dict(before)
    again, features, heads = net.parts(x)
    torch.testing.assert_close(logits, again)
    parts = affinity_loss(features, net.centres, y), partition_loss(heads)
    torch.testing.assert_close(loss, functional.cross_entropy(again, y) + parts[0] + parts[1])
    assert all(part > 0 for part in parts)


def test_gradients_reach_every_tensor_of_the_net_in_training() -> None:
    net = build().double()
    x, y = batch()
    net.training_loss(x.double(), y, functional.cross_entropy, 0)[0].backward()
    # a shift before a batch normalisation is taken away by it
    cancelled = ("0.bias", "classifier.linear.bias")
    for name, tensor in net.named_parameters():
        assert tensor.grad is not None, name
        if not name.endswith(cancelled):
            assert tensor.grad.abs().max() > 1e-10, name


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 5))
def test_the_heads_outputs_are_shares_of_one(seed: int, count: int) -> None:
    net = build(seed=seed, heads=count)
    _, _, heads = net.parts(batch(4)[0])
    assert heads.shape == (4, count, 64)
    torch.testing.assert_close(heads.exp().sum(1), torch.ones(4, 64))


def test_one_head_has_no_softmax_and_no_partition_loss() -> None:
    net, (x, y) = build(heads=1), batch()
    loss, logits = net.training_loss(x, y, functional.cross_entropy, 0)
    _, features, heads = net.parts(x)
    torch.testing.assert_close(heads[:, 0], net.heads[0](features))
    assert heads.max() > 0  # a logarithm of a share is not
    affinity = affinity_loss(features, net.centres, y)
    torch.testing.assert_close(loss, functional.cross_entropy(logits, y) + affinity)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32])
def test_the_loss_is_finite_and_in_float32_under_autocast(kind: torch.dtype) -> None:
    net, (x, y) = build(), batch()
    plain, _ = net.training_loss(x, y, functional.cross_entropy, 0)
    with torch.autocast("cpu", torch.bfloat16, enabled=kind == torch.bfloat16):
        loss, logits = net.training_loss(x, y, functional.cross_entropy, 0)
    loss.backward()
    assert loss.dtype == torch.float32
    assert logits.dtype == kind
    assert float(loss.detach()) == pytest.approx(float(plain.detach()), rel=0.05)
    assert all(tensor.grad.isfinite().all() for tensor in net.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 0}, r"needs a head, not heads: 0; give 1 or more"),
        ({"centres": 6}, r"a centre for each of 7 classes, not centres: 6; give 7 or more"),
    ],
)
def test_impossible_counts_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(FerError, match=message):
        build(**changes)


def test_a_deployed_net_refuses_to_train_as_dan() -> None:
    with pytest.raises(FerError, match=r"no centres to train with; set deployed: false"):
        build(deployed=True).training_loss(*batch(), functional.cross_entropy, 0)


def test_a_resnet_18_of_torchvision_fills_the_trunk_and_nothing_else() -> None:
    net, theirs = build("dan"), resnet18().state_dict()
    renamed = rename(theirs, MAPS[1])
    assert {*renamed} == {name for name in net.state_dict() if name.startswith("trunk.")}
    assert len(renamed) == len(theirs) - 2
    net.load_state_dict(renamed, strict=False)
    assert torch.equal(net.trunk.layer4[1].conv2.weight, theirs["layer4.1.conv2.weight"])


def test_the_authors_checkpoint_keeps_its_outputs_only_when_their_order_is_named(
    tmp_path: Path,
) -> None:
    theirs = {name: tensor.float() for name, tensor in filled(AUTHORS).items()}
    torch.save({"model_state_dict": theirs}, tmp_path / "dan.pth")
    for labels, kept in (("rafdb", True), (None, False)):
        spec = ModelSpec(
            backbone="dan", input_size=112, weights=str(tmp_path / "dan.pth"), labels=labels
        )
        net = create_model(spec).net
        # RAF-DB: surprise, fear, disgust, happiness, sadness, anger, neutral
        order = [5, 2, 1, 3, 6, 4, 0]
        linear, norm = net.classifier
        assert torch.equal(linear.weight, theirs["fc.weight"][order]) == kept
        assert torch.equal(norm.running_var, theirs["bn.running_var"][order]) == kept
        assert torch.equal(
            net.heads[3].spatial.row[0].weight, theirs["cat_head3.sa.conv_1x3.0.weight"]
        )


def test_no_other_size_is_taken_and_the_two_sizes_give_seven_logits() -> None:
    with pytest.raises(FerError, match=r"dan takes images of 224 or 112 px, not 48"):
        create_model(ModelSpec(backbone="dan", input_size=48))
    model = create_model(ModelSpec(backbone="dan", input_size=112))
    assert model.options == {"heads": 4, "centres": 8, "deployed": False}
    assert model.net.parts(torch.zeros(2, 3, 112, 112))[1].shape == (2, 512, 4, 4)
    assert model.input.mean == (0.485, 0.456, 0.406)

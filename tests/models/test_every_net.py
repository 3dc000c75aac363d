"""Every registered net at every size: it builds, learns, explains, is exported, saved, counted.

What would take long on one core is done without numbers, on torch's meta device, or with one image.
Counts are compared with `paramcounts.csv`, whose sources are the released nets, run or summed by
hand; a difference has its size and its reason there.
"""

import copy
import csv
import json
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_core.emotions import EMOTIONS
from fer_core.models import Model, count_parameters, create_model, load_model, save_weights
from fer_core.models.cam import grad_cam
from fer_core.models.entries import entries
from fer_core.models.method import deployed, images_per_class, trained_parameters, training_loss
from fer_core.models.parts import of_part
from fer_core.study import ModelSpec

pytestmark = pytest.mark.slow

NETS = [(name, size) for name, entry in sorted(entries().items()) for size in entry.sizes]
LIGHT = 100  # pixels a side; larger images take most of the time
SMALL = 12_000_000  # parameters that are worth writing to a file in a test
COUNTS = list(csv.DictReader(Path(__file__).with_name("paramcounts.csv").read_text().splitlines()))
NO_COUNT = {
    "posterpp-tiny": "made here, for the demo study",
    "dan-tiny": "made here, for the demo study",
    "dmue-tiny": "made here, for the demo study",
    "repvgg-a0-deploy": "timm's; the notebooks have another net of that name",
}


@dataclass
class Case:
    name: str
    size: int
    model: Model

    @property
    def light(self) -> bool:
        return self.size < LIGHT

    @cached_property
    def shown(self) -> Tensor:
        """Two images, of a large net one."""
        return self.images(2 if self.light else 1)

    @cached_property
    def logits(self) -> Tensor:
        with torch.inference_mode():
            return deployed(self.model.net.eval())(self.shown)

    def images(self, number: int, size: int = 0) -> Tensor:
        noise = torch.Generator().manual_seed(number)
        return torch.randn(number, 3, size or self.size, size or self.size, generator=noise)


@pytest.fixture(scope="module", params=NETS, ids=lambda net: f"{net[0]}-{net[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    """One net, built once for all of its tests."""
    name, size = request.param
    torch.manual_seed(0)
    return Case(name, size, create_model(ModelSpec(backbone=name, input_size=size)))


def build(
    name: str, size: int, device: str, classes: int = len(EMOTIONS), **options: object
) -> nn.Module:
    entry = entries()[name]
    assert entry.build is not None
    with torch.device(device):
        return entry.build(size, classes, **entry.resolve(options))


def test_it_gives_seven_finite_logits_whatever_else_is_in_the_batch(case: Case) -> None:
    assert case.model.options == entries()[case.name].resolve({})
    assert case.logits.shape == (len(case.shown), len(EMOTIONS))
    assert case.logits.isfinite().all()
    used = deployed(case.model.net.eval())
    if case.light:
        with torch.inference_mode():
            alone = torch.cat([used(image[None]) for image in case.shown])
        assert torch.allclose(alone, case.logits, rtol=1e-3, atol=1e-4)


def test_it_calculates_the_same_in_every_layout_and_precision(case: Case) -> None:
    if not case.light:
        pytest.skip("takes long, and neither depends on the size")
    used = deployed(case.model.net.eval())
    with torch.inference_mode():
        layout = used.to(memory_format=torch.channels_last)(case.shown)
        precise = used.double()(case.shown.double())
    case.model.net.float().to(memory_format=torch.contiguous_format)
    assert torch.allclose(layout, case.logits, rtol=1e-3, atol=1e-4)
    assert precise.dtype == torch.float64
    assert torch.allclose(precise.float(), case.logits, rtol=1e-3, atol=1e-4)


def test_gradients_reach_everything_that_trains_and_nothing_frozen(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = copy.deepcopy(case.model.net).train(), case.images(2)
    if images_per_class(net):  # it picks images by their labels, which needs numbers
        if case.size > min(entries()[case.name].sizes):
            pytest.skip("the same net as at the smaller size")
        x = case.images(images_per_class(net) * len(EMOTIONS), min(case.size, 32))
    elif not case.light:
        net, x = build(case.name, case.size, "meta").train(), x.to("meta")
        monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # not for meta
    y = (torch.arange(len(x)) % len(EMOTIONS)).to(x.device)
    loss, logits = training_loss(net, x, y, F.cross_entropy, 0)
    loss.backward()
    assert logits.shape == (len(x), len(EMOTIONS))
    learning = {id(p) for p in trained_parameters(net).values()}
    missed = [n for n, p in net.named_parameters() if id(p) in learning and p.grad is None]
    assert missed == []
    assert all(p.grad is None for p in net.parameters() if not p.requires_grad)
    if not x.is_meta:
        assert loss.isfinite()
        given = {n: p.grad for n, p in net.named_parameters() if p.grad is not None}
        assert [n for n, grad in given.items() if not grad.isfinite().all()] == []


def test_its_tensors_are_in_its_trunk_or_in_its_head_with_the_classifier(case: Case) -> None:
    names = list(case.model.net.state_dict())
    trunk, head = (of_part(names, part, case.model.head) for part in ("trunk", "head"))
    assert sorted(trunk + head) == sorted(names) == sorted(of_part(names, "all", case.model.head))
    assert {name for name in names if name.startswith(entries()[case.name].classifier)} <= set(head)
    assert trunk
    if hasattr(case.model.net, "trunk"):
        assert all(name.startswith("trunk.") for name in trunk)


def test_grad_cam_shows_places(case: Case) -> None:
    names = case.model.cam_layer.split()
    assert names
    for name in names:
        assert isinstance(case.model.net.get_submodule(name), nn.Module)
    maps = grad_cam(case.model, case.shown, [0, 3][: len(case.shown)])
    assert maps.shape == (len(case.shown), case.size, case.size)
    assert ((maps >= 0) & (maps <= 1)).all()


def test_it_is_exported_to_torchscript_and_gives_the_same(case: Case) -> None:
    used, other = deployed(case.model.net.eval()), case.images(1).flip(3)
    with warnings.catch_warnings(), torch.inference_mode(), torch.jit.optimized_execution(False):
        warnings.simplefilter("ignore")  # of the tracer, which is deprecated and cautious
        script = torch.jit.trace(used, other, check_trace=False)
        same = torch.allclose(script(case.shown), case.logits, rtol=1e-4, atol=1e-4)
    assert same


def test_it_is_saved_and_comes_back(case: Case, tmp_path: Path) -> None:
    net = case.model.net.eval()
    if not case.light or sum(p.numel() for p in net.parameters()) > SMALL:
        pytest.skip("heavy: what is saved does not depend on its size")
    spec = ModelSpec(backbone=case.name, input_size=case.size)
    notes = {"spec": spec.model_dump(), "input": case.model.input.model_dump(mode="json")}
    save_weights(net, tmp_path / "net.safetensors", notes)
    torch.manual_seed(1)
    back = load_model(tmp_path / "net.safetensors")
    assert back.options == case.model.options
    theirs = back.net.state_dict()
    assert theirs.keys() == net.state_dict().keys()
    assert all(torch.equal(theirs[name], tensor) for name, tensor in net.state_dict().items())
    with torch.inference_mode():
        assert torch.equal(back.net.eval()(case.images(1)), net(case.images(1)))


@pytest.mark.parametrize("name", sorted(entries()))
def test_every_build_also_works_for_eight_classes(name: str) -> None:
    size = min(entries()[name].sizes)
    device = "cpu" if "deployed" in entries()[name].options and size < LIGHT else "meta"
    net = build(name, size, device, classes=8).eval()
    with torch.inference_mode():
        assert net(torch.zeros(1, 3, size, size, device=device)).shape == (1, 8)


def test_what_is_deployed_is_also_built_alone() -> None:
    for name, size in NETS:
        if size < LIGHT and "deployed" in entries()[name].options:
            net, alone = build(name, size, "cpu"), build(name, size, "cpu", deployed=True)
            theirs = deployed(net.eval()).state_dict()
            assert {n: t.shape for n, t in theirs.items()} == {
                n: t.shape for n, t in alone.state_dict().items()
            }
            assert count_all(alone) <= count_all(net)


def count_all(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    "row", COUNTS, ids=lambda row: "-".join((row["model"], row["size"], row["classes"]))
)
def test_counts_equal_those_of_the_released_nets(row: dict[str, str]) -> None:
    """Trainable: what has gradients. All: also frozen numbers, and in Keras the running statistics
    of batch norms."""
    options = json.loads(row["options"] or "{}")
    net = build(row["net"], int(row["size"]), "meta", int(row["classes"]), **options)
    running = ("running_mean", "running_var") if "gipinze" in row["source"] else ()
    kept = count_all(net) + sum(b.numel() for n, b in net.named_buffers() if n.endswith(running))
    fewer, fewer_trainable = int(row["fewer"]), int(row["fewer_trainable"])
    assert bool(fewer or fewer_trainable) == bool(row["because"])
    assert count_parameters(net) == int(row["trainable"]) - fewer_trainable
    assert kept == int(row["all"]) - fewer


def test_every_net_has_a_count_to_be_compared_with_or_a_reason() -> None:
    assert set(entries()) - {row["net"] for row in COUNTS} == NO_COUNT.keys()
